"""The environment that programs get, and where they are found (SHIP "npm")."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

from loop_tui.fs.plain import read_start
from loop_tui.model.lease import CHILD_VARIABLE
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.secrets import without_own
from loop_tui.model.text import one_line

_driver_token: ContextVar[str] = ContextVar("driver_token", default="")

_LOCALE = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
_SET = {
    "CI": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_EDITOR": ":",
    "GIT_PAGER": "cat",
    "PAGER": "cat",
    "GH_PROMPT_DISABLED": "1",
    "GH_NO_UPDATE_NOTIFIER": "1",
    "NO_COLOR": "1",
    "TERM": "dumb",
    "LANG": _LOCALE,
    "LC_ALL": _LOCALE,
}
# What an npm script, a git hook or a node test runner leaves in the environment of whatever it starts. In there a
# program would work on the wrong repository, with another project's settings, or wait for a parent that is not there.
# Settings that a person makes stay: NPM_CONFIG_*, GIT_SSH_COMMAND, GIT_CONFIG_GLOBAL, GIT_CONFIG_COUNT, identity.
_LEFTOVERS = regex(
    r"npm_.*|INIT_CWD|NODE_(?:TEST_CONTEXT|CHANNEL_.*|UNIQUE_ID)"
    r"|GIT_(?:DIR|WORK_TREE|INDEX_FILE|COMMON_DIR|PREFIX|NAMESPACE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES"
    r"|QUARANTINE_PATH|SHALLOW_FILE|GRAFT_FILE|REPLACE_REF_BASE|NO_REPLACE_OBJECTS|CONFIG|CONFIG_PARAMETERS"
    r"|IMPLICIT_WORK_TREE|INTERNAL_SUPER_PREFIX|(?:LITERAL|GLOB|NOGLOB|ICASE)_PATHSPECS|EXTERNAL_DIFF|DIFF_OPTS"
    r"|REFLOG_ACTION|EXEC_PATH|SEQUENCE_EDITOR)"
    r"|LC_.*|LANGUAGE|FORCE_COLOR|CLICOLOR_FORCE|COLOR|PWD|OLDPWD|LINES|COLUMNS"
)

# Of these only what would lead git to another repository, and what only the program that was given it can use.
_OF_A_REPOSITORY = regex(
    r"NODE_(?:TEST_CONTEXT|CHANNEL_.*|UNIQUE_ID)|GIT_(?:DIR|WORK_TREE|INDEX_FILE|COMMON_DIR|PREFIX|NAMESPACE"
    r"|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|QUARANTINE_PATH|SHALLOW_FILE|GRAFT_FILE|REPLACE_REF_BASE"
    r"|NO_REPLACE_OBJECTS|CONFIG|CONFIG_PARAMETERS|IMPLICIT_WORK_TREE|INTERNAL_SUPER_PREFIX"
    r"|(?:LITERAL|GLOB|NOGLOB|ICASE)_PATHSPECS|REFLOG_ACTION|EXEC_PATH)"
)

_NODE = "install Node.js 18 or newer: https://nodejs.org, `brew install node` or `apt-get install nodejs npm`"
_GET = {
    "node": _NODE,
    "npm": _NODE,
    "npx": _NODE,
    "git": "install git: https://git-scm.com/downloads, `brew install git` or `apt-get install git`",
    "gh": "install the GitHub CLI: https://cli.github.com, `brew install gh` or `apt-get install gh`",
    "pnpm": "`corepack enable pnpm` or `npm install --global pnpm`",
    "yarn": "`corepack enable yarn` or `npm install --global yarn`",
    "bun": "install bun: https://bun.sh",
}


@contextmanager
def started_by(token: str) -> Iterator[None]:
    """Let every program that is started inside, by this task and those it makes, carry the token of its driver's lease.

    By it `end_leftovers` finds them when the driver has died.
    """
    before = _driver_token.set(token)
    try:
        yield
    finally:
        _driver_token.reset(before)


def clean_environment(env: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for a program: `env` (ours when None) without leftovers, with no prompts, no colour, one locale.

    PATH, HOME, SSH_AUTH_SOCK and whatever else the person has set stay. Inside `started_by` it names the driver.
    """
    given = os.environ if env is None else env
    kept = {k: v for k, v in without_own(given).items() if not _is_leftover(k)}
    kept.update(_SET)
    if token := _driver_token.get():
        kept[CHILD_VARIABLE] = token
    return kept


@lru_cache(maxsize=1024)
def _is_leftover(name: str) -> bool:
    return _LEFTOVERS.fullmatch(name) is not None


def child_environment(cwd: Path, extra: Mapping[str, str] | None, *, colours: bool = False) -> dict[str, str]:
    """The whole environment of one program: the clean one, its working folder, and what the caller puts on top.

    With `colours` it is asked to print them, unless the person wants none anywhere (NO_COLOR).
    """
    kept = clean_environment()
    if colours and "NO_COLOR" not in os.environ:
        # Both together make node warn on every start.
        del kept["NO_COLOR"]
        kept |= {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"}
    return {**kept, "PWD": str(cwd), **(extra or {})}


def plain_environment(cwd: Path, extra: Mapping[str, str] | None) -> dict[str, str]:
    """The environment that a person's own git would have there, and no prompt on the terminal (SHIP "npm").

    For what runs hooks and filters of a project: no variable of ours is in it. What a hook or another git around us
    set to name its own repository is not, either.
    """
    kept = {k: v for k, v in without_own(os.environ).items() if not _OF_A_REPOSITORY.fullmatch(k)}
    kept.pop(CHILD_VARIABLE, None)
    return {**kept, "GIT_TERMINAL_PROMPT": "0", "PWD": str(cwd), **(extra or {})}


def driver_token() -> str:
    """The token of the driver that programs are started by now (`started_by`); empty without one."""
    return _driver_token.get()


def which(name: str, env: Mapping[str, str] | None = None) -> Path | None:
    """Where a program is on the PATH of `env` (ours when None), or None."""
    path = (os.environ if env is None else env).get("PATH", os.defpath)
    found = shutil.which(name, path=path)
    return Path(found).absolute() if found else None


def own_environment() -> dict[str, str]:
    """The environment for a command of ours that is started in a project.

    A relative entry of PYTHONPATH, or an empty one, means the folder that Python is started in: there it would take
    the project's modules for ours, and `-P` says nothing of that. It goes on meaning the folder that we are in.
    """
    kept = dict(os.environ)
    if named := kept.get("PYTHONPATH"):
        kept["PYTHONPATH"] = os.pathsep.join(str(Path(part).absolute()) for part in named.split(os.pathsep))
    return kept


def absolute_path() -> str:
    """PATH without what is looked for from the folder that a program is started in, which is the project's."""
    parts = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(part for part in parts if Path(part).is_absolute()) or os.defpath


def how_to_get(name: str) -> str:
    """What to do when this program is missing."""
    return _GET.get(name, f"install {name}, or put it on the PATH")


def resolve(argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> list[str]:
    """The argument list with the program's full path. Raises Problem when it cannot be started there.

    A program that is named with a slash is looked for from the working folder, any other on the PATH of `env`.
    """
    if not argv or not argv[0]:
        raise Problem("no program given", code=Code.PROGRAM_MISSING)
    if any("\0" in part for part in argv):
        raise Problem("an argument holds a NUL character", one_line(argv[0]), code=Code.PROGRAM_FAILED)
    if not cwd.is_dir():
        raise Problem(
            "the working folder does not exist" if not cwd.exists() else "is not a folder",
            str(cwd),
            code=Code.FOLDER_MISSING,
        )
    path = _find(argv[0], cwd, env)
    try:
        interpreter = _interpreter(path, path.stat().st_mtime_ns)
    except OSError:
        interpreter = ""  # Gone since it was found: starting it will say so.
    if interpreter and not Path(interpreter).exists():
        raise Problem(
            f"could not be started: there is no {one_line(interpreter)}", one_line(str(path)), code=Code.PROGRAM_MISSING
        )
    return [str(path), *argv[1:]]


def _find(name: str, cwd: Path, env: Mapping[str, str]) -> Path:
    if "/" not in name:
        found = which(name, env)
        if found is None:
            raise Problem(f"{one_line(name)} is not installed", todo=how_to_get(name), code=Code.PROGRAM_MISSING)
        return found
    path = cwd.absolute() / name
    if not path.is_file():
        raise Problem("no such program", one_line(str(path)), code=Code.PROGRAM_MISSING)
    if not os.access(path, os.X_OK):
        raise Problem(
            "is not executable", one_line(str(path)), f"chmod +x {one_line(str(path))}", code=Code.PROGRAM_FAILED
        )
    return path


@lru_cache(maxsize=64)
def _interpreter(path: Path, changed_ns: int) -> str:
    """What the first line of a script names; the system blames the script when that is missing.

    The same programs are started again and again: each is looked into once, until it changes.
    """
    try:
        first = read_start(path, 256, follow=True)
    except OSError:
        return ""
    words = first.partition(b"\n")[0][2:].split() if first.startswith(b"#!/") else []
    return os.fsdecode(words[0]) if words else ""
