"""Reading a state file that may be anything: every way it can be damaged ends in one clear line (SPEC section 3)."""

import codecs
import os
import stat
from pathlib import Path

from loop_tui.fs.atomic import revision as revision_of
from loop_tui.fs.jsonedit.document import locate, parse
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line
from loop_tui.ports import Loaded

from .dialects import NotOurs, WrongType, detect, load

LARGEST_BYTES = 16 * 1024 * 1024

_WIDE = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class NotALoopState(Problem):
    """The file is good JSON and something else than the state of a loop. It is never written."""

    def __init__(self, what: str, where: str = "", todo: str = "") -> None:
        super().__init__(what, where, todo, code=Code.STATE_FOREIGN)


def read_state(path: Path, definition: LoopDefinition | None = None, known: Loaded | None = None) -> Loaded:
    """The state in a file; the file is only read. `known`, read earlier, comes back when the bytes are still the same.

    Raises NotALoopState for a document that is not ours, and Problem with file, line, column and key for anything
    that is damaged, too large, not a plain file or cannot be read.
    """
    where = one_line(str(path))
    data = _content(path, where)
    found = revision_of(data)
    if known is not None and known.revision == found:
        return known
    return understood(_decoded(data, where), found, where, definition)


def understood(text: str, revision: str, where: str, definition: LoopDefinition | None = None) -> Loaded:
    """The state that a text tells of, whose bytes have that revision. Raises as `read_state`."""
    try:
        document = parse(text, where)
    except Problem as problem:
        raise Problem(problem.what, problem.where, problem.todo, code=Code.STATE_DAMAGED) from problem
    dialect = detect(document)
    if isinstance(dialect, NotOurs):
        raise NotALoopState(f"not a loop state: {dialect.reason}", where)
    try:
        state = load(document, definition)
    except WrongType as problem:
        line, column = locate(text, problem.path)
        raise Problem(problem.what, f"{where}:{line}:{column}", code=Code.STATE_DAMAGED) from problem
    except (RecursionError, ValueError) as error:
        raise Problem("cannot be understood as a loop state", where, code=Code.STATE_DAMAGED) from error
    return Loaded(state, text, revision)


def _content(path: Path, where: str) -> bytes:
    try:
        # Not blocking: opening a pipe that nobody writes into would wait for ever.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise Problem("there is no such file", where, code=Code.STATE_GONE) from error
    except (OSError, ValueError) as error:
        raise Problem(f"cannot be read: {_said(error)}", where, code=Code.FILE_UNREADABLE) from error
    try:
        _check(os.fstat(handle), where)
        with os.fdopen(handle, "rb", closefd=False) as file:
            data = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise Problem(f"cannot be read: {_said(error)}", where, code=Code.FILE_UNREADABLE) from error
    finally:
        os.close(handle)
    if len(data) > LARGEST_BYTES:
        raise _too_large(len(data), where)
    return data


def _check(found: os.stat_result, where: str) -> None:
    """Raises Problem for what is no plain file, or too large to be read at all."""
    kind = next((name for is_kind, name in _KINDS if is_kind(found.st_mode)), None)
    if kind:
        raise Problem(f"is {kind}, not a file", where, code=Code.STATE_DAMAGED)
    if found.st_size > LARGEST_BYTES:
        raise _too_large(found.st_size, where)


def _said(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


def _too_large(size: int, where: str) -> Problem:
    most = LARGEST_BYTES // 1024 // 1024
    return Problem(
        f"has {size / 1024 / 1024:.0f} MB: no state is larger than {most} MB", where, code=Code.STATE_DAMAGED
    )


def _decoded(data: bytes, where: str) -> str:
    """The text, with a byte order mark if it has one."""
    if not data.strip():
        raise Problem("is empty", where, code=Code.STATE_DAMAGED)
    if data.startswith(_WIDE):
        raise Problem("is not UTF-8 but UTF-16 or UTF-32", where, "save it as UTF-8", code=Code.STATE_DAMAGED)
    zero = data.find(b"\0")
    if zero >= 0:
        raise Problem("is binary: it holds a NUL byte", _place(data, zero, where), code=Code.STATE_DAMAGED)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(
            f"is not UTF-8: byte 0x{data[error.start]:02x}", _place(data, error.start, where), code=Code.STATE_DAMAGED
        ) from error


def _place(data: bytes, at: int, where: str) -> str:
    line = data.count(b"\n", 0, at) + 1
    column = len(data[data.rfind(b"\n", 0, at) + 1 : at].decode("utf-8", "replace")) + 1
    return f"{where}:{line}:{column}"
