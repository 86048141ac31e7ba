"""The dry run: all that a run would do, asked of the command that tells it, so that the screen itself does nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import TextArea

from loop_tui.launch import read_plan
from loop_tui.model.problem import Problem
from loop_tui.model.text import clean, one_line
from loop_tui.tui.screens.left_once import LeftOnce
from loop_tui.tui.words import text_of

Ask = Callable[[Path, str], Awaitable[str]]
_LOOKING = "looking…"


class PlanScreen(ModalScreen[None], LeftOnce[None]):
    """The plan as text; escape, q or D closes it, r looks again. `ask` gives the text, or raises Problem."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,D", "close", "close", show=False),
        Binding("r", "again", "look again", show=False),
        Binding("j", "move(1)", "down", show=False),
        Binding("k", "move(-1)", "up", show=False),
        Binding("ctrl+d", "page(1)", "half a page down", show=False, priority=True),
        Binding("ctrl+u", "page(-1)", "half a page up", show=False, priority=True),
        Binding("g", "edge(-1)", "beginning", show=False),
        Binding("G", "edge(1)", "end", show=False),
    ]

    def __init__(self, project: Path, loop: str, ask: Ask = read_plan) -> None:
        super().__init__()
        self._project = project
        self._loop = loop
        self._ask = ask

    def compose(self) -> ComposeResult:
        """One page."""
        page = TextArea(_LOOKING, read_only=True, soft_wrap=True, show_line_numbers=False, classes="page", theme="css")
        page.border_title = text_of(one_line(f"Dry run of {self._loop}: nothing is changed", 80))
        page.border_subtitle = "r: look again · esc: close"
        yield page

    def on_mount(self) -> None:
        """Look."""
        self.query_one(TextArea).focus()
        self.action_again()

    def action_again(self) -> None:
        """Look again; what is shown stays until there is something new."""
        self.run_worker(self._look(), exclusive=True, group="plan")

    async def _look(self) -> None:
        try:
            text = await self._ask(self._project, self._loop)
        except Problem as problem:
            text = f"✗ {problem}"
        self.query_one(TextArea).load_text(clean(text).replace("\r", ""))

    def action_close(self) -> None:
        """Close."""
        self.dismiss(None)

    def action_move(self, step: int) -> None:
        """Down or up."""
        self.query_one(TextArea).scroll_relative(y=step, animate=False)

    def action_page(self, direction: int) -> None:
        """Half a page."""
        page = self.query_one(TextArea)
        page.scroll_relative(y=direction * max(1, page.size.height // 2), animate=False)

    def action_edge(self, end: int) -> None:
        """The beginning or the end."""
        page = self.query_one(TextArea)
        page.scroll_to(y=0 if end < 0 else page.virtual_size.height, animate=False)
