"""What one archived run says, in every form it may have been written in (SPEC section 7).

Read are our own nested summary, flat `phases_completed`/`gates_passed` lists, plain counts, a bare state file, and a
folder that has no JSON beside it. What cannot be read is left out; only a file that is no run at all is refused.
"""

import contextlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import msgspec
from pydantic import ConfigDict, JsonValue, TypeAdapter, ValidationError

from loop_tui.fs.limits import STATE
from loop_tui.fs.plain import parse_json, read_plain
from loop_tui.model.chosen_move import LEVERAGE, read_choice
from loop_tui.model.clock import ms_between, parse_stamp, stamp
from loop_tui.model.evidence import Check, Effect
from loop_tui.model.names import canonical_id
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.runs import RunOutcome, RunSummary, SkippedSkill, read_outcome
from loop_tui.model.status import (
    GateStatus,
    PhaseStatus,
    read_gate_status,
    read_phase_status,
    read_run_status,
)
from loop_tui.model.text import one_line

from .named import named_run

JsonObject = Mapping[str, JsonValue]

_MS_A_MINUTE = 60_000
_LONGEST = 200
_Shape = TypeVar("_Shape")
_CHECKS = TypeAdapter(dict[str, tuple[Check, ...]], config=ConfigDict(defer_build=True))
_EFFECTS = TypeAdapter(tuple[Effect, ...], config=ConfigDict(defer_build=True))
_SKIPPED = TypeAdapter(tuple[SkippedSkill, ...], config=ConfigDict(defer_build=True))
_OWN_KEYS = frozenset(
    {
        "loop", "system", "module", "started_at", "completed_at", "duration_minutes", "duration_ms", "working_ms",
        "durations", "outcome", "phases", "phases_completed", "gates", "gates_passed", "deliverables", "checklist",
        "checklist_items_completed", "run", "project", "version", "skipped_skills", "decisions", "evidence", "effects",
        LEVERAGE,
    }
)  # fmt: skip
"""What stands in a summary whatever the run did, in each of its forms. The rest is from packs."""


def read_json(data: bytes, where: str) -> JsonObject:
    """The JSON object in these bytes. Raises Problem for anything else."""
    with contextlib.suppress(ValueError, RecursionError):
        # In a third of the time; what it refuses, such as a mark of the byte order or NaN, the other one may take.
        if isinstance(quick := msgspec.json.decode(data), dict):
            return quick
    try:
        document = parse_json(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        place = f"{where}:{error.lineno}:{error.colno}"
        raise Problem(
            f"a damaged run: {one_line(error.msg, 100)}",
            place,
            "it is not listed",
            code=Code.ARCHIVE_UNREADABLE,
        ) from None
    except ValueError:
        raise Problem(
            "a damaged run: its JSON is unreadable", where, "it is not listed", code=Code.ARCHIVE_UNREADABLE
        ) from None
    if not isinstance(document, dict):
        raise Problem(
            "is not an archived run: not a JSON object", where, "it is not listed", code=Code.ARCHIVE_UNREADABLE
        )
    return document


def read_body(document: JsonObject, path: Path, otherwise: datetime) -> RunSummary:
    """The run that an archive's JSON tells of; `otherwise` is when it ended if neither it nor its name says so.

    Raises Problem when the document is no run.
    """
    state = _table(document.get("state"))
    summary = _table(document.get("summary"))
    if not summary:
        if not any(key in document for key in ("loop", "completed_at", "loopId", "systemId")):
            raise Problem(
                "is not an archived run: it has no summary",
                str(path),
                "it is not listed",
                code=Code.ARCHIVE_UNREADABLE,
            )
        # A summary at the top, or a state file that was moved here as it is.
        summary, state = document, state or document
        told: dict[str, JsonValue] = {}
    else:
        told = {key: value for key, value in summary.items() if key not in _OWN_KEYS}
    meta = _table(document.get("meta"))
    named = named_run(path)
    context = _table(state.get("context"))
    completed = _first_time(summary.get("completed_at"), meta.get("archived_at"), named.when, otherwise)
    started = _text(summary.get("started_at")) or _text(state.get("started_at"))
    phases, phases_count = _phases(summary, state)
    passed, passed_count = _gates(summary, state)
    gates = _table(summary.get("gates"))
    deliverables, deliverables_count = _names(summary.get("deliverables"))
    folder = path.with_suffix("")
    durations = _durations(summary, state)
    return RunSummary(
        path=str(path),
        folder=str(folder) if folder.is_dir() else "",
        run=_text(summary.get("run")) or _text(meta.get("run")) or _text(state.get("executionId")),
        project=_text(summary.get("project")),
        loop=canonical_id(_text(summary.get("loop")) or _text(state.get("loop")) or named.loop),
        version=_text(summary.get("version")) or _text(state.get("version")),
        system=_text(summary.get("system")) or _text(context.get("system")) or named.system,
        module=_text(summary.get("module")) or _text(context.get("module")) or None,
        started_at=started,
        completed_at=completed,
        duration_ms=_duration(summary, started, completed),
        working_ms=_working(summary, durations),
        outcome=_outcome(summary, state),
        phases_completed=phases,
        phases_completed_count=phases_count,
        phases_skipped=_names(_table(summary.get("phases")).get("skipped"))[0],
        gates_passed=passed,
        gates_passed_count=passed_count,
        gates_failed=_names(gates.get("failed"))[0],
        gates_skipped=_names(gates.get("skipped"))[0],
        deliverables=deliverables,
        deliverables_count=deliverables_count,
        checklist_completed=_count(_table(summary.get("checklist")).get("items_completed"))
        or _count(summary.get("checklist_items_completed")),
        checklist_total=_whole(_table(summary.get("checklist")).get("items_total")),
        skipped_skills=_read(_SKIPPED, summary.get("skipped_skills"), ()),
        durations=durations,
        evidence=_read(_CHECKS, summary.get("evidence"), {}),
        effects=_read(_EFFECTS, summary.get("effects"), ()),
        leverage_decision=read_choice(summary.get(LEVERAGE) or state.get(LEVERAGE)),
    ).model_copy(update={"told": told, "state": document.get("state")})


def read_evidence(document: JsonObject) -> dict[str, tuple[Check, ...]]:
    """The checks that each gate was decided by, as `read_body` has them."""
    return _read(_CHECKS, (_table(document.get("summary")) or document).get("evidence"), {})


def read_folder(folder: Path, otherwise: datetime) -> RunSummary:
    """The run of which only a folder is left: what its state file says, else what its name says. Raises Problem."""
    try:
        names = sorted(p.name for p in folder.iterdir())
    except OSError as error:
        raise Problem(
            f"cannot be read: {error.strerror}", str(folder), "it is not listed", code=Code.ARCHIVE_UNREADABLE
        ) from None
    state_file = next((n for n in names if n.endswith("state.json") and not n.startswith(".")), "")
    state: JsonObject = {}
    if state_file:
        try:
            state = read_json(read_plain(folder / state_file, STATE), str(folder / state_file))
        except OSError as error:
            raise Problem(
                f"cannot be read: {error.strerror}", str(folder / state_file), code=Code.ARCHIVE_UNREADABLE
            ) from None
    named = named_run(folder)
    context = _table(state.get("context"))
    times = [state.get(key) for key in ("completed_at", "completedAt", "last_updated", "updatedAt")]
    completed = _first_time(*times, named.when, otherwise)
    started = _text(state.get("started_at"))
    phases, phases_count = _phases({}, state)
    passed, passed_count = _gates({}, state)
    documents = tuple(n for n in names if n.lower().endswith(".md"))
    return RunSummary(
        folder=str(folder),
        run=_text(state.get("executionId")),
        loop=canonical_id(_text(state.get("loop")) or named.loop),
        version=_text(state.get("version")),
        system=_text(context.get("system")) or named.system,
        module=_text(context.get("module")) or None,
        started_at=started,
        completed_at=completed,
        duration_ms=_duration({}, started, completed),
        outcome=_outcome({}, state),
        phases_completed=phases,
        phases_completed_count=phases_count,
        gates_passed=passed,
        gates_passed_count=passed_count,
        deliverables=documents,
        deliverables_count=len(documents),
        durations=_durations({}, state),
        working_ms=_working({}, _durations({}, state)),
    ).model_copy(update={"state": dict(state) or None})


def _table(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _text(value: JsonValue) -> str:
    return one_line(value, _LONGEST) if isinstance(value, str) else ""


def _whole(value: JsonValue) -> int | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if number and 0 <= value < 1e15 else None  # type: ignore[arg-type,operator]


def _count(value: JsonValue) -> int:
    return _whole(value) or 0


def _names(value: JsonValue) -> tuple[tuple[str, ...], int]:
    """Names and how many: a list of texts or objects, an object by its keys, or a plain count without names."""
    if isinstance(value, dict):
        value = list(value)
    if not isinstance(value, list):
        return (), _count(value)
    found: list[str] = []
    for entry in value:
        if isinstance(entry, dict):
            entry = next((entry[k] for k in ("name", "id", "file", "path") if isinstance(entry.get(k), str)), None)
        if isinstance(entry, str) and entry:
            found.append(_text(entry))
    return tuple(found), len(found)


def _phases(summary: JsonObject, state: JsonObject) -> tuple[tuple[str, ...], int]:
    told = summary.get("phases")
    if "phases_completed" in summary:
        return _names(summary["phases_completed"])
    if isinstance(told, dict) and "completed" in told:
        return _names(told["completed"])
    if isinstance(told, int | list):
        return _names(told)
    over = tuple(
        _text(name)
        for name, phase in _table(state.get("phases")).items()
        if read_phase_status(_table(phase).get("status")) is PhaseStatus.COMPLETE
    )
    return over, len(over)


def _gates(summary: JsonObject, state: JsonObject) -> tuple[tuple[str, ...], int]:
    told = summary.get("gates")
    if "gates_passed" in summary:
        return _names(summary["gates_passed"])
    if isinstance(told, dict) and "passed" in told:
        return _names(told["passed"])
    if isinstance(told, int | list):
        return _names(told)
    passed = tuple(
        _text(name)
        for name, gate in _table(state.get("gates")).items()
        if read_gate_status(_table(gate).get("status")) is GateStatus.APPROVED
    )
    return passed, len(passed)


def _outcome(summary: JsonObject, state: JsonObject) -> RunOutcome:
    told = read_outcome(summary.get("outcome"))
    if told is None and isinstance(state.get("status"), str):
        status = read_run_status(state["status"])
        told = read_outcome(status.value) if status else None
    return told or RunOutcome.PARTIAL


def _duration(summary: JsonObject, started: str, completed: str) -> int | None:
    exact = _whole(summary.get("duration_ms"))
    if exact is not None:
        return exact
    minutes = summary.get("duration_minutes")
    if isinstance(minutes, int | float) and not isinstance(minutes, bool) and 0 <= minutes < 1e9:
        return round(minutes * _MS_A_MINUTE)
    between = ms_between(started, completed)
    return between if between is not None and between >= 0 else None


def _working(summary: JsonObject, durations: Mapping[str, int]) -> int | None:
    """How long it worked; where it does not say, what its skills took. The rest it may have waited for people."""
    exact = _whole(summary.get("working_ms"))
    return exact if exact is not None else sum(durations.values()) or None


def _durations(summary: JsonObject, state: JsonObject) -> dict[str, int]:
    """Milliseconds a skill: from the summary, else from the state's log of skills."""
    found: dict[str, int] = {}
    for skill, value in _table(summary.get("durations")).items():
        if (took := _whole(value)) is not None:
            found[_text(skill)] = took
    return (
        found
        or dict(_logged(_entries(state.get("skillsLog"))))
        or dict(_logged(_entries(_table(state.get("metrics")).get("skillHistory"))))
    )


def _entries(value: JsonValue) -> Iterable[JsonObject]:
    return (e for e in value if isinstance(e, dict)) if isinstance(value, list) else ()


def _logged(entries: Iterable[JsonObject]) -> Iterable[tuple[str, int]]:
    for entry in entries:
        took = _whole(entry.get("durationMs"))
        done = read_phase_status(entry.get("status", "complete")) is PhaseStatus.COMPLETE
        if took is not None and done and isinstance(entry.get("skill"), str):
            yield _text(entry["skill"]), took


def _first_time(*values: JsonValue | datetime) -> str:
    """The first of these that is a time, as a timestamp: texts stay as they are, the last value always is one."""
    for value in values:
        if isinstance(value, datetime):
            return stamp(value)
        if isinstance(value, str) and parse_stamp(value):
            return value
    return stamp(datetime.fromtimestamp(0, UTC))


def _read(adapter: TypeAdapter[_Shape], value: JsonValue, otherwise: _Shape) -> _Shape:
    """The value when it has that shape: evidence of others may look otherwise, and is then left to the state."""
    try:
        return adapter.validate_python(value) if value is not None else otherwise
    except ValidationError:
        return otherwise
