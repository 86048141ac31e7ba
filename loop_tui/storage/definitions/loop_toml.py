"""Reading loop definitions: the native TOML form, and the orchestrator's `loop.json` (SPEC section 2).

The native form is described in `docs/loops.md`; `loop.json` is read in `loop_json.py`.
"""

import difflib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import PurePath
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from loop_tui.fs.toml import KeyPath, Places, load_toml
from loop_tui.model.definition import (
    COMMANDS,
    CommandStep,
    GateDefinition,
    LoopDefinition,
    Need,
    PhaseDefinition,
    SkillDefinition,
    TargetDefinition,
)
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.status import Autonomy, GateType, read_autonomy, read_gate_type
from loop_tui.model.text import clean, one_line, shown

from .loop_json import parse_json as parse_json
from .validation import check, check_auto_gates

_MODELS: dict[str, type[BaseModel]] = {
    "phases": PhaseDefinition,
    "skills": SkillDefinition,
    "gates": GateDefinition,
    "targets": TargetDefinition,
    "steps": CommandStep,
}
_WANTED = {
    "tuple_type": "a list",
    "string_type": "text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "dict_type": "a table",
    "float_type": "a number",
    "float_parsing": "a number",
}
TomlTable = dict[str, Any]
_FILLED_IN = ("source", "unattended")


def parse(text: str, where: str) -> LoopDefinition:
    """A definition in the form that the file's ending names: `.json`, or TOML. Raises Problem as those two do."""
    return parse_json(text, where) if PurePath(where).suffix.lower() == ".json" else parse_toml(text, where)


def parse_toml(text: str, where: str) -> LoopDefinition:
    """The definition that a TOML text in the native form gives; `where` names the file in errors and as `source`.

    Raises Problem with file, line and reason for anything that is not TOML or not a loop.
    """
    document = load_toml(text.removeprefix("\ufeff"), where, "loop definition", Code.DEFINITION_INVALID)
    places: list[Places] = []

    def place(path: KeyPath, needles: Sequence[str] = (), nth: int = 1) -> str:
        if not places:
            places.append(Places(text))
        return f"{where}:{places[0].line(path, needles, nth)}"

    for path in _filled_in(document):
        raise Problem(f"unknown key {shown(path[-1])}", place(path), "remove it", code=Code.DEFINITION_INVALID)
    try:
        definition = LoopDefinition.model_validate({**_normal(document), "source": where})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = first["loc"]
        what, todo = _explain(first, document)
        raise Problem(what, place(path, _needles(document, path)), todo, code=Code.DEFINITION_INVALID) from None
    return check_auto_gates(check(definition, place), place)


def _filled_in(document: TomlTable) -> Iterator[KeyPath]:
    """The keys that stand in the file though they are filled in when it is read."""
    if "source" in document:
        yield ("source",)
    for number, phase in enumerate(_tables(document.get("phases"))):
        for position, skill in enumerate(_tables(phase.get("skills"))):
            if "unattended" in skill:
                yield ("phases", number, "skills", position, "unattended")


def _tables(value: object) -> list[TomlTable]:
    return [item if isinstance(item, dict) else {} for item in value] if isinstance(value, list) else []


def _normal(document: TomlTable) -> TomlTable:
    """The document with its shorthands written out: skills as strings, synonyms, dates in settings."""
    plain = dict(document)
    if (autonomy := read_autonomy(plain.get("autonomy"))) is not None:
        plain["autonomy"] = autonomy
    for key in ("name", "description"):
        _clean_key(plain, key)
    if isinstance(plain.get("phases"), list):
        plain["phases"] = [_normal_phase(p) for p in plain["phases"]]
    if isinstance(plain.get("gates"), list):
        plain["gates"] = [_normal_gate(g) for g in plain["gates"]]
    if isinstance(plain.get("targets"), list):
        plain["targets"] = [_normal_settings(t) for t in plain["targets"]]
    return plain


def _clean_key(table: TomlTable, key: str) -> None:
    if isinstance(table.get(key), str):
        table[key] = clean(table[key])


def _normal_phase(phase: object) -> object:
    if not isinstance(phase, dict):
        return phase
    plain = dict(phase)
    _clean_key(plain, "title")
    if isinstance(plain.get("skills"), list):
        plain["skills"] = [_normal_skill(s) for s in plain["skills"]]
    return plain


def _normal_skill(skill: object) -> object:
    if isinstance(skill, str):
        return {"id": skill}
    if not isinstance(skill, dict):
        return skill
    plain: TomlTable = _normal_settings(skill)
    if "steps" in plain and "runner" not in plain:
        plain["runner"] = COMMANDS
    return plain


def _normal_gate(gate: object) -> object:
    if not isinstance(gate, dict):
        return gate
    plain = dict(gate)
    _clean_key(plain, "title")
    _clean_key(plain, "criteria")
    if (kind := read_gate_type(plain.get("type"))) is not None:
        plain["type"] = kind
    if isinstance(plain.get("when"), str):
        plain["when"] = [plain["when"]]
    return plain


def _normal_settings(table: Any) -> Any:
    if not isinstance(table, dict):
        return table
    plain = dict(table)
    _clean_key(plain, "title")
    if isinstance(plain.get("settings"), dict):
        plain["settings"] = _json_value(plain["settings"])
    return plain


def _json_value(value: Any) -> Any:
    """TOML has dates, JSON has not: in settings they are text."""
    if isinstance(value, dict):
        return {k: _json_value(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_json_value(v) for v in value]
    return value.isoformat() if isinstance(value, datetime | date | time) else value


def _needles(document: TomlTable, path: KeyPath) -> tuple[str, ...]:
    """What to look for from the nearest known line: the id of an inline table, then the key itself."""
    here: Any = document
    needles: list[str] = []
    for part in path:
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            break
        name = here.get("id", here.get("name")) if isinstance(here, dict) else None
        if isinstance(name, str):
            needles.append(name)
    keys = [p for p in path if isinstance(p, str)]
    return (*needles[-1:], keys[-1]) if keys else ()


def _who(document: TomlTable, path: KeyPath) -> str:
    """The thing that a path leads into, in words: `gate 'ship-gate'`, `skill 2 of phase 'SHIP'`."""
    here: Any = document
    words: list[str] = []
    for part, number in zip(path[::2], path[1::2], strict=False):
        entries = here.get(part) if isinstance(here, dict) else None
        if not isinstance(entries, list) or not isinstance(number, int) or number >= len(entries):
            break
        here = entries[number]
        name = here.get("id", here.get("name")) if isinstance(here, dict) else None
        words.insert(0, f"{str(part).removesuffix('s')} {shown(name) if isinstance(name, str) else number + 1}")
    return " of ".join(words) or "the loop"


def _explain(error: ErrorDetails, document: TomlTable) -> tuple[str, str]:
    """What is wrong and what to do, in words of the definition rather than of the validator."""
    path, kind = error["loc"], error["type"]
    keys = [p for p in path if isinstance(p, str)]
    key = keys[-1] if keys else ""
    who = _who(document, path)
    if kind == "missing":
        return f"{who} has no {shown(key)}", f"add {key} = ..."
    if kind == "extra_forbidden":
        model = _MODELS.get(keys[-2], LoopDefinition) if len(keys) > 1 else LoopDefinition
        known = [name for name in model.model_fields if name not in _FILLED_IN]
        near = difflib.get_close_matches(key, known, 1)
        todo = f"did you mean {shown(near[0])}?" if near else f"known keys: {', '.join(known)}"
        return f"{who} has an unknown key {shown(key)}", todo
    if kind in ("enum", "literal_error"):
        choices: Sequence[str] = {
            "type": [t.value for t in GateType],
            "autonomy": [a.value for a in Autonomy],
            "needs": list(get_args(Need)),
        }.get(key, ["command", "controller"])
        return f"{who} has an unknown {key} {shown(error['input'])}", f"one of: {', '.join(choices)}"
    if kind in ("too_short", "string_too_short"):
        return f"{who} has an empty {shown(key)}", "give it at least one entry"
    if key == "run" and kind == "tuple_type":
        return (
            f"{who} has a step whose `run` is not a list of words (it is not a shell line)",
            'write run = ["npm", "run", "build"]',
        )
    wanted = _WANTED.get(kind)
    if wanted:
        return f"{who}: {shown(key)} should be {wanted}", f"it is {shown(repr(error['input']))}"
    return f"{who}: {shown(key)}: {one_line(error['msg'], 200)}", ""
