"""The fixture `github`: the real gh and the real git talk to a small GitHub of the test's own. No network.

A test module takes it with `from tests.github import fixture` and `github = fixture.github`, or has it from a conftest.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.needs import skip_without

from .bare import Bare
from .faults import Fault
from .http import Reply, Request
from .model import Model
from .plans import AppPlan, ReleasePlan, RunPlan
from .server import Server
from .things import Asset, Deployment, Json, Release, Run, Workflow

CI = ".github/workflows/ci.yml"
_SOCKET_LIMIT = 100


class GitHub:
    """One repository on a GitHub of its own. Everything that a test needs to say or to see.

    What is planned (`workflow`, `app`, `release_on_push`) holds for pushes after it was planned.
    """

    def __init__(self, folder: Path, name: str = "acme/widget") -> None:
        self.folder = folder
        self.bare = Bare(folder, name)
        self.model = Model(self.bare)
        self.server = Server(self.model, folder / "s")
        config = folder / "gh"
        config.mkdir()
        (config / "config.yml").write_text(f"http_unix_socket: {self.server.path}\nprompt: disabled\n")
        self.env: Mapping[str, str] = {
            "GH_CONFIG_DIR": str(config),
            "GH_TOKEN": self.model.token,
            "GH_NO_UPDATE_NOTIFIER": "1",
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "GIT_SSH_COMMAND": str(self.bare.ssh),
            "GIT_SSH_VARIANT": "ssh",
        }
        """What gh and git have to find in their environment; the fixture sets it for the whole test."""

    # --- the project ---

    @property
    def url(self) -> str:
        """What the project's remote has to say."""
        return self.bare.url

    def adopt(self, project: Path, remote: str = "origin") -> None:
        """Make this GitHub the remote of an existing repository, and push what is checked out there."""
        for args in (("remote", "remove", remote), ("remote", "add", remote, self.url)):
            subprocess.run(["git", *args], cwd=project, capture_output=True, check=args[1] == "add")
        branch = _git(project, "symbolic-ref", "--short", "HEAD")
        _git(project, "push", "--quiet", "--set-upstream", remote, f"HEAD:refs/heads/{branch}")
        self.model.settle()

    def clone(self, folder: Path) -> Path:
        """A clone, over the same way as everybody's."""
        _git(folder.parent, "clone", "--quiet", self.url, str(folder))
        return folder

    def head(self, branch: str = "main") -> str | None:
        """Where a branch is on GitHub."""
        return self.bare.head(branch)

    def commit(self, message: str, branch: str = "main", files: dict[str, str] | None = None) -> str:
        """Somebody else pushes a commit: the remote has moved."""
        return self.bare.commit(branch, message, files)

    # --- what will happen after a push ---

    def workflow(
        self,
        path: str = CI,
        plan: RunPlan | None = None,
        *,
        state: str = "active",
        events: tuple[str, ...] = ("push",),
        branches: tuple[str, ...] = (),
    ) -> Workflow:
        """A workflow file, and how its runs go."""
        with self.model.lock:
            self.model.settle()
            made = Workflow(path, Path(path).stem, plan or RunPlan(), state, events, branches)
            self.model.workflows.append(made)
            return made

    def app(self, login: str, environment: str, **plan: object) -> AppPlan:
        """An app that posts a deployment for each push; the words are those of `AppPlan`."""
        with self.model.lock:
            self.model.settle()
            made = AppPlan(login, environment, **plan)  # type: ignore[arg-type]
            self.model.apps.append(made)
            return made

    def release_on_push(self, tag: str = "latest", **plan: object) -> ReleasePlan:
        """A release that is made (anew) after each push; the words are those of `ReleasePlan`."""
        with self.model.lock:
            self.model.settle()
            made = ReleasePlan(tag, **plan)  # type: ignore[arg-type]
            self.model.planned_releases.append(made)
            return made

    def protect(self, *branches: str, checks: tuple[str, ...] = ()) -> None:
        """Refuse direct pushes to these branches; a pull request is merged only when `checks` are green."""
        self.bare.protect(*branches)
        self.model.protected, self.model.required_checks = branches, checks

    # --- what there is already, and what happens now ---

    def past_run(self, workflow: Workflow, sha: str, conclusion: str = "success", branch: str = "main") -> Run:
        """A run of an earlier commit that is over."""
        with self.model.lock:
            run = self.model.add_run(workflow, sha, branch, "push", RunPlan(conclusion=conclusion))
            run.finish()
            return run

    def run_of(self, sha: str, path: str = CI) -> Run:
        """The newest run of a commit, also while no list shows it yet."""
        self.model.settle()
        return [run for run in self.model.runs if run.sha == sha and run.workflow.path == path][-1]

    def deploy(self, sha: str, login: str, environment: str, *states: str, **plan: object) -> Deployment:
        """A deployment that is there at once, all its states known."""
        with self.model.lock:
            made = Deployment(sha, "main", AppPlan(login, environment, states=states, **plan), shown=len(states))  # type: ignore[arg-type]
            self.model.deployments.append(made)
            return made

    def release(self, tag: str, *files: Asset, target: str = "main", **words: object) -> Release:
        """A release that is there at once; its tag is made at `target` when there is none."""
        with self.model.lock:
            sha = self.bare.resolve(target)
            if sha and self.bare.resolve(f"refs/tags/{tag}") is None:
                self.bare.git("update-ref", f"refs/tags/{tag}", sha)
            made = Release(tag, target, assets=list(files), **words)  # type: ignore[arg-type]
            self.model.releases.append(made)
            return made

    def check(self, sha: str, name: str, conclusion: str | None = "success", app: str = "vercel") -> Json:
        """A check that an app posts; None: still in progress."""
        return self.model.add_check(sha, name, conclusion, app)

    def status(self, sha: str, context: str, state: str = "success", description: str = "") -> None:
        """A status that an app posts."""
        self.model.add_status(sha, context, state, description)

    # --- what goes wrong ---

    def fail(self, match: str, reply: Reply, times: int | None = 1) -> Fault:
        """Answer the next `times` matching requests with this; the model does not hear of them."""
        return self.server.arm(Fault(match, times, reply=reply))

    def drop(self, match: str, when: str = "after", times: int | None = 1) -> Fault:
        """Close the connection: `before` anything happened, `after` the effect, or in the `middle` of the answer."""
        return self.server.arm(Fault(match, times, drop=when))

    def hold(self, match: str, when: str = "after", times: int | None = 1) -> Fault:
        """Answer only after `release` of what this gives; its `arrived` is set when a request waits."""
        return self.server.arm(Fault(match, times, hold=when))

    def order(self, what: str, on: bool = True) -> None:
        """For git itself: unreachable, denied, or lose-answer (the next push is taken, and nobody hears of it)."""
        self.bare.order(what, on)

    # --- what was asked ---

    def called(self, match: str = "") -> list[Request]:
        """The requests so far in whose `METHOD /path?query` this expression is found."""
        return self.server.called(match)

    def changes(self) -> list[str]:
        """The requests that changed something and were not refused, as `METHOD /path`."""
        found = [r for r in self.called() if r.method not in ("GET", "HEAD") and (r.status < 400)]
        return [f"{r.method} {r.path}" for r in found]

    @property
    def pushes(self) -> list[tuple[str, str]]:
        """Branch and commit of every push so far."""
        self.model.settle()
        return list(self.model.pushes)


def _git(folder: Path, *args: str) -> str:
    done = subprocess.run(["git", *args], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, f"git {' '.join(args)}: {done.stderr}"
    return done.stdout.strip()


def short_folder() -> Path:
    """A new folder with a path so short that a socket in it can be listened on (108 bytes)."""
    place = tempfile.gettempdir()
    return Path(tempfile.mkdtemp(prefix="gh-", dir=place if len(place) < _SOCKET_LIMIT - 20 else "/tmp"))


@pytest.fixture
def github(world: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    """A GitHub of the test's own, and an environment in which gh and git use it."""
    skip_without("gh")
    folder = short_folder()
    made = GitHub(folder)
    for name, value in made.env.items():
        monkeypatch.setenv(name, value)
    for name in ("GITHUB_TOKEN", "GH_HOST", "GH_REPO", "GH_ENTERPRISE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    made.server.start()
    try:
        yield made
    finally:
        made.server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    assert not made.server.problems, made.server.problems
