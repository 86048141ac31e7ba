"""Colours that can be read: how contrast is measured, and what is made of a theme that knows nothing of our statuses.

A theme of Textual's names a few colours; those of our statuses are taken from them. Where text in such a colour could
not be read on one of the grounds that it stands on, the colour is made lighter or darker until it can (WCAG 2.2,
success criterion 1.4.3: 4.5 to 1).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from textual.color import BLACK, WHITE, Color
from textual.theme import Theme

LEAST = 4.5
"""The contrast that text has at least."""
TEXTS = ("pending", "running", "waiting", "done", "failed", "skipped", "muted", "border-focus")
"""The status colours that text is written in; the border of what has the focus holds its title."""
GROUNDS = ("background", "surface", "panel", "block-cursor-background")
"""The variables of what text stands on."""

# Black or white on a ground has at least this contrast, so that the colours in between have room to differ.
_ROOM = {True: (11.0, 9.0), False: (15.0, 13.0)}
"""By whether the theme is dark: for grounds, and for the row under the cursor."""
_STEPS = 50
_SIXTEEN = {
    "status-running": "ansi_cyan",
    "status-waiting": "ansi_yellow",
    "status-done": "ansi_green",
    "status-failed": "ansi_red",
    "status-skipped": "ansi_magenta",
    "status-pending": "ansi_default",
    "status-muted": "ansi_default",
    "status-border": "ansi_bright_black",
    "status-border-focus": "ansi_cyan",
}
_SIXTEEN_LIGHT = {
    "status-running": "ansi_blue",
    "status-waiting": "ansi_bright_red",
    "status-border-focus": "ansi_blue",
}
_SIXTEEN_CURSOR = {
    True: {"block-cursor-background": "ansi_blue", "block-cursor-foreground": "ansi_bright_white"},
    False: {"block-cursor-background": "ansi_white", "block-cursor-foreground": "ansi_black"},
}


def contrast(one: Color, other: Color) -> float:
    """The contrast of two colours, from 1 to 21, as WCAG 2 defines it."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def adapted(theme: Theme) -> Theme:
    """A theme of Textual's with a colour for every status, on grounds that leave room for all of them.

    One of sixteen colours keeps those of the terminal, whatever they are.
    """
    if theme.ansi:
        return _with_variables(theme, {**_sixteen(theme), **_SIXTEEN_CURSOR[theme.dark]})
    found = _parsed(theme)
    far, background = _far(theme), found["background"]
    room, cursor_room = _ROOM[theme.dark]
    surface = _roomy(background.blend(found["surface"], 0.5), background, far, room)
    panel = _roomy(found["panel"], background, far, room)
    cursor = _roomy(surface.blend(found["primary"], 0.35), surface, far, cursor_room)
    text = readable(found["foreground"], (background, surface, panel, cursor), far)
    on_grounds = replace(theme, foreground=text.hex, background=background.hex, surface=surface.hex, panel=panel.hex)
    told = {
        "block-cursor-background": cursor.hex,
        "block-cursor-foreground": text.hex,
        "scrollbar": panel.blend(text, 0.15).hex,
        "scrollbar-background": surface.hex,
        "scrollbar-corner-color": surface.hex,
    }
    return with_statuses(_with_variables(on_grounds, told))


def with_statuses(theme: Theme) -> Theme:
    """The theme with a colour for each status that it has none for, readable on the theme's own grounds."""
    found, far = _parsed(theme), _far(theme)
    if any(found[ground].ansi is not None for ground in GROUNDS):
        return replace(theme, variables=_sixteen(theme) | theme.variables)
    grounds = [found[ground] for ground in GROUNDS]
    muted = found["foreground"].blend(found["background"], 0.35)
    told = {
        "pending": muted,
        "muted": muted,
        "running": found["primary"],
        "border-focus": found["primary"],
        "waiting": found["warning"],
        "done": found["success"],
        "failed": found["error"],
    }
    readables = {name: readable(colour, grounds, far) for name, colour in told.items()}
    # What was skipped is none of the others, so its colour is the one of the theme's that differs most from theirs.
    left = (found["secondary"], found["accent"], found["primary"].blend(found["error"], 0.5))
    readables["skipped"] = _unlike([readable(colour, grounds, far) for colour in left], list(readables.values()))
    readables["border"] = found["panel"].blend(found["foreground"], 0.2)
    named = {f"status-{name}": colour.hex for name, colour in readables.items()}
    return replace(theme, variables=named | theme.variables)


def readable(colour: Color, grounds: Sequence[Color], far: Color) -> Color:
    """The colour, or the nearest one on the way to `far` (white or black) that can be read on each of the grounds."""
    for step in range(_STEPS):
        part = step / _STEPS
        tried = colour.lighten(part) if far is WHITE else colour.darken(part)
        if all(contrast(tried, ground) >= LEAST for ground in grounds):
            return tried
    return far


def _sixteen(theme: Theme) -> dict[str, str]:
    return _SIXTEEN if theme.dark else _SIXTEEN | _SIXTEEN_LIGHT


def _luminance(colour: Color) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.normalized)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parsed(theme: Theme) -> Mapping[str, Color]:
    """What Textual makes of a theme, where that is a colour; without transparency, for it lies on the background."""
    found: dict[str, Color] = {}
    for name, value in theme.to_color_system().generate().items():
        if name in GROUNDS or name in ("foreground", "primary", "secondary", "accent", "warning", "error", "success"):
            found[name] = Color.parse(value)
    return {name: found["background"] + colour if 0 < colour.a < 1 else colour for name, colour in found.items()}


def _far(theme: Theme) -> Color:
    return WHITE if theme.dark else BLACK


def _roomy(ground: Color, towards: Color, far: Color, room: float) -> Color:
    """The ground, or the nearest one on the way to another that leaves so much contrast for what stands on it."""
    blends = (ground.blend(towards, step / _STEPS) for step in range(_STEPS + 1))
    return next((tried for tried in blends if contrast(far, tried) >= room), towards)


def _unlike(some: Sequence[Color], others: Sequence[Color]) -> Color:
    """The colour among some that differs most from all the others."""
    return max(some, key=lambda one: min(_distance(one, other) for other in others))


def _distance(one: Color, other: Color) -> float:
    return math.dist(one.rgb, other.rgb)


def _with_variables(theme: Theme, told: Mapping[str, str]) -> Theme:
    return replace(theme, variables={**theme.variables, **told})
