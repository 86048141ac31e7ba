"""What can be done where a text is shown: a deliverable, a check, what a skill changed."""

from __future__ import annotations

from .model import Action

VIEWER = "Viewer"

ACTIONS = (
    Action("viewer-markdown", "m", "form", "Markdown as it is meant, or as it is written", VIEWER, bar="source"),
    Action("viewer-diff", "d", "compare", "what differs from the run before; again: the text", VIEWER, bar="diff"),
    Action("viewer-edit", "e", "edit", "open the file in $VISUAL or $EDITOR", VIEWER, bar="edit", writes=True),
    Action("viewer-numbers", "n", "numbers", "number the lines, or not", VIEWER, bar="numbers"),
    Action("viewer-copy", "y", "copy", "copy the text", VIEWER, bar="copy"),
    Action("viewer-reload", "r", "reload", "read it again", VIEWER),
    Action("viewer-down", "j,down", "move(1)", "down", VIEWER),
    Action("viewer-up", "k,up", "move(-1)", "up", VIEWER),
    Action("viewer-half-down", "ctrl+d,pagedown", "half_page(1)", "half a page down", VIEWER),
    Action("viewer-half-up", "ctrl+u,pageup", "half_page(-1)", "half a page up", VIEWER),
    Action("viewer-top", "g,home", "edge(-1)", "to the beginning", VIEWER),
    Action("viewer-end", "G,end", "edge(1)", "to the end", VIEWER),
    Action("viewer-help", "question_mark", "help", "all keys of this place", VIEWER, bar="help"),
    Action("viewer-palette", "ctrl+p", "palette", "find one of them and do it", VIEWER),
    Action("viewer-back", "escape,q", "back", "back to the list, or close", VIEWER, bar="back"),
)
