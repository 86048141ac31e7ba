"""What a test says will happen after a push, counted in requests and never in time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class RunPlan:
    """A workflow run: `after` answers of the list of runs do not show it, and `lag` more of the list by head_sha.

    Every answer that shows the run moves it on: `queued` of them say so, then `running` of them, then `conclusion`.
    """

    after: int = 0
    lag: int = 0
    queued: int = 1
    running: int = 1
    conclusion: str = "success"
    jobs: Mapping[str, str] = field(default_factory=lambda: {"build": ""})
    """The jobs with their conclusions; empty: that of the run."""
    never: bool = False
    """The run never appears."""


@dataclass(frozen=True)
class AppPlan:
    """An app that posts a deployment for each push to one of `branches`.

    `after` answers of the list of deployments do not show it; each answer of its statuses shows one more of `states`
    (newest first). With `newer`, a deployment of that commit follows in the same environment as soon as the last state
    was shown: ours is superseded.
    """

    login: str
    environment: str
    after: int = 0
    states: tuple[str, ...] = ("queued", "in_progress", "success")
    url: str = ""
    description: str = ""
    newer: str = ""
    branches: tuple[str, ...] = ("main",)


@dataclass(frozen=True)
class ReleasePlan:
    """A release that the workflow makes after each push to the default branch; one of the same tag is deleted first.

    `after` requests for it are answered with 404; then `starting` answers show its files half uploaded. `{version}`
    (of package.json at that commit), `{sha}` and `{tag}` are filled in.
    """

    tag: str = "latest"
    asset: str = "widget-v{version}.tar.gz"
    after: int = 1
    starting: int = 0
    body: str = "Built from {sha}"
    content: Callable[[str], bytes] | bytes = b"tarball"
    """Its bytes, or a function that makes them for a commit."""
    checksums: bool = True
    """Add checksums.txt, as `sha256sum` writes it."""
    digests: bool = True
    """Whether GitHub reports the digest of the files."""
