"""Desktop notifications through the terminal (SCREEN "Answers"): for the person whose eyes are on another window.

The terminal shows what stands in an OSC 9 sequence as a notification of the desktop. One that does not know the
sequence may print it, so it is only sent where it is known to work, or where the person says so.
"""

from collections.abc import Mapping

from loop_tui.control.attention import Attention, AttentionKind
from loop_tui.model.secrets import mask
from loop_tui.model.text import one_line

VARIABLE = "LOOP_TUI_DESKTOP"
"""`on`, `off`, or `auto` (which is the default)."""

_PROGRAMS = frozenset({"iTerm.app", "WezTerm", "ghostty", "WarpTerminal"})
_TERMS = ("xterm-kitty", "xterm-ghostty", "wezterm")
_LONGEST = 200
_FAILED = frozenset({AttentionKind.FAILED, AttentionKind.BLOCKED, AttentionKind.TROUBLE, AttentionKind.UNREADABLE})


def title_of(need: Attention, *, ships: bool = False) -> str:
    """In a word or two why the person is called: the beginning of the notification."""
    if need.kind is AttentionKind.COMPLETE:
        return "shipped" if ships else "done"
    if need.kind is AttentionKind.ENDED:
        return "ended"
    return "failed" if need.kind in _FAILED else "needs you"


def text_of_need(need: Attention, where: str, *, ships: bool = False) -> str:
    """The notification as one clean line."""
    # It never begins with a digit: some terminals read `9;4;…` as a progress bar.
    line = f"loop-tui {title_of(need, ships=ships)}: {need.headline} ({where})"
    return one_line(mask(line), _LONGEST)


def sequence(text: str, env: Mapping[str, str]) -> str:
    """The whole control sequence that shows a text, or nothing where this terminal should not get it.

    Inside tmux or screen it is only sent when `LOOP_TUI_DESKTOP=on`: they hand it on when they are told to, and only
    the person knows whether they are (tmux: `set -g allow-passthrough on`).
    """
    wish = env.get(VARIABLE, "auto").strip().lower()
    inside = "tmux" if env.get("TMUX") else "screen" if env.get("STY") else ""
    known = env.get("TERM_PROGRAM", "") in _PROGRAMS or env.get("TERM", "").startswith(_TERMS)
    if wish == "off" or (wish != "on" and (inside or not known)):
        return ""
    plain = f"\x1b]9;{one_line(text, _LONGEST)}\x07"
    if inside == "tmux":
        return "\x1bPtmux;" + plain.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    return f"\x1bP{plain}\x1b\\" if inside == "screen" else plain
