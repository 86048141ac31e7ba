"""The dry run: all that a run would do, asked of the command that tells it, so that the screen itself does nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from loop_tui.model.problem import Problem
from loop_tui.model.text import clean, one_line
from loop_tui.tui.actions import PLAN, bindings, bound, with_keys
from loop_tui.tui.projection.plan_text import NOTHING, Place, PlanPart, Shown, folded_first, matches, parts_of, shown_of
from loop_tui.tui.widgets.dialog import Dialog
from loop_tui.tui.widgets.foot import nothing_done
from loop_tui.tui.widgets.plain_input import PlainInput
from loop_tui.tui.widgets.text_page import TextPage
from loop_tui.tui.widgets.words import text_of

Ask = Callable[[Path, str], Awaitable[str]]
_LOOKING = "looking…"
_KEYS = "{plan-fold}: fold · {plan-find}: search · {plan-again}: refresh · {dialog-close}: close"
_SEARCHED = "{plan-next-match} {plan-previous-match}: matches · {plan-find}: search · {dialog-close}: close"
_FINDING = "enter: find · {prompt-leave}: back"


class PlanScreen(ModalScreen[None], Dialog[None]):
    """The plan, folded by kind, which can be asked for again. `ask` gives the text, or raises Problem."""

    CSS_PATH: ClassVar[list[str]] = ["../widgets/dialog.tcss", "../viewer/screen.tcss"]  # type: ignore[assignment]
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PLAN), bound("plan", "close")]

    def __init__(self, project: Path, loop: str, ask: Ask) -> None:
        super().__init__()
        self._project = project
        self._loop = loop
        self._ask = ask
        self._parts: tuple[PlanPart, ...] = ()
        self._folded: set[int] = set()
        self._at: Place = (0, -1)
        self._found: Place = NOTHING
        self._wanted = ""

    def compose(self) -> ComposeResult:
        """One page, and below it what is searched for."""
        with Vertical(classes="page") as page:
            page.border_title = text_of(one_line(f"Dry run of {self._loop}: nothing is changed", 80))
            page.border_subtitle = with_keys(_KEYS)
            yield TextPage()
            yield PlainInput(id="find", placeholder="search for", compact=True)

    @property
    def content(self) -> TextPage:
        """The text of the plan."""
        return self.query_one(TextPage)

    def on_mount(self) -> None:
        """Look."""
        self.query_one(Input).display = False
        self.content.words = True
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
        if not self.query(TextPage):
            return  # It was closed, or the app is ending.
        self._parts, self._found = parts_of(clean(text)), NOTHING
        self._folded = set(folded_first(self._parts, self.content.size.height))
        self._at = (0, -1)
        self._show()

    @property
    def _shown(self) -> Shown:
        return shown_of(self._parts, self._folded, self._at, self._found)

    def _show(self) -> None:
        shown = self._shown
        top = self.content.scroll_offset.y
        self.content.show("\n".join(shown.lines), shown.tones)
        # Another text is shown from its beginning; this is the same with a part folded, or the cursor moved.
        self.content.scroll_to(y=top, animate=False)

    def _go_to(self, place: Place, *, far: bool = False) -> None:
        """Put the cursor on a line; `far` shows some of what stands around it."""
        self._at = place
        self._show()
        origins = self._shown.origins
        if place in origins:
            (self.content.show_line if far else self.content.keep_visible)(origins.index(place))

    def _step_to(self, wanted: int, direction: int) -> None:
        """The cursor on the line at a place among those shown, or on the next one that way that holds something."""
        origins = self._shown.origins
        at = max(0, min(len(origins) - 1, wanted))
        while 0 <= at < len(origins) and origins[at] == NOTHING:
            at += direction
        if 0 <= at < len(origins):
            self._go_to(origins[at])

    def action_move(self, step: int) -> None:
        """The cursor down or up, by lines."""
        origins = self._shown.origins
        if self._at in origins:
            self._step_to(origins.index(self._at) + step, 1 if step > 0 else -1)

    def action_edge(self, end: int) -> None:
        """To the first line, or to the last."""
        self._step_to(0 if end < 0 else len(self._shown.origins) - 1, -end)

    def action_part(self, step: int) -> None:
        """To the kind before or after."""
        if self._parts:
            self._go_to((max(0, min(len(self._parts) - 1, self._at[0] + step)), -1), far=True)

    def action_fold(self) -> None:
        """Fold the kind with the cursor, or unfold it."""
        if self._parts:
            self._folded ^= {self._at[0]}
            self._go_to((self._at[0], -1))

    def action_find(self) -> None:
        """Type what to search for."""
        field = self.query_one(Input)
        field.display = True
        field.focus()
        self._say_keys(_FINDING)

    def _say_keys(self, keys: str) -> None:
        self.query_one(".page").border_subtitle = with_keys(keys)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self._wanted = event.value
        self._leave_field()
        self.action_match(1)

    def _leave_field(self) -> None:
        self.query_one(Input).display = False
        self.content.focus()
        self._say_keys(_SEARCHED if self._wanted else _KEYS)

    def action_match(self, step: int) -> None:
        """The next line that holds it, or the one before; a kind that is folded opens."""
        found = matches(self._parts, self._wanted)
        if not found:
            said = f"no matches for {one_line(self._wanted, 60)}" if self._wanted else "no search yet"
            nothing_done(self.app, said)
            return
        later = [place for place in found if place > self._found]
        earlier = [place for place in found if place < self._found]
        self._found = (later or found)[0] if step > 0 else (earlier or found)[-1]
        self._folded.discard(self._found[0])
        self._go_to(self._found, far=True)

    def action_close(self) -> None:
        """Leave the search, else close."""
        if self.query_one(Input).has_focus:
            self._leave_field()
        else:
            super().action_close()
