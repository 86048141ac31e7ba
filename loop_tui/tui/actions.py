"""Every key and what it does, in one place: bindings, the key bar and the help are made from it (SCREEN "Keys")."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from textual.binding import Binding

from .snapshot import Snapshot

RUN, PANES, TREE, LOG, GATE = "Run", "Panes", "Phase tree", "Log", "Gate panel"

Blocked = Callable[[Snapshot], str]


def _always(snapshot: Snapshot) -> str:
    return ""


@dataclass(frozen=True)
class Action:
    """One thing that a key does. `blocked` says why it cannot be done now, or nothing; `bar` is its word in the bar."""

    id: str
    keys: str
    does: str
    text: str
    where: str = RUN
    bar: str = ""
    blocked: Blocked = _always

    @property
    def shown_keys(self) -> str:
        """The keys as people read them."""
        return " ".join(_SHOWN.get(key, key) for key in self.keys.split(","))


_SHOWN = {
    "question_mark": "?",
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


def _no_go(snapshot: Snapshot) -> str:
    need = snapshot.need
    if need.kind in ("trouble", "trust", "question", "gate", "blocked", "manual", "unreadable", "opening"):
        return f"{need.headline} ({need.todo})" if need.todo else need.headline
    if snapshot.driven and need.kind != "paused":
        return driven_by(snapshot)
    return ""


def _no_pause(snapshot: Snapshot) -> str:
    if snapshot.state is None:
        return "there is no run"
    status = snapshot.state.status.value
    return "" if status in ("active", "paused", "blocked") else f"the run is {status}"


def _no_skip(snapshot: Snapshot) -> str:
    return "" if snapshot.state is not None else "there is no run"


def _no_show(snapshot: Snapshot) -> str:
    shown = snapshot.state or (snapshot.ended.state if snapshot.ended else None)
    return "" if shown is not None and shown.deliverables else "nothing has been delivered yet"


def _no_gate(snapshot: Snapshot) -> str:
    from .panel import answerable

    return "" if answerable(snapshot) else "no gate waits for an answer"


def _no_approve(snapshot: Snapshot) -> str:
    return "" if snapshot.trust is not None else _no_gate(snapshot)


def _no_restore(snapshot: Snapshot) -> str:
    return "" if snapshot.has_last_good and snapshot.trouble is not None else "no damaged state file to restore"


def _no_later(snapshot: Snapshot) -> str:
    return "" if snapshot.need.kind == "resume" else "nothing asks to be resumed"


def driven_by(snapshot: Snapshot) -> str:
    """Who drives, in words."""
    if snapshot.lease is not None:
        return f"driven by {snapshot.lease.pid}@{snapshot.lease.host}"
    return "a driver is starting" if snapshot.starting else "no driver"


ACTIONS = (
    Action("go", "space", "go", "go on: start a run, resume it, retry what failed", bar="go", blocked=_no_go),
    Action("pause", "p", "pause", "pause after the skill that runs; again: resume", bar="pause", blocked=_no_pause),
    Action("skip", "s", "skip", "skip the selected or the next skill, with a reason", bar="skip", blocked=_no_skip),
    Action("show", "d", "show", "show a deliverable", bar="show", blocked=_no_show),
    Action("plan", "D", "plan", "dry run: show all that would be done; nothing is changed"),
    Action("help", "question_mark", "help", "all keys", bar="help"),
    Action("quit", "q,ctrl+c", "leave", "quit; what runs may go on", bar="quit"),
    Action("next-pane", "tab", "cycle(1)", "next pane", PANES),
    Action("previous-pane", "shift+tab", "cycle(-1)", "previous pane", PANES),
    Action("pane-tree", "1", "pane(1)", "phase tree", PANES),
    Action("pane-log", "2", "pane(2)", "log", PANES),
    Action("pane-gate", "3", "pane(3)", "gate panel: questions and answers", PANES, bar="gate"),
    Action("put-back", "escape", "put_back", "close what lies over the panes", PANES),
    Action("zoom", "z", "zoom", "one pane alone; again: all", PANES, bar="zoom"),
    Action("tree-down", "j,down", "move(1)", "down", TREE),
    Action("tree-up", "k,up", "move(-1)", "up", TREE),
    Action("tree-fold", "h,left", "fold", "close, or to what it belongs to", TREE),
    Action("tree-unfold", "l,right", "unfold", "open, or into it", TREE),
    Action("tree-toggle", "enter", "open_close", "open or close", TREE),
    Action("tree-top", "g,home", "edge(-1)", "first row", TREE),
    Action("tree-end", "G,end", "edge(1)", "last row", TREE),
    Action("tree-page-down", "ctrl+d,pagedown", "half_page(1)", "half a page down", TREE),
    Action("tree-page-up", "ctrl+u,pageup", "half_page(-1)", "half a page up", TREE),
    Action("log-down", "j,down", "lines(1)", "down", LOG),
    Action("log-up", "k,up", "lines(-1)", "up: stops following", LOG),
    Action("log-left", "h,left", "sideways(-1)", "left", LOG),
    Action("log-right", "l,right", "sideways(1)", "right, along long lines", LOG),
    Action("log-top", "g,home", "top", "oldest line", LOG),
    Action("log-follow", "f,G,end", "follow", "to the end, and follow", LOG),
    Action("log-half-down", "ctrl+d,pagedown", "half_page(1)", "half a page down", LOG),
    Action("log-half-up", "ctrl+u,pageup", "half_page(-1)", "half a page up", LOG),
    Action("approve", "a", "arm('approve')", "approve (then enter)", GATE, blocked=_no_approve),
    Action("changes", "c", "arm('changes')", "ask for changes: a text (then enter, enter)", GATE, blocked=_no_gate),
    Action("reject", "x", "arm('reject')", "reject (then enter)", GATE, blocked=_no_gate),
    Action("restore", "R", "arm('restore')", "restore the state file (then enter)", GATE, blocked=_no_restore),
    Action("not-now", "n", "not_now", "do not resume now", GATE, blocked=_no_later),
    Action("confirm", "enter", "confirm", "give the answer that the line names", GATE),
    Action("gate-back", "escape", "back", "take it back, or leave the panel", GATE),
    Action("gate-down", "j,down", "scroll_body(1)", "down", GATE),
    Action("gate-up", "k,up", "scroll_body(-1)", "up", GATE),
    Action("gate-half-down", "ctrl+d,pagedown", "half_page(1)", "half a page down", GATE),
    Action("gate-half-up", "ctrl+u,pageup", "half_page(-1)", "half a page up", GATE),
    Action("gate-top", "g,home", "edge(-1)", "to the beginning", GATE),
    Action("gate-end", "G,end", "edge(1)", "to the end", GATE),
)


def action(action_id: str) -> Action:
    """The action of that id."""
    return next(a for a in ACTIONS if a.id == action_id)


def bindings(*places: str) -> list[Binding]:
    """The key bindings of the actions in those places."""
    return [Binding(a.keys, a.does, a.text, show=False, id=a.id) for a in ACTIONS if a.where in places]


def bar_actions() -> Iterable[Action]:
    """The actions that the key bar shows."""
    return (a for a in ACTIONS if a.bar)
