"""What the gate panel says of a run that somebody else works on, and of what others wrote into ours."""

from textual.content import Content

from loop_tui.control.attention import Attention, AttentionKind
from loop_tui.control.snapshot import Snapshot
from loop_tui.model.state import GateState, RunState
from loop_tui.model.text import one_line
from loop_tui.tui.projection.run_status import idle_look
from loop_tui.tui.widgets.words import MUTED, text_of

from .panel_lines import field, heading, key_line, note, phases_table, section


def elsewhere(snapshot: Snapshot, need: Attention) -> list[Content]:
    """A run that somebody else works on, or worked on: who, since when, and what may be done here."""
    look = idle_look(need)
    lines = [heading(need, look.tone, look.glyph), *who_works(snapshot)]
    return [*lines, *phases_table(snapshot), *_may_do(snapshot)]


def over_elsewhere(snapshot: Snapshot, need: Attention) -> list[Content]:
    """A run that came to its end elsewhere: nothing of it is archived here."""
    return [heading(need, "status-done", "✓"), *phases_table(snapshot)]


def failed_elsewhere(snapshot: Snapshot) -> list[Content]:
    """What can be done where it failed elsewhere: to try again is for whoever drives it."""
    state = snapshot.state
    if state is None or not state.dialect.writable:
        return [note("it failed or was aborted on the server; see the log"), *phases_table(snapshot)]
    return [note("only its own driver can run it again"), *section("What you can do"), _make_yours()]


def _make_yours() -> Content:
    return key_line("go", "take it over", "asks first")


def who_works(snapshot: Snapshot) -> list[Content]:
    """Who works on it as far as known, when they were heard of last, and why it is not ours to drive."""
    presence = snapshot.presence
    if presence is None:
        return []
    by = one_line(presence.by, 60) or "another program, without a name"
    what = f" on {one_line(presence.skill, 60)}" if presence.skill else ""
    lines = [field("by", f"{by}{what}")]
    if presence.driver is not None and not presence.ours:
        lines.append(field("driver", f"{one_line(presence.driver.name, 40)} on {one_line(presence.driver.host, 60)}"))
    lines += [field("last active", presence.since)] if presence.since else []
    lines += [field("not yours", one_line(presence.found, 300))] if presence.found else []
    return lines


def beside(snapshot: Snapshot, need: Attention) -> list[Content]:
    """The same below what such a run needs."""
    if not snapshot.elsewhere or need.kind in (AttentionKind.ELSEWHERE, AttentionKind.QUIET):
        return []
    word = snapshot.presence.word if snapshot.presence is not None else ""
    return [*section(f"Elsewhere: {word}"), *who_works(snapshot)]


def _may_do(snapshot: Snapshot) -> list[Content]:
    state, presence = snapshot.state, snapshot.presence
    lines = section("What you can do")
    if state is None or presence is None or not state.dialect.writable:
        return [*lines, note("read-only: this run belongs to the orchestrator server")]
    if presence.ours:
        name = f" {one_line(presence.skill, 60)}" if presence.skill else ""
        take = [key_line("go", "take it back, and continue")] if not presence.working else []
        return [*lines, *take, text_of((f":release{name} ", "bold $status-running"), "take it back")]
    lines.append(note("answer its gates and questions, or ask it to pause"))
    return [*lines, _make_yours(), key_line("pause", "ask it to pause")]


def sent_back(state: RunState) -> list[Content]:
    """What is to be changed, for whoever has to: the feedback of each gate that sent its phase back."""
    lines: list[Content] = []
    for gate in state.gates:
        if gate.sent_back and gate.feedback:
            by = one_line(gate.feedback_by or gate.by, 40) or "someone"
            lines += section(f"Changes requested at {one_line(gate.id, 40)}")
            lines += [text_of(one_line(gate.feedback, 1000)), note(f"by {by}")]
    return lines


def stated(state: RunState) -> list[Content]:
    """The approvals that were found when the run was made ours: nobody here saw them given."""
    found = [gate for gate in state.gates if gate.stated and not gate.open]
    lines = section("Stated, not verified") if found else []
    return [*lines, *(text_of(("◆ ", "$status-skipped"), one_line(g.id, 40), (said_by(g), MUTED)) for g in found)]


def said_by(gate: GateState) -> str:
    """Who decided, behind the name of a gate."""
    return f"  by {one_line(gate.by, 40)}" if gate.by else ""


def changed_definition(snapshot: Snapshot) -> list[Content]:
    """One quiet line where the definition changed since the run began."""
    if not snapshot.newer:
        return []
    return [
        Content(),
        note(f"the definition changed: {one_line(snapshot.newer, 200)}; :adopt-definition switches to it"),
    ]
