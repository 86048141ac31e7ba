"""What was learned before, from the `memory` folders of all tiers: patterns, calibration and decisions.

No format is settled for the JSON files: names with texts or numbers are taken from whatever shape they have.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from loop_tui.fs.jsonedit.document import JsonPath, locate
from loop_tui.fs.limits import MEMORY
from loop_tui.fs.plain import parse_json, read_plain
from loop_tui.model.context.values import ContextLine, ContextPart, ContextSection, Rank, Source, said, section_of
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line

FOLDER = "memory"
_PATTERNS, _CALIBRATION, _DECISIONS = "patterns.json", "calibration.json", "decisions"
_MOST = 12
_MOST_DECISIONS = 6
_DEEPEST = 6
_NAME, _TEXT = 80, 200
_NAMES = ("name", "title", "pattern", "id", "key")
_TEXTS = ("description", "text", "lesson", "insight", "solution", "summary", "context", "recommendation", "value")
_LISTS = ("patterns", "learned", "items", "entries", "lessons")
_HEADING = regex(r"^#{1,3}[ \t]+(.+)$", 8)
_STATUS = regex(r"^(?:[-*][ \t]*)?\**status\**[ \t]*:?\**[ \t]*:?[ \t]*(\S.*)$", 10)
_START = 4096


def read_memory(tiers: Mapping[str, Path], problems: list[Problem]) -> tuple[ContextSection, ...]:
    """What the memory of each tier says, by the name of the tier and its `.claude` folder.

    What cannot be read is added to the problems, and hides nothing of the others.
    """
    lines: list[ContextLine] = []
    for tier, folder in tiers.items():
        memory = folder / FOLDER
        lines += _patterns(tier, memory / _PATTERNS, problems)
        lines += _calibration(tier, memory / _CALIBRATION, problems)
        lines += _decisions(tier, memory / _DECISIONS, problems)
    return section_of(ContextPart.MEMORY, "Memory", lines)


def pattern_names(folder: Path, problems: list[Problem]) -> tuple[Path, tuple[str, ...]]:
    """The file of the patterns of a `.claude` folder, and their names; what cannot be read is added to the problems."""
    path = folder / FOLDER / _PATTERNS
    return path, tuple(name for name, _ in _named(_json(path, problems)[1]))


def _patterns(tier: str, path: Path, problems: list[Problem]) -> Iterator[ContextLine]:
    text, data = _json(path, problems)
    for number, (name, words) in enumerate(_named(data)):
        if number == _MOST:
            break
        told = f"{said(name, _NAME)}: {said(words, _TEXT)}" if words else said(name, _TEXT)
        yield ContextLine(f"Pattern ({tier}): {told}", Source(str(path), _line(text, name)), Rank.PATTERNS + number)


def _calibration(tier: str, path: Path, problems: list[Problem]) -> Iterator[ContextLine]:
    text, data = _json(path, problems)
    if isinstance(data, Mapping):
        # What a person stated of a move is about choosing it, not about doing it.
        data = {key: each for key, each in data.items() if key != "moves"}
    for number, (place, value) in enumerate(_leaves(data, (), _DEEPEST)):
        if number == _MOST:
            break
        told = f"{said(_name_of(place), _NAME)}: {said(value, _TEXT)}"
        source = Source(str(path), locate(text, place)[0])
        yield ContextLine(f"Calibration ({tier}): {told}", source, Rank.CALIBRATION + number)


def _decisions(tier: str, folder: Path, problems: list[Problem]) -> Iterator[ContextLine]:
    """The titles of decision records, the last by name first: they are numbered or dated."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(
                (e.name for e in entries if e.name.endswith(".md") and not e.name.startswith(".")), key=_order
            )
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        problems.append(_unreadable(folder, error))
        return
    for number, name in enumerate(names[: -_MOST_DECISIONS - 1 : -1]):
        path = folder / name
        text = _text(path, problems)
        if text is None:
            continue
        title = _HEADING.search(text)
        status = _STATUS.search(text)
        words = said(title[1] if title is not None else name.removesuffix(".md"), _TEXT)
        how = f" ({said(status[1], 40)})" if status is not None else ""
        line = text.count("\n", 0, title.start()) + 1 if title is not None else 0
        yield ContextLine(f"Decision ({tier}): {words}{how}", Source(str(path), line), Rank.DECISIONS + number)


def _order(name: str) -> tuple[int, str]:
    """Numbered records by their numbers, then by name."""
    number = "".join(sign for sign in name[: len(name) - len(name.lstrip("0123456789"))] if sign.isascii())
    return (int(number[:18]) if number else 0), name


def _json(path: Path, problems: list[Problem]) -> tuple[str, object]:
    text = _text(path, problems)
    if text is None:
        return "", None
    try:
        return text, parse_json(text)
    except ValueError as error:
        what = f"is not JSON: {one_line(str(error), 100)}"
        problems.append(Problem(what, str(path), "correct it", code=Code.FILE_INVALID))
        return text, None


def _text(path: Path, problems: list[Problem]) -> str | None:
    """The text of a file; None where there is none, or none that can be read."""
    try:
        return read_plain(path, MEMORY, follow=True).decode("utf-8-sig", "replace")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        problems.append(_unreadable(path, error))
        return None


def _unreadable(path: Path, error: OSError) -> Problem:
    return Problem(f"cannot be read: {one_line(error.strerror or str(error))}", str(path), code=Code.FILE_UNREADABLE)


def _named(data: object) -> Iterator[tuple[str, str]]:
    """Names with their texts, of a list, of a table by name, or of either under one of the usual keys."""
    if isinstance(data, Mapping):
        data = next((data[key] for key in _LISTS if isinstance(data.get(key), list | Mapping)), data)
    if isinstance(data, Mapping):
        for name, entry in data.items():
            words = entry if isinstance(entry, str) else _first(entry, _TEXTS)
            if words:
                yield str(name), words
    elif isinstance(data, list):
        for entry in data:
            if isinstance(entry, str) and entry.strip():
                yield entry, ""
            elif name := _first(entry, _NAMES):
                yield name, _first(entry, _TEXTS)


def _first(entry: object, keys: tuple[str, ...]) -> str:
    if not isinstance(entry, Mapping):
        return ""
    return next((value for key in keys if isinstance(value := entry.get(key), str) and value.strip()), "")


def _leaves(data: object, place: JsonPath, depth: int) -> Iterator[tuple[JsonPath, str]]:
    """Every number and text that has a name, with its place; lists only by their last entry, the newest."""
    if isinstance(data, Mapping) and depth:
        for key, value in data.items():
            yield from _leaves(value, (*place, str(key)), depth - 1)
    elif isinstance(data, list) and data and depth:
        yield from _leaves(data[-1], (*place, len(data) - 1), depth - 1)
    elif isinstance(data, str | int | float) and not isinstance(data, bool) and str(data).strip() and _name_of(place):
        yield place, str(data)


def _name_of(place: JsonPath) -> str:
    """The names that lead to a place, without the numbers of lists."""
    return ".".join(key for key in place if isinstance(key, str))


def _line(text: str, name: str) -> int:
    """The line on which a name stands first in a text; 0 where it stands nowhere as it is."""
    at = text.find(f'"{name}"')
    return text.count("\n", 0, at) + 1 if at >= 0 else 0
