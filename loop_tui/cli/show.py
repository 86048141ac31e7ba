"""Printing: everything that leaves through here is cleaned and masked first (SPEC section 8)."""

import json
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from loop_tui.model.clock import parse_stamp
from loop_tui.model.log import LogLevel, LogLine
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import mask, masked, secrets_in
from loop_tui.model.status import SIGNS, GateStatus, PhaseStatus, RunStatus, SkillStatus, word_of
from loop_tui.model.text import clean, one_line

from .tables import table

if TYPE_CHECKING:
    from pydantic import JsonValue

    from loop_tui.model.definition import LoopDefinition
    from loop_tui.model.state import RunState

_COLOURS = {
    LogLevel.OK: "32",
    LogLevel.ERROR: "31",
    LogLevel.WARN: "33",
    LogLevel.COMMAND: "36",
    LogLevel.HEAD: "1",
}


def coloured() -> bool:
    """True when standard output is a terminal that wants colour (https://no-color.org)."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def say(text: str = "") -> None:
    """One or more lines on standard output."""
    sys.stdout.write(mask(clean(text)) + "\n")


def say_whole(text: str) -> None:
    """Lines on standard output that a person decides by: cleaned, but not masked, for a mask could hide a command."""
    sys.stdout.write(clean(text) + "\n")


def say_json(value: "JsonValue | Mapping[str, JsonValue]") -> None:
    """One JSON value on one line, in ASCII."""
    sys.stdout.write(json.dumps(masked(cast("JsonValue", value))) + "\n")
    sys.stdout.flush()


def ask(text: str, default: str = "") -> str:
    """What a person answers in the terminal; both texts are cleaned, and so is the answer."""
    import typer

    default = one_line(default)
    return clean(str(typer.prompt(mask(clean(text)), default=default, show_default=bool(default))))


def agreed(text: str, *, default: bool = False) -> bool:
    """A yes or no of a person in the terminal."""
    import typer

    return typer.confirm(mask(clean(text)), default=default)


def complain(problem: Problem) -> None:
    """One line on standard error."""
    sys.stderr.write(f"loop-tui: {mask(one_line(str(problem)))}\n")


def aside(text: str) -> None:
    """One line on standard error, for whoever looks on: standard output is for what was asked for."""
    sys.stderr.write(f"{mask(one_line(text))}\n")


def error_json(code: Code, what: str, where: str = "", todo: str = "") -> "dict[str, JsonValue]":
    """What went wrong, as every command with `--json` tells it (docs/errors.md); cleaned, and secrets masked."""
    secrets = secrets_in(os.environ)
    told = {"what": what, "where": where, "todo": todo}
    return {"code": code.value, **{name: mask(clean(text), secrets) for name, text in told.items()}}


def problem_json(problem: Problem) -> "dict[str, JsonValue]":
    """A problem, as every command with `--json` tells it."""
    return error_json(problem.code, problem.what, problem.where, problem.todo)


def glyph(status: PhaseStatus | SkillStatus | GateStatus | RunStatus) -> str:
    """The sign of a status; the word always stands beside it."""
    return SIGNS.get(status.value, "·")


def line_for_people(line: LogLine, colour: bool) -> str:
    """A line of the output log as headless runs print it."""
    text = mask(clean(line.text))
    if line.level is LogLevel.HEAD:
        text = f"\n{'── ' if not line.skill else '   '}{text}"
    elif line.level is LogLevel.COMMAND:
        text = f"   $ {text}"
    elif line.level in (LogLevel.OUT, LogLevel.ERR):
        text = f"     {text}"
    else:
        text = f"   {text}"
    code = _COLOURS.get(line.level) if colour else None
    return f"\x1b[{code}m{text}\x1b[0m" if code else text


def short_time(stamp: str) -> str:
    """A timestamp for a table: minutes are enough; what is no timestamp stays as it is."""
    moment = parse_stamp(stamp)
    return moment.isoformat(" ", "minutes")[: len("2026-03-02 10:00")] if moment else stamp


def resume_table(state: "RunState", definition: "LoopDefinition | None" = None) -> str:
    """The phases of a run with their skills done and in all; one whose checks failed is not shown as done well."""
    from loop_tui.engine import progress
    from loop_tui.engine.red_phases import red_phase

    rows = []
    for row in progress.table(state):
        status = red_phase(state, definition, row.phase) or row.status
        rows.append((row.phase, f"{SIGNS.get(status, '◆')} {word_of(status)}", row.skills))
    return table(("Phase", "Status", "Skills"), rows)
