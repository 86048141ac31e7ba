"""A real npm project with a real remote, and loop-tui as a command."""

import contextlib
import gc
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from loop_tui.__main__ import main
from tests.conftest import World

DEADLINE_S = 120.0
LOOP = "distribution-loop"

_FILES = {
    "build.js": "const fs = require('fs');\nfs.mkdirSync('dist', {recursive: true});\n"
    "fs.copyFileSync('server.js', 'dist/server.js');\nconsole.log('built');\n",
    "server.js": "const http = require('http');\nconst version = require('../package.json').version;\n"
    "http.createServer((request, response) => {\n  response.setHeader('content-type', 'application/json');\n"
    "  response.end(JSON.stringify({status: 'ok', version}));\n})"
    ".listen(process.env.PORT, '127.0.0.1', () => console.log('listening'));\n",
    "check.js": "require('fs').readFileSync('server.js');\nconsole.log('checked');\n",
    ".gitignore": "node_modules/\ndist/\n*.tgz\n",
}
_SCRIPTS = {
    "build": "node build.js",
    "test": "node check.js",
    "lint": "node check.js",
    "start": "node dist/server.js",
}


def holds_within(condition: Callable[[], object], seconds: float) -> bool:
    """Wait until a condition holds; False when it does not within these seconds.

    A look that starts a program takes the processor from what is awaited: the longer it takes the rarer it is taken.
    """
    end = time.monotonic() + seconds
    while True:
        begun = time.monotonic()
        if condition():
            return True
        now = time.monotonic()
        if now > end:
            return False
        time.sleep(min(max(0.005, 9 * (now - begun)), 0.2))


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Wait until a condition holds; fails the test, with what was awaited, when it never does."""
    if not holds_within(condition, DEADLINE_S):
        pytest.fail(f"never happened: {what}")


def press_until(press: Callable[[], object], condition: Callable[[], object], what: str) -> None:
    """Press a key, and again after a while, until a condition holds: what comes right after a panel opened is ignored.

    Each while is twice as long as the one before. Keys that a slow machine takes late would go to what is shown next.
    """
    end, again_s = time.monotonic() + DEADLINE_S, 0.4
    while time.monotonic() < end:
        press()
        if holds_within(condition, again_s):
            return
        again_s *= 2
    pytest.fail(f"never happened: {what}")


@dataclass
class Project:
    """An npm project at 0.7.0 with a bare repository as its origin."""

    folder: Path
    remote: Path
    world: World
    started: list["subprocess.Popen[str]"] = field(default_factory=list)

    def git(self, *argv: str) -> str:
        done = subprocess.run(["git", *argv], cwd=self.folder, text=True, capture_output=True, check=True)
        return done.stdout.strip()

    def commit(self, message: str, **files: str) -> str:
        for name, text in files.items():
            (self.folder / name.replace("__", ".")).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--allow-empty", "--quiet", "-m", message)
        return self.git("rev-parse", "HEAD")

    def package(self) -> dict[str, object]:
        found = json.loads((self.folder / "package.json").read_text())
        assert isinstance(found, dict)
        return found

    def scripts(self, **scripts: str | None) -> None:
        package = self.package()
        kept = {**dict(package["scripts"]), **scripts}  # type: ignore[call-overload]
        package["scripts"] = {k: v for k, v in kept.items() if v is not None}
        (self.folder / "package.json").write_text(json.dumps(package, indent=2) + "\n")

    def argv(self, *argv: str) -> list[str]:
        return [sys.executable, "-P", "-m", "loop_tui", *argv]

    def cli(self, *argv: str, code: int | None = 0) -> str:
        """Run a command of loop-tui in the project, check its exit code, and give what it printed."""
        done = subprocess.run(
            self.argv(*argv),
            cwd=self.folder,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=DEADLINE_S,
        )
        if code is not None:
            assert done.returncode == code, f"{argv} gave {done.returncode}:\n{done.stdout[-6000:]}"
        return done.stdout

    def here(self, *argv: str, code: int | None = 0) -> str:
        """As `cli`, within this process: for what does not need one of its own, which costs a third of a second."""
        said = io.StringIO()
        with chdir(self.folder), redirect_stdout(said), redirect_stderr(said):
            given = main(argv)
        # A command that is a process of its own collects no garbage; the tests go on.
        gc.enable()
        if code is not None:
            assert given == code, f"{argv} gave {given}:\n{said.getvalue()[-6000:]}"
        return said.getvalue()

    def start(self, *argv: str) -> "subprocess.Popen[str]":
        """Start a command of loop-tui and let it go on."""
        process = subprocess.Popen(
            self.argv(*argv),
            cwd=self.folder,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def status(self) -> dict[str, object]:
        found = json.loads(self.here("status", "--json"))
        assert isinstance(found, dict)
        return found

    @property
    def state_file(self) -> Path:
        return self.folder / "distribution-state.json"

    @property
    def run_dir(self) -> Path:
        return self.folder / ".loop" / LOOP

    def journal(self) -> list[dict[str, object]]:
        """The whole lines of the journal of the run that is going on."""
        try:
            text = (self.run_dir / "journey-log.jsonl").read_bytes()
        except OSError:
            return []
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith(b"\n")]

    def archives(self) -> list[Path]:
        return sorted((self.world.claude / "runs").glob("*/*.json"))

    def remote_sha(self, branch: str = "main") -> str:
        found = subprocess.run(
            ["git", "rev-parse", branch], cwd=self.remote, text=True, capture_output=True, check=False
        )
        return found.stdout.strip()

    def wait_until_over(self) -> None:
        """Wait until the run is archived and nobody drives any more."""
        wait_for(
            lambda: not self.state_file.exists() and not (self.run_dir / "lease.json").exists(), "the run has ended"
        )

    def end_all(self) -> None:
        """End every process that has this project as its folder or was started here."""
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()
        for process_ in psutil.process_iter(["cwd"]):
            cwd = process_.info["cwd"]
            if cwd and Path(cwd).is_relative_to(self.folder) and process_.pid != os.getpid():
                with contextlib.suppress(psutil.NoSuchProcess):  # It may end by itself meanwhile.
                    process_.kill()


def _make(folder: Path) -> None:
    """The project and its remote, side by side below a folder, with everything pushed."""
    made = folder / "widget"
    made.mkdir(parents=True)
    package = {"name": "widget", "version": "0.7.0", "files": ["dist"], "scripts": _SCRIPTS}
    (made / "package.json").write_text(json.dumps(package, indent=2) + "\n")
    for name, text in _FILES.items():
        (made / name).write_text(text)
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}

    def git(*argv: str) -> None:
        subprocess.run(["git", *argv], cwd=made, env=env, check=True, capture_output=True)

    git("init", "--quiet", "--initial-branch=main")
    git("config", "user.name", "Test Person")
    git("config", "user.email", "test@example.org")
    git("add", "--all")
    git("commit", "--quiet", "-m", "chore: first")
    git("tag", "v0.7.0")
    git("clone", "--quiet", "--bare", str(made), str(folder / "widget.git"))
    git("remote", "add", "origin", str(folder / "widget.git"))
    git("fetch", "--quiet", "origin")


def copied(place: Path, world: World) -> Project:
    """A project of one's own: a copy of the one that was made below that place, with its remote."""
    folder, remote = world.root / "widget", world.root / "widget.git"
    shutil.copytree(place / "widget", folder, symlinks=True)
    shutil.copytree(place / "widget.git", remote, symlinks=True)
    config = folder / ".git/config"
    config.write_text(config.read_text().replace(str(place / "widget.git"), str(remote)))
    return Project(folder, remote, world)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the project and its remote lie that every test has a copy of."""
    place = tmp_path_factory.mktemp("template")
    _make(place)
    return place


@pytest.fixture
def project(template: Path, world: World) -> Iterator[Project]:
    """A fresh copy of the project with a remote of its own that has everything so far."""
    made = copied(template, world)
    yield made
    made.end_all()


@pytest.fixture
def feature(project: Project) -> Project:
    """The project with one feature that was not released yet."""
    project.commit("feat: say more", more__txt="more\n")
    return project


def shipped(project: Project, version: str = "0.8.0", commits: int = 1) -> None:
    """Assert that the project was shipped exactly once: bump, commit, push, archive."""
    assert project.package()["version"] == version
    subjects = project.git("log", "--format=%s", "--first-parent").splitlines()
    assert subjects.count(f"chore(release): v{version}") == commits, subjects
    assert project.remote_sha() == project.git("rev-parse", "HEAD")
    assert project.git("status", "--porcelain") == ""
    assert not project.state_file.exists()
    assert len(project.archives()) == 1, project.archives()


def events(project: Project, *wanted: str) -> Sequence[str]:
    """What the journal of the archived run says, as `category/action subject`, for the actions asked for."""
    folder = project.archives()[-1].with_suffix("")
    found = [json.loads(line) for line in (folder / "journey-log.jsonl").read_text().splitlines()]
    said = [f"{e['category']}/{e['action']} {e['subject']}".strip() for e in found]
    return [s for s in said if not wanted or s.split(" ")[0] in wanted]
