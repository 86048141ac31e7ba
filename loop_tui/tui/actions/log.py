"""What can be done in the skill log."""

from __future__ import annotations

from .model import UserAction

LOG = "Log"

ACTIONS = (
    UserAction("log-fold", "enter", "fold", "expand or collapse the step under the cursor", LOG),
    UserAction("log-raw", "R", "raw", "raw stream, or collapse what passed", LOG, bar="raw"),
    UserAction("log-down", "j,down", "lines(1)", "down", LOG),
    UserAction("log-up", "k,up", "lines(-1)", "up; stops following", LOG),
    UserAction("log-next-step", "right_curly_bracket", "step(1)", "next step", LOG),
    UserAction("log-previous-step", "left_curly_bracket", "step(-1)", "previous step", LOG),
    UserAction("log-left", "h,left", "sideways(-1)", "scroll left", LOG),
    UserAction("log-right", "l,right", "sideways(1)", "scroll right", LOG),
    UserAction("log-top", "g,home", "top", "first line of the log", LOG),
    UserAction("log-follow", "f,G,end", "follow", "to the end, and follow", LOG, bar="follow"),
    UserAction("log-half-down", "ctrl+d,pagedown", "half_page(1)", "half a page down", LOG),
    UserAction("log-half-up", "ctrl+u,pageup", "half_page(-1)", "half a page up", LOG),
    UserAction("log-search", "slash", "ask('search')", "search the whole log", LOG, bar="search"),
    UserAction("log-next", "n", "next(1)", "next match", LOG),
    UserAction("log-previous", "N", "next(-1)", "previous match", LOG),
    UserAction(
        "log-filter", "ampersand", "ask('filter')", "filter the lines: words, skill:NAME, level:warn,error", LOG
    ),
    UserAction("log-wrap", "w", "wrap", "wrap long lines on or off", LOG),
    UserAction("log-times", "t", "times", "timestamps on or off", LOG),
    UserAction("log-copy", "y", "copy_line", "copy the line: the match, the clicked one, or the last", LOG),
    UserAction("log-copy-all", "Y", "copy_all", "copy the visible lines", LOG),
    UserAction("log-save", "S", "ask('save')", "save the log to a file", LOG),
    UserAction("log-clear", "escape", "clear", "clear search and filter", LOG),
)
