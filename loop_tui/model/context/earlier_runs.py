"""Which earlier runs tell a run the most, and what they say (SPEC section 7).

The same system and loop go first, then what touched the same files, then what else the system did last.
"""

from collections.abc import Collection, Sequence

from msgspec import Struct

from loop_tui.model.names import canonical_id
from loop_tui.model.outcome import RunOutcome
from loop_tui.model.status import word_of

from .values import ContextLine, ContextPart, ContextSection, Rank, Source, said, section_of

MOST_RUNS = 5
FEWEST_RUNS = 3
"""Other runs of the system are named only as far as there are fewer than this many that tell more."""
_OF_THE_LOOP = 3
"""So many runs of the loop itself are named where others touched the same files."""


class EarlierRun(Struct, frozen=True):
    """One archived run. `ended_at` is a timestamp, `did` what it left, in phrases; `files` are those that it touched.

    `archive` is the path of its file or folder.
    """

    run: str
    loop: str
    module: str
    ended_at: str
    outcome: RunOutcome
    did: tuple[str, ...] = ()
    files: frozenset[str] = frozenset()
    archive: str = ""

    @property
    def source(self) -> Source:
        """The run, in its archive."""
        return Source(self.archive, run=self.run)


def relevant(runs: Sequence[EarlierRun], loop: str, module: str, files: Collection[str]) -> tuple[EarlierRun, ...]:
    """The runs that matter most, at most five; `runs` are those of the system, newest first.

    `files` are names of files, or folders with a slash at their end, that the run is about.
    """
    own = [run for run in runs if run.loop == canonical_id(loop)]
    own.sort(key=lambda run: bool(module) and run.module != module)
    same = [run for run in runs if run not in own and (touches(run, files) or (module and run.module == module))]
    first = own[: _OF_THE_LOOP if same else MOST_RUNS]
    found = [*first, *same[: MOST_RUNS - len(first)]]
    rest = [run for run in runs if run not in found]
    return (*found, *rest[: max(FEWEST_RUNS - len(found), 0)])


def touches(run: EarlierRun, files: Collection[str]) -> bool:
    """True when a run touched one of these files, or one in one of these folders."""
    folders = tuple(name for name in files if name.endswith("/"))
    return any(file in files or file.startswith(folders) for file in run.files)


def recent_runs(runs: Sequence[EarlierRun]) -> tuple[ContextSection, ...]:
    """A line a run, in the order in which they matter."""
    lines = [ContextLine(_line(run), run.source, Rank.RUNS + number) for number, run in enumerate(runs)]
    return section_of(ContextPart.RUNS, "Recent Runs", lines)


def _line(run: EarlierRun) -> str:
    module = f", module {said(run.module, 60)}" if run.module else ""
    did = f": {'; '.join(run.did)}" if run.did else ""
    return said(f"{run.loop} ({day_of(run)}) — {word_of(run.outcome)}{module}{did}")


def day_of(run: EarlierRun) -> str:
    """The day on which it ended (UTC)."""
    return run.ended_at[: len("2026-01-31")]
