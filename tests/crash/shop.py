"""The project on the small GitHub that publishes to a registry of its own: a tag, a release and a version are made."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.registry import running

from .hub import PACE, hub_world
from .worlds import World

NAME = "registry"
_TARGETS = f"""\
[[targets]]
id = "github-release"
mode = "create"
tag = "v{{version}}"
{PACE}
[[targets]]
id = "npm-registry"
publish = "here"
{PACE}
[release]
tag = true
"""


def add_shop(project: Path) -> None:
    """The project's own files for the registry, in a commit of their own that was released already."""
    (project / ".loops").mkdir()
    (project / ".loops/targets.toml").write_text(_TARGETS)


@contextmanager
def registry_world(template: Path, root: Path) -> Iterator[World]:
    """Direct pushes; a tag, a release of it, and the package at a registry whose door can be held."""
    with hub_world(template, root, NAME) as (world, _):
        folder = root / "registry"
        folder.mkdir()
        with running(folder) as registry:
            (root / "home/.npmrc").write_text(registry.npmrc)
            world.env = {**world.env, "NPM_CONFIG_OFFLINE": "false"}
            world.registry = registry
            try:
                yield world
            finally:
                world.end()
