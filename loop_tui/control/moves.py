"""What could be done next in a project, from its documents, its runs and the archive (SPEC section 7).

Only files are read: no program is started, and nothing of the project is run.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from msgspec import Struct

from loop_tui.fs.git_head import SHORT, commits_made, head_of
from loop_tui.fs.paths import claude_home, find_state_files, project_name
from loop_tui.model.archived_run import ArchivedRun
from loop_tui.model.clock import parse_stamp
from loop_tui.model.context.values import Source
from loop_tui.model.docs.document import FindingKind
from loop_tui.model.moves.ranking import moves_of
from loop_tui.model.moves.values import RELEASE_LOOP, LastRun, LoopHistory, Move, MoveFacts, RunHere
from loop_tui.model.outcome import RunOutcome
from loop_tui.model.problem import Problem
from loop_tui.storage.archive.filters import Filters
from loop_tui.storage.archive.listing import list_runs
from loop_tui.storage.archive.query import read_run
from loop_tui.storage.archive.told import release_in
from loop_tui.storage.context.archived import changed_files
from loop_tui.storage.definitions.catalog import catalog
from loop_tui.storage.docs.alignment import align, read_documents
from loop_tui.storage.dream.hierarchy import Hierarchy, roadmap_file
from loop_tui.storage.dream.places import FOLDER
from loop_tui.storage.move_inputs import read_stated
from loop_tui.storage.state.reader import read_state

from .board_row import FAILED, NEEDS_YOU, STOPPED
from .board_rows import BoardRows
from .dream import read_hierarchy
from .dream_checks import FunctionVerdict, known_verdicts

_BUILD, _REPAIR = "engineering-loop", "bugfix-loop"
_MOST_RUNS = 20


class NextMoves(Struct, frozen=True):
    """The moves of a project, the first of which is proposed. `has_goals` is False without Dream State and roadmap."""

    moves: tuple[Move, ...]
    has_goals: bool
    problems: tuple[Problem, ...] = ()


def next_moves(project: Path) -> NextMoves:
    """What could be done next. Never raises Problem: what cannot be read is among the problems."""
    found = read_hierarchy(project)
    problems = list(found.documents.problems)
    moves = moves_of(_facts(project, found, problems))
    return NextMoves(moves, found.system is not None or found.roadmap is not None, tuple(problems))


def _facts(project: Path, found: Hierarchy, problems: list[Problem]) -> MoveFacts:
    loops = {each.definition.id for each in catalog(project)[0]}
    own = _runs(project, Filters(system=project_name(project)))
    built = _runs(project, Filters(system=project_name(project), loop=_BUILD))
    unreleased, released = _unreleased(project)
    return MoveFacts(
        system=found.rolled_system,
        roadmap=found.roadmap,
        roadmap_file=roadmap_file(found),
        depends=tuple((each.root.name, each.depends_on) for each in found.documents.modules),
        broken=_broken(found, problems),
        runs=tuple(_live(project)),
        last=_last(project, own, problems),
        unreleased=unreleased,
        released=released,
        stale=_stale(found.places.top),
        stated=read_stated(found.places.top / FOLDER, problems) if found.places.system is not None else {},
        history=((_BUILD, history_of(built)),),
        build_loop=_BUILD,
        repair_loop=_REPAIR if _REPAIR in loops else _BUILD,
    )


def _broken(found: Hierarchy, problems: list[Problem]) -> frozenset[tuple[str, int]]:
    try:
        verdicts = known_verdicts(found)
    except Problem as problem:
        problems.append(problem)
        return frozenset()
    return frozenset(place for place, words in verdicts.items() if words.startswith(FunctionVerdict.BROKEN.value))


def _live(project: Path) -> Iterator[RunHere]:
    """The runs that are there, as the list of runs has them."""
    rows = BoardRows(lambda: datetime.now(UTC))
    for path in find_state_files(project):
        rows.read(path)
    for row in sorted(rows.rows, key=lambda row: row.path):
        yield RunHere(
            row.loop,
            row.headline or row.word,
            str(row.path),
            needs_answer=row.group == NEEDS_YOU,
            stands=row.group in (FAILED, STOPPED),
            about=_about(row.path),
        )


def _about(path: Path) -> tuple[str, ...]:
    """What the run of a state file is about; nothing where that cannot be read: its row says so."""
    try:
        state = read_state(path).state
    except Problem:
        return ()
    choice = state.leverage_decision
    return tuple(name for name in (state.module, choice.target if choice is not None else "") if name)


def _runs(project: Path, filters: Filters) -> list[ArchivedRun]:
    """The newest archived runs of a project, without those of another folder of the same name."""
    places = ("", str(project.absolute()), str(project.resolve()))
    return [row for row in list_runs(claude_home(), filters, _MOST_RUNS).runs if row.project in places]


def history_of(runs: list[ArchivedRun]) -> LoopHistory:
    """How these runs of one loop ended, and how long those that succeeded worked."""
    good = [run for run in runs if run.outcome is RunOutcome.SUCCESS]
    worked = [run.working_ms for run in good if run.working_ms]
    return LoopHistory(len(runs), len(good), round(median(worked)) if worked else None)


def _last(project: Path, runs: list[ArchivedRun], problems: list[Problem]) -> LastRun | None:
    if not runs:
        return None
    row = runs[0]
    try:
        changed = tuple(dict.fromkeys(changed_files(read_run(row.where))))
    except Problem as problem:
        problems.append(problem)
        changed = ()
    return LastRun(row.loop, _source(row), row.outcome is RunOutcome.SUCCESS, changed, _commits(project, runs))


def _commits(project: Path, runs: list[ArchivedRun]) -> int:
    """How many commits were made while the first of these runs went on, without those before the last release."""
    began, ended = parse_stamp(runs[0].started_at), parse_stamp(runs[0].completed_at)
    if began is None or ended is None:
        return 0
    done = (run for run in runs if run.loop == RELEASE_LOOP and run.outcome is RunOutcome.SUCCESS)
    released = next((moment for run in done if (moment := parse_stamp(run.completed_at))), began)
    return commits_made(project, max(began, released).timestamp(), ended.timestamp())


def _stale(top: Path) -> tuple[Source, ...]:
    """What in the documents is stale. Not their age: only git knows when they were changed."""
    found = align(read_documents(top), claude_home(), datetime.now(UTC).date()).findings
    return tuple(Source(str(top / each.path), each.line) for each in found if each.kind is not FindingKind.AGE)


def _unreleased(project: Path) -> tuple[str, Source | None]:
    """That the commit which is checked out is not the one that was released last, and the run that released it.

    Nothing where that is not known.
    """
    found = _runs(project, Filters(system=project_name(project), loop=RELEASE_LOOP))
    last = next((run for run in found if run.release), None)
    head = head_of(project).rpartition(" ")[2]
    if last is None or not head:
        return "", None
    try:
        commit = release_in(read_run(last.where).told).get("commit", "")
    except Problem:
        return "", None
    if not commit or commit[:SHORT] == head[:SHORT]:
        return "", None
    return f"{head} is checked out, and {last.release} was released from {commit[:SHORT]}", _source(last)


def _source(row: ArchivedRun) -> Source:
    """An archived run, as the evidence of a move."""
    return Source(row.where, run=row.run or Path(row.where).stem)
