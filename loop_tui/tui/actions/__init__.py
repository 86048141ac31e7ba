"""Every action in one registry, a file a place: bindings, key bar, help, palette and typed commands come from it.

It is read without a screen, too (completion, the reference): no Textual is imported for that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from . import app, dialog, dream, history, home, log, run, stats, viewer, welcome
from .app import APP
from .dialog import DIALOG, FORM, KEYS, MOVES, PLAN, PROMPT
from .dream import DREAM
from .history import HISTORY, REPLAY
from .home import HOME
from .log import LOG
from .model import READ_ONLY, UserAction, use_keys
from .own import OWN, own_actions, use_own
from .run import GATE, PANES, RUN, TREE, driven_by, not_running
from .stats import STATS
from .viewer import VIEWER
from .welcome import WELCOME

if TYPE_CHECKING:
    from textual.binding import Binding

ACTIONS: tuple[UserAction, ...] = (
    *run.ACTIONS,
    *log.ACTIONS,
    *viewer.ACTIONS,
    *home.ACTIONS,
    *history.ACTIONS,
    *dream.ACTIONS,
    *stats.ACTIONS,
    *welcome.ACTIONS,
    *dialog.ACTIONS,
    *app.ACTIONS,
)
"""All of them, in the order of the help."""

__all__ = [
    "ACTIONS",
    "APP",
    "DIALOG",
    "DREAM",
    "FORM",
    "GATE",
    "HISTORY",
    "HOME",
    "KEYS",
    "LOG",
    "MOVES",
    "OWN",
    "PANES",
    "PLAN",
    "PROMPT",
    "READ_ONLY",
    "REPLAY",
    "RUN",
    "STATS",
    "TREE",
    "VIEWER",
    "WELCOME",
    "UserAction",
    "action",
    "all_actions",
    "bar_actions",
    "bindings",
    "bound",
    "driven_by",
    "not_running",
    "own_actions",
    "use_keys",
    "use_own",
    "with_keys",
]


def all_actions() -> tuple[UserAction, ...]:
    """Those that are shipped, then the person's own."""
    return (*ACTIONS, *own_actions())


def action(action_id: str) -> UserAction:
    """The action of that id."""
    return next(a for a in all_actions() if a.id == action_id)


def with_keys(text: str) -> str:
    """The text with the key of an action in the place of `{its id}`, as the person set it."""
    known = {each.id: each for each in ACTIONS}

    def key(found: re.Match[str]) -> str:
        # A name from outside may look like the id of an action, and be none.
        return known[found[1]].shown_keys.split(" ")[0] if found[1] in known else found[0]

    return re.sub(r"\{([a-z-]+)\}", key, text)


def bindings(*places: str) -> list[Binding]:
    """The key bindings of the actions in those places."""
    from textual.binding import Binding

    return [Binding(a.keys, a.does, a.text, show=False, id=a.id) for a in ACTIONS if a.keys and a.where in places]


def bound(action_id: str, does: str = "", *, priority: bool = False) -> Binding:
    """The binding of one action, for a place that does something else with its key: what opens a dialog closes it."""
    from textual.binding import Binding

    found = action(action_id)
    return Binding(found.keys, does or found.does, found.text, show=False, id=found.id, priority=priority)


def bar_actions(*places: str) -> Iterable[UserAction]:
    """The actions of those places that the key bar shows."""
    return (a for a in ACTIONS if a.bar and a.where in places)
