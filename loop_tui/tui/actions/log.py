"""What can be done in the skill log."""

from __future__ import annotations

from .model import UserAction

LOG = "Log"

ACTIONS = (
    UserAction("log-fold", "enter", "fold", "unfold the step with the cursor, or fold it", LOG),
    UserAction("log-raw", "R", "raw", "show every line, or fold what passed", LOG),
    UserAction("log-down", "j,down", "lines(1)", "down", LOG),
    UserAction("log-up", "k,up", "lines(-1)", "up: stops following", LOG),
    UserAction("log-next-step", "right_curly_bracket", "step(1)", "to the next step", LOG),
    UserAction("log-previous-step", "left_curly_bracket", "step(-1)", "to the step before", LOG),
    UserAction("log-left", "h,left", "sideways(-1)", "left", LOG),
    UserAction("log-right", "l,right", "sideways(1)", "right, along long lines", LOG),
    UserAction("log-top", "g,home", "top", "to the first line of the log", LOG),
    UserAction("log-follow", "f,G,end", "follow", "to the end, and follow", LOG),
    UserAction("log-half-down", "ctrl+d,pagedown", "half_page(1)", "half a page down", LOG),
    UserAction("log-half-up", "ctrl+u,pageup", "half_page(-1)", "half a page up", LOG),
    UserAction("log-search", "slash", "ask('search')", "search, from the very beginning of the log", LOG),
    UserAction("log-next", "n", "next(1)", "next place that was searched for", LOG),
    UserAction("log-previous", "N", "next(-1)", "the one before", LOG),
    UserAction(
        "log-filter", "ampersand", "ask('filter')", "show only some lines: words, skill:NAME, level:warn,error", LOG
    ),
    UserAction("log-wrap", "w", "wrap", "wrap long lines, or cut them", LOG),
    UserAction("log-times", "t", "times", "show the time of each line, or not", LOG),
    UserAction("log-copy", "y", "copy_line", "copy the line: the one searched for or clicked, else the last", LOG),
    UserAction("log-copy-all", "Y", "copy_all", "copy the lines of the pane", LOG),
    UserAction("log-save", "S", "ask('save')", "save the log to a file", LOG),
    UserAction("log-clear", "escape", "clear", "no search, no filter", LOG),
)
