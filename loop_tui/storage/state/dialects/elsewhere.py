"""What other programs write of a run in words and keys of their own: read, and never written."""

from collections.abc import Iterator

from pydantic import JsonValue

from loop_tui.model.definition import LoopDefinition
from loop_tui.model.status import awaits_approval

from .fields import JsonObject, text_at

EVERY = ""
"""In place of a phase: whichever is active."""
_DONE_KEYS = ("completed_skills", "completedSkills")


def awaited_phases(document: JsonObject, definition: LoopDefinition | None, phase: str) -> frozenset[str]:
    """The phases whose work is done because the file says of the run, or of a gate, that it waits for an approval.

    `phase` is the current one, empty where the file names none: then it is `EVERY` active one.
    """
    found = {phase} if awaits_approval(document.get("status")) else set()
    for name in _awaited(document.get("gates")):
        gate = definition.gate(name) if definition else None
        found |= {gate.after} if gate else set()
    return frozenset(found)


def is_awaited(document: JsonObject, key: str) -> bool:
    """True when the file says of the run, of a phase under `key` or of a gate that it waits for an approval."""
    here = awaits_approval(document.get("status"))
    return here or any(True for table in (key, "gates") for _ in _awaited(document.get(table)))


def _awaited(tables: JsonValue) -> Iterator[str]:
    for name, table in tables.items() if isinstance(tables, dict) else ():
        if isinstance(table, dict) and awaits_approval(table.get("status")):
            yield name


def said_done(table: JsonObject, *names: str) -> Iterator[str]:
    """The skills that a phase lists as completed, named by one of these keys; what is no list of names says nothing."""
    for key in _DONE_KEYS:
        value = table.get(key)
        for item in value if isinstance(value, list) else ():
            name = item if isinstance(item, str) else text_at(item, *names) if isinstance(item, dict) else ""
            if name:
                yield name
