"""The newest deliverable below the log, where the terminal is large enough for it (SCREEN "Layout", 200x60)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from loop_tui.model.problem import Problem
from loop_tui.model.text import one_line
from loop_tui.tui.widgets.words import text_of

if TYPE_CHECKING:
    from loop_tui.control.snapshot import Snapshot
    from loop_tui.model.evidence import Deliverable

_LINES, _LINE = 60, 400


class Preview(VerticalScroll, can_focus=False):
    """The beginning of the newest deliverable that is a text, Markdown as it is meant. `d` shows the whole."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._snapshot: Snapshot | None = None
        self._shown: tuple[Deliverable, ...] = ()
        self.border_subtitle = "d shows all of it"

    def compose(self) -> ComposeResult:
        """A text; what renders Markdown is made when there is some."""
        yield Static(id="preview-text", markup=False)

    def show(self, snapshot: Snapshot) -> None:
        """Show what a snapshot's run left last; nothing is read while there is no room for it."""
        self._snapshot = snapshot
        state = snapshot.state or (snapshot.ended.state if snapshot.ended else None)
        self.set_class(state is not None and bool(state.deliverables), "-some")
        self._load()

    def on_resize(self) -> None:
        """There may be room now."""
        self._load()

    def _load(self) -> None:
        if self._snapshot is None or not self.display or not self.region.area:
            return
        from loop_tui.tui.projection.deliverable import newest_first

        ended = self._snapshot.ended
        state = self._snapshot.state or (ended.state if ended else None)
        found = newest_first(state) if state is not None else ()
        if found and found != self._shown:
            self._shown = found
            archive = ended.archive if ended else ""
            self.run_worker(self._read(self._snapshot, found, archive), group="preview", exclusive=True)

    async def _read(self, snapshot: Snapshot, found: tuple[Deliverable, ...], archive: str) -> None:
        from loop_tui.tui.projection.deliverable import folders_of, read_deliverable

        folders = folders_of(snapshot.project, snapshot.loop, archive)
        for entry in found:
            try:
                text = await asyncio.to_thread(read_deliverable, folders, entry)
            except Problem:
                continue  # A tarball, or something that is gone: what was left before it may be readable.
            self.border_title = text_of(one_line(entry.name, 80))
            await self._put(entry.name, text)
            return

    async def _put(self, name: str, text: str) -> None:
        """Show the beginning of a text: what does not fit on the screen need not be laid out."""
        from textual.widgets import Markdown

        from loop_tui.tui.viewer.markdown import SUFFIXES, parser, why_source

        lines = text.split("\n")[:_LINES]
        beginning = "\n".join(lines)
        plain = self.query_one("#preview-text", Static)
        await self.query(Markdown).remove()
        plain.display = not name.lower().endswith(SUFFIXES) or bool(why_source(beginning))
        if plain.display:
            plain.update(Content("\n".join(line.expandtabs(4)[:_LINE] for line in lines)))
            return
        rendered = Markdown(parser_factory=parser, open_links=False)
        await self.mount(rendered)
        await rendered.update(beginning)
