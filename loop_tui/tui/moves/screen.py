"""What is worth doing next: a list, what is known of the selected move below it; enter starts it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from loop_tui.model.problem import Problem
from loop_tui.model.text import count_of, one_line
from loop_tui.tui.actions import MOVES, bindings, bound, with_keys
from loop_tui.tui.widgets.choices import Choices
from loop_tui.tui.widgets.dialog import Dialog
from loop_tui.tui.widgets.guard import Guard
from loop_tui.tui.widgets.words import MUTED, text_of

from .listed import ListedMove, details_of, moves_in, row_of

if TYPE_CHECKING:
    from pathlib import Path

    from loop_tui.tui.app import LoopApp

_LEAVE = "leave"
MOST_MOVES = 50
"""So many are listed."""


class MovesScreen(ModalScreen[ListedMove | None], Dialog[ListedMove | None]):
    """Gives the move that is to be started, or None. Enter does not count before the list could be read."""

    CSS_PATH: ClassVar = ["../widgets/dialog.tcss", "screen.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(MOVES), bound("plan-again")]
    app: LoopApp

    def __init__(self, project: Path, moves: Sequence[ListedMove]) -> None:
        self.guard = Guard(self.app.clock)
        super().__init__()
        self._project = project
        self._moves = tuple(moves)

    def compose(self) -> ComposeResult:
        """The list, what is known of the selected one, and a line below it."""
        with Vertical(classes="page") as page:
            page.border_title = "Next"
            page.border_subtitle = with_keys(
                "enter: start it · {move-rate}: rate · {plan-again}: refresh · {dialog-close}: close"
            )
            yield Choices(markup=False)
            with VerticalScroll(id="move-details", can_focus=False):
                yield Static(id="move-text", markup=False)
            yield Static(id="move-said", markup=False)

    def on_mount(self) -> None:
        """The first move is selected: it is the one that is proposed."""
        self.query_one(Choices).focus()
        self._list(0)
        self._say(self._count)
        self.guard.opened_by_key()
        self.call_after_refresh(self.guard.renew)

    def _list(self, at: int) -> None:
        listed = self.query_one(Choices)
        listed.clear_options()
        listed.add_options([Option(row_of(each)) for each in self._moves])
        listed.highlighted = min(at, len(self._moves) - 1) if self._moves else None

    @property
    def _count(self) -> str:
        every = self._moves[0].choice.of if self._moves else 0
        many = count_of(every, "move")
        return f"{many}, the first {len(self._moves)} are listed" if every > len(self._moves) else many

    @property
    def _selected(self) -> ListedMove | None:
        at = self.query_one(Choices).highlighted
        return self._moves[at] if at is not None and at < len(self._moves) else None

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show what is known of it."""
        event.stop()
        if (move := self._selected) is not None:
            self.query_one("#move-text", Static).update(details_of(move))
            self.query_one(VerticalScroll).scroll_home(animate=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """It is to be started."""
        event.stop()
        if not self.guard.holds_enter and event.option_index < len(self._moves):
            self.dismiss(self._moves[event.option_index])

    def action_again(self) -> None:
        """Find the moves anew."""
        self.run_worker(self._read(), exclusive=True, group="moves")

    async def _read(self, target: str = "") -> None:
        try:
            told = await self.app.launcher.moves(self._project, MOST_MOVES)
        except Problem as problem:
            self._say(str(problem))
            return
        if self.is_mounted:
            self._moves = moves_in(told.output)
            at = next((i for i, each in enumerate(self._moves) if target and each.choice.target == target), 0)
            self._list(at)
            errors = told.errors.strip().removeprefix("loop-tui: ")
            self._say(errors or self._count)

    def action_rate(self) -> None:
        """Ask for the inputs of the selected move that nothing measures, one after the other; each may be left out."""
        move = self._selected
        if move is None or not move.open_inputs:
            self._say("every input of this one is measured" if move and move.choice.inputs else "this one has no score")
        else:
            self._ask(move, move.open_inputs, {})

    def _ask(self, move: ListedMove, names: tuple[str, ...], said: dict[str, str]) -> None:
        from loop_tui.control.move_choice import MEANINGS
        from loop_tui.tui.widgets.choose import ChooseScreen

        if not names:
            if said:
                self.run_worker(self._keep(move, said), exclusive=True, group="moves")
            return
        name, *others = names
        meaning, _, ends = MEANINGS[name].partition(": ")
        known = move.choice.inputs.get(name)
        now = f", now {known.value:g}" if known is not None else ""
        options = [(_LEAVE, f"leave it{now or ' out'}"), *((str(n), str(n)) for n in range(1, 11))]

        def chosen(value: str | None) -> None:
            if value is None:
                self._say("nothing was written")
            else:
                self._ask(move, tuple(others), said if value == _LEAVE else {**said, name: value})

        title = f"{name}: {move.choice.target}"
        self.app.push_screen(ChooseScreen(one_line(title, 60), options, lines=[f"{meaning}?", ends]), chosen)

    async def _keep(self, move: ListedMove, said: dict[str, str]) -> None:
        values = [word for name, value in said.items() for word in ("--set", f"{name}={value}")]
        words = ["next", "rate", f"--project={self._project}", *values, "--", move.choice.target]
        try:
            told = await self.app.launcher.command(self._project, words)
        except Problem as problem:
            self._say(str(problem))
            return
        await self._read(move.choice.target)
        if told.code:
            self._say(told.errors.strip().removeprefix("loop-tui: ") or f"exit code {told.code}")

    def _say(self, text: str) -> None:
        for line in self.query("#move-said").results(Static):
            line.update(text_of((one_line(text, 300), MUTED)))
