"""An archived run as it went: its journal played from the beginning, each state with the event that led to it."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from loop_tui.engine.apply import apply
from loop_tui.engine.begin import fresh_state
from loop_tui.model.clock import parse_stamp
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Event
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.runs import RunSummary
from loop_tui.model.state import RunState
from loop_tui.storage.definitions.catalog import find
from loop_tui.storage.log.output_log import OUTPUT_NAME
from loop_tui.storage.state.journal import JOURNAL_NAME, Journal


class PlaybackStep(Struct, frozen=True):
    """One moment of a run: what happened, and the state after it. `at_ms` is milliseconds since 1970, or 0."""

    event: Event
    state: RunState
    at_ms: int


class Playback(Struct, frozen=True):
    """A run that can be watched again. `log` is its output log; it need not exist."""

    run: RunSummary
    definition: LoopDefinition
    steps: tuple[PlaybackStep, ...]
    log: Path


def load_past(run: RunSummary, project: Path, env: Mapping[str, str] | None = None) -> Playback:
    """Replay an archived run. Raises Problem when its journal is missing, or its loop is not known here."""
    folder = Path(run.folder) if run.folder else Path(run.path).with_suffix("")
    journal = folder / JOURNAL_NAME
    if not journal.is_file():
        raise Problem(
            "the archive of this run has no journal, so it cannot be replayed",
            str(folder),
            code=Code.ARCHIVE_UNREADABLE,
        )
    definition = find(project, run.loop, env).definition
    state = fresh_state(definition, run=run.run, system=run.system, at="")
    steps: list[PlaybackStep] = []
    for event in Journal(journal).read():
        after = apply(state, event, definition)
        if isinstance(after, RunState):
            state = after
        steps.append(PlaybackStep(event, state, _ms(event.timestamp)))
    if not steps:
        raise Problem("the journal of this run is empty", str(journal), code=Code.ARCHIVE_UNREADABLE)
    return Playback(run, definition, tuple(steps), folder / OUTPUT_NAME)


def _ms(timestamp: str) -> int:
    moment = parse_stamp(timestamp)
    return round(moment.timestamp() * 1000) if moment else 0
