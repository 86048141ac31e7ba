"""The earlier runs of a system for its next one: what each left and touched, and how the last of a loop went."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from loop_tui.model.archived_run import ArchivedRun
from loop_tui.model.context.earlier_runs import EarlierRun, recent_runs, relevant
from loop_tui.model.context.last_time import last_time, went_wrong
from loop_tui.model.context.values import ContextSection
from loop_tui.model.names import canonical_id
from loop_tui.model.problem import Problem
from loop_tui.model.runs import RunSummary
from loop_tui.model.state import RunState
from loop_tui.storage.archive.filters import Filters
from loop_tui.storage.archive.listing import list_runs
from loop_tui.storage.archive.named import named_run
from loop_tui.storage.archive.query import read_run
from loop_tui.storage.archive.told import released_in, targets_in
from loop_tui.storage.state.dialects import load

_OF_THE_LOOP = 5
_OF_THE_SYSTEM = 20
_MOST_NAMES = 4


def archived_sections(
    home: Path, *, system: str, loop: str, module: str, files: frozenset[str], project: Path, problems: list[Problem]
) -> tuple[ContextSection, ...]:
    """Recent runs of a system, and what went wrong in the last run of the loop there.

    `files` are what the run is about; what the last run of the loop touched counts too. What cannot be read is added
    to the problems.
    """
    own = _list(home, Filters(system=system, loop=loop), _OF_THE_LOOP, project, problems)
    others = _list(home, Filters(system=system), _OF_THE_SYSTEM, project, problems)
    rows = {row.where: row for row in (*own, *others)}
    summaries = [run for row in rows.values() if (run := _read(row, problems)) is not None]
    summaries.sort(key=lambda run: (run.completed_at, run.path), reverse=True)
    runs = [earlier_run(summary) for summary in summaries]
    last = next((at for at, run in enumerate(runs) if run.loop == canonical_id(loop)), None)
    touched = files | runs[last].files if last is not None else files
    chosen = relevant(runs, loop, module, touched)
    states = {run: _state(summary) for run, summary in zip(runs, summaries, strict=True) if run in chosen}
    sections = recent_runs([replace(run, did=(*run.did, *filter(None, [went_wrong(states[run])]))) for run in chosen])
    if last is not None:
        sections += last_time(
            runs[last], states.get(runs[last]) or _state(summaries[last]), summaries[last].gates_failed
        )
    return sections


def _list(home: Path, filters: Filters, limit: int, project: Path, problems: list[Problem]) -> Sequence[ArchivedRun]:
    """The newest runs of the system that goes by that name, without those of another folder of the same name."""
    found = list_runs(home, filters, limit)
    known = {str(problem) for problem in problems}
    # What is damaged of other systems is nothing to this one: `loop-tui runs` names it.
    own = (
        each for each in found.problems if named_run(Path(each.where.partition(".json")[0])).system == filters.system
    )
    problems += [problem for problem in own if str(problem) not in known]
    places = ("", str(project.absolute()), str(project.resolve()))
    return [row for row in found.runs if row.project in places]


def _read(row: ArchivedRun, problems: list[Problem]) -> RunSummary | None:
    try:
        return read_run(row.where)
    except Problem as problem:
        problems.append(problem)
        return None


def _state(summary: RunSummary) -> RunState | None:
    try:
        return load(summary.state) if isinstance(summary.state, dict) else None
    except (Problem, RecursionError, ValueError):
        return None


def earlier_run(summary: RunSummary) -> EarlierRun:
    """A run of the archive, as a context tells of it."""
    return EarlierRun(
        run=summary.run or Path(summary.path or summary.folder).stem,
        loop=summary.loop,
        module=summary.module or "",
        ended_at=summary.completed_at,
        outcome=summary.outcome,
        did=tuple(_did(summary)),
        files=frozenset(_touched(summary)),
        archive=summary.path or summary.folder,
    )


def _did(summary: RunSummary) -> list[str]:
    """What it left, in phrases."""
    found: list[str] = []
    if version := released_in(summary.told):
        found.append(f"released {version}")
    if reached := [target.name for target in targets_in(summary.told) if target.proof]:
        found.append(f"reached {_few(reached)}")
    if summary.checklist_completed:
        whole = f" of {summary.checklist_total}" if summary.checklist_total else ""
        found.append(f"{summary.checklist_completed}{whole} items of the checklist done")
    if summary.gates_failed:
        found.append(f"failed at {_few(summary.gates_failed)}")
    if changed := list(dict.fromkeys(changed_files(summary))):
        found.append(f"changed {_few(changed)}")
    if summary.deliverables:
        found.append(f"left {_few(summary.deliverables)}")
    return found


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


def _touched(summary: RunSummary) -> Iterable[str]:
    """The files that a run touched, as far as its archive names them: what it changed, and what it delivered."""
    yield from summary.deliverables
    yield from changed_files(summary)
    state = summary.state if isinstance(summary.state, dict) else {}
    delivered = state.get("deliverables")
    for entry in delivered if isinstance(delivered, list) else ():
        if isinstance(entry, Mapping):
            yield from _texts([entry.get("path"), entry.get("name")])


def changed_files(summary: RunSummary) -> Iterable[str]:
    """The files that its effects name: those of a commit, for example."""
    for effect in summary.effects:
        for facts in (effect.intent, effect.proof or {}):
            yield from _texts(facts.get("files"))


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str) and each] if isinstance(value, list) else []
