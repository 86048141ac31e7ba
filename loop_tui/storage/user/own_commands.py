"""The person's own commands on keys: `[commands.ID]` in their settings, and nowhere else.

A project cannot define one: nothing of a repository is read here. Read before the first paint, so nothing heavy is
imported.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line

PLACEHOLDERS = {
    "project": "the project folder",
    "loop": "the loop",
    "run": "the id of the run",
    "phase": "the phase of the selected row, or the current phase",
    "file": "the selected deliverable",
    "sha": "the commit that the checks of the selected skill ran on, or the one that is checked out",
}
"""What may stand in braces in an argument, and what it becomes."""
FOLDERS = ("project", "run")
OUTPUTS = ("page", "terminal", "background")
_FIELDS = ("key", "title", "run", "folder", "output")
_ID = regex(r"[a-z0-9][a-z0-9-]{0,39}")
_BRACES = regex(r"\{\{|\}\}|\{([A-Za-z_]+)\}")

Line = Callable[[str, str], int]
"""The number of the line where a key of a table stands."""


class OwnCommand(Struct, frozen=True):
    """A command of the person's own: an argument list that no shell reads.

    `folder` says where it runs: in the project, or in the folder of the run. `output` says what becomes of what it
    prints: a page, or it has the terminal for itself, or it is in the background and only its end is said.
    """

    id: str
    keys: str
    title: str
    argv: tuple[str, ...]
    folder: str = "project"
    output: str = "page"
    line: int = 1

    def filled(self, values: dict[str, str]) -> list[str]:
        """The argument list with values in the place of its placeholders, each within its own argument.

        Raises Problem for a placeholder that has no value now, and for a value that would be an option, or holds what
        no name holds: values come from a state file, which anybody may have written.
        """
        return [_fill(part, values) for part in self.argv]


def _fill(part: str, values: dict[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return found[0][0]
        text = values.get(name, "")
        if not text:
            raise Problem(f"there is no {{{name}}} now", todo=_NO_VALUE.get(name, ""), code=Code.NOT_ALLOWED)
        if (found.start() == 0 and text.startswith("-")) or not text.isprintable():
            what = f"{{{name}}} is {one_line(text, 40)!r}, which would be an option, not an argument"
            raise Problem(what, code=Code.PATH_UNSAFE)
        return text

    return _BRACES.sub(value, part)


_NO_VALUE = {"file": "select a deliverable in the phase tree", "run": "start a run", "phase": "start a run"}


def parse_commands(table: object, path: Path, line: Line) -> tuple[tuple[OwnCommand, ...], list[Problem]]:
    """The commands of the table `[commands]`, and a Problem with file and line for each that cannot be used."""
    if not isinstance(table, dict):
        where = f"{path}:{line('commands', '')}"
        return (), [Problem("commands should be tables", where, "write [commands.ID]", code=Code.SETTINGS_INVALID)]
    good: list[OwnCommand] = []
    problems: list[Problem] = []
    for name, entry in table.items():
        heading = f"commands.{name}"
        at = max(line(heading, ""), line(name, "commands"))
        wrong = _complaint(name, entry)
        if wrong is not None:
            field, what, todo = wrong
            where = f"{path}:{max(at, line(field, heading)) if field else at}"
            problems.append(Problem(f"{one_line(heading, 60)}: {what}", where, todo, code=Code.SETTINGS_INVALID))
            continue
        good.append(
            OwnCommand(
                name,
                entry["key"],
                entry["title"],
                tuple(entry["run"]),
                entry.get("folder", FOLDERS[0]),
                entry.get("output", OUTPUTS[0]),
                max(at, line("key", heading)),
            )
        )
    return tuple(good), problems


def _complaint(name: str, entry: object) -> tuple[str, str, str] | None:
    """The field that is wrong, what is wrong with it, and what to write; None when the command can be used."""
    if not _ID.fullmatch(name):
        return "", "this is not an id", "small letters, digits and hyphens"
    if not isinstance(entry, dict):
        return "", "it should be a table", f"write [commands.{name}]"
    if other := next((field for field in entry if field not in _FIELDS), ""):
        return other, f"unknown setting {one_line(other, 40)!r}", f"there are: {', '.join(_FIELDS)}"
    for field in ("key", "title"):
        if not isinstance(entry.get(field), str) or not entry[field].strip():
            return field, f"it needs a {field}", f'{field} = "a string"'
    for field, words in (("folder", FOLDERS), ("output", OUTPUTS)):
        if entry.get(field, words[0]) not in words:
            return field, f"{field} must be one of: {', '.join(words)}", ""
    return _wrong_arguments(entry.get("run"))


def _wrong_arguments(argv: object) -> tuple[str, str, str] | None:
    texts = isinstance(argv, list) and all(isinstance(part, str) and "\0" not in part for part in argv)
    if not isinstance(argv, list) or not texts or not argv or not argv[0].strip():
        return "run", "run should be a list of arguments, the program first", 'run = ["git", "show", "{sha}"]'
    if list(_named(argv[:1])):
        return "run", "the program itself cannot be a placeholder", "write its name"
    unknown = next((name for name in _named(argv[1:]) if name not in PLACEHOLDERS), None)
    if unknown is not None:
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        return "run", f"there is no placeholder {{{unknown}}}", f"there are {known}; {{{{ is a brace"
    return None


def _named(argv: Iterable[str]) -> Iterable[str]:
    return (found[1] for part in argv for found in _BRACES.finditer(part) if found[1] is not None)
