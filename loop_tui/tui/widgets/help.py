"""All that can be done, by where it counts: what it does, its keys, and why it cannot be done now.

The help and the palette are one screen: the help begins with reading and has all keys, the palette begins with typing
and has what can be done, most useful first (`palette`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from loop_tui.tui.actions import (
    APP,
    DREAM,
    GATE,
    HISTORY,
    HOME,
    KEYS,
    LOG,
    OWN,
    PANES,
    REPLAY,
    RUN,
    TREE,
    VIEWER,
    all_actions,
    bindings,
    bound,
    with_keys,
)
from loop_tui.tui.widgets.choices import Choices
from loop_tui.tui.widgets.dialog import Dialog
from loop_tui.tui.widgets.foot import nothing_done
from loop_tui.tui.widgets.palette import NOW, VERB, PaletteEntry, entry_of, now_first, palette
from loop_tui.tui.widgets.plain_input import PlainInput
from loop_tui.tui.widgets.words import MUTED, text_of

if TYPE_CHECKING:
    from textual.content import Content

    from loop_tui.control.snapshot import Snapshot
    from loop_tui.model.verbs import Verb

    Verbs = Callable[[], Awaitable[Sequence[Verb]]]

_KEYS = 18
_EXPLAINED = {
    NOW: "what this moment asks for",
    RUN: "one run: what it does, and what it needs from you; not running: no driver (background process) works on it",
    PANES: "three panes side by side; the one with the bright border has the keys",
    TREE: "phases with their skills and gates; the checks and deliverables of a skill are below it",
    LOG: "the output of skills and their programs; it follows until you scroll up",
    GATE: "questions and gates with their evidence; to decide, press the key, then confirm the line with enter",
    VIEWER: "a text to read: a deliverable, a check with its evidence, what a skill changed",
    HOME: "all runs below the watched folders; those that need you come first",
    DREAM: "what is done of organization, systems and modules, and why the rest is not",
    HISTORY: "all runs archived on this machine, newest first",
    REPLAY: "an archived run, event by event; these work from every pane",
    APP: "these work on every screen",
    OWN: "commands that you put on keys in your settings",
}
"""What a pane is for, for whoever asks there."""


class HelpScreen(ModalScreen[str | None], Dialog[str | None]):
    """Gives the id of the action to do, or None. Stays until it is closed; other keys are harmless."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(KEYS),
        *(
            bound(name, "close")
            for name in ("help", "home-help", "history-help", "dream-help", "viewer-help", "welcome-help")
        ),
    ]

    def __init__(
        self,
        snapshot: Snapshot,
        places: tuple[str, ...] = (RUN, PANES),
        place: str = RUN,
        *,
        finding: bool = False,
        verbs: Verbs | None = None,
    ) -> None:
        super().__init__()
        self._snapshot = snapshot
        self._places = (place, *(each for each in places if each != place))
        self._finding = finding
        self._ask_verbs = verbs
        self._verbs: Sequence[Verb] = ()

    def compose(self) -> ComposeResult:
        """What is looked for, and the list."""
        with Vertical(classes="page") as page:
            page.border_title = "Commands" if self._finding else "Keys"
            page.border_subtitle = with_keys("{keys-find}: search · enter: run · {dialog-close}: close")
            yield PlainInput(id="find", placeholder="search", compact=True)
            yield Choices(markup=False)

    def on_mount(self) -> None:
        """The help is for reading, the palette for typing."""
        self._list("")
        field = self.query_one(Input)
        field.display = self._finding
        (field if self._finding else self.query_one(OptionList)).focus()
        if self._finding and self._ask_verbs is not None:
            self.run_worker(self._learn_verbs(self._ask_verbs), group="verbs")

    async def _learn_verbs(self, ask: Verbs) -> None:
        self._verbs = await ask()
        if self.is_mounted and self.query(Choices):
            self._list(self.query_one(Input).value)

    def _list(self, wanted: str) -> None:
        """The entries that hold every word."""
        words = wanted.casefold().split()
        listed = self.query_one(OptionList)
        listed.clear_options()
        listed.add_options(self._found(words) if self._finding else self._by_place(words))
        if not listed.option_count:
            listed.add_option(Option(text_of(("no matches", MUTED)), disabled=True))
        first = next((i for i in range(listed.option_count) if not listed.get_option_at_index(i).disabled), None)
        listed.highlighted = first
        if not words:
            listed.scroll_home(animate=False)

    def _found(self, words: list[str]) -> Iterator[Option]:
        entries = palette(self._snapshot, self._places, self._verbs)
        return (Option(_line(entry), id=entry.id) for entry in entries if _holds(entry, words))

    def _by_place(self, words: list[str]) -> Iterator[Option]:
        now = now_first(self._snapshot, self._places)
        found = [entry for entry in now if _holds(entry, words)]
        if found and not words:
            yield Option(_heading(NOW), disabled=True)
        yield from (Option(_line(entry), id=entry.id) for entry in found)
        above = {entry.id for entry in now}
        for place in self._places:
            listed = (entry for entry in all_actions() if entry.where == place and entry.id not in above)
            entries = [entry_of(entry, self._snapshot) for entry in listed]
            # What cannot be done now comes after what can.
            found = sorted((entry for entry in entries if _holds(entry, words)), key=lambda entry: bool(entry.why))
            if found and not words:
                yield Option(_heading(place), disabled=True)
            yield from (Option(_line(entry), id=entry.id) for entry in found)

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
        if name is not None and name.startswith(VERB):
            self.dismiss(name)
            return
        entry = next((each for each in all_actions() if each.id == name), None)
        why = entry.blocked(self._snapshot) if entry is not None else ""
        if why:
            nothing_done(self.app, why)
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


def _holds(entry: PaletteEntry, words: list[str]) -> bool:
    text = f"{entry.text} {entry.id} {_typed(entry.id)} {entry.keys}".casefold()
    return all(word in text for word in words)


def _typed(name: str) -> str:
    return next((each.command for each in all_actions() if each.id == name), "")


def _heading(place: str) -> Content:
    return text_of((place, "bold $status-running"), (f"  {_EXPLAINED.get(place, '')}", MUTED))


def _line(entry: PaletteEntry) -> Content:
    keys = f"{entry.keys:<{_KEYS}}"
    if not entry.why:
        return text_of((keys, "bold"), entry.text)
    return text_of((keys, MUTED), (entry.text, MUTED), (f"  – not now: {entry.why}", "$status-waiting"))
