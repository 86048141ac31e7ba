"""The dialects of state files (SPEC section 3): told apart here, one module each.

Reading is tolerant, writing is canonical, and what is not ours is never lost: a save edits the text of the file
where, and only where, two states differ.
"""

from msgspec import Struct
from pydantic import JsonValue

from loop_tui.fs.jsonedit.document import edit, parse
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.names import canonical_id
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import Dialect, RunState
from loop_tui.model.text import one_line

from . import command, controller, execution
from .fields import WrongType
from .saving import edits_for
from .unchanged import Unchanged

__all__ = ["NotOurs", "WrongType", "detect", "dump", "load", "new_text", "save"]


class NotOurs(Struct, frozen=True):
    """Why a document is not the state of a loop."""

    reason: str


def detect(document: JsonValue) -> Dialect | NotOurs:
    """The dialect that a document speaks, or why it is none of them."""
    if not isinstance(document, dict):
        kinds = {list: "a list", str: "a string", bool: "true or false", type(None): "null"}
        return NotOurs(f"it holds {kinds.get(type(document), 'a number')}, not an object")
    if "loop" in document and "phases" in document:
        return Dialect.COMMAND_V2 if "context" in document else Dialect.COMMAND_V1
    if all(key in document for key in ("systemId", "state", "stages")):
        return Dialect.CONTROLLER
    if "loopId" in document and isinstance(document.get("phases"), list):
        return Dialect.EXECUTION
    return NotOurs(
        f"it has none of these: `loop` and `phases`; `systemId`, `state` and `stages`; `loopId`{_has(document)}"
    )


def _has(document: dict[str, JsonValue]) -> str:
    keys = [one_line(key, 20) for key in list(document)[:5]]
    return f"; its keys are {', '.join(keys)}{', ...' if len(document) > 5 else ''}" if keys else "; it is empty"


def load(document: JsonValue, definition: LoopDefinition | None = None) -> RunState:
    """The state that a document holds; the `definition` of its loop completes what the file leaves out.

    Raises Problem when the document is no loop state, and WrongType naming the key for what cannot be meant.
    """
    dialect = detect(document)
    if isinstance(dialect, NotOurs) or not isinstance(document, dict):
        raise Problem(
            f"is not a loop state: {dialect.reason}" if isinstance(dialect, NotOurs) else "not a loop state",
            code=Code.STATE_FOREIGN,
        )
    loop = controller.LOOP if dialect is Dialect.CONTROLLER else document.get("loop", document.get("loopId"))
    if definition is not None and (not isinstance(loop, str) or canonical_id(loop) != canonical_id(definition.id)):
        # A definition of another loop has nothing to say about this one.
        definition = None
    if dialect is Dialect.EXECUTION:
        return execution.load(document, definition)
    if dialect is Dialect.CONTROLLER:
        return controller.load(document, definition)
    return command.load(document, definition)


def dump(state: RunState) -> dict[str, JsonValue]:
    """Everything that we own in a file of the state's dialect, in canonical words.

    Two dumps tell what differs between two states; a file is written by `save`. Raises Problem for the execution
    dialect, which belongs to another program.
    """
    return _dump(state, Unchanged())


def _dump(state: RunState, same: Unchanged) -> dict[str, JsonValue]:
    if state.dialect is Dialect.EXECUTION:
        raise Problem("this file belongs to the orchestrator server and is read-only here", code=Code.STATE_FOREIGN)
    return controller.dump(state, same) if state.dialect is Dialect.CONTROLLER else command.dump(state, same)


def save(text: str, old: RunState, new: RunState) -> str:
    """The text of a file that reads `old`, edited so that it reads `new`; the same text when both say the same.

    Everything else in the text stays byte for byte. Raises Problem for the execution dialect, unless nothing changed.
    """
    if old is new or old == new:
        return text
    document = parse(text)
    if not isinstance(document, dict):
        raise Problem("is not a loop state", code=Code.STATE_FOREIGN)
    new = new.model_copy(update={"dialect": old.dialect})
    return edit(text, edits_for(document, old, new, _dump))


def new_text(state: RunState, definition: LoopDefinition) -> str:
    """The text of a fresh file, in the command dialect as the seeds show it. Raises Problem for other dialects."""
    text = command.outline(state, definition)
    return save(text, load(parse(text), definition), state)
