"""What the gate panel says, made from a snapshot: pure text, with the keys that count (SCREEN "Gate panel")."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from textual.content import Content

from loop_tui.engine.gates import gate_state, who_may_answer
from loop_tui.engine.progress import consequence, table
from loop_tui.model.clock import ms_between, words
from loop_tui.model.definition import GateDefinition
from loop_tui.model.evidence import Check
from loop_tui.model.state import RunState
from loop_tui.model.status import GateStatus
from loop_tui.model.text import one_line

from . import glyphs
from .actions import with_keys
from .evidence import checks_text, counted, excerpt_text, failed_checks, failing, folded_quote, targets_text
from .need import Kind, Need
from .snapshot import Snapshot
from .words import MUTED, STRONG, Part, lines_of, look, text_of

Say = Callable[[Snapshot, Need], list[Content]]


@dataclass(frozen=True)
class Panel:
    """`title` stands in the border; `tone` is the theme variable of the border; `gate` is the gate to be answered.

    `moves` says that a time in the text goes on.
    """

    title: str
    body: Content
    tone: str = ""
    gate: str = ""
    moves: bool = False


def panel_of(snapshot: Snapshot, width: int = 80, now: datetime | None = None) -> Panel:
    """What the panel shows for a snapshot, in so many cells, at a moment."""
    need = snapshot.need
    say = _SAY.get(need.kind, _running)
    lines = say(snapshot, need)
    watched = targets_text(snapshot, now) if need.kind in _WITH_TARGETS else []
    lines[1:1] = watched
    tone = _TONES.get(need.kind, "")
    folded = [part for line in lines for part in folded_quote(line, width)]
    return Panel(_title(need), lines_of(*folded), tone, answerable(snapshot), moves=bool(watched))


def answerable(snapshot: Snapshot) -> str:
    """The id of the gate that may be answered now, or nothing."""
    gate = snapshot.gate
    if gate is None or snapshot.state is None or snapshot.trust is not None or snapshot.trouble is not None:
        return ""
    if snapshot.need.kind in (Kind.GATE, Kind.BLOCKED) or snapshot.need.subject == gate.id:
        return gate.id
    return ""


_WITH_TARGETS = (Kind.RUNNING, Kind.GATE, Kind.FAILED, Kind.PAUSED, Kind.STOPPED, Kind.RESUME)
_TITLES = {
    Kind.GATE: "Gate",
    Kind.FAILED: "Failed",
    Kind.BLOCKED: "Blocked",
    Kind.QUESTION: "Question",
    Kind.TRUST: "Trust",
    Kind.TROUBLE: "State file",
    Kind.RESUME: "Resume",
    Kind.COMPLETE: "Complete",
    Kind.ENDED: "Over",
}
_TONES = {
    Kind.GATE: "status-waiting",
    Kind.QUESTION: "status-waiting",
    Kind.TRUST: "status-waiting",
    Kind.RESUME: "status-waiting",
    Kind.MANUAL: "status-waiting",
    Kind.BOUNDARY: "status-waiting",
    Kind.DELIVERABLE: "status-waiting",
    Kind.FAILED: "status-failed",
    Kind.BLOCKED: "status-failed",
    Kind.TROUBLE: "status-failed",
    Kind.UNREADABLE: "status-failed",
    Kind.COMPLETE: "status-done",
    Kind.ENDED: "status-failed",
}


def _title(need: Need) -> str:
    return _TITLES.get(need.kind, "Run")


def _heading(need: Need, tone: str, glyph: str) -> Content:
    return text_of((f"{glyph} ", f"${tone}"), (need.headline, f"bold ${tone}"))


def _field(name: str, *value: Part) -> Content:
    return text_of((f"{name:<10}", MUTED), *value)


def _key(action_id: str, what: str, then: str = "") -> Content:
    """A line that names the key of an action, as the person set it."""
    return text_of(
        (with_keys(f"{{{action_id}}} "), "bold $status-running"), f" {what}", (f"  {then}" if then else "", MUTED)
    )


def _note(text: str) -> Content:
    return text_of((text, MUTED))


def _section(title: str) -> list[Content]:
    return [Content(), text_of((title, "bold $status-muted"))]


BLANK = Content()
_MORE = "e shows all of their evidence"


def _gate(snapshot: Snapshot, need: Need) -> list[Content]:
    state, gate = snapshot.state, snapshot.gate
    if state is None or gate is None:
        return [_heading(need, "status-waiting", "◇")]
    known = gate_state(state, gate)
    lines = [_heading(need, "status-waiting", "◇")]
    if gate.title or gate.criteria:
        lines.append(_note(one_line(": ".join(t for t in (gate.title, gate.criteria) if t))))
    lines += [BLANK, _field("after", gate.after), _field("answer by", who_may_answer(gate))]
    if known.status is GateStatus.REJECTED:
        lines.append(_field("rejected", f"by {known.by or 'somebody'}"))
    if known.feedback:
        lines.append(_field("feedback", one_line(known.feedback, 400)))
    lines += _evidence(state, gate)
    lines += _delivered(state, gate.after, gate.deliverables)
    lines += _answers(snapshot, gate)
    return lines


def _evidence(state: RunState, gate: GateDefinition) -> list[Content]:
    checks = gate_state(state, gate).checks or state.checks_of(gate.after)
    lines = _section("Checks")
    lines += checks_text(checks, missing=_unchecked(gate, checks)) or [_note("no checks were recorded")]
    return [*lines, _note(_MORE)] if checks else lines


def _unchecked(gate: GateDefinition, checks: tuple[Check, ...]) -> tuple[str, ...]:
    names = {check.name for check in checks}
    return tuple(name for name in gate.checks if name not in names and name != "*")


def _delivered(state: RunState, phase: str, wanted: tuple[str, ...]) -> list[Content]:
    skills = {s.id for p in state.phases if p.id == phase for s in p.skills}
    found = [d for d in state.deliverables if d.skill in skills or d.name in wanted]
    if not found and not wanted:
        return []
    lines = _section("Deliverables")
    for entry in found:
        size = f"{entry.size_bytes:,} bytes" if entry.size_bytes else "empty"
        lines.append(text_of(("✓ ", "$status-done"), one_line(entry.name, 60), (f"  {size}", MUTED)))
    names = {d.name for d in found}
    lines += [text_of(("✗ ", "$status-failed"), f"{name} is missing") for name in wanted if name not in names]
    return [*lines, _note(with_keys("{show} shows them"))]


def _answers(snapshot: Snapshot, gate: GateDefinition) -> list[Content]:
    lines = _section("Your answer: the key, then enter")
    for answer in ("approve", "changes", "reject"):
        lines.append(_key(answer, f"{answer:<7}", effect_of(snapshot, gate, answer)))
    return lines


def effect_of(snapshot: Snapshot, gate: GateDefinition, answer: str) -> str:
    """What an answer brings about, without the words that name the answer."""
    if snapshot.state is None or snapshot.definition is None:
        return ""
    return consequence(snapshot.state, snapshot.definition, gate, answer).partition(": ")[2]


def _failed(snapshot: Snapshot, need: Need) -> list[Content]:
    state, gate = snapshot.state, snapshot.gate
    lines = [_heading(need, "status-failed", "✗")]
    if state is None:
        return lines
    last = state.failures[-1] if state.failures else None
    checks: tuple[Check, ...] = ()
    if gate is not None and gate.id == need.subject:
        checks = gate_state(state, gate).checks or state.checks_of(gate.after)
        lines.append(_note("its checks do not hold"))
    else:
        checks = failed_checks(state)
    # What can be done comes first: evidence can be long, and on a small screen the keys would be out of sight.
    lines += [*_section("What to do"), _key("go", "retry", "what is done stays done")]
    if last is not None and last.skill:
        lines.append(_key("skip", "skip", f"{one_line(last.skill, 40)}, with a reason"))
    if answerable(snapshot) and gate is not None:
        lines += _answers(snapshot, gate)
    if last is not None and not failing(checks):
        lines += [BLANK, *excerpt_text(last.error, 30)]
    if checks:
        lines += [*_section("Checks"), *checks_text(checks), _note(_MORE)]
    return lines


def _blocked(snapshot: Snapshot, need: Need) -> list[Content]:
    state = snapshot.state
    why = state.blocked if state else None
    lines = [_heading(need, "status-failed", "■")]
    if why is None:
        return [*lines, BLANK, _note("the file does not say why"), _key("pause", "resume")]
    lines += [BLANK, _field("attempts", str(why.attempts))]
    if why.action:
        lines.append(_field("to do", (one_line(why.action, 400), STRONG)))
    lines.append(_field("then", one_line(why.resume, 400) or "resume"))
    if why.last_error:
        lines += [*_section("Last error"), *excerpt_text(why.last_error, 20)]
    if why.tried:
        lines += [*_section("What was tried"), *[text_of(("· ", MUTED), one_line(t, 300)) for t in why.tried]]
    lines += [*_section("What to do"), _key("pause", "resume", "after you mended it")]
    if answerable(snapshot) and snapshot.gate is not None:
        lines += _answers(snapshot, snapshot.gate)
    return lines


def _question(snapshot: Snapshot, need: Need) -> list[Content]:
    question = snapshot.question
    if question is None:
        return [_heading(need, "status-waiting", "?")]
    lines = [text_of(("? ", "$status-waiting"), (question.text, "bold $status-waiting"))]
    if question.skill:
        lines.append(_note(f"asked by {one_line(question.skill, 60)}"))
    if question.detail:
        lines += [BLANK, text_of(question.detail.rstrip())]
    lines.append(BLANK)
    if question.options:
        lines.append(_field("options", one_line(" / ".join(question.options), 300)))
    if question.default is not None:
        lines.append(_field("default", (one_line(question.default, 300), STRONG), (" (enter alone gives it)", MUTED)))
    more = len(snapshot.state.pending_questions) - 1 if snapshot.state else 0
    return [*lines, _note(f"{more} more waiting")] if more else lines


def _trust(snapshot: Snapshot, need: Need) -> list[Content]:
    ask = snapshot.trust
    if ask is None:
        return []
    return [
        text_of(("? ", "$status-waiting"), ("Trust this definition file?", "bold $status-waiting")),
        _note("It comes with the repository, and its commands run on this machine."),
        BLANK,
        _field("file", one_line(ask.path, 300)),
        _field("sha256", ask.sha256[:16], ("…", MUTED)),
        *_section("Your answer: the key, then enter"),
        _key("approve", "trust", "remembered until the file changes"),
        *_phases(snapshot),
    ]


def _trouble(snapshot: Snapshot, need: Need) -> list[Content]:
    trouble = snapshot.trouble
    lines = [_heading(need, "status-failed", "✗")]
    if trouble is None:
        return lines
    here = f"{snapshot.project}/"
    where, todo = (one_line(text.replace(here, ""), 600) for text in (trouble.where, trouble.todo))
    lines += [BLANK, _field("where", where)] if where else []
    lines += [_field("to do", todo)] if todo else []
    if snapshot.has_last_good:
        lines += _section("Your answer: the key, then enter")
        lines.append(_key("restore", "restore", "the last good copy; the damaged file is kept aside"))
    return [*lines, BLANK, _note("The file is left alone until you say so.")]


def _resume(snapshot: Snapshot, need: Need) -> list[Content]:
    heading = text_of(("? ", "$status-waiting"), (f"{need.headline} [Y/n]", "bold $status-waiting"))
    lines = [heading, *_phases(snapshot), BLANK]
    return [*lines, _key("go", "resume", "(or enter here)"), _key("not-now", "not now")]


def _phases(snapshot: Snapshot) -> list[Content]:
    """The table of phases: status and skills done of all."""
    shown = snapshot.state or (snapshot.ended.state if snapshot.ended else None)
    if shown is None:
        return []
    rows = table(shown)
    width = max([len(one_line(r.phase, 20)) for r in rows] + [5])
    lines = [BLANK, text_of((f"{'Phase':<{width}}  {'Status':<10} Skills", MUTED))]
    for row in rows:
        found = glyphs.phase(row.status)
        name = f"{one_line(row.phase, 20):<{width}}  "
        style = STRONG if row.phase == shown.phase else ""
        lines.append(text_of((name, style), (f"{found.glyph} {found.word:<8}", f"${found.tone}"), f" {row.skills}"))
    return lines


def _running(snapshot: Snapshot, need: Need) -> list[Content]:
    glyph = "▸" if need.kind is Kind.RUNNING else "·"
    lines = [_heading(need, "status-running" if need.kind is Kind.RUNNING else "foreground", glyph)]
    if need.kind is Kind.RUNNING:
        lines.append(_note("nothing needs you"))
    if need.todo:
        lines.append(_note(need.todo))
    lines += _phases(snapshot)
    upcoming = _next_gate(snapshot)
    if upcoming is not None:
        by = who_may_answer(upcoming)
        lines += [*_section("Next gate"), text_of(("◇ ", "$status-pending"), upcoming.id), _note(f"decided by {by}")]
    state = snapshot.state
    if state is not None and state.deliverables:
        lines += _section("Deliverables")
        lines += [text_of(("✓ ", "$status-done"), one_line(d.name, 60)) for d in state.deliverables]
        lines.append(_note("d shows them"))
    return lines


def _manual(snapshot: Snapshot, need: Need) -> list[Content]:
    """What a person or an agent elsewhere does: where it goes, and how to say that it is done."""
    lines = [_heading(need, "status-waiting", "◇"), *_wanted(snapshot, need.subject)]
    lines += [*_section("When it is done"), text_of((":complete ", "bold $status-running"), one_line(need.subject, 60))]
    lines += [_note(f"or elsewhere: loop-tui complete {one_line(need.subject, 60)}")]
    return [*lines, _key("skip", "skip it, with a reason"), *_phases(snapshot)]


def _missing(snapshot: Snapshot, need: Need) -> list[Content]:
    state, definition = snapshot.state, snapshot.definition
    lines = [_heading(need, "status-waiting", "◇")]
    if state is not None and definition is not None:
        skills = [s.id for p in definition.phases for s in p.skills if need.subject in s.deliverables]
        lines += _wanted(snapshot, *skills)
    return [*lines, BLANK, _key("go", "look again, and go on"), *_phases(snapshot)]


def _wanted(snapshot: Snapshot, *skills: str) -> list[Content]:
    """The files that these skills have to leave, and the folder they belong into."""
    phases = snapshot.definition.phases if snapshot.definition is not None else ()
    names = [name for phase in phases for skill in phase.skills if skill.id in skills for name in skill.deliverables]
    if not names:
        return []
    files = [text_of(("▪ ", "$status-pending"), one_line(name, 80)) for name in dict.fromkeys(names)]
    return [*_section("To be written"), *files, _note(f"in {one_line(str(snapshot.project), 200)}")]


def _next_gate(snapshot: Snapshot) -> GateDefinition | None:
    state, definition = snapshot.state, snapshot.definition
    if definition is None:
        return None
    if state is None:
        return definition.gates[0] if definition.gates else None
    return next((g for p in state.phases for g in definition.gates_after(p.id) if gate_state(state, g).open), None)


def _idle(snapshot: Snapshot, need: Need) -> list[Content]:
    lines = [text_of(("· ", MUTED), (need.headline, STRONG)), BLANK, _key("go", "start a run")]
    definition = snapshot.definition
    if definition is not None and definition.description:
        lines[1:1] = [_note(one_line(definition.description, 300))]
    upcoming = definition.gates if definition else ()
    if upcoming:
        lines += _section("Gates")
        lines += [
            text_of(("◇ ", "$status-pending"), one_line(g.id, 40), (f"  after {one_line(g.after, 30)}", MUTED))
            for g in upcoming
        ]
    return lines


def _gone(snapshot: Snapshot, need: Need) -> list[Content]:
    lines = [_heading(need, "status-waiting", "!"), _note("somebody took it away before the run was archived")]
    return [*lines, *_phases(snapshot), BLANK, _key("go", "put this away")]


def _complete(snapshot: Snapshot, need: Need) -> list[Content]:
    ended = snapshot.ended
    if ended is None:
        return []
    state = ended.state
    good = ended.word == "complete"
    tone, glyph = ("status-done", "✓") if good else ("status-failed", "✗")
    headline = f"{one_line(state.loop, 60)} {'is complete' if good else f'is over: {ended.word}'}"
    lines = [text_of((f"{glyph} ", f"${tone}"), (headline, f"bold ${tone}")), BLANK]
    took = words(ms_between(state.started_at, state.updated_at))
    lines += [_field("took", took)] if took else []
    lines += [_field("archive", one_line(ended.archive, 400))] if ended.archive else []
    lines += _phases(snapshot)
    lines += _gate_summary(state)
    if state.deliverables:
        lines += _section("Deliverables")
        lines += [
            text_of(("✓ ", "$status-done"), one_line(d.name, 60), (f"  {one_line(d.summary, 80)}", MUTED))
            for d in state.deliverables
        ]
    return [*lines, BLANK, _note("The next invocation starts fresh."), _key("go", "put this away")]


def _gate_summary(state: RunState) -> list[Content]:
    if not state.gates:
        return []
    lines = _section("Gates")
    for gate in state.gates:
        by = f"  by {one_line(gate.by, 40)}" if gate.by else ""
        evidence = f", {counted(gate.checks)}" if gate.checks else ""
        lines.append(text_of(look(glyphs.gate(gate.status)), f"  {one_line(gate.id, 40)}", (f"{by}{evidence}", MUTED)))
    return lines


_SAY: dict[Kind, Say] = {
    Kind.GATE: _gate,
    Kind.FAILED: _failed,
    Kind.BLOCKED: _blocked,
    Kind.QUESTION: _question,
    Kind.TRUST: _trust,
    Kind.TROUBLE: _trouble,
    Kind.RESUME: _resume,
    Kind.IDLE: _idle,
    Kind.MANUAL: _manual,
    Kind.DELIVERABLE: _missing,
    Kind.GONE: _gone,
    Kind.COMPLETE: _complete,
    Kind.ENDED: _complete,
}
