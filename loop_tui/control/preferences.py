"""What a person configured, for faces that know no storage. Light: it is read before the first paint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loop_tui.storage.user.own_commands import OwnCommand as OwnCommand
from loop_tui.storage.user.settings import DOC as DOC
from loop_tui.storage.user.settings import NAMES as NAMES
from loop_tui.storage.user.settings import UserSettings as UserSettings
from loop_tui.storage.user.settings import line_of as line_of
from loop_tui.storage.user.settings import load_settings as load_settings

if TYPE_CHECKING:
    from pydantic import JsonValue


def keep_setting(name: str, value: JsonValue) -> None:
    """Write a setting to the person's file. Raises Problem when it cannot be written."""
    from loop_tui.storage.user.settings_file import set_value

    set_value(name, value)
