"""Phases and their skills, as command and controller files write them (SPEC section 3)."""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace
from pydantic import JsonValue

from loop_tui.fs.jsonedit.document import ById, JsonPath
from loop_tui.model.chosen_move import LEVERAGE, dump_choice
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.state import PhaseState, RunState, SkillRun, SkillState
from loop_tui.model.status import PhaseStatus, RunStatus, SkillStatus, read_phase_status, read_skill_status

from .elsewhere import EVERY, awaited_phases, said_done
from .evidence import (
    dump_deliverables,
    dump_effects,
    dump_gate_history,
    dump_gates,
    dump_questions,
)
from .failures import dump_failures
from .fields import (
    JsonObject,
    flag_at,
    list_at,
    members_of,
    name_of,
    put,
    table_at,
    text_at,
    word_at,
)
from .skill_log import SKILL_KEYS, dump_log, dump_usage, with_children
from .unchanged import Unchanged

OVER = (SkillStatus.COMPLETE, SkillStatus.SKIPPED)


class _Word(Struct, frozen=True):
    """What is said somewhere about one skill."""

    status: SkillStatus | None = None
    required: bool = True
    is_known: bool = False
    reason: str = ""
    at: str = ""


class Tally(Struct, frozen=True):
    """What `skillExecution` states about one phase. Where it exists, it holds over the log and over skill objects."""

    required: tuple[str, ...] | None
    completed: tuple[str, ...]
    skipped: Mapping[str, _Word]


class _Told(Struct, frozen=True):
    """Everything that is said about one skill: by itself, its phase, the tally, the log and the run."""

    word: _Word
    phase: PhaseStatus
    tally: Tally | None
    entry: SkillRun | None
    run: RunStatus


def read_phases(
    document: JsonObject,
    key: str,
    definition: LoopDefinition | None,
    log: Sequence[SkillRun],
    *,
    phase: str,
    run: RunStatus,
) -> tuple[PhaseState, ...]:
    """The phases under `key` with their skills; those that only the definition names stand where it has them.

    A phase without a status is behind us, current or ahead by its place. A status that is no word we know reads as
    pending. A skill is complete only when `skillExecution`, its own object, the log or its phase says so.
    """
    found = {name: (table, path) for name, table, path in members_of(document, key)}
    order = _order(list(found), definition)
    words = {p: _words(p, found.get(p), definition) for p in order}
    tallies = {p: t for p in order if (t := read_tally(document, p)) is not None}
    for p, tally in tallies.items():
        for name in (*(tally.required or ()), *tally.completed, *tally.skipped):
            words[p].setdefault(name, _Word())
    words = {p: _in_order(known, p, definition) for p, known in words.items()}
    newest = _newest(document, log, words)
    current = order.index(phase) if phase in order else len(order)
    awaited = awaited_phases(document, definition, phase)
    phases = []
    for i, p in enumerate(order):
        table, path = found.get(p, ({}, ()))
        status = _phase_status(table, path, implied_status(i, current, len(order), run))
        if status is PhaseStatus.ACTIVE and (p in awaited or EVERY in awaited):
            status = PhaseStatus.COMPLETE
        skills = tuple(
            _skill(name, _Told(word, status, tallies.get(p), newest.get((p, name)), run))
            for name, word in words[p].items()
        )
        phases.append(
            PhaseState(
                id=p,
                status=status,
                skills=skills,
                started_at=text_at(table, "started_at", "startedAt"),
                completed_at=text_at(table, "completed_at", "completedAt"),
                reopened=text_at(table, "reopened_reason", "reopenedReason"),
            )
        )
    return tuple(phases)


def implied_status(index: int, current: int, count: int, run: RunStatus) -> PhaseStatus:
    """The status of a phase that states none, by its place before, at or behind the current one."""
    if run is RunStatus.COMPLETE:
        return PhaseStatus.COMPLETE
    if current >= count or index > current:
        return PhaseStatus.PENDING
    return PhaseStatus.COMPLETE if index < current else PhaseStatus.ACTIVE


def implied_phase(phases: Sequence[PhaseState]) -> str:
    """The current phase of a file that names none: the first that is not over, else the last."""
    return next((p.id for p in phases if not p.over), phases[-1].id if phases else "")


def _order(named: list[str], definition: LoopDefinition | None) -> list[str]:
    """The phases in the order of the definition; one that it does not know follows the one it follows in the file."""
    return _merged([p.id for p in definition.phases] if definition else [], named)


def _in_order(words: dict[str, _Word], phase: str, definition: LoopDefinition | None) -> dict[str, _Word]:
    """The skills of a phase in the order of the definition, as far as it knows them."""
    known = definition.phase(phase) if definition else None
    order = _merged([s.id for s in known.skills if s.id in words] if known else [], list(words))
    return {name: words[name] for name in order}


def _merged(order: list[str], named: list[str]) -> list[str]:
    """An order with the names that it lacks, each behind the one that it follows."""
    at = 0
    for name in named:
        if name not in order:
            order.insert(at, name)
        at = order.index(name) + 1
    return order


def _words(
    phase: str, found: tuple[JsonObject, JsonPath] | None, definition: LoopDefinition | None
) -> dict[str, _Word]:
    """The skills of a phase as the file lists them, else as the definition does, with what is said to be done."""
    words = _listed(phase, found, definition)
    for name in said_done(found[0], *SKILL_KEYS) if found is not None else ():
        word = words.get(name, _Word())
        if word.status is not SkillStatus.SKIPPED:
            words[name] = replace(word, status=SkillStatus.COMPLETE)
    return words


def _listed(
    phase: str, found: tuple[JsonObject, JsonPath] | None, definition: LoopDefinition | None
) -> dict[str, _Word]:
    if found is None or found[0].get("skills") is None:
        known = definition.phase(phase) if definition else None
        return {s.id: _Word(required=s.required, is_known=True) for s in known.skills} if known else {}
    table, path = found
    words: dict[str, _Word] = {}
    for i, item in enumerate(list_at(table, "skills", path)):
        name = name_of(item, (*path, "skills", i), *SKILL_KEYS)
        told = item if isinstance(item, dict) else {}
        skill = definition.skill(phase, name) if definition else None
        word = _Word(
            status=read_skill_status(told["status"]) if "status" in told else None,
            required=skill.required if skill else flag_at(told, "required", True),
            is_known=skill is not None or "required" in told,
            reason=text_at(told, "reason"),
            at=text_at(told, "completedAt"),
        )
        words.setdefault(name, word)
    return words


def read_tally(document: JsonObject, phase: str) -> Tally | None:
    """What `skillExecution` states about a phase, or None. Raises WrongType."""
    path: JsonPath = ("skillExecution",)
    every = table_at(document, "skillExecution")
    if every.get(phase) is None:
        return None
    table = table_at(every, phase, path)
    path = (*path, phase)
    skipped = {}
    for i, item in enumerate(list_at(table, "skipped", path)):
        name = name_of(item, (*path, "skipped", i), *SKILL_KEYS)
        told = item if isinstance(item, dict) else {}
        skipped[name] = _Word(reason=text_at(told, "reason"), at=text_at(told, "at", "timestamp"))
    return Tally(
        required=None if table.get("required") is None else _names(table, "required", path),
        completed=_names(table, "completed", path),
        skipped=skipped,
    )


def _names(table: JsonObject, key: str, path: JsonPath) -> tuple[str, ...]:
    return tuple(name_of(v, (*path, key, i), *SKILL_KEYS) for i, v in enumerate(list_at(table, key, path)))


def _newest(
    document: JsonObject, log: Sequence[SkillRun], words: Mapping[str, Mapping[str, _Word]]
) -> dict[tuple[str, str], SkillRun]:
    """The newest entry of the log for each phase and skill, nested invocations included."""
    homes: dict[str, list[str]] = {}
    for phase, skills in words.items():
        for skill in skills:
            homes.setdefault(skill, []).append(phase)
    newest: dict[tuple[str, str], SkillRun] = {}
    for entry, parent in with_children(document, log):
        home = homes.get(entry.skill, [])
        phase = entry.phase or (home[0] if len(home) == 1 else parent if parent in home else "")
        newest[phase, entry.skill] = entry
    return newest


def _phase_status(table: JsonObject, path: JsonPath, implied: PhaseStatus) -> PhaseStatus:
    word = word_at(table, "status", path)
    return implied if word is None else read_phase_status(word) or PhaseStatus.PENDING


def _skill(name: str, told: _Told) -> SkillState:
    word, tally, entry = told.word, told.tally, told.entry
    required = word.required if word.is_known or tally is None or tally.required is None else name in tally.required
    status, reason, at = _standing(name, required, told)
    if status not in OVER and entry is not None:
        # An open entry is a skill at work; a failed one counts until the run goes on.
        if entry.status is SkillStatus.ACTIVE:
            status, at = SkillStatus.ACTIVE, entry.started_at
        elif entry.status is SkillStatus.FAILED and told.run in (RunStatus.FAILED, RunStatus.BLOCKED):
            status, at = SkillStatus.FAILED, entry.completed_at
    if status is SkillStatus.COMPLETE and not at and entry is not None and entry.status is SkillStatus.COMPLETE:
        at = entry.completed_at
    return SkillState(id=name, status=status, required=required, reason=reason, at=at)


def _standing(name: str, required: bool, told: _Told) -> tuple[SkillStatus, str, str]:
    """Status, reason and time of a skill by the one place that decides about it."""
    word, tally, entry = told.word, told.tally, told.entry
    if tally is not None:
        if name in tally.completed:
            return SkillStatus.COMPLETE, "", ""
        if name in tally.skipped:
            return SkillStatus.SKIPPED, tally.skipped[name].reason, tally.skipped[name].at
        is_done = told.phase is PhaseStatus.COMPLETE and required
        return (SkillStatus.COMPLETE if is_done else SkillStatus.PENDING), "", ""
    if word.status is SkillStatus.COMPLETE or word.status is SkillStatus.SKIPPED:
        return word.status, word.reason, word.at
    if entry is not None and entry.status is SkillStatus.SKIPPED:
        # What others log as skipped says why with the one reason that it has.
        return SkillStatus.SKIPPED, entry.summary or entry.reason, entry.completed_at
    if told.phase is PhaseStatus.COMPLETE or (entry is not None and entry.status is SkillStatus.COMPLETE):
        return SkillStatus.COMPLETE, "", ""
    return word.status or SkillStatus.PENDING, "", ""


def dump_phases(state: RunState) -> ById:
    """The phases without their skills, which stay as they were written."""
    return ById(
        {
            p.id: put(
                {"status": p.status.value},
                started_at=p.started_at,
                completed_at=p.completed_at,
                reopened_reason=p.reopened,
            )
            for p in state.phases
        }
    )


def dump_tallies(state: RunState) -> ById:
    """`skillExecution` of every phase: what is not in the file already is written when the phase changes."""
    return ById({p.id: _dump_tally(p) for p in state.phases})


def _dump_tally(phase: PhaseState) -> dict[str, JsonValue]:
    return {
        "required": [s.id for s in phase.skills if s.required],
        "completed": [s.id for s in phase.skills if s.status is SkillStatus.COMPLETE],
        "skipped": [
            put({"skill": s.id, "reason": s.reason}, at=s.at) for s in phase.skills if s.status is SkillStatus.SKIPPED
        ],
    }


def dump_stated(tally: Tally, inferred: JsonValue) -> dict[str, JsonValue]:
    """A tally with only what the file states, beside what was inferred about what is required."""
    required = inferred.get("required") if isinstance(inferred, dict) else None
    return {
        "required": required,
        "completed": list(tally.completed),
        "skipped": [put({"skill": k, "reason": w.reason}, at=w.at) for k, w in tally.skipped.items()],
    }


def dump_parts(state: RunState, same: Unchanged) -> dict[str, JsonValue]:
    """All that is written alike in every dialect that we write; of what both states share, one object for both."""
    usage, metrics = same.once("usage", lambda: dump_usage(state, same), state.skill_log)
    stopped = (state.failures, state.failure_count, state.max_retries, state.blocked, state.aborted)
    parts: dict[str, JsonValue] = {
        "gates": same.once("gates", lambda: dump_gates(state), state.gates),
        "skillExecution": same.once("tallies", lambda: dump_tallies(state), state.phases),
        "skillsUsage": usage,
        "skillsLog": same.once("log", lambda: dump_log(state, same), state.skill_log),
        "metrics": metrics,
        "failures": same.once("failures", lambda: dump_failures(state), *stopped),
        "deliverables": same.once("deliverables", lambda: dump_deliverables(state), state.deliverables),
        "clarifications": same.once("questions", lambda: dump_questions(state), state.questions),
        "effects": same.once("effects", lambda: dump_effects(state), state.effects),
        "gateHistory": same.once("decisions", lambda: dump_gate_history(state), state.gate_history),
    }
    if state.leverage_decision is not None:
        parts[LEVERAGE] = dump_choice(state.leverage_decision)
    return put(parts, definitionSha256=state.definition, mac=state.mac)
