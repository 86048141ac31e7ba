"""How a whole run looks. Needed for the first paint: nothing that reads or decides is imported here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loop_tui.model.status import RunStatus
from loop_tui.tui.widgets import glyphs
from loop_tui.tui.widgets.glyphs import Appearance

if TYPE_CHECKING:
    from loop_tui.control.attention import Attention
    from loop_tui.control.snapshot import Ended, Snapshot
    from loop_tui.model.state import RunState


def ended_look(ended: Ended) -> Appearance:
    """The look of a run whose state file is gone."""
    if not ended.archived:
        return Appearance("?", "gone", "status-waiting")
    return glyphs.run("complete") if ended.word == "done" else Appearance("✗", ended.word, "status-failed")


def idle_look(need: Attention) -> Appearance:
    """The look of a run that no driver works on: what it needs, or who has it."""
    if need.kind == "elsewhere":
        return glyphs.ELSEWHERE
    if need.kind == "quiet":
        return glyphs.QUIET
    return glyphs.NEEDED if need.shown and need.kind not in ("stopped", "resume") else glyphs.IDLE


def run_look(snapshot: Snapshot, state: RunState) -> Appearance:
    """The look of a run's status.

    One that is to pause goes on to the end of its skill; of a question for a secret the driver waits for the answer.
    """
    if state.aborted is not None:
        return Appearance("✗", "aborted", "status-failed")
    if state.status is RunStatus.PAUSED and snapshot.driven:
        return Appearance("‖", "pausing", "status-waiting")
    if state.status is RunStatus.ACTIVE and snapshot.attention.kind == "question":
        return glyphs.NEEDED
    return glyphs.run(state.status)
