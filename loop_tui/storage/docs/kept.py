"""The documents of a run's project, for its driver and its skills. Implements `ports.ProjectDocs`.

What reads them is imported when they are read.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

from loop_tui.model.docs.aligned import Alignment, DocEdit
from loop_tui.ports import RunPlace

DaysChanged = Callable[[Path, Sequence[str], date], Awaitable[Mapping[str, date]]]
"""When files below a top were last changed, as git says; called with their paths and with today."""


class DocFiles:
    """The documents around a project folder: those of its repository. `commands` gives those of loop-tui."""

    def __init__(self, place: RunPlace, commands: Callable[[], frozenset[str]], changed: DaysChanged) -> None:
        self._place = place
        self._commands = commands
        self._changed = changed

    @property
    def top(self) -> Path:
        """The folder that paths of documents begin at (see `ProjectDocs.top`)."""
        from loop_tui.storage.dream.places import top_of

        return top_of(self._place.project)

    async def stale(self, today: date) -> Alignment:
        """What is stale (see `ProjectDocs.stale`)."""
        from .alignment import align, read_documents

        found = await asyncio.to_thread(read_documents, self.top)
        dates = await self._changed(self.top, [each.path for each in found.documents], today)
        return await asyncio.to_thread(align, found, self._place.home, today, self._commands(), lambda _: dates)

    async def behind(self) -> tuple[DocEdit, ...]:
        """Indexes that are behind (see `ProjectDocs.behind`)."""
        from .alignment import read_documents
        from .index import index_edits

        return index_edits(await asyncio.to_thread(read_documents, self.top)).edits

    def write(self, edit: DocEdit) -> None:
        """Write an index (see `ProjectDocs.write`)."""
        from .index import write_edit

        write_edit(self.top, edit)
