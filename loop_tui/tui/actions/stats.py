"""What can be done on the screen of statistics."""

from __future__ import annotations

from .model import UserAction

STATS = "Statistics"

ACTIONS = (
    UserAction("stats-down", "j,down", "move(1)", "next loop", STATS),
    UserAction("stats-up", "k,up", "move(-1)", "previous loop", STATS),
    UserAction("stats-top", "g,home", "move(-99999)", "first loop", STATS),
    UserAction("stats-end", "G,end", "move(99999)", "last loop", STATS),
    UserAction("stats-half-down", "ctrl+d,pagedown", "half_page(1)", "half a page of the details down", STATS),
    UserAction("stats-half-up", "ctrl+u,pageup", "half_page(-1)", "half a page of the details up", STATS),
    UserAction("stats-help", "question_mark", "help", "all keys", STATS, bar="help"),
    UserAction("stats-back", "b,q,escape", "back", "back", STATS, bar="back"),
)
