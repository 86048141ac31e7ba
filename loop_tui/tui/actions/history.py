"""What can be done with runs that are over."""

from __future__ import annotations

from .model import UserAction

HISTORY, REPLAY = "History", "Replay"

ACTIONS = (
    UserAction("history-open", "enter", "replay", "replay the selected run", HISTORY, bar="replay"),
    UserAction("history-down", "j,down", "move(1)", "down", HISTORY),
    UserAction("history-up", "k,up", "move(-1)", "up", HISTORY),
    UserAction("history-top", "g,home", "move(-99999)", "newest run", HISTORY),
    UserAction("history-end", "G,end", "move(99999)", "oldest run", HISTORY),
    UserAction("history-page-down", "ctrl+d,pagedown", "move(10)", "half a page down", HISTORY),
    UserAction("history-page-up", "ctrl+u,pageup", "move(-10)", "half a page up", HISTORY),
    UserAction(
        "history-filter", "slash", "filter", "filter the runs; /TEXT: search documents and logs", HISTORY, bar="filter"
    ),
    UserAction("history-mark", "m", "mark", "mark the selected run for comparison", HISTORY, bar="mark"),
    UserAction(
        "history-compare", "c", "compare", "compare with the marked run, or the previous run", HISTORY, bar="compare"
    ),
    UserAction("history-help", "question_mark", "help", "all keys", HISTORY, bar="help"),
    UserAction("history-back", "b,q,escape", "back", "back", HISTORY, bar="back"),
    UserAction("replay-next", "right", "step(1)", "next event", REPLAY, bar="on"),
    UserAction("replay-before", "left", "step(-1)", "previous event", REPLAY, bar="back"),
    UserAction("replay-start", "home", "step(-999999)", "to the beginning", REPLAY),
    UserAction("replay-end", "end", "step(999999)", "to the end", REPLAY),
    UserAction("replay-play", "space", "play", "play or pause", REPLAY, bar="play"),
    UserAction("replay-faster", "greater_than_sign", "speed(2)", "play twice as fast", REPLAY, bar="faster"),
    UserAction("replay-slower", "less_than_sign", "speed(0.5)", "play half as fast", REPLAY, bar="slower"),
)
