"""What an action is: one thing that a key, a typed command or the palette does."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from loop_tui.control.snapshot import Snapshot

WhyNot = Callable[[Snapshot], str]
READ_ONLY = "read-only: nothing can be changed from this screen"


def always(snapshot: Snapshot) -> str:
    """Nothing is in the way."""
    return ""


class UserAction(Struct, frozen=True):
    """One thing that can be done. `keys` are the keys as shipped, `does` is the screen's action method.

    `where` is the place whose keys these are; `bar` its word in the key bar, with `bar_when_able` only while it can be
    done; `blocked` says why it cannot be done now, or nothing; `writes` marks what changes a run, and so is refused
    where answers are not allowed; `command` is how it is typed after `:` (usage, such as "skip SKILL --reason TEXT"),
    and empty when it is not typed.
    """

    id: str
    keys: str
    does: str
    text: str
    where: str
    bar: str = ""
    blocked: WhyNot = always
    writes: bool = False
    command: str = ""
    bar_when_able: bool = False

    @property
    def shown_keys(self) -> str:
        """The keys as people read them, as the person set them."""
        keys = [key for key in _SET.get(self.id, self.keys).split(",") if key]
        return " ".join(map(shown_key, keys))


_SET: dict[str, str] = {}


def use_keys(keymap: Mapping[str, str]) -> None:
    """From now on show these keys, action id to keys, in place of the shipped ones."""
    _SET.clear()
    _SET.update(keymap)


def shown_key(key: str) -> str:
    """A key of Textual's as people read it."""
    return SHOWN.get(key) or (key if len(key) == 1 else _shown(key))


def _shown(key: str) -> str:
    """The character that a key's long name stands for, else the name as people write it."""
    import unicodedata

    try:
        found = unicodedata.lookup(key.replace("_", " ").upper())
    except KeyError:
        found = ""
    return found if found.strip() else key.replace("ctrl+", "ctrl-").replace("shift+", "shift-")


SHOWN = {
    "question_mark": "?",
    "slash": "/",
    "ampersand": "&",
    "colon": ":",
    "comma": ",",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "down": "↓",
    "up": "↑",
    "left": "←",
    "right": "→",
    "escape": "esc",
    "shift+tab": "shift-tab",
    "ctrl+d": "ctrl-d",
    "ctrl+u": "ctrl-u",
    "ctrl+c": "ctrl-c",
    "pagedown": "pgdn",
    "pageup": "pgup",
}
"""Key names of Textual, and how people write them."""
