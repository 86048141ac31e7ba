"""What an answer would do: the line that names it before enter decides, and whether it needs a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from loop_tui.model.status import GateType
from loop_tui.model.text import one_line

if TYPE_CHECKING:
    from loop_tui.control.snapshot import Snapshot
    from loop_tui.model.chosen_move import MoveChoice

TEXTS = {
    "changes": ("what to change", "changes need a text"),
    "approve": ("why it may pass anyway", "a reason is required, and kept with the gate"),
}
"""Answers that need a text first: what the input asks for, and what is said when it stays empty."""


class Armed(Struct, frozen=True):
    """An answer that waits for enter: to what, given what the person saw, and what follows."""

    answer: str
    subject: str
    seen: Snapshot
    line: str
    text: str = ""


NEXT_MOVE = "next"
"""What stands in the place of an answer where the next move is to be started."""


def next_armed(snapshot: Snapshot, choice: MoveChoice) -> Armed:
    """Starting what is worth doing next waits for a second enter, too: one that comes late starts nothing."""
    title = " > ".join(one_line(part, 60) for part in (choice.loop, choice.target) if part)
    return Armed(NEXT_MOVE, "", snapshot, f"{_NEXT_WORDS.get(choice.kind, 'Start')} {title}")


_NEXT_WORDS = {"answer": "Open", "continue": "Continue", "documents": "List what is stale in"}


def subject_of(snapshot: Snapshot, answer: str) -> str:
    """The gate that is answered; nothing where it is trust or a state file that is restored."""
    if answer == "restore" or snapshot.trust is not None:
        return ""
    return snapshot.gate.id if snapshot.gate else ""


def consequence_of(snapshot: Snapshot, answer: str) -> str:
    """What follows from an answer, in a line; nothing where that answer cannot be given."""
    from loop_tui.control.gate_facts import answerable, consequence_here, missing_of

    if answer == "restore":
        return "Restore the state file from the last good copy" if snapshot.has_last_good else ""
    if snapshot.trust is not None:
        return f"Trust {snapshot.trust.path}: its commands may run here" if answer == "approve" else ""
    if not answerable(snapshot) or not snapshot.gate or not snapshot.state or not snapshot.definition:
        return ""
    line = consequence_here(snapshot, snapshot.gate, answer)
    if answer == "approve" and not missing_of(snapshot) and _needs_reason(snapshot):
        return f"{line}, although its checks FAILED"
    return line


def needs_text(snapshot: Snapshot, answer: str) -> bool:
    """True where a text has to be given with the answer: what is to change, or why it may pass all the same."""
    return answer == "changes" or (answer == "approve" and _needs_reason(snapshot))


def _needs_reason(snapshot: Snapshot) -> bool:
    """True at an auto gate whose checks do not hold, and where documents are missing."""
    from loop_tui.control.gate_facts import missing_of
    from loop_tui.engine.gates import evaluate

    gate = snapshot.gate
    if snapshot.trust is None and missing_of(snapshot):
        return True
    if snapshot.trust is not None or gate is None or snapshot.state is None or gate.type is not GateType.AUTO:
        return False
    return not evaluate(snapshot.state, gate).passed
