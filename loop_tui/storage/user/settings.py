"""The person's settings: `config.toml` in the configuration folder (SCREEN "Keys", "Themes").

Each part stands for itself: what is wrong in one is one Problem with file and line, and leaves that part as shipped.
Read before the first paint, so nothing heavy is imported here.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import fields, replace

from loop_tui.fs.homes import config_dir
from loop_tui.fs.limits import SETTINGS
from loop_tui.fs.plain import read_text
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line

from .own_commands import OwnCommand, parse_commands

FILE_NAME = "config.toml"

_LINE = regex(r"at line (\d+), column (\d+)")
_EXPECTED = {
    "theme": "a string: the name of a theme",
    "bell": "true or false",
    "desktop": "true or false",
    "hints": "true or false",
    "ask_dreams": "true or false",
    "workspaces": "a list of folders",
    "depth": "a whole number from 0 to 20",
}
DOC = {
    "theme": "the colour theme",
    "bell": "ring the bell when a run needs you",
    "desktop": "desktop notification when the window is not focused",
    "hints": "show a line of hints until each has been used",
    "ask_dreams": "ask before a run is recorded in a Dream State",
    "workspaces": "the folders that `loop-tui watch` searches",
    "depth": "how many folders deep it looks",
}
"""What each setting is for, in one line."""


class UserSettings(Struct, frozen=True):
    """What the person set. `keys` maps action ids to keys, with the line where each stands in `lines`;
    `commands` are the person's own.
    """

    theme: str = ""
    bell: bool = True
    desktop: bool = True
    hints: bool = True
    ask_dreams: bool = False
    workspaces: tuple[str, ...] = ()
    depth: int = 4
    keys: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    commands: tuple[OwnCommand, ...] = ()
    path: Path = Path()


NAMES = tuple(f.name for f in fields(UserSettings) if f.name in _EXPECTED)
"""The settings that stand alone, in the order in which they are shown."""


def settings_path(env: Mapping[str, str] | None = None) -> Path:
    """The file. It need not exist."""
    return config_dir(env) / FILE_NAME


def load_settings(env: Mapping[str, str] | None = None) -> tuple[UserSettings, list[Problem]]:
    """The settings in force and a Problem for each part of the file that cannot be used. Never raises one."""
    path = settings_path(os.environ if env is None else env)
    try:
        text = read_text(path, SETTINGS, follow=True)
    except FileNotFoundError:
        return UserSettings(path=path), []
    except (OSError, UnicodeDecodeError) as error:
        return UserSettings(path=path), [
            Problem(f"cannot be read: {_said(error)}", str(path), code=Code.SETTINGS_INVALID)
        ]
    return parse(text, path)


def parse(text: str, path: Path) -> tuple[UserSettings, list[Problem]]:
    """The settings that a text means, and what is wrong with it."""
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        found = _LINE.search(str(error))
        place = f"{path}:{found[1]}:{found[2]}" if found else str(path)
        what = one_line(_LINE.sub("", str(error)).replace("()", ""), 200)
        return UserSettings(path=path), [
            Problem(f"is not valid TOML: {what}", place, "all settings are as shipped", code=Code.SETTINGS_INVALID)
        ]
    problems: list[Problem] = []
    good: dict[str, object] = {}
    for name, value in document.items():
        where = f"{path}:{line_of(text, name)}"
        if name in ("keys", "commands"):
            continue
        if name not in _EXPECTED:
            problems.append(
                Problem(
                    f"unknown setting {name!r}",
                    where,
                    f"settings: {', '.join(NAMES)}, [keys], [commands.ID]",
                    code=Code.SETTINGS_INVALID,
                )
            )
        elif (known := _checked(name, value)) is None:
            problems.append(
                Problem(f"{name} should be {_EXPECTED[name]}", where, "it is as shipped", code=Code.SETTINGS_INVALID)
            )
        else:
            good[name] = known
    keys, lines = _keys(document.get("keys", {}), text, path, problems)
    commands: tuple[OwnCommand, ...] = ()
    if "commands" in document:
        commands, wrong = parse_commands(document["commands"], path, lambda key, table: line_of(text, key, table))
        problems += wrong
    made = UserSettings(keys=keys, lines=lines, commands=commands, path=path)
    return _with(made, good), problems


def _with(settings: UserSettings, good: Mapping[str, object]) -> UserSettings:
    return replace(settings, **good)


def _checked(name: str, value: object) -> object | None:
    """The value as the setting keeps it, or None when it is of the wrong kind."""
    if name == "theme":
        return value if isinstance(value, str) else None
    if name == "depth":
        return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 20 else None
    if name == "workspaces":
        good = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return tuple(value) if isinstance(value, list) and good else None
    return value if isinstance(value, bool) else None


def _keys(table: object, text: str, path: Path, problems: list[Problem]) -> tuple[dict[str, str], dict[str, int]]:
    keys: dict[str, str] = {}
    lines: dict[str, int] = {}
    if not isinstance(table, dict):
        problems.append(
            Problem(
                "keys should be a table", f"{path}:{line_of(text, 'keys')}", "write [keys]", code=Code.SETTINGS_INVALID
            )
        )
        return keys, lines
    for action, value in table.items():
        line = line_of(text, action, "keys")
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            value = ",".join(value)
        if not isinstance(value, str) or not value.strip():
            problems.append(
                Problem(
                    f"the keys of {action!r} should be a string",
                    f"{path}:{line}",
                    'like "x" or "x,ctrl+g"',
                    code=Code.SETTINGS_INVALID,
                )
            )
            continue
        keys[action], lines[action] = value, line
    return keys, lines


def line_of(text: str, key: str, table: str = "") -> int:
    """The number of the line where a key is set, in that table or above all tables; 1 when it is not found."""
    inside = ""
    wanted = re.compile(rf"""^\s*["']?{re.escape(key)}["']?\s*=""")
    dotted = re.compile(rf"""^\s*{re.escape(table)}\s*\.\s*["']?{re.escape(key)}["']?\s*=""") if table else None
    for number, line in enumerate(text.splitlines(), 1):
        if heading := re.match(r"^\s*\[\s*([^\]]+?)\s*\]", line):
            inside = heading[1]
            if inside == key and not table:
                return number
        elif (inside == table and wanted.match(line)) or (dotted and not inside and dotted.match(line)):
            return number
    return 1


def _said(error: Exception) -> str:
    return error.strerror or "unknown reason" if isinstance(error, OSError) else "it is not UTF-8"
