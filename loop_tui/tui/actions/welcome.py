"""What is offered where there is nothing yet."""

from __future__ import annotations

from .model import Action

WELCOME = "Welcome"

ACTIONS = (
    Action("welcome-start", "s", "start", "start a loop in this folder: choose which", WELCOME, bar="start"),
    Action("welcome-demo", "d", "demo", "make a sample project here, and ship it", WELCOME, bar="demo", writes=True),
    Action("welcome-watch", "w", "watch", "watch all runs below a folder", WELCOME, bar="watch"),
    Action("welcome-down", "j,down", "move(1)", "down", WELCOME),
    Action("welcome-up", "k,up", "move(-1)", "up", WELCOME),
    Action("welcome-help", "question_mark", "help", "all keys", WELCOME, bar="help"),
    Action("welcome-quit", "q,ctrl+c", "leave", "quit", WELCOME, bar="quit"),
)
OFFERS = ACTIONS[:3]
"""What the screen lists; the rest are keys alone."""
