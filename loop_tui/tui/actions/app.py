"""What can be done everywhere."""

from __future__ import annotations

from .model import Action

APP = "Everywhere"

ACTIONS = (
    Action("command", "colon", "command", "type a command, as on the command line", APP),
    Action("palette", "ctrl+p", "palette", "find an action and do it", APP),
    Action("history", "H", "app.history", "runs that are over: filter, watch again, compare", APP, command="history"),
    Action("settings", "comma", "app.settings", "settings: show and change them", APP, command="settings"),
    Action("theme", "T", "app.themes", "choose a theme, with a preview", APP, command="theme [NAME]"),
)
