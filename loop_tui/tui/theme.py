"""Themes: those in `themes/*.toml`, with the fields of Textual's `Theme` and our statuses; and those of Textual."""

import tomllib
from importlib.resources.abc import Traversable
from pathlib import Path

from textual.color import Color, ColorParseError
from textual.theme import BUILTIN_THEMES, Theme

from loop_tui.control.preferences import line_of
from loop_tui.control.themes import own_themes_path, theme_names
from loop_tui.fs.limits import SETTINGS
from loop_tui.fs.plain import read_packed, read_text
from loop_tui.fs.shipped import shipped_folder
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line

DEFAULT = "dark"
STATUSES = ("pending", "running", "waiting", "done", "failed", "skipped", "border", "border-focus", "muted")
_FIELDS = (
    "primary", "secondary", "accent", "foreground", "background", "surface", "panel", "boost",
    "warning", "error", "success",
)  # fmt: skip

FALLBACK = {f"status-{status}": "#808080" for status in STATUSES}
"""These names must always have a value; here, until a theme is shown."""


def load(name: str) -> Theme:
    """The theme of that name, the person's own before a shipped one, and that before one of Textual's.

    Raises Problem with file and reason for one that is missing or wrong.
    """
    names = theme_names()
    if name not in names:
        raise Problem(
            f"unknown theme {name!r}", todo=f"themes: {', '.join(names) or 'none found'}", code=Code.NAME_UNKNOWN
        )
    file = _file_of(name)
    if file is None:
        from .theme_colours import adapted

        return adapted(BUILTIN_THEMES[name])
    try:
        return parse(_text(file), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise Problem("cannot be read", str(file), code=Code.SETTINGS_INVALID) from error


def own_name(name: str) -> str:
    """What the theme of that name calls itself, without its colours being made. Raises Problem as `load`."""
    return name if name in BUILTIN_THEMES and _file_of(name) is None else load(name).name


def _file_of(name: str) -> Traversable | None:
    """The person's own file before a shipped one; None where neither is there."""
    own = own_themes_path() / f"{name}.toml"
    file = own if own.is_file() else shipped_folder("themes").joinpath(f"{name}.toml")
    return file if file.is_file() else None


def parse(text: str, where: str) -> Theme:
    """The theme that a TOML text gives. Raises Problem naming the key for colours that are none."""
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Problem(f"is not valid TOML: {one_line(str(error), 200)}", where, code=Code.SETTINGS_INVALID) from None
    name, dark = document.get("name"), document.get("dark", True)
    if not isinstance(name, str) or not name or name != one_line(name, 60) or not isinstance(dark, bool):
        raise Problem("a theme needs a name (a short text) and dark (true or false)", where, code=Code.SETTINGS_INVALID)
    colours = {key: _colour(document[key], key, text, where) for key in _FIELDS if key in document}
    if "primary" not in colours:
        raise Problem("a theme needs the colour 'primary'", where, code=Code.SETTINGS_INVALID)
    status = _table(document, "status", text, where)
    unknown = sorted(set(status) - set(STATUSES))
    if unknown:
        raise Problem(
            f"unknown status colour {unknown[0]!r}", where, f"known: {', '.join(STATUSES)}", code=Code.SETTINGS_INVALID
        )
    variables = _table(document, "variables", text, where) | {f"status-{key}": value for key, value in status.items()}
    theme = Theme(name=name, primary=colours["primary"], dark=dark, variables=variables)
    for key, value in colours.items():
        setattr(theme, key, value)
    if len(status) == len(STATUSES):
        return theme
    from .theme_colours import with_statuses

    return with_statuses(theme)


def _table(document: dict[str, object], key: str, text: str, where: str) -> dict[str, str]:
    table = document.get(key, {})
    if not isinstance(table, dict):
        raise Problem(f"{key!r} should be a table", where, code=Code.SETTINGS_INVALID)
    return {name: _colour(value, name, text, where, key) for name, value in table.items()}


def _colour(value: object, key: str, text: str, where: str, table: str = "") -> str:
    try:
        Color.parse(value if isinstance(value, str) else "")
    except ColorParseError:
        name, place = f"{table}.{key}" if table else key, f"{where}:{line_of(text, key, table)}"
        raise Problem(
            f"{name!r} is not a colour: {value!r}", place, 'write it like "#7aa2d6"', code=Code.SETTINGS_INVALID
        ) from None
    assert isinstance(value, str)
    return value


def place_of_theme(path: Path) -> str:
    """Where in the settings the theme is named: file and line."""
    try:
        return f"{path}:{line_of(read_text(path, SETTINGS, follow=True), 'theme')}"
    except (OSError, UnicodeDecodeError):
        return str(path)


def _text(file: Traversable) -> str:
    if isinstance(file, Path):
        return read_text(file, SETTINGS, follow=True)
    return read_packed(file).decode("utf-8")
