"""What can be done on the board of many runs."""

from __future__ import annotations

from .model import UserAction

HOME = "All runs"

ACTIONS = (
    UserAction("home-enter", "enter", "enter", "to the panel of a run that waits for an answer; open any other", HOME),
    UserAction("home-open", "l,right", "open", "open the cockpit of the selected run", HOME, bar="open"),
    UserAction("home-down", "j,down", "move(1)", "down", HOME),
    UserAction("home-up", "k,up", "move(-1)", "up", HOME),
    UserAction("home-top", "g,home", "edge(-1)", "first run", HOME),
    UserAction("home-end", "G,end", "edge(1)", "last run", HOME),
    UserAction("home-page-down", "ctrl+d,pagedown", "half_page(1)", "half a page down", HOME),
    UserAction("home-page-up", "ctrl+u,pageup", "half_page(-1)", "half a page up", HOME),
    UserAction("home-filter", "slash", "filter", "filter the runs", HOME, bar="filter"),
    UserAction("home-clear", "escape", "clear", "clear the filter, or back", HOME),
    UserAction("home-needs", "n", "next_need", "next run that needs you", HOME, bar="next that needs you"),
    UserAction("home-panel", "tab,shift+tab", "cycle(1)", "to the panel of the selected run, and back", HOME),
    UserAction("home-projects", "P", "projects", "show or hide projects without a run", HOME, bar="projects"),
    UserAction("home-back", "b", "back", "back to the last opened run", HOME),
    UserAction("home-help", "question_mark", "help", "all keys", HOME, bar="help"),
    UserAction("home-quit", "q,ctrl+c", "leave", "quit; runs continue", HOME, bar="quit"),
)
