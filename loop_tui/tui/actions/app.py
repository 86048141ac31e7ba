"""What can be done everywhere."""

from __future__ import annotations

from .model import Action

APP = "Everywhere"

ACTIONS = (
    Action("settings", "comma", "app.settings", "settings: show and change them", APP),
    Action("theme", "T", "app.themes", "choose a theme, with a preview", APP, command="theme NAME"),
)
