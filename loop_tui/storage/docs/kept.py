"""The documents of a run's project, for its driver and its skills. Implements `ports.ProjectDocs`.

What reads them is imported when they are read.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from loop_tui.model.docs.aligned import Alignment, DocEdit
from loop_tui.ports import RunPlace

if TYPE_CHECKING:
    from .alignment import ParsedFiles, ProjectDocuments

DaysChanged = Callable[[Path, Sequence[str], date], Awaitable[Mapping[str, date]]]
"""When files below a top were last changed, as git says; called with their paths and with today."""


class DocFiles:
    """The documents around a project folder: those of its repository. `commands` gives those of loop-tui."""

    def __init__(self, place: RunPlace, commands: Callable[[], frozenset[str]], changed: DaysChanged) -> None:
        self._place = place
        self._commands = commands
        self._changed = changed
        self._parsed: ParsedFiles = {}
        self._dates: tuple[object, Mapping[str, date]] = (None, {})

    @property
    def top(self) -> Path:
        """The folder that paths of documents begin at (see `ProjectDocs.top`)."""
        from loop_tui.storage.dream.places import top_of

        return top_of(self._place.project)

    def prepare(self) -> None:
        """Import what reads documents (see `ProjectDocs.prepare`)."""
        from . import index
        from .reading import parser

        _ = index, parser()

    async def stale(self, today: date) -> Alignment:
        """What is stale (see `ProjectDocs.stale`)."""
        from .alignment import align

        found = await self._read()
        dates = await self._dates_of(found, today)
        return await asyncio.to_thread(align, found, self._place.home, today, self._commands(), lambda _: dates)

    async def behind(self) -> tuple[DocEdit, ...]:
        """Indexes that are behind (see `ProjectDocs.behind`)."""
        from .index import index_edits

        return index_edits(await self._read()).edits

    async def _read(self) -> "ProjectDocuments":
        """A run asks twice, at its retrospective and at its end: what is the same file by then is not read again."""
        from .alignment import read_documents

        return await asyncio.to_thread(read_documents, self.top, self._parsed)

    async def _dates_of(self, found: "ProjectDocuments", today: date) -> Mapping[str, date]:
        """When they were last changed. As long as none is another file, no later commit can make one older."""
        key = (today, tuple((each.path, self._parsed[each.path][0]) for each in found.documents))
        if key != self._dates[0]:
            self._dates = key, await self._changed(self.top, [each.path for each in found.documents], today)
        return self._dates[1]

    def write(self, edit: DocEdit) -> None:
        """Write an index (see `ProjectDocs.write`)."""
        from .index import write_edit

        write_edit(self.top, edit)
