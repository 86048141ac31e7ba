"""Asking the archive: which runs there were, newest first, and how long their skills usually take (SPEC section 7)."""

import heapq
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import NamedTuple

from loop_tui.fs.limits import ARCHIVE
from loop_tui.fs.plain import read_plain
from loop_tui.fs.present import is_folder, is_there
from loop_tui.model.clock import parse_stamp
from loop_tui.model.names import ALIASES, canonical_id
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.runs import RunOutcome, RunSummary, read_outcome
from loop_tui.model.text import one_line

from .reader import named_run, read_body, read_folder, read_json
from .writer import MARKER, runs_folder, safe_name

_MONTH = regex(r"\d{4}-(?:0[1-9]|1[0-2])")
_DATE = regex(r"\d{4}-\d{2}-\d{2}")
_PLAIN = regex(r"[A-Za-z0-9._-]{1,100}")
_DAY_S = 86_400.0

# How far the clock of whoever archived a run, or the zone he wrote its name in, may be off.
_SLACK_S = _DAY_S


KnownRuns = dict[tuple[Path, float], RunSummary | None]
"""Archived runs by their path and the time when it was written last."""


class _Candidate(NamedTuple):
    """Something in the archive. `latest` is the latest moment at which that run can have ended, `touched` when the
    entry was last written; both are seconds since 1970.
    """

    latest: float
    path: Path
    is_folder: bool
    touched: float


class _Wanted(NamedTuple):
    loop: str | None
    system: str | None
    module: str | None
    since: float | None
    until: float | None
    outcome: RunOutcome | None

    def holds(self, run: RunSummary) -> bool:
        """True when the run is one of those asked for."""
        # Names of folders were made safe for the file system: there is nothing else to compare.
        systems = (self.system, safe_name(self.system)) if self.system and not run.path else (self.system,)
        ended = _ended(run)
        return (
            (self.loop is None or run.loop == self.loop)
            and (self.system is None or run.system in systems)
            and (self.module is None or run.module == self.module)
            and (self.since is None or ended >= self.since)
            and (self.until is None or ended <= self.until)
            and (self.outcome is None or run.outcome is self.outcome)
        )

    def may_hold(self, data: bytes, path: Path) -> bool:
        """False when the bytes of a whole file show that it cannot be asked for, without parsing it."""
        if b"\\u" in data or not data.rstrip().endswith(b"}"):
            return True
        for text in (self.system, self.module):
            if text and _PLAIN.fullmatch(text) and f'"{text}"'.encode() not in data and text not in path.name:
                return False
        if self.loop is None:
            return True
        names = [self.loop, *(alias for alias, loop in ALIASES.items() if loop == self.loop)]
        return any(name.encode() in data or name in path.name for name in names)


def read_runs(
    home: Path,
    *,
    loop: str | None = None,
    system: str | None = None,
    module: str | None = None,
    since: datetime | str | None = None,
    until: datetime | str | None = None,
    outcome: RunOutcome | str | None = None,
    limit: int | None = 10,
    include_state: bool = False,
    known: KnownRuns | None = None,
) -> tuple[list[RunSummary], list[Problem]]:
    """The newest runs by completion time, and a Problem for each entry met on the way that cannot be read.

    `since` and `until` are moments or ISO texts; a bare date means its first or its last instant (UTC). `limit` None
    gives all. Only as many files are read as it takes to be sure: a run cannot have ended long after its file was
    last written or after the time in its name. Raises Problem for an unknown outcome or an unreadable date.

    `known` keeps what was read, without states, for whoever asks the same again: files of it are not read anew.
    """
    wanted = _Wanted(
        loop=canonical_id(loop) if loop else None,
        system=system or None,
        module=module or None,
        since=_bound(since, at_end=False),
        until=_bound(until, at_end=True),
        outcome=_outcome(outcome),
    )
    if limit is not None and limit <= 0:
        return [], []
    best: list[tuple[float, str, int, RunSummary]] = []
    problems: list[Problem] = []
    candidates = sorted(_candidates(runs_folder(home), problems), key=lambda c: c.latest, reverse=True)
    for number, candidate in enumerate(candidates):
        if limit is not None and len(best) == limit and candidate.latest < best[0][0]:
            break
        if wanted.since is not None and candidate.latest < wanted.since:
            break
        try:
            run = _load(candidate, wanted) if known is None else _known(candidate, wanted, known)
        except Problem as problem:
            problems.append(problem)
            continue
        if run is None or not wanted.holds(run):
            continue
        run = run if include_state or run.state is None else run.model_copy(update={"state": None})
        entry = (_ended(run), run.path or run.folder, number, run)
        if limit is None or len(best) < limit:
            heapq.heappush(best, entry)
        else:
            heapq.heappushpop(best, entry)
    return [run for *_, run in sorted(best, reverse=True, key=lambda e: e[:3])], problems


class ArchiveFiles:
    """The archive below a home. Implements `ports.ArchiveQuery`."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def runs(
        self, *, loop: str, system: str | None = None, limit: int | None = 10, include_state: bool = False
    ) -> tuple[list[RunSummary], list[Problem]]:
        """The newest runs (see `ArchiveQuery.runs`)."""
        return read_runs(self._home, loop=loop, system=system, limit=limit, include_state=include_state)


class Usual(NamedTuple):
    """How long a loop usually takes in milliseconds: each skill, and the whole of a run that succeeded, if any did."""

    skills: dict[str, int]
    whole: int | None


def usual_durations(home: Path, loop: str, system: str | None = None, limit: int = 10) -> Usual:
    """The medians of the last runs of a loop."""
    return usual_of(read_runs(home, loop=loop, system=system, limit=limit)[0])


def usual_of(runs: Sequence[RunSummary]) -> Usual:
    """The medians of some runs, of working time alone: waiting for a person tells nothing of the next run."""
    whole = [run.working_ms for run in runs if run.outcome is RunOutcome.SUCCESS and run.working_ms]
    took: dict[str, list[int]] = {}
    for run in runs:
        for skill, duration_ms in run.durations.items():
            took.setdefault(skill, []).append(duration_ms)
    skills = {skill: round(median(values)) for skill, values in took.items()}
    return Usual(skills, round(median(whole)) if whole else None)


def _load(candidate: _Candidate, wanted: _Wanted) -> RunSummary | None:
    """The run of a candidate, or None when it is plainly not one of those asked for. Raises Problem."""
    path = candidate.path
    if candidate.is_folder:
        return None if is_there(path / MARKER) else read_folder(path, _when(candidate.touched))
    try:
        data = read_plain(path, ARCHIVE)
    except OSError as error:
        raise Problem(
            f"cannot be read: {error.strerror}", str(path), "it is not listed", code=Code.ARCHIVE_UNREADABLE
        ) from None
    if not wanted.may_hold(data, path):
        return None
    return read_body(read_json(data, str(path)), path, _when(candidate.touched))


def _known(candidate: _Candidate, wanted: _Wanted, known: KnownRuns) -> RunSummary | None:
    here = (candidate.path, candidate.touched)
    if here not in known:
        run = _load(candidate, wanted)
        known[here] = run.model_copy(update={"state": None}) if run is not None else None
    return known[here]


def _candidates(folder: Path, problems: list[Problem]) -> Iterator[_Candidate]:
    """Everything in the archive that may be a run: JSON files, and folders without one beside them."""
    for month in _scan(folder, problems):
        if not _MONTH.fullmatch(month.name) or not is_folder(Path(month.path)):
            continue
        entries = [e for e in _scan(Path(month.path), problems) if not e.name.startswith(".")]
        beside = {e.name.removesuffix(".json") for e in entries if e.name.endswith(".json")}
        for entry in entries:
            is_dir = entry.is_dir(follow_symlinks=False)
            if (is_dir and entry.name in beside) or not (is_dir or _is_json(entry)):
                continue
            try:
                touched = entry.stat().st_mtime
            except OSError:
                touched = 0.0  # A dangling link: reading it says so.
            path = Path(entry.path)
            when = named_run(path).when
            named = when.timestamp() if when else _month_end(month.name)
            yield _Candidate(max(touched, named) + _SLACK_S, path, is_dir, touched)


def _is_json(entry: os.DirEntry[str]) -> bool:
    # Neither pipes nor devices nor folders: what is called so and is none of ours is passed over.
    return entry.name.endswith(".json") and (entry.is_file(follow_symlinks=False) or entry.is_symlink())


def _scan(folder: Path, problems: list[Problem]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:
        return []
    except OSError as error:
        problems.append(Problem(f"cannot be read: {error.strerror}", str(folder), code=Code.ARCHIVE_UNREADABLE))
        return []


def _month_end(month: str) -> float:
    year, number = (int(part) for part in month.split("-"))
    try:
        return datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0


def _ended(run: RunSummary) -> float:
    return _seconds(parse_stamp(run.completed_at))


def _seconds(moment: datetime | None) -> float:
    return moment.timestamp() if moment else 0.0


def _when(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def _bound(value: datetime | str | None, *, at_end: bool) -> float | None:
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    moment = parse_stamp(value.strip())
    if moment is None:
        raise Problem(
            f"'{one_line(value, 60)}' is not a date",
            todo="write it like 2026-01-31 or 2026-01-31T14:30:00Z",
            code=Code.USAGE,
        )
    whole_day = at_end and _DATE.fullmatch(value.strip())
    return moment.timestamp() + (_DAY_S - 1e-6 if whole_day else 0)


def _outcome(value: RunOutcome | str | None) -> RunOutcome | None:
    outcome = read_outcome(value)
    if value and outcome is None:
        known = ", ".join(o.value for o in RunOutcome)
        raise Problem(f"'{one_line(value, 60)}' is not an outcome", todo=f"one of: {known}", code=Code.USAGE)
    return outcome
