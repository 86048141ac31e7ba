"""What the palette lists: what can be done, most useful first; moving about is done with keys and not looked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from loop_tui.tui.actions import APP, GATE, LOG, OWN, PANES, REPLAY, RUN, all_actions

if TYPE_CHECKING:
    from loop_tui.control.snapshot import Snapshot
    from loop_tui.model.verbs import Verb
    from loop_tui.tui.actions import UserAction

VERB = "verb "
"""What the id of an entry begins with that is a command of the command line."""
_MOVES = frozenset(
    {"move", "lines", "half_page", "edge", "sideways", "top", "scroll_body", "fold", "unfold", "open_close", "phase"}
    | {"cycle", "pane", "next", "confirm", "back", "put_back", "clear", "step"}
)
"""The methods that only move about, or answer what is shown anyhow."""
NOW = "Now"
_MOMENT = (
    *("approve", "changes", "reject", "complete", "go", "answer", "pane-gate", "pause", "open-test"),
    *("show", "plan", "quit"),
)
"""What a moment may ask for, most urgent first."""
_FIRST = (OWN, RUN, APP, LOG, GATE, PANES)


class PaletteEntry(NamedTuple):
    """One thing that can be done: what it is called by, its keys or how it is typed, and why it cannot be done now."""

    id: str
    keys: str
    text: str
    why: str = ""


def palette(snapshot: Snapshot, places: Sequence[str], verbs: Sequence[Verb] = ()) -> list[PaletteEntry]:
    """The entries of these places, those of a whole cockpit when none is named; what cannot be done now comes last."""
    found = sorted(
        (a for a in all_actions() if a.where in (places or _FIRST) and not _only_moves(a)), key=lambda a: _rank(a)
    )
    entries = [entry_of(action, snapshot) for action in found]
    decides = [e for e in entries if e.id in ("approve", "changes", "reject") and not e.why]
    typed = {a.command.partition(" ")[0] for a in found if a.command}
    shell = (verb for verb in verbs if verb.name not in typed)
    of_shell = [PaletteEntry(f"{VERB}{verb.name}", f":{verb.name}", verb.text) for verb in shell]
    listed = [*decides, *(e for e in entries if e not in decides and not e.why), *of_shell]
    return [*listed, *(e for e in entries if e.why)]


def now_first(snapshot: Snapshot, places: Sequence[str]) -> list[PaletteEntry]:
    """Of the places of a run, what the moment asks for: the help begins with it. None on other screens."""
    if RUN not in places:
        return []
    if REPLAY in places:
        return [entry_of(action, snapshot) for action in all_actions() if action.where == REPLAY]
    actions = {action.id: action for action in all_actions()}
    return [entry_of(actions[name], snapshot) for name in _MOMENT if not actions[name].blocked(snapshot)]


def entry_of(action: UserAction, snapshot: Snapshot) -> PaletteEntry:
    """An action as it is listed."""
    keys = action.shown_keys or f":{action.command.partition(' ')[0]}"
    return PaletteEntry(action.id, keys, action.text, action.blocked(snapshot))


def _rank(action: UserAction) -> int:
    return _FIRST.index(action.where) if action.where in _FIRST else _FIRST.index(RUN)


def _only_moves(action: UserAction) -> bool:
    return action.does.partition("(")[0] in _MOVES and not action.command
