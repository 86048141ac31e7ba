"""What the gate panel says, made from a snapshot: pure text, with the keys that count (SCREEN "Gate panel")."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct
from textual.content import Content

from loop_tui.control.addresses import addresses
from loop_tui.control.attention import Attention, AttentionKind
from loop_tui.control.execution import where_to_answer
from loop_tui.control.gate_facts import answerable, consequence_here, failed_checks, failing, moved_on
from loop_tui.control.snapshot import Snapshot
from loop_tui.engine.gates import gate_state, who_may_answer
from loop_tui.model.definition import GateDefinition
from loop_tui.model.evidence import Check, FormField
from loop_tui.model.failed_tests import FailedTest
from loop_tui.model.going_on import CONTINUE, go_word
from loop_tui.model.state import RunState
from loop_tui.model.status import GateStatus, GateType
from loop_tui.model.text import count_of, one_line
from loop_tui.tui.actions import action, with_keys
from loop_tui.tui.projection.checks import checks_text, excerpt_text, folded_quote, targets_text
from loop_tui.tui.projection.failed_tests import failures_text, tests_of
from loop_tui.tui.projection.targets import names_of
from loop_tui.tui.widgets.words import MUTED, STRONG, lines_of, text_of, whole

from .gate_documents import GateRead, diff_lines, documents_text
from .panel_elsewhere import (
    beside,
    changed_definition,
    elsewhere,
    failed_elsewhere,
    sent_back,
    stated,
)
from .panel_lines import BLANK, field, heading, key_line, note, phases_table, section
from .panel_listed import listed
from .panel_rest import began_with, complete, gone, idle, manual, missing, running

Say = Callable[[Snapshot, Attention], list[Content]]


class PanelText(Struct, frozen=True):
    """`title` stands in the border; `tone` is the theme variable of the border; `gate` is the gate to be answered.

    `moves` says that a time in the text goes on; `tests` are the failed tests that it lists.
    """

    title: str
    body: Content
    tone: str = ""
    gate: str = ""
    moves: bool = False
    tests: tuple[FailedTest, ...] = ()


def panel_of(
    snapshot: Snapshot,
    width: int = 80,
    now: datetime | None = None,
    selected: int = 0,
    read: GateRead | None = None,
) -> PanelText:
    """What the panel shows for a snapshot, in so many cells, at a moment.

    `selected` counts the failed tests; `read` is what a person decides on, once it was read.
    """
    need = snapshot.attention
    say = _SAY.get(need.kind, running)
    lines = say(snapshot, need)
    if snapshot.state is not None and need.kind in _WITH_CHANGES:
        lines[1:1] = sent_back(snapshot.state)
    watched = targets_text(snapshot, now) if need.kind in _WITH_TARGETS else []
    lines[1:1] = watched
    tests = tests_of(snapshot)
    lines[1:1] = failures_text(tests, selected, with_keys("{open-test} opens it"))
    lines[1:1] = _old_failure(snapshot)
    lines += listed(snapshot) if need.kind not in _WITHOUT_LISTS else []
    lines += beside(snapshot, need)
    lines += [*began_with(snapshot.state), *stated(snapshot.state)] if snapshot.state is not None else []
    lines += changed_definition(snapshot)
    if read is not None and need.kind is AttentionKind.GATE:
        lines += documents_text(read)
    if snapshot.panel:
        lines += [*section("Packs"), *[note(one_line(line, 200)) for line in snapshot.panel[:_MOST_LINES]]]
    tone = _TONES.get(need.kind, "")
    folded = [part for line in lines for part in folded_quote(line, width)]
    return PanelText(_title(need, snapshot), lines_of(*folded), tone, answerable(snapshot), bool(watched), tests)


_MOST_LINES = 20
"""How many lines of packs are shown."""
_WITH_CHANGES = (
    AttentionKind.RUNNING,
    AttentionKind.MANUAL,
    AttentionKind.STOPPED,
    AttentionKind.PAUSED,
    AttentionKind.RESUME,
    AttentionKind.DELIVERABLE,
    AttentionKind.BOUNDARY,
    AttentionKind.ELSEWHERE,
    AttentionKind.QUIET,
)
"""While the phase is done again: whoever has to act is told what is to change."""
_WITH_TARGETS = (
    AttentionKind.RUNNING,
    AttentionKind.GATE,
    AttentionKind.FAILED,
    AttentionKind.PAUSED,
    AttentionKind.STOPPED,
    AttentionKind.RESUME,
)
_WITHOUT_LISTS = (
    AttentionKind.TRUST,
    AttentionKind.TROUBLE,
    AttentionKind.UNREADABLE,
    AttentionKind.FAILED,
    AttentionKind.COMPLETE,
    AttentionKind.ENDED,
)
"""Something is decided that says nothing of what its checks found; or they stand further up."""
_TITLES = {
    AttentionKind.GATE: "Gate",
    AttentionKind.FAILED: "Failed",
    AttentionKind.BLOCKED: "Blocked",
    AttentionKind.QUESTION: "Question",
    AttentionKind.TRUST: "Trust",
    AttentionKind.TROUBLE: "State file",
    AttentionKind.COMPLETE: "Done",
    AttentionKind.ENDED: "Ended",
    AttentionKind.ELSEWHERE: "Elsewhere",
    AttentionKind.QUIET: "Elsewhere",
}
_TONES = {
    AttentionKind.GATE: "status-waiting",
    AttentionKind.QUESTION: "status-waiting",
    AttentionKind.TRUST: "status-waiting",
    AttentionKind.RESUME: "status-waiting",
    AttentionKind.MANUAL: "status-waiting",
    AttentionKind.BOUNDARY: "status-waiting",
    AttentionKind.DELIVERABLE: "status-waiting",
    AttentionKind.FAILED: "status-failed",
    AttentionKind.BLOCKED: "status-failed",
    AttentionKind.TROUBLE: "status-failed",
    AttentionKind.UNREADABLE: "status-failed",
    AttentionKind.COMPLETE: "status-done",
    AttentionKind.ENDED: "status-failed",
}


def _title(need: Attention, snapshot: Snapshot) -> str:
    if need.kind is AttentionKind.FAILED and snapshot.gate is not None and snapshot.gate.id == need.subject:
        return "Failed gate"
    if need.kind is AttentionKind.RESUME and snapshot.state is not None:
        return go_word(snapshot.state.status).capitalize()
    return _TITLES.get(need.kind, "Run")


_MORE = "{evidence} shows all of their evidence"


def _gate(snapshot: Snapshot, need: Attention) -> list[Content]:
    state, gate = snapshot.state, snapshot.gate
    if state is None or gate is None:
        return [heading(need, "status-waiting", "◇")]
    known = gate_state(state, gate)
    lines = [heading(need, "status-waiting", "◇")]
    if gate.title or gate.criteria:
        lines.append(note(one_line(": ".join(t for t in (gate.title, gate.criteria) if t))))
    there = "" if state.dialect.writable else ", on the server"
    lines += [BLANK, field("after", gate.after), field("answer by", f"{who_may_answer(gate)}{there}")]
    if known.applies:
        lines.append(field("applies", one_line(known.applies, 400)))
    if known.status is GateStatus.REJECTED:
        lines.append(field("rejected", f"by {known.by or 'someone'}"))
    if known.request:
        asked = f"{one_line(known.request, 200)}, written into the file: it still waits for you"
        lines.append(field("request", (asked, "$status-waiting")))
    if known.feedback:
        lines.append(field("feedback", one_line(known.feedback, 400)))
    if not state.dialect.writable:
        return [*lines, BLANK, *_answered_there(state, gate)]
    lines += _evidence(state, gate, names_of(snapshot.definition))
    lines += _delivered(snapshot, state, gate)
    lines += _answers(snapshot, gate)
    return lines


def _answered_there(state: RunState, gate: GateDefinition) -> list[Content]:
    """Where a gate of a run of another program is answered: no key of ours does."""
    first, *ways = where_to_answer(state, gate.id)
    return [text_of((first, STRONG)), *(text_of(way) for way in ways), note("it is read-only here")]


def _evidence(state: RunState, gate: GateDefinition, names: dict[str, str]) -> list[Content]:
    checks = gate_state(state, gate).checks or state.checks_of(gate.after)
    shown = checks_text(checks, _unchecked(gate, checks), names)
    if not shown and gate.type is not GateType.AUTO:
        return []  # A person goes by the documents.
    lines = [*section("Checks"), *(shown or [note("no checks were recorded")])]
    return [*lines, note(with_keys(_MORE))] if checks else lines


def _unchecked(gate: GateDefinition, checks: tuple[Check, ...]) -> tuple[str, ...]:
    names = {check.name for check in checks}
    return tuple(name for name in gate.checks if name not in names and name != "*")


def _delivered(snapshot: Snapshot, state: RunState, gate: GateDefinition) -> list[Content]:
    """The documents that the answer is about, as they lie there now; those of the gate itself have to be there."""
    bound = snapshot.binding.deliverables if snapshot.binding is not None else {}
    wanted = dict.fromkeys((*gate.deliverables, *(name for name, sha256 in bound.items() if sha256)))
    if not wanted:
        return []
    sizes = {d.sha256: d.size_bytes for d in (*state.deliverables, *snapshot.documents) if d.sha256}
    lines = section("Deliverables")
    for name in wanted:
        sha256 = bound.get(name, "")
        if not sha256:
            lines.append(text_of(("✗ ", "$status-failed"), f"{one_line(name, 60)} is missing or empty"))
            continue
        size = count_of(sizes[sha256], "byte") if sha256 in sizes else f"sha256 {sha256[:12]}"
        lines.append(text_of(("✓ ", "$status-done"), one_line(name, 60), (f"  {size}", MUTED)))
    return [*lines, note(with_keys("{show} shows them"))]


def _answers(snapshot: Snapshot, gate: GateDefinition) -> list[Content]:
    lines = section("Your answer: the key, then enter")
    for answer in ("approve", "changes", "reject"):
        lines.append(key_line(answer, f"{answer:<7}", effect_of(snapshot, gate, answer)))
    return lines


def effect_of(snapshot: Snapshot, gate: GateDefinition, answer: str) -> str:
    """What an answer brings about, without the words that name the answer."""
    if snapshot.state is None or snapshot.definition is None:
        return ""
    return consequence_here(snapshot, gate, answer).partition(": ")[2]


def _failed(snapshot: Snapshot, need: Attention) -> list[Content]:
    state, gate = snapshot.state, snapshot.gate
    lines = [heading(need, "status-failed", "✗")]
    if state is None:
        return lines
    last = state.failures[-1] if state.failures else None
    checks: tuple[Check, ...] = ()
    if gate is not None and gate.id == need.subject:
        checks = gate_state(state, gate).checks or state.checks_of(gate.after)
        lines += [] if tests_of(snapshot) else [note("its checks failed")]
    else:
        checks = failed_checks(state)
    # What can be done comes first: evidence can be long, and on a small screen the keys would be out of sight.
    theirs = snapshot.presence is not None and not snapshot.presence.ours
    lines += failed_elsewhere(snapshot) if theirs else _to_fix(is_gate=gate is not None and gate.id == need.subject)
    lines += [] if theirs else [key_line("go", "retry", "what is done is kept")]
    if last is not None and last.skill and not theirs:
        lines.append(key_line("skip", "skip", f"{one_line(last.skill, 40)}, with a reason"))
    if answerable(snapshot) and gate is not None:
        lines += _answers(snapshot, gate)
    if last is not None and not failing(checks):
        lines += [BLANK, *excerpt_text(last.error, 30)]
    lines += listed(snapshot)
    if checks:
        lines += [*section("Checks"), *checks_text(checks, names=names_of(snapshot.definition)), note(with_keys(_MORE))]
    return lines


def _to_fix(*, is_gate: bool) -> list[Content]:
    """What a person does next; what a run ships is what is committed."""
    then = "Fix it, commit the fix, then press {go}" if is_gate else "Fix it, then press {go}"
    return [*section("What to do"), text_of((with_keys(f"{then}."), STRONG))]


def _old_failure(snapshot: Snapshot) -> list[Content]:
    """That something was committed since the checks failed: what they found need not be so any more."""
    on, now = moved_on(snapshot)
    if not on:
        return []
    ours = snapshot.presence is None or snapshot.presence.ours
    then = with_keys("; {go} checks it again") if ours else ""
    words = f"The tree has changed since: it failed on {one_line(on)}, now it is {one_line(now)}{then}."
    return [text_of(("! ", "$status-waiting"), (words, "bold $status-waiting"))]


def _blocked(snapshot: Snapshot, need: Attention) -> list[Content]:
    state = snapshot.state
    why = state.blocked if state else None
    lines = [heading(need, "status-failed", "■")]
    if why is not None and state is not None and not state.dialect.writable:
        gone_on = [note("the server continues it: resolve it there, or approve the gate there")]
        there = _answered_there(state, snapshot.gate) if snapshot.gate is not None else gone_on
        return [*lines, BLANK, *there, *phases_table(snapshot)]
    if why is None:
        return [*lines, BLANK, note("the file gives no reason"), key_line("pause", "resume")]
    lines += [BLANK, field("attempts", str(why.attempts))]
    if why.action:
        lines.append(field("fix", (one_line(why.action, 400), STRONG)))
    lines.append(field("then", one_line(why.resume, 400) or "resume"))
    if why.last_error:
        lines += [*section("Last error"), *excerpt_text(why.last_error, 20)]
    if why.tried:
        lines += [*section("What was tried"), *[text_of(("· ", MUTED), one_line(t, 300)) for t in why.tried]]
    lines += [*section("What to do"), key_line("pause", "resume", "after you fixed it")]
    if answerable(snapshot) and snapshot.gate is not None:
        lines += _answers(snapshot, snapshot.gate)
    return lines


def _question(snapshot: Snapshot, need: Attention) -> list[Content]:
    question = snapshot.question
    if question is None:
        return [heading(need, "status-waiting", "?")]
    lines = [text_of(("? ", "$status-waiting"), (question.text, "bold $status-waiting"))]
    if question.skill:
        lines.append(note(f"asked by {one_line(question.skill, 60)}"))
    if question.document:
        name = one_line(question.document.rpartition("/")[2], 80)
        lines.append(note(f"{with_keys('esc, {show}, {viewer-edit} edits')} {name}"))
    if question.detail:
        lines += [BLANK, *diff_lines(question.detail.rstrip())]
    if found := addresses(snapshot):
        again = "; again: the next one" if len(found) > 1 else ""
        lines.append(note(f"{action('copy-address').shown_keys.replace(' ', ' or ')} copies the address{again}"))
    lines.append(BLANK)
    if question.is_secret:
        lines.append(note("A secret: what you type is not shown or stored."))
    lines += [_filled(each) for each in question.form]
    if question.options:
        lines.append(field("options", one_line(" / ".join(question.options), 300)))
    if question.form:
        lines += [BLANK, note("enter: fill in the form; nothing is submitted before you say so there")]
    elif question.default is not None:
        lines.append(field("default", (one_line(question.default, 300), STRONG), (" (press enter to accept)", MUTED)))
    more = len(snapshot.state.pending_questions) - 1 if snapshot.state else 0
    return [*lines, note(f"{more} more waiting")] if more else lines


def _filled(entry: FormField) -> Content:
    """A field of a form with what it is filled in with, and where that comes from."""
    value = one_line(entry.value, 200) or ("required" if entry.required else "none")
    source = f"  {one_line(entry.source, 60)}" if entry.source else ""
    return field(one_line(entry.label or entry.name, 40), (value, STRONG if entry.value else MUTED), (source, MUTED))


def _trust(snapshot: Snapshot, need: Attention) -> list[Content]:
    ask = snapshot.trust
    if ask is None:
        return []
    return [
        text_of(("? ", "$status-waiting"), (ask.question, "bold $status-waiting")),
        note(f"{ask.words[:1].upper()}{ask.words[1:]}."),
        BLANK,
        field("file", one_line(ask.path, 300)),
        field("sha256", ask.sha256[:16], ("…", MUTED)),
        *([note(ask.trouble)] if ask.trouble else []),
        *(section("Changed since you trusted it") if ask.changed else []),
        *(whole(line) for line in ask.changed),
        *section("What it would run"),
        *(whole(line) for line in ask.does),
        *section("Your answer: the key, then enter"),
        key_line("approve", "trust", "remembered until it changes"),
        *phases_table(snapshot),
    ]


def _trouble(snapshot: Snapshot, need: Attention) -> list[Content]:
    trouble = snapshot.trouble
    lines = [heading(need, "status-failed", "✗")]
    if trouble is None:
        return lines
    here = f"{snapshot.project}/"
    where, todo = (one_line(text.replace(here, ""), 600) for text in (trouble.where, trouble.todo))
    lines += [BLANK, field("where", where)] if where else []
    lines += [field("fix", todo)] if todo else []
    if snapshot.has_last_good:
        lines += section("Your answer: the key, then enter")
        lines.append(key_line("restore", "restore", "the last good copy; the damaged file is kept"))
    return [*lines, BLANK, note("The file is not changed until you decide.")]


def _resume(snapshot: Snapshot, need: Attention) -> list[Content]:
    lines = [heading(need, "status-waiting", "?"), *phases_table(snapshot), BLANK]
    word = go_word(snapshot.state.status) if snapshot.state is not None else CONTINUE
    return [*lines, key_line("go", word, "(or enter here)"), key_line("not-now", "not now")]


_SAY: dict[AttentionKind, Say] = {
    AttentionKind.GATE: _gate,
    AttentionKind.FAILED: _failed,
    AttentionKind.BLOCKED: _blocked,
    AttentionKind.QUESTION: _question,
    AttentionKind.TRUST: _trust,
    AttentionKind.TROUBLE: _trouble,
    AttentionKind.RESUME: _resume,
    AttentionKind.IDLE: idle,
    AttentionKind.ELSEWHERE: elsewhere,
    AttentionKind.QUIET: elsewhere,
    AttentionKind.MANUAL: manual,
    AttentionKind.DELIVERABLE: missing,
    AttentionKind.GONE: gone,
    AttentionKind.COMPLETE: complete,
    AttentionKind.ENDED: complete,
}
