"""Commands that tell how runs are and were; they change nothing."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import JsonValue

from loop_tui.control.execution import execution_in
from loop_tui.control.presence import Presence
from loop_tui.control.run_facts import facts_of
from loop_tui.control.time_left import TimeLeft, time_left
from loop_tui.engine.conditions import is_undecided
from loop_tui.engine.decide import decide
from loop_tui.engine.progress import fraction
from loop_tui.fs.limits import DELIVERABLE
from loop_tui.fs.paths import claude_home
from loop_tui.fs.plain import read_text
from loop_tui.fs.present import is_there
from loop_tui.model.actions import Action, Wait
from loop_tui.model.answers import answer_word
from loop_tui.model.chosen_move import LEVERAGE, dump_choice
from loop_tui.model.context.values import CONTEXT_NAME
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.evidence import Check
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import mask
from loop_tui.model.state import GateState, RunState
from loop_tui.model.status import GateStatus, RunStatus, word_of
from loop_tui.model.text import clean, one_line
from loop_tui.storage.state import leases
from loop_tui.storage.state.deliverables import find_deliverable

from . import completion, executions
from .arguments import Folder, Json, Loop
from .place import ChosenRun, place, project_folder
from .show import glyph, resume_table, say, say_json
from .tables import table, wrapped

if TYPE_CHECKING:
    pass


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for function in (status, show):
        app.command(function.__name__)(function)


def _say_none(where: ChosenRun, *, as_json: bool) -> None:
    """There is no run: what the last one shipped, and how one is started."""
    from loop_tui.control.shipped import last_here

    last = last_here(claude_home(), where.definition.id, where.project)
    version = last.version if last is not None else ""
    if as_json:
        told: dict[str, JsonValue] = {"version": version, "at": last.at, "archive": last.archive} if last else {}
        none: dict[str, JsonValue] = {"loop": where.definition.id, "project": str(where.project), "status": "none"}
        say_json(none | ({"last": told} if told else {}))
        return
    if last is not None:
        ended = "is out" if last.stood else "was shipped" if version else "is done"
        say(f"{last.what} {ended}{f', {last.when}' if last.when else ''}")
        for line in (last.tag and f"tag {last.tag}", last.archive):
            if line:
                say(f"  {line}")
    say(f"no run of {where.definition.id} here; `loop-tui go` starts one")


def status(project: Folder = None, loop: Loop = None, as_json: Json = False) -> None:
    """Show the state of the run: phase, gates, what it waits for, who drives it."""
    if not loop and (there := execution_in(project_folder(project))) is not None:
        executions.say_status(there, as_json=as_json)
        return
    where = place(project, loop)
    loaded = where.store.load_whole()
    if loaded is None:
        _say_none(where, as_json=as_json)
        return
    if as_json:
        say_json(_status_json(where, loaded.state, loaded.revision))
        return
    say(wrapped(_status_text(where, loaded.state)))


def _status_json(where: ChosenRun, state: RunState, revision: str) -> dict[str, JsonValue]:
    action = decide(state, where.definition)
    driver = leases.current(where.store.run_dir)
    facts = facts_of(where.store, state, where.definition)
    left = _time_left(where, state)
    return {
        "loop": state.loop,
        "word": facts.presence.word,
        "by": facts.presence.by,
        "run": state.run,
        "project": str(where.project),
        "module": state.module,
        "status": state.status.value,
        "phase": state.phase,
        "progress": round(fraction(state), 3),
        "left_ms": left.left_ms,
        "slow": left.slow,
        "next": action.model_dump(mode="json"),
        "driver": driver.model_dump(mode="json") if driver else None,
        "revision": revision,
        "context": _context(where),
        LEVERAGE: dump_choice(state.leverage_decision) if state.leverage_decision is not None else None,
        "phases": [p.model_dump(mode="json") for p in state.phases],
        "gates": [facts.gate(state, gate) for gate in state.gates],
        "questions": [q.model_dump(mode="json") for q in state.pending_questions],
        **facts.told(state),
    }


def _time_left(where: ChosenRun, state: RunState) -> TimeLeft:
    driven = leases.current(where.store.run_dir) is not None
    return time_left(where.project, state, datetime.now(UTC), is_driven=driven)


def _context(where: ChosenRun) -> str | None:
    """The file with what was known before the run began; None where that was nothing."""
    path = where.store.run_dir / CONTEXT_NAME
    return str(path) if is_there(path) else None


_FOR_A_PERSON = ("gate", "question", "blocked", "paused")
"""What waits for a person, whoever works on the run."""


def _status_text(where: ChosenRun, state: RunState) -> str:
    action = decide(state, where.definition)
    driver = leases.current(where.store.run_dir)
    facts = facts_of(where.store, state, where.definition)
    word = _word(state, facts.presence, action)
    lines = [
        f"{state.loop} in {where.project}: {word}, {state.phase}, {fraction(state):.0%}",
        f"driver: {driver.name} on {driver.host}" if driver else _not_running(where, facts.presence, action),
        *_elsewhere(facts.presence),
        *facts.lines(),
        *_time_left(where, state).lines(),
        *([f"about the module {one_line(state.module, 60)}"] if state.module else []),
        *([f"began with {state.leverage_decision.words}"] if state.leverage_decision is not None else []),
        "",
        resume_table(state, where.definition),
    ]
    for gate in state.gates:
        lines += [f"{_gate_line(gate)}{_whether(gate, where.definition)}", *_feedback_lines(gate)]
    lines += [f"  skipped {s.id}: {s.reason}" for p in state.phases for s in p.skills if s.reason]
    for q in state.pending_questions:
        lines.append(f"? {q.text} (answer {q.id} {answer_word(q)}{f', default {q.default}' if q.default else ''})")
        lines += [f"  {line}" for line in q.detail.splitlines()]
    if switch := where.known.how_to_switch:
        lines.append(switch)
    if isinstance(action, Wait):
        yours = not facts.presence.elsewhere or action.on in _FOR_A_PERSON
        lines.append(f"waiting for {'you' if yours else 'its own driver'}: {action.reason}")
    if facts.seen:
        lines.append(f"  to answer {facts.waits} as it is now: --seen {facts.seen}")
    open_failures = [f for f in state.failures if not f.resolved_at]
    if open_failures:
        lines.append(f"last failure: {open_failures[-1].error}")
    return clean("\n".join(lines))


def _word(state: RunState, presence: Presence, action: Action) -> str:
    """How the run stands, in a word: one of ours that no driver works on does not run, whatever its file says."""
    if state.status is not RunStatus.ACTIVE or presence.driver is not None or presence.elsewhere:
        return word_of(state.status)
    return "waiting" if isinstance(action, Wait) else presence.word


def _not_running(where: ChosenRun, presence: Presence, action: Action) -> str:
    """That no driver works on it, and what continues it where it waits for nobody (the words of the screen)."""
    if doubt := leases.doubtful(where.store.run_dir):
        return f"driver: unknown: {doubt}"
    if presence.elsewhere or isinstance(action, Wait):
        return "not running here" if presence.elsewhere else "not running"
    return "not running: `loop-tui go` continues it"


def _elsewhere(presence: Presence) -> list[str]:
    """Who else works on it, and why it is not ours."""
    if not presence.elsewhere:
        return []
    by = f", {one_line(presence.by, 60)}" + (f" on {presence.skill}" if presence.skill else "") if presence.by else ""
    lines = [f"elsewhere: {presence.word}{by}"]
    return lines if presence.ours else [*lines, f"not yours: {presence.found}; `loop-tui adopt` takes it over"]


def _gate_line(gate: GateState) -> str:
    by = f" by {gate.by}" if gate.by else ""
    by += " (stated, not verified)" if gate.stated and not gate.open else ""
    by += f", request: {one_line(gate.request, 200)}, waiting for you" if gate.request else ""
    checks = ", ".join(
        f"{c.name}: {c.verdict}" if c.ran_here else f"{c.name}: {c.status}{_reported(c)} {c.summary}".rstrip()
        for c in gate.checks
    )
    return f"{glyph(gate.status)} {gate.id} [{gate.type}] {word_of(gate.status)}{by}" + (
        f" ({checks})" if checks else ""
    )


def _reported(check: Check) -> str:
    return f" reported by {one_line(check.reported_by, 60)}" if check.reported_by else ""


def _feedback_lines(gate: GateState) -> list[str]:
    """What a person wrote about a gate, for whoever has to act on it, whatever became of the gate since."""
    # Masked before it is indented: what is deep in a line need not be found as the line of a key any more.
    said = mask(clean(gate.feedback)).strip().splitlines()
    return [f"    {'feedback: ' if i == 0 else '  '}{line}" for i, line in enumerate(said)]


def _whether(gate: GateState, definition: LoopDefinition) -> str:
    """Whether the gate applies, as far as that is judged; of one that was skipped, why."""
    if gate.status is GateStatus.SKIPPED:
        return f": {one_line(gate.reason, 300)}" if gate.reason else ""
    if gate.applies:
        return f": applies: {one_line(gate.applies, 300)}"
    known = definition.gate(gate.id)
    if known is None or not is_undecided(known, gate):
        return ""
    return f": not yet known whether it applies ({' or '.join(known.when)})"


def show(
    deliverable: Annotated[
        str,
        typer.Argument(help="The deliverable; without a name, all are listed.", autocompletion=completion.deliverables),
    ] = "",
    project: Folder = None,
    loop: Loop = None,
) -> None:
    """Print a deliverable of the run."""
    where = place(project, loop)
    state = where.loaded().state
    if not deliverable:
        rows = [(d.name, d.skill, d.summary) for d in state.deliverables]
        say(table(("Deliverable", "Skill", "Summary"), rows) if rows else "no deliverables yet")
        return
    known = next((d for d in state.deliverables if d.name == deliverable), None)
    inner = known.path if known and known.path else deliverable
    found = find_deliverable(where.store.run_dir, where.project, deliverable)
    for name in (inner, *((found.path,) if found else ())):
        for root in (where.store.run_dir, where.project):
            path = _inside(root, name)
            if path is not None and path.is_file():
                say(read_text(path, DELIVERABLE, errors="replace"))
                return
    names = ", ".join(d.name for d in state.deliverables) or "none"
    raise Problem("no such deliverable", deliverable, f"deliverables: {names}", code=Code.NAME_UNKNOWN)


def _inside(root: Path, inner: str) -> Path | None:
    """A path below a folder; None when it leads out of it (SPEC section 5)."""
    path = (root / inner).resolve()
    return path if path.is_relative_to(root.resolve()) else None
