"""What the gate panel says where there is nothing to decide."""

from pathlib import PurePath

from textual.content import Content

from loop_tui.control.attention import Attention, AttentionKind
from loop_tui.control.snapshot import Snapshot
from loop_tui.engine.conditions import is_undecided
from loop_tui.engine.gates import gate_state, gates_of, who_may_answer
from loop_tui.fs.paths import run_folder
from loop_tui.model.clock import parse_stamp
from loop_tui.model.definition import GateDefinition
from loop_tui.model.panel import CONTEXT, NextTold, ReadyTold
from loop_tui.model.state import GateState, RunState
from loop_tui.model.status import GateStatus
from loop_tui.model.text import one_line
from loop_tui.model.working_time import times_of
from loop_tui.tui.actions import with_keys
from loop_tui.tui.projection.checks import counted, targets_text
from loop_tui.tui.widgets import glyphs
from loop_tui.tui.widgets.words import MUTED, STRONG, look, text_of

from .panel_elsewhere import over_elsewhere
from .panel_lines import BLANK, field, heading, key_line, marked, note, phases_table, section
from .panel_listed import listed
from .panel_shipped import last_time, shipped_fields, times_fields, where_it_is


def running(snapshot: Snapshot, need: Attention) -> list[Content]:
    """A run at work, or one that nobody drives."""
    glyph = "▸" if need.kind is AttentionKind.RUNNING else "·"
    lines = [heading(need, "status-running" if need.kind is AttentionKind.RUNNING else "foreground", glyph)]
    if need.kind is AttentionKind.RUNNING:
        lines.append(note("nothing needs you"))
    if need.todo:
        lines.append(note(with_keys(need.todo)))
    lines += phases_table(snapshot)
    upcoming = _next_gate(snapshot)
    if upcoming is not None:
        by = who_may_answer(upcoming)
        lines += [*section("Next gate"), text_of(("◇ ", "$status-pending"), upcoming.id), note(f"decided by {by}")]
        lines += _condition(snapshot, upcoming)
    state = snapshot.state
    lines += _not_asked(state) if state is not None else []
    if state is not None and state.deliverables:
        lines += section("Deliverables")
        lines += [text_of(("✓ ", "$status-done"), one_line(d.name, 60)) for d in state.deliverables]
        lines.append(note(with_keys("{show} shows them")))
    return lines


def _condition(snapshot: Snapshot, gate: GateDefinition) -> list[Content]:
    """Of a conditional gate: when it applies, while nobody has judged that."""
    known = gate_state(snapshot.state, gate) if snapshot.state is not None else GateState(id=gate.id)
    if not is_undecided(gate, known):
        return []
    return [note(f"applies when {one_line(' or '.join(gate.when), 200)}: not yet known")]


def began_with(state: RunState) -> list[Content]:
    """The move that a person chose, and what it rested on."""
    choice = state.leverage_decision
    if choice is None:
        return []
    lines = [*section("Began with"), text_of(choice.words)]
    return [*lines, *(note(one_line(place, 200)) for place in choice.evidence)]


def _not_asked(state: RunState) -> list[Content]:
    """The gates that the run went by without asking, and why."""
    gone_by = [gate for gate in state.gates if gate.status is GateStatus.SKIPPED and gate.reason]
    lines = section("Not asked") if gone_by else []
    for gate in gone_by:
        lines.append(text_of(look(glyphs.gate(gate.status)), f"  {one_line(gate.id, 40)}"))
        lines.append(note(one_line(gate.reason, 200)))
    return lines


def manual(snapshot: Snapshot, need: Attention) -> list[Content]:
    """What a person or an agent elsewhere does: where it goes, and how to say that it is done."""
    lines = [heading(need, "status-waiting", "◇"), *_wanted(snapshot, need.subject)]
    lines += [*section("When it is done"), key_line("complete", f"{one_line(need.subject, 60)} is done")]
    lines += [note(f"or elsewhere: loop-tui complete {one_line(need.subject, 60)}")]
    return [*lines, key_line("skip", "skip it, with a reason"), *phases_table(snapshot)]


def missing(snapshot: Snapshot, need: Attention) -> list[Content]:
    """A file that has to be there before the run goes on."""
    state, definition = snapshot.state, snapshot.definition
    lines = [heading(need, "status-waiting", "◇")]
    if state is not None and definition is not None:
        skills = [s.id for p in definition.phases for s in p.skills if need.subject in s.deliverables]
        lines += _wanted(snapshot, *skills)
    return [*lines, BLANK, key_line("go", "check again, and continue"), *phases_table(snapshot)]


def _wanted(snapshot: Snapshot, *skills: str) -> list[Content]:
    """The files that these skills have to leave, and the folder they belong into."""
    phases = snapshot.definition.phases if snapshot.definition is not None else ()
    names = [name for phase in phases for skill in phase.skills if skill.id in skills for name in skill.deliverables]
    if not names:
        return []
    files = [text_of(("▪ ", "$status-pending"), one_line(name, 80)) for name in dict.fromkeys(names)]
    return [*section("To write"), *files, note(f"in {one_line(str(snapshot.project), 200)}")]


def _next_gate(snapshot: Snapshot) -> GateDefinition | None:
    state, definition = snapshot.state, snapshot.definition
    if definition is None:
        return None
    if state is None:
        return definition.gates[0] if definition.gates else None
    return next((g for p in state.phases for g in gates_of(state, definition, p.id) if gate_state(state, g).open), None)


def idle(snapshot: Snapshot, need: Attention) -> list[Content]:
    """No run yet: what one would do."""
    lines = [text_of(("· ", MUTED), (need.headline, STRONG)), BLANK, key_line("go", "start a run")]
    definition = snapshot.definition
    if definition is not None and definition.description:
        lines[1:1] = [note(one_line(definition.description, 300))]
    lines += last_time(snapshot.last)
    lines += [*section("Next"), *next_lines(snapshot.next)] if snapshot.next is not None else []
    known = snapshot.last is not None and bool(snapshot.last.version)
    lines += ready_lines(snapshot.ready, _LAST if known else "") if snapshot.ready is not None else []
    upcoming = definition.gates if definition else ()
    if upcoming:
        lines += section("Gates")
        lines += [
            text_of(("◇ ", "$status-pending"), one_line(g.id, 40), (f"  after {one_line(g.after, 30)}", MUTED))
            for g in upcoming
        ]
    return lines


_LAST = "last release"
"""What packs tell of the last release stands above already, once the archive told of it."""


def ready_lines(told: ReadyTold, without: str = "") -> list[Content]:
    """What starting a run would do, below a heading each; `without` is the heading of what is left out."""
    if not told.is_told:
        return [BLANK, note("working out what a run would do …")]
    lines: list[Content] = []
    about = ""
    known = next((line for line in reversed(told.lines[:_MOST_LINES]) if line.about == CONTEXT), None)
    for line in told.lines[:_MOST_LINES]:
        if without and line.about == without:
            continue
        if line.about != about or not lines:
            about = line.about
            heading = one_line(about, 40)
            lines += section(f"{heading[:1].upper()}{heading[1:]}")
        lines.append(marked(one_line(line.text, 400)))
        if line is known:
            lines.append(note(with_keys("{context} shows all of it")))
    if len(told.lines) > _MOST_LINES:
        lines.append(note(f"… {len(told.lines) - _MOST_LINES} more: {with_keys('{plan}')} shows all"))
    then = parse_stamp(told.at)
    if lines and then is not None:
        lines += [BLANK, note(f"as of {then.astimezone():%H:%M}; {with_keys('{plan}')} shows each step")]
    return lines


_MOST_LINES = 120


def gone(snapshot: Snapshot, need: Attention) -> list[Content]:
    """A state file that was taken away."""
    lines = [heading(need, "status-waiting", "!"), note("it was removed before the run was archived")]
    lines += section("What to do")
    lines.append(text_of("Restore the file, and the run continues."))
    kept = run_folder(snapshot.project, snapshot.loop).relative_to(snapshot.project) / "last-good.json"
    lines.append(field("a copy", one_line(str(kept), 200)))
    return [*lines, *phases_table(snapshot), BLANK, key_line("go", "dismiss")]


def complete(snapshot: Snapshot, need: Attention) -> list[Content]:
    """A run that is over, and how it ended."""
    ended = snapshot.ended
    if ended is None:
        return over_elsewhere(snapshot, need)
    state = ended.state
    good = ended.word == "done"
    tone, glyph = ("status-done", "✓") if good else ("status-failed", "✗")
    shipped = ended.shipped
    headline = f"{one_line(state.loop, 60)} {'is done' if good else f'has ended: {ended.word}'}"
    if good and shipped is not None and shipped.version:
        headline = shipped.headline
    lines = [text_of((f"{glyph} ", f"${tone}"), (headline, f"bold ${tone}")), BLANK]
    lines += shipped_fields(shipped) if shipped is not None else times_fields(*times_of(state, state.updated_at))
    watched = targets_text(snapshot, None)
    lines += watched or (where_it_is(shipped) if shipped is not None else [])
    lines += _next_move(snapshot, good=good)
    # The folder is the same for all of them, and long.
    kept = "/".join(PurePath(ended.archive).parts[-2:])
    lines += [BLANK, field("archive", one_line(kept, 400))] if kept else []
    lines += listed(snapshot)
    lines += phases_table(snapshot)
    lines += _gate_summary(state)
    lines += began_with(state)
    if state.deliverables:
        lines += section("Deliverables")
        lines += [
            text_of(("✓ ", "$status-done"), one_line(d.name, 60), (f"  {one_line(d.summary, 80)}", MUTED))
            for d in state.deliverables
        ]
    return lines


def _next_move(snapshot: Snapshot, *, good: bool) -> list[Content]:
    """What can be done after a run: it stands above what it left, which may be long."""
    then = "the next run starts from the beginning" if good else "its files in the project are not changed"
    lines = [*section("Next"), *next_lines(snapshot.next), key_line("go", "dismiss", then)]
    lines += [key_line("plan", "dry run", "what the next run would do")]
    return [*lines, key_line("show", "show", "its deliverables")] if snapshot.deliverables else lines


def next_lines(told: NextTold | None) -> list[Content]:
    """What is worth doing next: the move that enter starts, with where that is known from."""
    if told is None:
        return []
    move = told.first
    if move is None:
        return [note(with_keys("nothing is open; {next-move} says what can be done then"))]
    title = " > ".join(one_line(part, 60) for part in (move.loop, move.target) if part)
    score = f"  {move.score:g}/10" if move.score is not None else ""
    words = (f"  {title}", STRONG), f": {one_line(move.what, 200)}", (score, MUTED)
    known = [note(one_line(place, 200)) for place in move.evidence[:1]]
    count = f"all {move.of} moves" if move.of > 1 else "its evidence"
    return [text_of(("enter", "bold $status-running"), *words), *known, note(with_keys(f"{{next-move}} lists {count}"))]


def _gate_summary(state: RunState) -> list[Content]:
    if not state.gates:
        return []
    lines = section("Gates")
    for gate in state.gates:
        by = f"  by {one_line(gate.by, 40)}" if gate.by else ""
        if gate.status is GateStatus.SKIPPED:
            by = f"  {one_line(gate.reason, 200)}"
        evidence = f", {counted(gate.checks)}" if gate.checks else ""
        lines.append(text_of(look(glyphs.gate(gate.status)), f"  {one_line(gate.id, 40)}", (f"{by}{evidence}", MUTED)))
    return lines
