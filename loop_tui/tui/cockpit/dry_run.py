"""The dry run: all that a run would do, asked of the command that tells it, so that the screen itself does nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from loop_tui.model.problem import Problem
from loop_tui.model.text import clean, one_line
from loop_tui.tui.actions import PLAN, bindings, bound, with_keys
from loop_tui.tui.widgets.dialog import Dialog
from loop_tui.tui.widgets.text_page import TextPage
from loop_tui.tui.widgets.words import text_of

Ask = Callable[[Path, str], Awaitable[str]]
_LOOKING = "looking…"


class PlanScreen(ModalScreen[None], Dialog[None]):
    """The plan as text, which can be asked for again. `ask` gives the text, or raises Problem."""

    CSS_PATH = "../widgets/dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PLAN), bound("plan", "close")]

    def __init__(self, project: Path, loop: str, ask: Ask) -> None:
        super().__init__()
        self._project = project
        self._loop = loop
        self._ask = ask

    def compose(self) -> ComposeResult:
        """One page."""
        with Vertical(classes="page") as page:
            page.border_title = text_of(one_line(f"Dry run of {self._loop}: nothing is changed", 80))
            page.border_subtitle = with_keys("{plan-again}: look again · {dialog-close}: close")
            yield TextPage()

    @property
    def content(self) -> TextPage:
        """The text of the plan."""
        return self.query_one(TextPage)

    def on_mount(self) -> None:
        """Look."""
        self.content.show(_LOOKING)
        self.content.focus()
        self.action_again()

    def action_again(self) -> None:
        """Look again; what is shown stays until there is something new."""
        self.run_worker(self._look(), exclusive=True, group="plan")

    async def _look(self) -> None:
        try:
            text = await self._ask(self._project, self._loop)
        except Problem as problem:
            text = f"✗ {problem}"
        self.content.show(clean(text))
