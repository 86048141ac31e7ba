"""`loop-tui config`: the person's settings, where they are kept, and the keys."""

import os
import shlex
import tomllib
from typing import Annotated

import typer
from msgspec.structs import replace
from pydantic import JsonValue

from loop_tui.fs.paths import claude_home, config_dir, data_dir
from loop_tui.model.problem import Problem
from loop_tui.storage.user.settings import NAMES, UserSettings, load_settings, settings_path
from loop_tui.storage.user.settings_file import set_value

from . import completion
from .arguments import Json
from .show import complain, say, say_json
from .tables import table

Name = Annotated[
    str,
    typer.Argument(help="The setting, or keys.ACTION for the keys of an action.", autocompletion=completion.settings),
]
Value = Annotated[str, typer.Argument(help="The value, as TOML; a bare word is a string.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    config = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Settings: show, change, find the file.")
    config.command("show")(show)
    config.command("path")(path)
    config.command("set")(set_)
    config.command("keys")(keys)
    app.add_typer(config, name="config")


def show(as_json: Json = False) -> None:
    """Show the current settings; exit code 2 when the file has an error."""
    settings, problems = load_settings()
    settings, more = _in_force(settings)
    problems += more
    values: dict[str, JsonValue] = {name: _plain(getattr(settings, name)) for name in NAMES}
    values["theme"] = os.environ.get("LOOP_TUI_THEME") or settings.theme or "dark"
    places: dict[str, JsonValue] = {
        "config": str(config_dir()),
        "file": str(settings.path),
        "loops": str(config_dir() / "loops"),
        "themes": str(config_dir() / "themes"),
        "data": str(data_dir()),
        "archive": str(claude_home() / "runs"),
        "colour": "off (NO_COLOR)" if "NO_COLOR" in os.environ else "on",
    }
    if as_json:
        told: dict[str, JsonValue] = {**places, **values, "keys": dict(settings.keys)}
        told["commands"] = {own.id: {"key": own.keys, "run": list(own.argv)} for own in settings.commands}
        say_json({**told, "problems": [str(problem) for problem in problems]})
    else:
        rows = [(name, _text(value)) for name, value in {**values, **places}.items()]
        rows += [(f"keys.{action}", wanted) for action, wanted in settings.keys.items()]
        rows += [(f"commands.{own.id}", f"{own.keys}: {shlex.join(own.argv)}") for own in settings.commands]
        say(table(("Setting", "Value"), rows))
        for problem in problems:
            complain(problem)
    if problems:
        raise typer.Exit(2)


def path() -> None:
    """Print the path of the settings file (it may not exist yet)."""
    say(str(settings_path()))


def set_(name: Name, value: Value) -> None:
    """Change one setting; comments and order in the file are kept."""
    before, _ = load_settings()
    wanted = _value(name, value)
    if name.startswith("keys."):
        _refuse_bad_keys(before, name.removeprefix("keys."), wanted)
    if name == "theme":
        from loop_tui.tui.theme import load

        load(str(wanted))
    say(f"{name} = {_text(wanted)} in {set_value(name, wanted)}")


def keys(as_json: Json = False) -> None:
    """List all actions with their ids and current keys."""
    from loop_tui.tui.actions import all_actions, use_keys, use_own
    from loop_tui.tui.keymap import checked, checked_commands

    settings, wrong = load_settings()
    keymap, problems = checked(settings.keys, settings.lines, str(settings.path))
    own, clashes = checked_commands(settings.commands, keymap, str(settings.path))
    problems += [*(problem for problem in wrong if problem.what.startswith("commands")), *clashes]
    use_keys(keymap)
    use_own(own)
    if as_json:
        told = [{"id": a.id, "keys": keymap.get(a.id, a.keys), "where": a.where, "does": a.text} for a in all_actions()]
        say_json({"actions": [dict(each) for each in told], "problems": [str(problem) for problem in problems]})
    else:
        say(
            table(
                ("Where", "Id", "Keys", "What it does"), [(a.where, a.id, a.shown_keys, a.text) for a in all_actions()]
            )
        )
        for problem in problems:
            complain(problem)
    if problems:
        raise typer.Exit(2)


def _in_force(settings: UserSettings) -> tuple[UserSettings, list[Problem]]:
    """The settings without what shows to be wrong when they are used: keys that clash, a theme that is none."""
    problems: list[Problem] = []
    if settings.keys:
        from loop_tui.tui.keymap import checked

        good, wrong = checked(settings.keys, settings.lines, str(settings.path))
        settings, problems = replace(settings, keys=good), [*problems, *wrong]
    if settings.commands:
        from loop_tui.tui.keymap import checked_commands

        good_ones, wrong = checked_commands(settings.commands, settings.keys, str(settings.path))
        named = {action.id for action in good_ones}
        commands = tuple(command for command in settings.commands if f"commands.{command.id}" in named)
        settings, problems = replace(settings, commands=commands), [*problems, *wrong]
    if settings.theme:
        from loop_tui.tui.theme import load, place_of_theme

        try:
            load(settings.theme)
        except Problem as problem:
            problems.append(
                Problem(problem.what, problem.where or place_of_theme(settings.path), problem.todo, code=problem.code)
            )
            settings = replace(settings, theme="")
    return settings, problems


def _refuse_bad_keys(settings: UserSettings, action: str, value: JsonValue) -> None:
    from loop_tui.tui.keymap import checked

    others = {name: wanted for name, wanted in settings.keys.items() if name != action}
    _, problems = checked({**others, action: str(value)}, settings.lines, str(settings.path))
    about = [problem for problem in problems if action in problem.what]
    if about:
        raise Problem(about[0].what, "", about[0].todo, code=about[0].code)


def _value(name: str, text: str) -> JsonValue:
    """What was typed, as TOML reads it; a bare word where a string is meant."""
    if name == "theme" or name.startswith("keys."):
        return text.strip("\"'")
    try:
        read = tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return [text] if name == "workspaces" else text
    return [read] if name == "workspaces" and isinstance(read, str) else _plain(read)


def _plain(value: object) -> JsonValue:
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)


def _text(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) or "(none)" if isinstance(value, list) else str(value)
