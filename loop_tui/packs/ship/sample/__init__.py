"""The sample project: a small real npm project without dependencies, with a history and a remote of its own.

It is what `loop-tui demo` and `make run` ship. Its files lie in `history/`, one folder a commit, each holding the files
that this commit adds or changes; a name that starts with `dot-` gets its dot when it is written.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from msgspec import Struct

from loop_tui.fs.atomic import write_atomic
from loop_tui.fs.demo import HOME, MAKING, MARKER, READY, is_made_here, make_home, making, mark_demo, marked
from loop_tui.fs.plain import read_packed
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import without_own
from loop_tui.model.text import clean, count_of, one_line

NAME = "widget"
VERSION = "0.7.0"
DEMO = "loop-tui-demo"
OLDEST_NODE = 18

_TIMEOUT_S = 60
_HOW_TO_GET = {
    "git": "git from git-scm.com or your package manager",
    "node": f"Node.js {OLDEST_NODE} or newer from nodejs.org or your package manager",
    "npm": "npm, which comes with Node.js, or the npm package of your package manager",
}


class SampleProject(Struct, frozen=True):
    """The folders of a sample: the project itself, and the bare repository that is its `origin`."""

    project: Path
    remote: Path


class _Commit(Struct, frozen=True):
    """One commit of the sample's history: the folder with its files, and its message."""

    folder: str
    message: str


_HISTORY = (
    _Commit("1-base", f"chore: {NAME} {VERSION}"),
    _Commit("2-table", "feat(table): show several gauges under each other"),
    _Commit(
        "3-overflow",
        "fix(gauge): keep the bar inside its width\n\nA value below 0 or above 1 raised an error and drew nothing.",
    ),
    _Commit("4-docs", "docs: say what the server answers"),
    _Commit("5-headers", "test(server): check the content type of /health"),
)

# The sample must not depend on the person's git set-up, neither while it is made nor when it is shipped.
_SETTINGS = (
    ("user.name", "Sample Author"),
    ("user.email", "sample@example.invalid"),
    ("commit.gpgSign", "false"),
    ("tag.gpgSign", "false"),
    ("core.autocrlf", "false"),
)


def sample_project(folder: Path, below: bool, say: Callable[[str], None]) -> Path:
    """Make the sample in a folder or below it, and give the project (`Pack.sample`). Raises Problem."""
    return make_sample(_free(folder) if below else folder, say=say).project


def _free(folder: Path) -> Path:
    """Where the sample project goes, or is already; what else has that name is left alone."""
    places = [folder / name for name in (DEMO, *(f"{DEMO}-{number}" for number in range(2, 1000)))]
    return next((place for place in places if not os.path.lexists(place) or _is_ours(place)), places[0])


def _is_ours(place: Path) -> bool:
    """True for a sample that was made here, and for one whose making was cut short."""
    return is_made_here(place) or (not place.is_symlink() and marked(place).get("status") == MAKING)


def make_sample(folder: Path, *, say: Callable[[str], None]) -> SampleProject:
    """The sample project in this folder, made when it is not there yet.

    The project is `folder/widget`: version 0.7.0 tagged `v0.7.0`, then a feature, a fix, a docs and a test commit, all
    pushed to the bare repository `folder/widget.git`. A sample of an earlier call is used again as it is; one whose
    making was cut short is made anew. `say` is told one line a step. Raises Problem when git, node or npm is missing,
    when the folder holds anything else or cannot be written, and when git fails.
    """
    folder = folder.expanduser().absolute()
    sample = SampleProject(folder / NAME, folder / f"{NAME}.git")
    _require_tools(os.environ)
    if _is_ready(folder, sample):
        say(clean(f"sample project: reusing {folder} (remove that folder for a new one)"))
        return sample
    try:
        _prepare(folder)
        with making(folder):
            if _is_ready(folder, sample):  # Somebody else made it meanwhile.
                return sample
            _clear(folder, sample)
            _mark(folder, MAKING)
            make_home(folder)
            _build(sample)
            _mark(folder, READY)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Problem(reason, clean(str(folder)), "name a writable folder", code=Code.NOT_WRITABLE) from error
    count = len(_HISTORY) - 1
    say(clean(f"sample project: {sample.project} ({NAME} {VERSION}, {count_of(count, 'commit')} since v{VERSION})"))
    say(clean(f"its remote:     {sample.remote}"))
    return sample


def _require_tools(env: Mapping[str, str]) -> None:
    """Raises one Problem that names every missing program and how to get it."""
    missing = [name for name in _HOW_TO_GET if shutil.which(name, path=env.get("PATH")) is None]
    if missing:
        raise Problem(
            f"missing: {', '.join(missing)}",
            "sample project",
            "get " + "; ".join(_HOW_TO_GET[name] for name in missing),
            code=Code.PROGRAM_MISSING,
        )
    version = output(["node", "--version"], Path.cwd())
    major = re.match(r"v(\d+)\.", version)
    if major and int(major[1]) < OLDEST_NODE:
        raise Problem(
            f"node {version} is too old", "sample project", "get " + _HOW_TO_GET["node"], code=Code.PROGRAM_MISSING
        )


def _mark(folder: Path, status: str) -> None:
    write_atomic(folder / MARKER, mark_demo(folder, NAME, status).encode(), follow=False)


def _is_ready(folder: Path, sample: SampleProject) -> bool:
    """True for a sample to use again. Raises Problem for one that came from elsewhere: its scripts are not ours."""
    if marked(folder).get("status") != READY:
        return False
    if not is_made_here(folder):
        raise Problem(
            "holds a sample project that was made elsewhere",
            clean(str(folder)),
            "name a new folder, or remove that one",
            code=Code.FILE_EXISTS,
        )
    return (sample.project / ".git").is_dir() and sample.remote.is_dir()


def _prepare(folder: Path) -> None:
    """Leaves a place for the sample, or raises Problem."""
    if folder.exists() and not folder.is_dir():
        raise Problem("this is a file, not a folder", clean(str(folder)), "name a new folder", code=Code.FILE_EXISTS)
    folder.mkdir(parents=True, exist_ok=True)


def _clear(folder: Path, sample: SampleProject) -> None:
    """Leaves an empty place for the sample, or raises Problem; only a half-made sample of ours is ever removed."""
    if marked(folder).get("status") == MAKING:
        for half_made in (sample.project, sample.remote, folder / HOME):
            shutil.rmtree(half_made, ignore_errors=True)
    if any(entry.name != MARKER for entry in folder.iterdir()):
        raise Problem(
            "the folder is not empty and does not hold a sample project",
            clean(str(folder)),
            "name a new folder",
            code=Code.FILE_EXISTS,
        )


def _build(sample: SampleProject) -> None:
    sample.project.mkdir()
    project = sample.project

    def git(*words: str) -> None:
        output(["git", *words], project)

    git("init", "--quiet", "--initial-branch=main")
    for key, value in _SETTINGS:
        git("config", key, value)
    for number, commit in enumerate(_HISTORY):
        changed = _write(_data() / commit.folder, project)
        git("add", "--", *changed)
        git("commit", "--quiet", "--no-verify", "--message", commit.message)
        if number == 0:
            git("tag", "--annotate", "--message", f"{NAME} {VERSION}", f"v{VERSION}")
    git("init", "--quiet", "--bare", "--initial-branch=main", str(sample.remote))
    git("remote", "add", "origin", str(sample.remote))
    git("push", "--quiet", "--no-verify", "--set-upstream", "origin", "main", f"v{VERSION}")


def _data() -> Traversable:
    return files(__name__) / "history"


def _write(source: Traversable, target: Path, prefix: str = "") -> list[str]:
    """Writes a folder of the package's data below `target` and gives the paths written, relative to it."""
    written: list[str] = []
    for entry in sorted(source.iterdir(), key=lambda e: e.name):
        name = prefix + re.sub(r"^dot-", ".", entry.name)
        if entry.is_dir():
            (target / name).mkdir(exist_ok=True)
            written += _write(entry, target, name + "/")
        else:
            write_atomic(target / name, read_packed(entry), durable=False)
            written.append(name)
    return written


def _environment(env: Mapping[str, str]) -> dict[str, str]:
    """The person's environment without anything that bends git, and with its messages in English."""
    kept = {name: value for name, value in without_own(env).items() if not name.startswith("GIT_")}
    return kept | {
        "LC_ALL": "C.UTF-8",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }


def output(argv: Sequence[str], cwd: Path) -> str:
    """What a program printed, stripped. Raises Problem when it fails."""
    try:
        done = subprocess.run(
            argv,
            cwd=cwd,
            env=_environment(os.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Problem(
            f"{argv[0]} {argv[1]} did not end within {_TIMEOUT_S} s", "sample project", code=Code.TIMED_OUT
        ) from None
    except OSError as error:
        raise Problem(
            f"{argv[0]}: {error.strerror}", "sample project", "get " + _HOW_TO_GET[argv[0]], code=Code.PROGRAM_FAILED
        ) from None
    if done.returncode != 0:
        detail = one_line(done.stderr.decode("utf-8", "replace"), 300)
        raise Problem(
            f"{argv[0]} {argv[1]} failed with exit code {done.returncode}: {detail}",
            "sample project",
            code=Code.PROGRAM_FAILED,
        )
    return one_line(done.stdout.decode("utf-8", "replace"))
