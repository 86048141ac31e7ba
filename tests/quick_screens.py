"""Screens for less of what they cost, for tests that look at the app and not at Textual.

An app without a terminal puts the lines of its widgets together to a picture of the whole, many times for a key that
is pressed, and throws it away. Here the widgets draw their lines as ever, all that are seen and at each time, and only
the putting together is left out; who asks for a picture (`Screen.text`, the snapshots) gets the real one. And what the
style sheets say is read once for all apps of a process. Together a fifth of what a test of a screen costs.

The whole of it, in real terminals: tests/e2e and tests/tui/test_terminal.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from textual import active_app
from textual._compositor import Compositor, LayoutUpdate
from textual._context import visible_screen_stack
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.geometry import Region

_put_together = Compositor.render_update
_read_anew = Stylesheet._parse_rules
_read: dict[tuple[object, ...], Sequence[RuleSet]] = {}


def _drawn(self: Compositor, full: bool = False, screen_stack: Any = None, simplify: bool = False) -> object:
    """Let the widgets draw what changed, as `render_update` does; nothing comes of it where nobody can see it."""
    if full or simplify or not active_app.get().is_headless:
        return _put_together(self, full=full, screen_stack=screen_stack, simplify=simplify)
    visible_screen_stack.set([] if screen_stack is None else screen_stack)
    changed, all_of_it = self._dirty_regions.copy(), self.size.region
    self._dirty_regions.clear()
    if not changed:
        return None
    drawn = all_of_it if all_of_it in changed else Region.from_union(changed).intersection(all_of_it)
    for _ in self._get_renders(drawn):
        pass
    return LayoutUpdate([], drawn)


def _rules(self: Stylesheet, css: str, read_from: object, *more: object, **named: object) -> Sequence[RuleSet]:
    """What this says with these variables: the same for every app."""
    variables: Mapping[str, str] = self._variables
    key = (css, read_from, more, tuple(named.items()), tuple(variables.items()))
    if key not in _read:
        _read[key] = _read_anew(self, css, read_from, *more, **named)  # type: ignore[arg-type]
    return _read[key]


@pytest.fixture(autouse=True)
def quick_screens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Apps of this process are the quick ones."""
    monkeypatch.setattr(Compositor, "render_update", _drawn)
    monkeypatch.setattr(Stylesheet, "_parse_rules", _rules)
