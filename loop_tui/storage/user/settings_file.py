"""Writing one setting: only its line is changed, so comments and order stay as the person wrote them."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import tomli_w
from pydantic import JsonValue

from loop_tui.fs.atomic import write_atomic
from loop_tui.fs.limits import SETTINGS
from loop_tui.fs.plain import read_text
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line

from .settings import NAMES, line_of, parse, settings_path

_HEADING = regex(r"^\s*\[", re.MULTILINE)


def set_value(name: str, value: JsonValue, env: Mapping[str, str] | None = None) -> Path:
    """Write a setting, `keys.ACTION` for a key, and give the path of the file, which is made when it is missing.

    Raises Problem for a setting that is none, a value that does not fit it, and a file that cannot be read or written.
    """
    path = settings_path(env)
    try:
        text = read_text(path, SETTINGS, follow=True) if os.path.lexists(path) else ""
    except (OSError, UnicodeDecodeError) as error:
        raise Problem("cannot be read", str(path), code=Code.SETTINGS_INVALID) from error
    table, _, key = name.rpartition(".")
    if table not in ("", "keys") or (not table and key not in NAMES):
        raise Problem(
            f"unknown setting {name!r}", todo=f"settings: {', '.join(NAMES)}, keys.ACTION", code=Code.NAME_UNKNOWN
        )
    before = _read(text, path)
    changed = _changed(text, table, key, tomli_w.dumps({key: value}, multiline_strings=False).strip())
    after = _read(changed, path)
    wanted = dict(before)
    if table:
        inner = wanted.get(table)
        wanted[table] = {**(inner if isinstance(inner, dict) else {}), key: value}
    else:
        wanted[key] = value
    if after != wanted:
        raise Problem(
            f"{name} cannot be changed without touching more", str(path), "edit the file", code=Code.SETTINGS_INVALID
        )
    _, problems = parse(changed, path)
    about = [p for p in problems if p not in parse(text, path)[1]]
    if about:
        raise about[0]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, changed.encode(), follow=True)
    return path


def _read(text: str, path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Problem(
            f"is not valid TOML: {one_line(str(error), 200)}", str(path), "fix it first", code=Code.SETTINGS_INVALID
        ) from None


def _changed(text: str, table: str, key: str, line: str) -> str:
    lines = text.splitlines(keepends=True)
    document = tomllib.loads(text)
    inner = document.get(table) if table else document
    if isinstance(inner, dict) and key in inner:
        at = line_of(text, key, table) - 1
        end = at + 1
        # A value may go over several lines: it ends where what was read so far is whole.
        while end < len(lines) and not _is_whole("".join(lines[at:end])):
            end += 1
        comment = re.search(r"\s+#[^\"']*$", lines[end - 1].rstrip("\n"))
        lines[at:end] = [line + (comment[0] if comment and end == at + 1 else "") + "\n"]
        return "".join(lines)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    if not table:
        first = next((i for i, each in enumerate(lines) if _HEADING.match(each)), len(lines))
        while first and first < len(lines) and lines[first - 1].lstrip().startswith("#"):
            first -= 1
        lines.insert(first, f"{line}\n")
        return "".join(lines)
    heading = next((i for i, each in enumerate(lines) if re.match(rf"^\s*\[\s*{table}\s*\]", each)), None)
    if heading is None:
        return "".join([*lines, "\n" if lines else "", f"[{table}]\n", f"{line}\n"])
    lines.insert(heading + 1, f"{line}\n")
    return "".join(lines)


def _is_whole(piece: str) -> bool:
    try:
        tomllib.loads(piece)
    except (ValueError, RecursionError):
        return False
    return True
