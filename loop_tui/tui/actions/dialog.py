"""The keys of dialogs, and of the line where commands are typed."""

from __future__ import annotations

from .model import UserAction

DIALOG = "Dialogs"
KEYS = "List of keys"
MOVES = "Next move"
PLAN = "Dry run"
PROMPT = "Typed commands"
TEXT = "Texts"
FORM = "Forms"

ACTIONS = (
    UserAction("dialog-close", "escape,q", "close", "close without choosing", DIALOG),
    UserAction("dialog-down", "j,down", "move(1)", "down", DIALOG),
    UserAction("dialog-up", "k,up", "move(-1)", "up", DIALOG),
    UserAction("dialog-half-down", "ctrl+d,pagedown", "half_page(1)", "half a page down", DIALOG),
    UserAction("dialog-half-up", "ctrl+u,pageup", "half_page(-1)", "half a page up", DIALOG),
    UserAction("dialog-top", "g,home", "edge(-1)", "to the beginning", DIALOG),
    UserAction("dialog-end", "G,end", "edge(1)", "to the end", DIALOG),
    UserAction("keys-find", "slash", "find", "search", KEYS),
    UserAction("plan-again", "r", "again", "refresh", PLAN),
    UserAction("plan-fold", "enter,h,l,left,right", "fold", "collapse or expand the selected part", PLAN),
    UserAction("plan-previous", "left_square_bracket", "part(-1)", "previous part", PLAN),
    UserAction("plan-next", "right_square_bracket", "part(1)", "next part", PLAN),
    UserAction("plan-find", "slash", "find", "search", PLAN),
    UserAction("plan-next-match", "n", "match(1)", "next match", PLAN),
    UserAction("plan-previous-match", "N", "match(-1)", "previous match", PLAN),
    UserAction("form-next", "right,space", "turn(1)", "next choice, or tick it", FORM),
    UserAction("form-previous", "left", "turn(-1)", "previous choice", FORM),
    UserAction("form-submit", "ctrl+s", "submit", "submit the form", FORM),
    UserAction("move-rate", "i", "rate", "state the inputs of the score that nothing measures", MOVES),
    UserAction("prompt-leave", "escape", "cancel", "cancel", PROMPT),
    UserAction("prompt-complete", "tab", "complete", "complete the command", PROMPT),
    UserAction("prompt-earlier", "up", "earlier(1)", "an earlier command", PROMPT),
    UserAction("prompt-later", "down", "earlier(-1)", "a later command", PROMPT),
    UserAction("text-lines", "ctrl+n", "lines", "write the answer or the reason on several lines", TEXT),
    UserAction("text-editor", "ctrl+o", "in_editor", "edit the text in $VISUAL or $EDITOR", TEXT),
    UserAction("text-done", "ctrl+d", "done", "take the text that has several lines; enter then submits it", TEXT),
)
