"""What can be done with runs that are over."""

from __future__ import annotations

from .model import Action

HISTORY, REPLAY = "History", "Replay"

ACTIONS = (
    Action("history-open", "enter", "replay", "watch the selected run again", HISTORY, bar="replay"),
    Action("history-down", "j,down", "move(1)", "down", HISTORY),
    Action("history-up", "k,up", "move(-1)", "up", HISTORY),
    Action("history-top", "g,home", "move(-99999)", "newest run", HISTORY),
    Action("history-end", "G,end", "move(99999)", "oldest run", HISTORY),
    Action("history-page-down", "ctrl+d,pagedown", "move(10)", "half a page down", HISTORY),
    Action("history-page-up", "ctrl+u,pageup", "move(-10)", "half a page up", HISTORY),
    Action("history-filter", "slash", "filter", "show only runs that hold what is typed", HISTORY, bar="filter"),
    Action("history-mark", "m", "mark", "mark the selected run, to compare another with it", HISTORY, bar="mark"),
    Action(
        "history-compare", "c", "compare", "compare with the marked run, else the one before", HISTORY, bar="compare"
    ),
    Action("history-help", "question_mark", "help", "all keys", HISTORY, bar="help"),
    Action("history-back", "b,q,escape", "back", "back", HISTORY, bar="back"),
    Action("replay-next", "right", "step(1)", "one event on", REPLAY, bar="on"),
    Action("replay-before", "left", "step(-1)", "one event back", REPLAY, bar="back"),
    Action("replay-start", "home", "step(-999999)", "to the beginning", REPLAY),
    Action("replay-end", "end", "step(999999)", "to the end", REPLAY),
    Action("replay-play", "space", "play", "play, or stand still", REPLAY, bar="play"),
    Action("replay-faster", "greater_than_sign", "speed(2)", "play twice as fast", REPLAY, bar="faster"),
    Action("replay-slower", "less_than_sign", "speed(0.5)", "play half as fast", REPLAY, bar="slower"),
)
