"""What can be done everywhere."""

from __future__ import annotations

from .model import UserAction

APP = "Everywhere"

ACTIONS = (
    UserAction("command", "colon", "command", "type a command, as on the command line", APP),
    UserAction("palette", "ctrl+p", "palette", "find an action and run it", APP),
    UserAction("history", "H", "app.history", "archived runs: filter, replay, compare", APP, command="history"),
    UserAction(
        "dream",
        "M",
        "app.dream",
        "Dream States: what is done of systems and modules, and why not",
        APP,
        command="dream",
    ),
    UserAction(
        "stats", "U", "app.stats", "what usually happens: times, retries, gates, flaky checks", APP, command="stats"
    ),
    UserAction("settings", "comma", "app.settings", "settings: show and change them", APP, command="settings"),
    UserAction("theme", "T", "app.themes", "choose a theme, with a preview", APP, command="theme [NAME]"),
)
