"""`.claude/checks.toml`: commands that prove that a function of a module is operational.

Each is a list of arguments, never a line for a shell. It comes with the repository: what is read here runs only after a
person trusted exactly this content, as the commands of a definition do (SPEC section 2).
"""

import hashlib
import shlex
from pathlib import Path

from msgspec import Struct

from loop_tui.fs.limits import DEFINITION
from loop_tui.fs.plain import read_plain
from loop_tui.fs.toml import Places, load_toml
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line
from loop_tui.storage.definitions.consequences import visible

from .places import FOLDER

NAME = "checks.toml"
_TIMEOUT_S = 300.0
_LONGEST_S = 3600.0
_KEYS = frozenset({"module", "function", "run", "timeout_s"})
_FORM = 'write module = "NAME", function = "NAME", run = ["PROGRAM", "ARGUMENT"]'


class FunctionCheck(Struct, frozen=True):
    """The command of one function, by the names of the Dream State. It has passed when it exits with 0 in time."""

    module: str
    function: str
    run: tuple[str, ...]
    timeout_s: float = _TIMEOUT_S
    line: int = 0

    @property
    def consequence(self) -> str:
        """What a person agrees to, on one line and whole."""
        return visible(f"{self.module} > {self.function}: runs {shlex.join(self.run)}")


class CheckFile(Struct, frozen=True):
    """The checks of a project and the hash of the file that they were read from, at once."""

    path: str
    sha256: str
    checks: tuple[FunctionCheck, ...]


def read_checks(top: Path) -> CheckFile | None:
    """The checks of a project; None where it has no file for them. Raises Problem with the line of what is wrong."""
    path = top / FOLDER / NAME
    try:
        data = read_plain(path, DEFINITION)
        text = data.decode("utf-8")
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = one_line(error.strerror or str(error))
        raise Problem(f"cannot be read: {reason}", str(path), code=Code.FILE_UNREADABLE) from error
    except UnicodeDecodeError as error:
        raise Problem("is not UTF-8", str(path), "save it as UTF-8", code=Code.FILE_INVALID) from error
    found = load_toml(text, str(path), "file of checks", Code.FILE_INVALID)
    entries = found.get("checks")
    if not isinstance(entries, list) or set(found) != {"checks"}:
        raise Problem("should have [[checks]] and nothing else", str(path), _FORM, code=Code.FILE_INVALID)
    lines = Places(text)
    checks = tuple(_check(entry, str(path), lines.line(("checks", at))) for at, entry in enumerate(entries))
    return CheckFile(str(path), hashlib.sha256(data).hexdigest(), checks)


def _check(entry: object, path: str, line: int) -> FunctionCheck:
    def wrong(what: str) -> Problem:
        return Problem(what, f"{path}:{line}", _FORM, code=Code.FILE_INVALID)

    if not isinstance(entry, dict):
        raise wrong("a check should be a table")
    if unknown := sorted(set(entry) - _KEYS):
        raise wrong(f"unknown key {one_line(str(unknown[0]), 60)!r}")
    names = [entry.get(key) for key in ("module", "function")]
    run, timeout_s = entry.get("run"), entry.get("timeout_s", _TIMEOUT_S)
    if not all(isinstance(name, str) and name for name in names):
        raise wrong("module and function should be names")
    if not isinstance(run, list) or not run or not all(isinstance(each, str) and each for each in run):
        raise wrong("run should be a list of arguments, the program first")
    if any("\0" in each for each in run):
        raise wrong("an argument has a null character")
    if isinstance(timeout_s, bool) or not isinstance(timeout_s, int | float) or not 0 < timeout_s <= _LONGEST_S:
        raise wrong(f"timeout_s should be a number of seconds up to {_LONGEST_S:g}")
    return FunctionCheck(str(names[0]), str(names[1]), tuple(run), float(timeout_s), line)
