"""Deliverables: a list to choose from, and the text of the one chosen, as it stands in its file."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, TextArea
from textual.widgets.option_list import Option

from loop_tui.model.evidence import Deliverable
from loop_tui.model.problem import Problem
from loop_tui.model.text import one_line
from loop_tui.tui.deliverable import folders_of, read_deliverable
from loop_tui.tui.words import MUTED, text_of


class ViewerScreen(ModalScreen[None]):
    """The list, then the text; escape goes back one step."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "back", "back", show=False),
        Binding("j", "move(1)", "down", show=False),
        Binding("k", "move(-1)", "up", show=False),
        Binding("ctrl+d", "page(1)", "half a page down", show=False, priority=True),
        Binding("ctrl+u", "page(-1)", "half a page up", show=False, priority=True),
        Binding("g", "edge(-1)", "beginning", show=False),
        Binding("G", "edge(1)", "end", show=False),
    ]

    def __init__(self, project: Path, loop: str, found: Sequence[Deliverable], archive: str = "") -> None:
        super().__init__()
        self._found = tuple(found)
        self._folders = folders_of(project, loop, archive)

    def compose(self) -> ComposeResult:
        """The list, and a page that stays hidden until something is chosen."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Deliverables"
            dialog.border_subtitle = "enter: show · esc: close"
            yield OptionList(*[Option(self._label(d)) for d in self._found], markup=False)
        page = TextArea("", read_only=True, soft_wrap=True, show_line_numbers=False, classes="page", theme="css")
        page.display = False
        yield page

    @staticmethod
    def _label(entry: Deliverable) -> Content:
        summary = f"  {one_line(entry.summary, 60)}" if entry.summary else ""
        return text_of((one_line(entry.name, 50), "bold"), (summary, MUTED))

    def on_mount(self) -> None:
        """A list of one needs no choice."""
        choices = self.query_one(OptionList)
        choices.highlighted = 0
        choices.focus()
        if len(self._found) == 1:
            self.run_worker(self._show(self._found[0]))

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Show what was chosen."""
        event.stop()
        await self._show(self._found[event.option_index])

    async def _show(self, entry: Deliverable) -> None:
        try:
            text = await asyncio.to_thread(read_deliverable, self._folders, entry)
        except Problem as problem:
            self.notify(str(problem), severity="warning", markup=False)
            return
        page = self.query_one(TextArea)
        page.load_text(text)
        page.border_title = text_of(one_line(entry.name, 80))
        page.border_subtitle = "esc: back"
        page.display = True
        self.query_one(Vertical).display = False
        page.focus()

    def action_back(self) -> None:
        """From the text to the list, from the list to the cockpit."""
        page = self.query_one(TextArea)
        if not page.display or len(self._found) == 1:
            self.dismiss(None)
            return
        page.display = False
        self.query_one(Vertical).display = True
        self.query_one(OptionList).focus()

    def action_move(self, step: int) -> None:
        """Down or up: in the list, or in the text."""
        page = self.query_one(TextArea)
        if page.display:
            page.scroll_relative(y=step, animate=False)
        elif step > 0:
            self.query_one(OptionList).action_cursor_down()
        else:
            self.query_one(OptionList).action_cursor_up()

    def action_page(self, direction: int) -> None:
        """Half a page."""
        page = self.query_one(TextArea)
        page.scroll_relative(y=direction * max(1, page.size.height // 2), animate=False)

    def action_edge(self, end: int) -> None:
        """The beginning or the end of the text."""
        page = self.query_one(TextArea)
        page.scroll_to(y=0 if end < 0 else page.virtual_size.height, animate=False)
