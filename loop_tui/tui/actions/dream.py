"""What can be done with the tree of Dream States."""

from __future__ import annotations

from .model import UserAction

DREAM = "Dream States"

ACTIONS = (
    UserAction("dream-toggle", "enter", "open_close", "expand or collapse", DREAM, bar="expand"),
    UserAction("dream-down", "j,down", "move(1)", "down", DREAM),
    UserAction("dream-up", "k,up", "move(-1)", "up", DREAM),
    UserAction("dream-fold", "h,left", "fold", "collapse, or to the parent", DREAM),
    UserAction("dream-unfold", "l,right", "unfold", "expand, or to the first child", DREAM),
    UserAction("dream-top", "g,home", "move(-99999)", "first row", DREAM),
    UserAction("dream-end", "G,end", "move(99999)", "last row", DREAM),
    UserAction("dream-page-down", "ctrl+d,pagedown", "move(10)", "half a page down", DREAM),
    UserAction("dream-page-up", "ctrl+u,pageup", "move(-10)", "half a page up", DREAM),
    UserAction("dream-refresh", "r", "refresh_documents", "read the documents again", DREAM, bar="refresh"),
    UserAction("dream-help", "question_mark", "help", "all keys", DREAM, bar="help"),
    UserAction("dream-back", "b,q,escape", "back", "back", DREAM, bar="back"),
)
