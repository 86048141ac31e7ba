"""All that can be done, by where it counts: what it does, its keys, and why it cannot be done now.

The help and the palette are one list: the help begins with reading, the palette with typing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from loop_tui.tui.actions import (
    ACTIONS,
    APP,
    GATE,
    HISTORY,
    HOME,
    KEYS,
    LOG,
    PANES,
    RUN,
    TREE,
    VIEWER,
    UserAction,
    bindings,
    bound,
    with_keys,
)
from loop_tui.tui.widgets.choices import Choices
from loop_tui.tui.widgets.dialog import Dialog
from loop_tui.tui.widgets.words import MUTED, text_of

if TYPE_CHECKING:
    from textual.content import Content

    from loop_tui.control.snapshot import Snapshot

_KEYS = 18
_EXPLAINED = {
    RUN: "one run: what it is doing, and what it needs from you",
    PANES: "three panes side by side; the one with the bright border has the keys",
    TREE: "phases with their skills; gates stand where they bar the way; what a skill found lies folded below it",
    LOG: "what the skills and the programs they start say, as it comes; it follows until you scroll up",
    GATE: "what is asked of you, with the evidence; to decide: its key, then enter on the line that names what follows",
    VIEWER: "a text to be read: a deliverable, a check with its evidence, what a skill changed",
    HOME: "every run below the watched folders; those that need you come first",
    HISTORY: "every run that was archived on this machine, the newest first",
    APP: "these work on every screen",
}
"""What a pane is for, for whoever asks there."""


class HelpScreen(ModalScreen[str | None], Dialog[str | None]):
    """Gives the id of the action to do, or None. Stays until it is closed; other keys are harmless."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(KEYS),
        *(bound(name, "close") for name in ("help", "home-help", "history-help", "viewer-help", "welcome-help")),
    ]

    def __init__(
        self, snapshot: Snapshot, places: tuple[str, ...] = (RUN, PANES), place: str = RUN, *, finding: bool = False
    ) -> None:
        super().__init__()
        self._snapshot = snapshot
        self._places = (place, *(each for each in places if each != place))
        self._finding = finding

    def compose(self) -> ComposeResult:
        """What is looked for, and the list."""
        with Vertical(classes="page") as page:
            page.border_title = "Keys"
            page.border_subtitle = with_keys("{keys-find} finds · enter does it · {dialog-close} closes")
            yield Input(id="find", placeholder="what are you looking for?", compact=True)
            yield Choices(markup=False)

    def on_mount(self) -> None:
        """The help is for reading, the palette for typing."""
        self._list("")
        field = self.query_one(Input)
        field.display = self._finding
        (field if self._finding else self.query_one(OptionList)).focus()

    def _list(self, wanted: str) -> None:
        """The actions that hold every word."""
        words = wanted.casefold().split()
        listed = self.query_one(OptionList)
        listed.clear_options()
        for place in self._places:
            entries = [entry for entry in ACTIONS if entry.where == place and _holds(entry, words)]
            if not entries:
                continue
            if not words:
                listed.add_option(Option(_heading(place), disabled=True))
            listed.add_options([Option(_entry(e, e.blocked(self._snapshot)), id=e.id) for e in entries])
        first = next((i for i in range(listed.option_count) if not listed.get_option_at_index(i).disabled), None)
        listed.highlighted = first
        if not words:
            listed.scroll_home(animate=False)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._list(event.value)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        listed = self.query_one(OptionList)
        if listed.highlighted is not None:
            self._choose(listed.get_option_at_index(listed.highlighted).id)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._choose(event.option.id)

    def _choose(self, name: str | None) -> None:
        entry = next((each for each in ACTIONS if each.id == name), None)
        why = entry.blocked(self._snapshot) if entry is not None else ""
        if why:
            self.app.notify(why, severity="warning", markup=False)
        elif entry is not None:
            self.dismiss(entry.id)

    def action_find(self) -> None:
        """Type what is looked for."""
        field = self.query_one(Input)
        field.display = True
        field.focus()

    def key_down(self) -> None:
        """From the input into the list."""
        self.query_one(OptionList).focus()


def _holds(entry: UserAction, words: list[str]) -> bool:
    text = f"{entry.text} {entry.id} {entry.command} {entry.shown_keys}".casefold()
    return all(word in text for word in words)


def _heading(place: str) -> Content:
    return text_of((place, "bold $status-running"), (f"  {_EXPLAINED.get(place, '')}", MUTED))


def _entry(entry: UserAction, why: str) -> Content:
    said = entry.shown_keys or f":{entry.command.partition(' ')[0]}"
    keys = f"{said:<{_KEYS}}"
    if not why:
        return text_of((keys, "bold"), entry.text)
    return text_of((keys, MUTED), (entry.text, MUTED), (f"  – not now: {why}", "$status-waiting"))
