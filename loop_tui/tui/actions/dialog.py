"""The keys of dialogs, and of the line where commands are typed."""

from __future__ import annotations

from .model import Action

DIALOG = "Dialogs"
KEYS = "List of keys"
PLAN = "Dry run"
PROMPT = "Typed commands"

ACTIONS = (
    Action("dialog-close", "escape,q", "close", "close, with nothing chosen", DIALOG),
    Action("dialog-down", "j,down", "move(1)", "down", DIALOG),
    Action("dialog-up", "k,up", "move(-1)", "up", DIALOG),
    Action("dialog-half-down", "ctrl+d,pagedown", "half_page(1)", "half a page down", DIALOG),
    Action("dialog-half-up", "ctrl+u,pageup", "half_page(-1)", "half a page up", DIALOG),
    Action("dialog-top", "g,home", "edge(-1)", "to the beginning", DIALOG),
    Action("dialog-end", "G,end", "edge(1)", "to the end", DIALOG),
    Action("keys-find", "slash", "find", "find one of them", KEYS),
    Action("plan-again", "r", "again", "look again", PLAN),
    Action("prompt-leave", "escape", "cancel", "leave without doing anything", PROMPT),
    Action("prompt-complete", "tab", "complete", "complete what is typed", PROMPT),
    Action("prompt-earlier", "up", "earlier(1)", "an earlier command", PROMPT),
    Action("prompt-later", "down", "earlier(-1)", "a later command", PROMPT),
)
