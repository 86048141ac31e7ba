"""The dialog that offers themes: it stands aside, and shows the real screen in each of them."""

import contextlib
from collections.abc import Callable
from functools import cache

from textual.theme import Theme

from loop_tui.control.themes import theme_names
from loop_tui.model.problem import Problem
from loop_tui.tui.theme import load, own_name

from .choose import ChooseScreen


def themes_to_choose(shown: str, show: Callable[[Theme], object]) -> tuple[ChooseScreen, Callable[[str], Theme]]:
    """The dialog, with the theme that is shown now first, and a function from a name to its theme.

    `shown` is what that theme calls itself. A theme that is wrong is left out.
    """
    found = cache(load)
    names = []
    for name in theme_names():
        with contextlib.suppress(Problem):
            names.append((own_name(name) != shown, name))
    names.sort(key=lambda named: named[0])
    options = [(name, name) for _, name in names]
    return ChooseScreen("Theme", options, preview=lambda name: show(found(name)), aside=True), found
