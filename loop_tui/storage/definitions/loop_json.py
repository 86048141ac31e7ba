"""Reading the orchestrator's `loop.json` as it is, in all its dialects (SPEC section 2)."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import TypeVar

from pydantic import JsonValue, ValidationError

from loop_tui.fs.toml import KeyPath
from loop_tui.model.base import Model
from loop_tui.model.conditions import DEPLOY_TARGET
from loop_tui.model.definition import GateDefinition, LoopDefinition, PhaseDefinition, SkillDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.status import Autonomy, GateType, read_autonomy, read_gate_type
from loop_tui.model.text import clean, one_line, shown

from .validation import check

JsonObject = dict[str, JsonValue]
_Made = TypeVar("_Made", bound=Model)

# The words of an `autoCheck` text that stand for a check of ours. "Smoke tests green" is not about `test`.
_OTHER_TESTS = regex(r"\b(?:smoke|integration|e2e|load|manual|acceptance)[ -]tests?\b", re.IGNORECASE)
_CHECKS = {
    "build": regex(r"\b(?:build|builds|compile|compiles|compilation)\b", re.IGNORECASE),
    "test": regex(r"\btests?\b", re.IGNORECASE),
    "lint": regex(r"\b(?:lint|linter|linting)\b", re.IGNORECASE),
}
# The `condition` of a gate is prose for people. This one, of the orchestrator's own loops, says what we can tell.
_NO_TARGET = regex(
    r"\b(?:auto[- ]?pass\w*|skip\w*|not applicable)\b[^.;]{0,20}\b(?:if|when) no deploy(?:ment)?[- ]targets?\b",
    re.IGNORECASE,
)


def parse_json(text: str, where: str) -> LoopDefinition:
    """The definition that a `loop.json` gives; `where` names the file in errors and as `source`.

    Every skill is `manual` here: the catalogue lends the runners of a built-in loop of the same id.
    Raises Problem with file, place (line and column, or the key) and reason.
    """
    document = _load(text, where)

    def place(path: KeyPath, needles: Sequence[str] = (), nth: int = 1) -> str:
        spelled = tuple("afterPhase" if p == "after" else p for p in path)
        return f"{where}, {_key(spelled)}" if path else where

    return check(_Reader(document, where).loop(), place)


def checks_in(text: str) -> tuple[str, ...]:
    """The checks of ours that an `autoCheck` text asks for: build, test, lint."""
    text = _OTHER_TESTS.sub("", text)
    return tuple(name for name, pattern in _CHECKS.items() if pattern.search(text))


def _load(text: str, where: str) -> JsonObject:
    try:
        document = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise Problem(
            f"is not valid JSON: {one_line(error.msg, 200)}",
            f"{where}:{error.lineno}:{error.colno}",
            "fix the syntax at that place",
            code=Code.DEFINITION_INVALID,
        ) from None
    except (ValueError, RecursionError):
        raise Problem(
            "is not a loop definition: a number is too large, or it is nested too deeply",
            where,
            code=Code.DEFINITION_INVALID,
        ) from None
    if not isinstance(document, dict):
        raise Problem("is not a loop definition: the file is not a JSON object", where, code=Code.DEFINITION_INVALID)
    return document


def _key(path: KeyPath) -> str:
    """A path as people write it: `phases[2].skills[0]`."""
    return "".join(f"[{p}]" if isinstance(p, int) else f".{one_line(p, 60)}" for p in path).lstrip(".")


class _Reader:
    """Walks one document; says where it is when something is wrong."""

    def __init__(self, document: JsonObject, where: str) -> None:
        self._document = document
        self._where = where
        self._titles = self._skill_titles()

    def loop(self) -> LoopDefinition:
        document = self._document
        phases: list[PhaseDefinition] = []
        nested: list[tuple[JsonObject, KeyPath, str]] = []
        for table, path in self._tables(document.get("phases"), ("phases",)):
            phase = self._phase(table, path)
            phases.append(phase)
            for key in ("gates", "gate"):
                # Several gates stand in a list; a single one may stand alone, or be named by its id only.
                value = table.get(key)
                if isinstance(value, dict) and ("id" in value or "type" in value or "approvalType" in value):
                    nested.append((value, (*path, key), phase.id))
                elif isinstance(value, list | dict):
                    nested += [(t, p, phase.id) for t, p in self._tables(value, (*path, key))]
        gates = [self._gate(t, p, phases) for t, p in self._tables(document.get("gates"), ("gates",))]
        gates += [self._gate(t, p, phases, home) for t, p, home in nested]
        return self._made(
            LoopDefinition,
            (),
            {
                "id": self._text(document, (), "id", "loopId"),
                "name": clean(self._text(document, (), "name")),
                "version": self._text(document, (), "version") or "1.0.0",
                "description": clean(self._text(document, (), "description")),
                "phases": phases,
                "gates": gates,
                "autonomy": self._autonomy(),
                "source": self._where,
            },
        )

    def _phase(self, table: JsonObject, path: KeyPath) -> PhaseDefinition:
        identity = self._text(table, path, "id", "phaseId", "name")
        name = clean(self._text(table, path, "name"))
        skills = [self._skill(value, place) for value, place in self._entries(table.get("skills"), (*path, "skills"))]
        deliverables = self._texts(table, path, "requiredDeliverables", "deliverables")
        if deliverables and skills:
            # What the phase must leave behind falls to the skill that closes it.
            last = max((n for n, s in enumerate(skills) if s.required), default=len(skills) - 1)
            names = tuple(dict.fromkeys((*skills[last].deliverables, *deliverables)))
            skills[last] = skills[last].model_copy(update={"deliverables": names})
        return self._made(
            PhaseDefinition,
            path,
            {
                "id": identity,
                "title": name if name != identity else "",
                "skills": skills,
                "required": self._flag(table, path, "required"),
            },
        )

    def _skill(self, value: JsonValue, path: KeyPath) -> SkillDefinition:
        table: JsonObject = {"id": value} if isinstance(value, str) else value if isinstance(value, dict) else {}
        if not table:
            raise self._wrong(path, "a skill must be a name or an object", value)
        identity = self._text(table, path, "skillId", "id", "name")
        title = self._text(table, path, "title", "displayName") or self._titles.get(identity, "")
        return self._made(
            SkillDefinition,
            path,
            {
                "id": identity,
                "title": clean(title),
                "required": self._flag(table, path, "required"),
                "deliverables": self._texts(table, path, "requiredDeliverables", "deliverables"),
            },
        )

    def _gate(
        self, table: JsonObject, path: KeyPath, phases: Sequence[PhaseDefinition], home: str = ""
    ) -> GateDefinition:
        auto = "; ".join(self._texts(table, path, "autoCheck", "autoChecks"))
        condition = "; ".join(self._texts(table, path, "condition"))
        when = self._texts(table, path, "when")
        criteria = [auto, condition, *self._texts(table, path, "criteria")]
        checks = self._texts(table, path, "checks")
        kind = self._gate_type(table, path, GateType.AUTO if auto or checks else GateType.HUMAN)
        if not when and kind is GateType.CONDITIONAL and _NO_TARGET.search(condition):
            when = (DEPLOY_TARGET,)
        return self._made(
            GateDefinition,
            path,
            {
                "id": self._text(table, path, "id", "gateId", "name"),
                "title": clean(self._text(table, path, "title", "name")),
                "after": _named_phase(self._text(table, path, "afterPhase", "after") or home, phases),
                "type": kind,
                "required": self._flag(table, path, "required"),
                "checks": checks or (checks_in(auto) if kind is GateType.AUTO else ()),
                "when": when,
                "deliverables": self._texts(table, path, "deliverables", "requiredDeliverables"),
                "criteria": clean("; ".join(c for c in criteria if c)),
            },
        )

    def _gate_type(self, table: JsonObject, path: KeyPath, otherwise: GateType) -> GateType:
        for key in ("approvalType", "type"):
            value = table.get(key)
            if value is None:
                continue
            kind = read_gate_type(value)
            if kind is None:
                raise self._wrong((*path, key), "unknown gate type", value, "one of: auto, human, manual, conditional")
            return kind
        return otherwise

    def _autonomy(self) -> Autonomy:
        defaults = self._document.get("defaults")
        for path, value in (
            (("autonomy",), self._document.get("autonomy")),
            (("defaults", "autonomy"), defaults.get("autonomy") if isinstance(defaults, dict) else None),
        ):
            if value is None:
                continue
            autonomy = read_autonomy(value)
            if autonomy is None:
                raise self._wrong(path, "unknown autonomy", value, "one of: supervised, hybrid, autonomous")
            return autonomy
        return Autonomy.HYBRID

    def _skill_titles(self) -> dict[str, str]:
        shown_as = self._document.get("skillUI")
        if not isinstance(shown_as, dict):
            return {}
        names = {skill: ui.get("displayName") for skill, ui in shown_as.items() if isinstance(ui, dict)}
        return {skill: name for skill, name in names.items() if isinstance(name, str)}

    def _entries(self, value: JsonValue, path: KeyPath) -> Iterator[tuple[JsonValue, KeyPath]]:
        """The entries of a list; an object is read as a list whose keys are the ids."""
        if value is None:
            return
        if isinstance(value, list):
            yield from ((entry, (*path, number)) for number, entry in enumerate(value))
        elif isinstance(value, dict):
            for key, entry in value.items():
                yield ({"id": key, **entry} if isinstance(entry, dict) else entry), (*path, key)
        else:
            raise self._wrong(path, f"{path[-1]} must be a list or an object", value)

    def _tables(self, value: JsonValue, path: KeyPath) -> Iterator[tuple[JsonObject, KeyPath]]:
        for entry, place in self._entries(value, path):
            if not isinstance(entry, dict):
                raise self._wrong(place, "an object is expected here", entry)
            yield entry, place

    def _text(self, table: JsonObject, path: KeyPath, *keys: str) -> str:
        """The first of these keys that is there; empty when none is."""
        for key in keys:
            value = table.get(key)
            if isinstance(value, str) and value:
                return value
            if value is not None and not isinstance(value, str):
                raise self._wrong((*path, key), "a string is expected here", value)
        return ""

    def _texts(self, table: JsonObject, path: KeyPath, *keys: str) -> tuple[str, ...]:
        """The texts under the first of these keys that is there: one text, or a list of them."""
        for key in keys:
            value = table.get(key)
            if value is None:
                continue
            found = tuple(_entry_name(entry) for entry in (value if isinstance(value, list) else [value]))
            texts = tuple(text for text in found if text is not None)
            if len(texts) != len(found):
                raise self._wrong((*path, key), "a list of strings is expected here", value)
            return tuple(text for text in texts if text)
        return ()

    def _flag(self, table: JsonObject, path: KeyPath, key: str) -> bool:
        value = table.get(key, True)
        if not isinstance(value, bool):
            raise self._wrong((*path, key), "true or false is expected here", value)
        return value

    def _made(self, model: type[_Made], path: KeyPath, values: dict[str, object]) -> _Made:
        try:
            return model.model_validate(values)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            key = str(first["loc"][0]) if first["loc"] else ""
            noun = model.__name__.removesuffix("Definition").lower()
            if first["type"] in ("string_too_short", "too_short", "missing"):
                raise Problem(
                    f"the {noun} has no {key}", self._at((*path, key)), f'add "{key}"', code=Code.DEFINITION_INVALID
                ) from None
            raise Problem(
                f"the {noun}'s {key}: {one_line(first['msg'], 200)}",
                self._at((*path, key)),
                code=Code.DEFINITION_INVALID,
            ) from None

    def _at(self, path: KeyPath) -> str:
        return f"{self._where}, {_key(path)}"

    def _wrong(self, path: KeyPath, what: str, value: object, todo: str = "") -> Problem:
        return Problem(f"{what}: {shown(value)}", self._at(path), todo, code=Code.DEFINITION_INVALID)


def _entry_name(entry: JsonValue) -> str | None:
    """A deliverable or criterion as text; the orchestrator writes objects with a name, too."""
    if isinstance(entry, dict):
        entry = next((entry[key] for key in ("name", "file", "path", "id") if isinstance(entry.get(key), str)), None)
    return entry if isinstance(entry, str) else None


def _named_phase(name: str, phases: Sequence[PhaseDefinition]) -> str:
    """The id of the phase that a gate names, by id or by title, whatever the case; else the name as it is."""
    for known in (
        {p.id: p.id for p in phases},
        {p.title: p.id for p in phases if p.title},
        {p.id.casefold(): p.id for p in phases},
    ):
        if (found := known.get(name) or known.get(name.casefold())) is not None:
            return found
    return name
