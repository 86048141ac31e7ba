"""What can be done on the board of many runs."""

from __future__ import annotations

from .model import Action

HOME = "All runs"

ACTIONS = (
    Action("home-open", "enter,l,right", "open", "open the cockpit of the selected run", HOME, bar="open"),
    Action("home-down", "j,down", "move(1)", "down", HOME),
    Action("home-up", "k,up", "move(-1)", "up", HOME),
    Action("home-top", "g,home", "edge(-1)", "first run", HOME),
    Action("home-end", "G,end", "edge(1)", "last run", HOME),
    Action("home-page-down", "ctrl+d,pagedown", "half_page(1)", "half a page down", HOME),
    Action("home-page-up", "ctrl+u,pageup", "half_page(-1)", "half a page up", HOME),
    Action("home-filter", "slash", "filter", "show only runs that hold what is typed", HOME, bar="filter"),
    Action("home-clear", "escape", "clear", "show all runs again", HOME),
    Action("home-needs", "n", "next_need", "next run that needs you", HOME, bar="next that needs you"),
    Action("home-back", "b", "back", "back to the run that was seen last", HOME),
    Action("home-help", "question_mark", "help", "all keys", HOME, bar="help"),
    Action("home-quit", "q,ctrl+c", "leave", "quit; what runs goes on", HOME, bar="quit"),
)
