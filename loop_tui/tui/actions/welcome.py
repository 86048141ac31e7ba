"""What is offered where there is nothing yet."""

from __future__ import annotations

from .model import UserAction

WELCOME = "Welcome"

ACTIONS = (
    UserAction("welcome-start", "s", "start", "start a loop in this folder", WELCOME, bar="start"),
    UserAction(
        "welcome-demo", "d", "demo", "create a sample project here, and ship it", WELCOME, bar="demo", writes=True
    ),
    UserAction("welcome-watch", "w", "watch", "watch all runs below a folder", WELCOME, bar="watch"),
    UserAction("welcome-down", "j,down", "move(1)", "down", WELCOME),
    UserAction("welcome-up", "k,up", "move(-1)", "up", WELCOME),
    UserAction("welcome-help", "question_mark", "help", "all keys", WELCOME, bar="help"),
    UserAction("welcome-quit", "q,ctrl+c", "leave", "quit", WELCOME, bar="quit"),
)
OFFERS = ACTIONS[:3]
"""What the screen lists; the rest are keys alone."""
