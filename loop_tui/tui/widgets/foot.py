"""The row of keys at the bottom: those of the pane and the moment, and in their place why a key did nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from loop_tui.model.text import clean, one_line

from .line import fit
from .words import MUTED, text_of

if TYPE_CHECKING:
    from typing import Any

    from textual.app import App
    from textual.visual import VisualType
    from textual.widget import Widget

_KEY = "bold $status-running"
_LONGEST = 300
_ROOM = 6
"""Cells of a border that its subtitle does not get."""


class FootKey(NamedTuple):
    """A key with its word. One that does nothing now is dim; one to `keep` is the last to give way."""

    key: str
    word: str
    works: bool = True
    keep: bool = False

    @property
    def cells(self) -> int:
        """How wide it is, with the space around it."""
        return cell_len(self.key) + cell_len(self.word) + 4


TYPING = (FootKey("enter", "submit", keep=True), FootKey("esc", "back", keep=True))


def fitting(keys: Iterable[FootKey], width: int) -> list[FootKey]:
    """As many as there is room for, whole. What does nothing now gives way first, then what stands last."""
    found = list(keys)

    def at_once(most: int) -> list[int]:
        return [at for at, each in enumerate(found) if (each.works or each.keep) + each.keep <= most]

    for most in range(3):
        while sum(each.cells for each in found) - 2 > width and (gone := at_once(most)):
            del found[gone[-1]]
    return found


def keys_text(keys: Iterable[FootKey], width: int) -> Content:
    """The row, in so many cells."""
    parts: list[tuple[str, str]] = []
    for each in fitting(keys, width):
        parts.append((f" {each.key} ", _KEY if each.works else MUTED))
        parts.append((f"{each.word}  ", "" if each.works else MUTED))
    return text_of(*parts)


class Foot(Static):
    """The row. What is shown comes back with the next key where a note stands in its place."""

    _shown: VisualType = ""
    _noted = False
    _covered = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        """Show the keys, as soon as no note stands there."""
        self._shown = content
        if not self._noted and not self._covered:
            super().update(content, layout=layout)

    def cover(self, covered: bool) -> None:
        """Name no keys while another screen has them: a dialog says in its border what its own do."""
        self._covered = covered
        self.clear_note()
        super().update("" if covered else self._shown)

    def renew(self) -> None:
        """Show the keys of this moment, where the screen says which."""
        say = getattr(self.screen, "foot_keys", None)
        if say is not None:
            text = keys_text(say(), self.size.width or self.app.size.width)
            # Two texts are equal that differ in what is dim.
            if not (isinstance(self._shown, Content) and text.is_same(self._shown)):
                self.update(text)

    def on_resize(self) -> None:
        """What fits depends on the width."""
        self.renew()

    def note(self, text: Content) -> None:
        """Show this instead; a longer one takes the rows that it needs."""
        self._noted = True
        if text.cell_length > self.size.width:
            self.styles.height, self.styles.text_wrap = "auto", "wrap"
        super().update(text)

    def clear_note(self) -> None:
        """The keys again."""
        if self._noted:
            self._noted = False
            self.styles.clear_rule("height")
            self.styles.clear_rule("text_wrap")
            super().update("" if self._covered else self._shown)


class FootNote:
    """Says on the screen on top why a key did nothing, once, where the keys stand; the next key takes it away."""

    def __init__(self, app: App[int]) -> None:
        self._app = app
        self._foot: Foot | None = None
        self._box: Widget | None = None
        self._before: object = None
        self._ours: object = None

    def say(self, why: str) -> None:
        """Say it; a toast where the screen shows no keys."""
        self.clear()
        screen, said = self._app.screen, one_line(clean(why), _LONGEST)
        self._foot = next((foot for foot in screen.query(Foot) if foot.display), None)
        if self._foot is not None:
            self._foot.note(text_of((" ! ", "bold $status-waiting"), said))
            return
        self._box = box = next((each for each in screen.query(".dialog, .page") if each.display), None)
        if box is None:
            self._app.notify(said, severity="warning", markup=False)
            return
        self._before = box.border_subtitle
        box.border_subtitle = text_of(("! ", "bold $status-waiting"), fit(said, box.size.width - _ROOM))
        self._ours = box.border_subtitle

    def clear(self) -> None:
        """Show the keys again, unless others stand there by now."""
        if self._foot is not None:
            self._foot.clear_note()
        box = self._box
        if box is not None and box.border_subtitle == self._ours:
            box.border_subtitle = self._before  # type: ignore[assignment]
        self._foot = self._box = None


def nothing_done(app: App[Any], why: str) -> None:
    """A key did nothing: say why, in the footer's place where the app has one."""
    say = getattr(app, "nothing_done", None)
    if say is not None:
        say(why)
    else:
        app.notify(clean(why), severity="warning", markup=False)


def nothing_here(app: App[int], key: str) -> str:
    """What is said of a key that means nothing on the screen on top."""
    from loop_tui.tui.actions.model import shown_key

    bound = {
        binding.action: shown_key(binding.key)
        for _, bindings in reversed(app.screen._modal_binding_chain)
        for found in bindings.key_to_bindings.values()
        for binding in found
    }
    tail = f"; {bound['help']} lists the keys" if "help" in bound else ""
    tail = tail or (f"; {bound['close']} closes" if "close" in bound else "")
    return f"{shown_key(key)} does nothing here{tail}"
