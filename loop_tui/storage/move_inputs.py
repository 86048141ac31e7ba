"""Inputs of a move's score that a person stated: `moves` in `memory/calibration.json` of a project (SPEC section 7)."""

from collections.abc import Mapping
from pathlib import Path

from loop_tui.model.dream.tree import key_of
from loop_tui.model.moves.scoring import WEIGHTS
from loop_tui.model.moves.values import Measured
from loop_tui.model.problem import Problem
from loop_tui.model.text import one_line

from .memory import CALIBRATION, FOLDER, MemoryEdit, document_edit, read_document

_NAMES = tuple(name for name, _ in WEIGHTS)
_LEAST, _MOST = 1.0, 10.0
_KEY = "moves"


def read_stated(folder: Path, problems: list[Problem]) -> dict[str, dict[str, Measured]]:
    """What was stated, by the key of the target and the name of the input; what is no number from 1 to 10 says nothing.

    `folder` is the `.claude` of the project. A file that cannot be read is added to the problems.
    """
    try:
        document = read_document(folder / FOLDER / CALIBRATION)[1]
    except Problem as problem:
        problems.append(problem)
        return {}
    moves = document.get(_KEY) if isinstance(document, Mapping) else None
    found: dict[str, dict[str, Measured]] = {}
    for target, inputs in moves.items() if isinstance(moves, Mapping) else ():
        for name in _NAMES if isinstance(inputs, Mapping) else ():
            if (read := _read(inputs.get(name))) is not None:
                found.setdefault(key_of(str(target)), {})[name] = read
    return found


def _read(entry: object) -> Measured | None:
    value = entry.get("value") if isinstance(entry, Mapping) else None
    if not isinstance(entry, Mapping) or not isinstance(value, int | float) or isinstance(value, bool):
        return None
    if not _LEAST <= value <= _MOST:
        return None
    by, at = (one_line(str(entry.get(key) or ""), 60) for key in ("by", "at"))
    return Measured(
        value, " ".join(("stated", *([f"by {by}"] if by else []), *([f"on {at[:10]}"] if at else []))), True
    )


def stated_edit(folder: Path, target: str, values: Mapping[str, float | None], by: str, at: str) -> MemoryEdit | None:
    """What the file would say; None for an input takes back what was stated. None where nothing changes.

    Raises Problem for a file that cannot be read, or that holds something else where this belongs.
    """

    def change(document: object) -> object:
        moves = document.get(_KEY, {}) if isinstance(document, Mapping) else None
        if not isinstance(document, Mapping) or not isinstance(moves, Mapping):
            raise TypeError(_KEY)
        name = next((each for each in moves if key_of(str(each)) == key_of(target)), target)
        known = moves.get(name, {})
        if not isinstance(known, Mapping):
            raise TypeError(name)
        kept = {key: entry for key, entry in known.items() if key not in values}
        told = {key: {"value": value, "by": by, "at": at} for key, value in values.items() if value is not None}
        others = {key: entry for key, entry in moves.items() if key != name}
        new = {**others, name: {**kept, **told}} if kept or told else others
        return {**document, _KEY: new} if new or _KEY in document else document

    return document_edit(folder / FOLDER / CALIBRATION, change)
