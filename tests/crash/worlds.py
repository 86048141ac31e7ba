"""The worlds in which drivers die: an npm project with a bare remote, here or on the small GitHub of `tests/github`."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from loop_tui.model.lease import CHILD_VARIABLE
from loop_tui.storage.archive.writer import runs_folder
from tests.github.fixture import GitHub
from tests.registry import Registry

from .holds import put_holds

LOOP = "distribution-loop"
STATE = "distribution-state.json"
PACKAGE = "widget"
DEADLINE_S = 120.0

_SERVER = (
    "const http = require('http');\nconst version = require('../package.json').version;\n"
    "http.createServer((request, response) => response.end(JSON.stringify({status: 'ok', version})))\n"
    "  .listen(process.env.PORT, '127.0.0.1', () => console.log('listening'));\n"
)
_FILES = {
    "build.js": "const fs = require('fs');\nfs.mkdirSync('dist', {recursive: true});\n"
    "fs.copyFileSync('server.js', 'dist/server.js');\nconsole.log('built');\n",
    "server.js": _SERVER,
    ".gitignore": "node_modules/\ndist/\n*.tgz\n",
    # Without dates: a matrix may run past midnight.
    "CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n\n## [0.7.0]\n\n- begun\n",
    "commands/ship-loop.md": "# Ship\n\nSay go.\n",
    "commands/plan-loop.md": "# Plan\n\nThink first.\n",
}
_PACKAGE = {
    "name": PACKAGE,
    "version": "0.7.0",
    "files": ["dist"],
    "scripts": {
        "build": "node build.js",
        "test": "node --check server.js",
        "lint": "node --check build.js",
        "start": "node dist/server.js",
    },
}
_LOCK = {
    "name": "widget",
    "version": "0.7.0",
    "lockfileVersion": 3,
    "requires": True,
    "packages": {"": {"name": "widget", "version": "0.7.0"}},
}


class Never(AssertionError):
    """Something that was awaited never happened."""


def wait_for(condition: Callable[[], object], what: str, deadline_s: float = DEADLINE_S) -> None:
    """Wait until a condition holds. Raises Never, saying what was awaited."""
    end = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > end:
            raise Never(f"never happened: {what}")
        time.sleep(0.0005)


def environment(root: Path) -> dict[str, str]:
    """An environment of its own below `root`: home, archive, git identity, temporary folder, no way out."""
    home, tmp = root / "home", root / "tmp"
    for folder in (home, tmp, root / "claude"):
        folder.mkdir(parents=True)
    (home / ".gitconfig").write_text(
        "[user]\n name = Test Person\n email = test@example.org\n[init]\n defaultBranch = main\n[gc]\n auto = 0\n"
    )
    return {
        **{name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ},
        "HOME": str(home),
        "LOOP_TUI_HOME": str(root / "claude"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_STATE_HOME": str(home / ".local/state"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "TMPDIR": str(tmp),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GOGC": "off",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "NPM_CONFIG_OFFLINE": "true",
        "NPM_CONFIG_UPDATE_NOTIFIER": "false",
        "NPM_CONFIG_CACHE": str(home / ".npm"),
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1,localhost",
    }


class World:
    """One project that is about to be shipped, and everything around it that a driver can change."""

    def __init__(self, root: Path, name: str = "local", inner: str = "") -> None:
        self.root = root
        self.name = name
        self.top = root / "widget"
        """The top of the repository; the project may lie in a folder of it."""
        self.folder = self.top / inner
        self.remote = root / "widget.git"
        self.orders = root / "orders"
        self.claude = root / "claude"
        self.github: GitHub | None = None
        self.registry: Registry | None = None
        self.env: Mapping[str, str] = {}
        self.said: list[str] = []
        """What every loop-tui that ran here printed, one text each."""
        self.tokens: set[str] = set()
        """What marks the programs of the drivers that were seen so far."""
        self._started: list[subprocess.Popen[bytes]] = []

    # --- reading ---

    @property
    def run_dir(self) -> Path:
        """The folder of the live run."""
        return self.folder / ".loop" / LOOP

    @property
    def state_file(self) -> Path:
        """The state file of the live run."""
        return self.folder / STATE

    def state(self) -> dict[str, object] | None:
        """The state as it is on disk; None without one."""
        try:
            found = json.loads(self.state_file.read_bytes())
        except FileNotFoundError:
            return None
        assert isinstance(found, dict)
        return found

    def journal(self) -> bytes:
        """The journal of the live run, as bytes."""
        return _bytes(self.run_dir / "journey-log.jsonl")

    def log(self) -> bytes:
        """The output log of the live run, as bytes."""
        return _bytes(self.run_dir / "output.log")

    def archives(self) -> list[Path]:
        """The archived runs."""
        return sorted(runs_folder(self.claude).glob("*/*.json"))

    def git(self, *args: str, where: Path | None = None, check: bool = True) -> str:
        """What git says in the project (or elsewhere)."""
        done = subprocess.run(
            ["git", *args], cwd=where or self.folder, env=dict(self.env), capture_output=True, text=True
        )
        assert not check or done.returncode == 0, f"git {' '.join(args)}: {done.stderr}"
        return done.stdout.strip()

    # --- driving ---

    def start(self, *argv: str) -> "subprocess.Popen[bytes]":
        """Start loop-tui; what it prints is kept in `said` when it is over (`ended`)."""
        number = len(self._started)
        with (self.root / f"said-{number}").open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "loop_tui", *argv],
                cwd=self.folder,
                env=dict(self.env),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._started.append(process)
        return process

    def ended(self, process: "subprocess.Popen[bytes]") -> int:
        """Wait for its end; gives the exit code."""
        try:
            code = process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired as error:
            raise Never(f"never ended: {error.cmd}\n{self.log().decode('utf-8', 'replace')[-2000:]}") from error
        self.said.append((self.root / f"said-{self._started.index(process)}").read_text("utf-8", "replace"))
        return code

    def run(self, *argv: str) -> int:
        """Run loop-tui to its end."""
        return self.ended(self.start(*argv))

    def see_token(self) -> None:
        """Remember what marks the programs of the driver that holds the lease now."""
        lease = _bytes(self.run_dir / "lease.json")
        if lease:
            self.tokens.add(str(json.loads(lease).get("token")))

    def leftovers(self) -> list["psutil.Process"]:
        """Living processes that work in the project or carry a driver's mark."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                    continue
                inside = Path(process.cwd()).is_relative_to(self.top)
                if inside or process.environ().get(CHILD_VARIABLE) in self.tokens:
                    found.append(process)
            except (psutil.Error, OSError):
                continue
        return found

    def kill_programs(self) -> None:
        """What a power cut does to everything that the drivers started."""
        for process in self.leftovers():
            try:
                process.send_signal(signal.SIGKILL)
                process.wait(10)
            except (psutil.Error, OSError):
                continue

    def end(self) -> None:
        """Let go what is held, and end everything that was started here."""
        shutil.rmtree(self.orders, ignore_errors=True)
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.wait()
        self.kill_programs()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


# --- making them ----------------------------------------------------------------------------------------------------


def make_template(folder: Path, more: Callable[[Path], None] | None = None, inner: str = "") -> Path:
    """The project without its remote: 0.7.0 was released (with what `more` adds), one feature was not."""
    project = folder / "widget" / inner
    (project / "commands").mkdir(parents=True)
    for name, text in _FILES.items():
        (project / name).write_text(text)
    (project / "package.json").write_text(json.dumps(_PACKAGE, indent=2) + "\n")
    (project / "package-lock.json").write_text(json.dumps(_LOCK, indent=2) + "\n")
    if more:
        more(project)
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    who = ("-c", "user.name=Test Person", "-c", "user.email=test@example.org")

    def git(*args: str) -> None:
        subprocess.run(["git", *who, *args], cwd=folder / "widget", env=env, check=True, capture_output=True)

    git("init", "--quiet", "--initial-branch=main")
    git("add", "--all")
    git("commit", "--quiet", "-m", "chore: first")
    git("tag", "v0.7.0")
    (project / "more.txt").write_text("more\n")
    git("add", "--all")
    git("commit", "--quiet", "-m", "feat: say more")
    return project


def make_monorepo(folder: Path) -> Path:
    """As `make_template`, of a package in a folder of a repository, beside one with unfinished and staged work."""
    top = folder / "widget"
    other = top / MEMBER / "../other"
    project = make_template(folder, _add_workspace, MEMBER)
    (other / "index.js").write_text("BROKEN(\n")
    (other / "new.js").write_text("BROKEN(\n")
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", "add", "new.js"], cwd=other, env=env, check=True, capture_output=True)
    return project


MEMBER = "packages/widget"


def _add_workspace(project: Path) -> None:
    top = project.parents[1]
    (project / "package-lock.json").unlink()
    (top / "package.json").write_text(
        json.dumps({"name": "root", "private": True, "workspaces": ["packages/*"]}) + "\n"
    )
    (top / ".gitignore").write_text("node_modules/\n")
    (project.parent / "other").mkdir()
    (project.parent / "other/package.json").write_text(json.dumps({"name": "other", "version": "1.0.0"}) + "\n")
    (project.parent / "other/index.js").write_text("process.exit(0);\n")
    members = {name: {"version": version} for name, version in (("packages/other", "1.0.0"), (MEMBER, "0.7.0"))}
    links = {f"node_modules/{Path(name).name}": {"resolved": name, "link": True} for name in members}
    packages = {"": {"name": "root", "workspaces": ["packages/*"]}, **links, **members}
    lock = {"name": "root", "lockfileVersion": 3, "requires": True, "packages": packages}
    (top / "package-lock.json").write_text(json.dumps(lock, indent=2) + "\n")


@contextmanager
def monorepo_world(template: Path, root: Path) -> Iterator[World]:
    """A package in a folder of a repository, with a bare repository as its origin."""
    with local_world(template, root, "monorepo", MEMBER) as world:
        yield world


@contextmanager
def local_world(template: Path, root: Path, name: str = "local", inner: str = "") -> Iterator[World]:
    """The project with a bare repository as its origin."""
    root.mkdir(parents=True)
    world = World(root, name, inner)
    world.env = environment(root)
    furnish(world, template)
    world.git("clone", "--quiet", "--bare", str(world.top), str(world.remote), where=root)
    world.git("config", "core.logAllRefUpdates", "true", where=world.remote)
    put_holds(world.remote / "hooks", world.orders, ("pre-receive", "post-receive"))
    world.git("remote", "add", "origin", str(world.remote))
    world.git("fetch", "--quiet", "origin")
    try:
        yield world
    finally:
        world.end()


def furnish(world: World, template: Path) -> None:
    """What every world has: the project with its hooks, and an older form of one command."""
    shutil.copytree(template, world.top)
    world.orders.mkdir()
    put_holds(world.top / ".git/hooks", world.orders, ("pre-commit", "post-commit", "pre-push"))
    # One command is there in an older form, so that the sync has something to keep a copy of.
    there = world.claude / "commands"
    there.mkdir()
    (there / "ship-loop.md").write_text("# Ship, as it was\n")


def short_folder() -> Path:
    """A folder with a short path, for what holds a socket."""
    return Path(tempfile.mkdtemp(prefix="crash-", dir="/tmp"))
