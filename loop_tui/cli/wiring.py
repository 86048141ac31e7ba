"""Which files, which repository and which clock a driver works with: its ports, put together."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from loop_tui.fs.paths import claude_home
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.secrets import secrets_in
from loop_tui.ports import Clock, RunPlace, RunPorts
from loop_tui.services.git.workspace import GitWorkspace
from loop_tui.storage.archive.artifacts import RunArtifacts
from loop_tui.storage.archive.query import ArchiveFiles
from loop_tui.storage.context.run_context import ContextFile
from loop_tui.storage.docs.kept import DocFiles
from loop_tui.storage.dream.states import DreamFiles
from loop_tui.storage.log.output_log import OUTPUT_NAME, OutputLog
from loop_tui.storage.state.leases import RunLease
from loop_tui.storage.state.store import Store

from .docs_commands import own_commands
from .packs import packs


def run_ports(
    project: Path, definition: LoopDefinition, environment: Mapping[str, str], clock: Clock | None = None
) -> RunPorts:
    """The ports of the run of a loop in a project; nothing is made or opened yet."""
    clock, secrets = clock or SystemClock(), secrets_in(environment)
    store = Store(project, definition.id, definition=definition, now=clock.now, secrets=secrets)
    place = run_place(store, environment)
    return RunPorts(
        place=place,
        store=store,
        lease=RunLease(project, definition.id, clock.now),
        log=OutputLog(store.run_dir / OUTPUT_NAME),
        artifacts=RunArtifacts(place, secrets),
        archive=ArchiveFiles(place.home),
        context=ContextFile(place, definition),
        workspace=GitWorkspace(project, store.path, lambda: _written(store)),
        clock=clock,
        dreams=DreamFiles(project, environment, lambda: _asks(environment)),
        docs=DocFiles(place, own_commands, _changed),
    )


async def _changed(top: Path, paths: Sequence[str], today: date) -> Mapping[str, date]:
    from loop_tui.model.docs.ages import FRESH_DAYS
    from loop_tui.services.git.last_changed import last_changed

    return await last_changed(top, paths, today, FRESH_DAYS)


def _asks(environment: Mapping[str, str]) -> bool:
    """Whether the person wants to be asked before a Dream State is changed; a setting that is wrong asks nothing."""
    from loop_tui.storage.user.settings import load_settings

    return load_settings(environment)[0].ask_dreams


def _written(store: Store) -> tuple[str, ...]:
    """The files that the run which is there wrote, also beside its own folder, as packs know. Raises Problem."""
    loaded = store.load()
    return packs().written(loaded.state.effects) if loaded is not None else ()


def run_place(store: Store, environment: Mapping[str, str]) -> RunPlace:
    """Where a run lies."""
    return RunPlace(store.project, store.run_dir, store.path, claude_home(environment))


class SystemClock:
    """Time as it passes. Implements `ports.Clock`."""

    def now(self) -> datetime:
        """This moment, in UTC."""
        return datetime.now(UTC)

    def steady_s(self) -> float:
        """Seconds since some moment that stays the same."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Let that much time pass."""
        await asyncio.sleep(seconds)
