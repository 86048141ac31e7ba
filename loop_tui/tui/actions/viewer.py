"""What can be done where a text is shown: a deliverable, a check, what a skill changed."""

from __future__ import annotations

from .model import UserAction

VIEWER = "Viewer"

ACTIONS = (
    UserAction("viewer-markdown", "m", "form", "Markdown rendered, or as source", VIEWER, bar="source"),
    UserAction("viewer-diff", "d", "compare", "diff with the previous run; again: the text", VIEWER, bar="diff"),
    UserAction("viewer-edit", "e", "edit", "open the file in $VISUAL or $EDITOR", VIEWER, bar="edit", writes=True),
    UserAction("viewer-numbers", "n", "numbers", "line numbers on or off", VIEWER, bar="numbers"),
    UserAction("viewer-copy", "y", "copy", "copy the text", VIEWER, bar="copy"),
    UserAction("viewer-reload", "r", "reload", "reload", VIEWER),
    UserAction("viewer-down", "j,down", "move(1)", "down", VIEWER),
    UserAction("viewer-up", "k,up", "move(-1)", "up", VIEWER),
    UserAction("viewer-half-down", "ctrl+d,pagedown", "half_page(1)", "half a page down", VIEWER),
    UserAction("viewer-half-up", "ctrl+u,pageup", "half_page(-1)", "half a page up", VIEWER),
    UserAction("viewer-top", "g,home", "edge(-1)", "to the beginning", VIEWER),
    UserAction("viewer-end", "G,end", "edge(1)", "to the end", VIEWER),
    UserAction("viewer-help", "question_mark", "help", "all keys", VIEWER, bar="help"),
    UserAction("viewer-palette", "ctrl+p", "palette", "find an action and run it", VIEWER),
    UserAction("viewer-back", "escape,q", "back", "back to the list, or close", VIEWER, bar="back"),
)
