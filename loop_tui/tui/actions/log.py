"""What can be done in the skill log."""

from __future__ import annotations

from .model import Action

LOG = "Log"

ACTIONS = (
    Action("log-down", "j,down", "lines(1)", "down", LOG),
    Action("log-up", "k,up", "lines(-1)", "up: stops following", LOG),
    Action("log-left", "h,left", "sideways(-1)", "left", LOG),
    Action("log-right", "l,right", "sideways(1)", "right, along long lines", LOG),
    Action("log-top", "g,home", "top", "to the first line of the log", LOG),
    Action("log-follow", "f,G,end", "follow", "to the end, and follow", LOG),
    Action("log-half-down", "ctrl+d,pagedown", "half_page(1)", "half a page down", LOG),
    Action("log-half-up", "ctrl+u,pageup", "half_page(-1)", "half a page up", LOG),
    Action("log-search", "slash", "ask('search')", "search, from the very beginning of the log", LOG),
    Action("log-next", "n", "next(1)", "next place that was searched for", LOG),
    Action("log-previous", "N", "next(-1)", "the one before", LOG),
    Action(
        "log-filter", "ampersand", "ask('filter')", "show only some lines: words, skill:NAME, level:warn,error", LOG
    ),
    Action("log-wrap", "w", "wrap", "wrap long lines, or cut them", LOG),
    Action("log-times", "t", "times", "show the time of each line, or not", LOG),
    Action("log-copy", "y", "copy_line", "copy the line: the one searched for or clicked, else the last", LOG),
    Action("log-copy-all", "Y", "copy_all", "copy the lines of the pane", LOG),
    Action("log-save", "S", "ask('save')", "save the log to a file", LOG),
    Action("log-clear", "escape", "clear", "no search, no filter", LOG),
)
