"""A file of answers for `run --answers`: TOML, with a text for each question, or a table for each form."""

import json
import tomllib
from pathlib import Path
from typing import Any

from loop_tui.fs.limits import SETTINGS
from loop_tui.fs.plain import read_text
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

_EXAMPLE = 'for example: [requirements] and below it stack = "node"'


def read_answers(path: Path) -> dict[str, str]:
    """The answers by the names of their questions; that of a form is the JSON object that answers it.

    Raises Problem, with the place, where the file cannot be read or holds something else.
    """
    try:
        found = tomllib.loads(read_text(path, SETTINGS, follow=True))
    except FileNotFoundError as error:
        raise Problem("no such file", str(path), "check the path of --answers", code=Code.FILE_INVALID) from error
    except (OSError, ValueError, RecursionError) as error:
        words = getattr(error, "strerror", None) or str(error)
        raise Problem(f"answers cannot be read: {words}", str(path), _EXAMPLE, code=Code.FILE_INVALID) from error
    return {name: _answer(name, value, path) for name, value in found.items()}


def _answer(name: str, value: Any, path: Path) -> str:
    if isinstance(value, dict):
        return json.dumps({key: _text(f"{name}.{key}", each, path) for key, each in value.items()}, ensure_ascii=False)
    return _text(name, value, path)


def _text(name: str, value: Any, path: Path) -> str:
    """A value as it is typed: of several choices one text with commas."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ", ".join(value)
    raise Problem(f"{name} is not a text", str(path), _EXAMPLE, code=Code.FILE_INVALID)
