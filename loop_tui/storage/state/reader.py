"""Reading a state file that may be anything: every way it can be damaged ends in one clear line (SPEC section 3)."""

import codecs
from pathlib import Path

from loop_tui.fs.atomic import revision as revision_of
from loop_tui.fs.jsonedit.document import locate, parse
from loop_tui.fs.limits import STATE
from loop_tui.fs.plain import NotPlain, read_plain
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import RunState
from loop_tui.model.text import one_line
from loop_tui.ports import Loaded

from .dialects import NotOurs, WrongType, detect, load

_WIDE = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


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
        raise NotALoopState(f"is not a loop state: {dialect.reason}", where)
    try:
        state = load(document, definition)
    except WrongType as problem:
        line, column = locate(text, problem.path)
        raise Problem(problem.what, f"{where}:{line}:{column}", code=Code.STATE_DAMAGED) from problem
    except (RecursionError, ValueError) as error:
        raise Problem("cannot be read as a loop state", where, code=Code.STATE_DAMAGED) from error
    if not state.dialect.writable:
        _refuse_broken_names(state, where)
    return Loaded(state, text, revision)


def _refuse_broken_names(state: RunState, where: str) -> None:
    """Raise Problem for half a character in a name: of such a file a definition is made, and none goes by that."""
    phases = [name for phase in state.phases for name in (phase.id, *(skill.id for skill in phase.skills))]
    try:
        "".join((state.loop, state.version, *phases, *(gate.id for gate in state.gates))).encode()
    except UnicodeEncodeError as error:
        raise Problem("a name in it holds an incomplete character", where, code=Code.STATE_DAMAGED) from error


def _content(path: Path, where: str) -> bytes:
    try:
        # Read as it lies there, also through a link: whatever it leads to is only read.
        return read_plain(path, STATE, follow=True)
    except FileNotFoundError as error:
        raise Problem("there is no such file", where, code=Code.STATE_GONE) from error
    except NotPlain as error:
        raise Problem(f"cannot be read: {error.strerror}", where, code=Code.STATE_DAMAGED) from error
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror or error}", where, code=Code.FILE_UNREADABLE) from error


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
