"""What a loop would run and reach, a line each, so that a person can say yes to all of it (SPEC section 2).

Nothing is left out, cut or masked: what was hidden from whoever agrees would be run all the same. Characters that do
not show, or that turn the text around, are written by their number; those that look like others are named.
"""

import json
import shlex
import unicodedata
from collections.abc import Iterator

from pydantic import JsonValue

from loop_tui.model.definition import COMMANDS, MANUAL, GateDefinition, LoopDefinition, SkillDefinition
from loop_tui.model.regex import regex

_ADDRESS = regex(r"://")
_ADDRESS_KEYS = frozenset({"url", "host", "address", "endpoint", "server", "webhook", "registry"})
# Letters, numbers, marks of writing and symbols that are seen as what they are.
_SEEN = ("L", "N", "P", "S")


def consequences(definition: LoopDefinition) -> tuple[str, ...]:
    """Every skill with its commands and settings, every gate, every target with its settings."""
    found: list[str] = []
    for phase in definition.phases:
        for skill in phase.skills:
            found += _skill(phase.id, skill)
        found += [_gate(gate) for gate in definition.gates_after(phase.id)]
    for target in definition.targets:
        found += _settings(f"target {target.id} ({target.kind})", target.settings)
    return tuple(visible(line) for line in found)


def addresses(before: LoopDefinition, after: LoopDefinition) -> tuple[str, ...]:
    """The addresses that a project's settings bring into a loop: a run would ask them, and git and npm would not."""
    old, new = (set(_addresses(each)) for each in (before, after))
    return tuple(visible(line) for line in sorted(new - old))


def visible(text: str) -> str:
    """A text on one line, whole, with whatever does not show as a number, and what is no ASCII named at its end."""
    parts: list[str] = []
    named: dict[str, str] = {}
    for sign in text:
        if sign.isascii() and sign.isprintable():
            parts.append(sign)
        elif not sign.isascii() and unicodedata.category(sign)[0] in _SEEN and sign.isprintable():
            parts.append(sign)
            named[sign] = f"U+{ord(sign):04X} {unicodedata.name(sign, 'without a name')}"
        else:
            parts.append(f"\\u{{{ord(sign):x}}}")
    return "".join(parts) + (f"   [no ASCII: {', '.join(named.values())}]" if named else "")


def _skill(phase: str, skill: SkillDefinition) -> Iterator[str]:
    name = f"{phase} {skill.id}"
    for step in skill.steps:
        yield f"{name}: runs {shlex.join(step.run)}"
    if not skill.steps or skill.runner != COMMANDS:
        runner = f"{skill.runner} {skill.uses}".rstrip()
        yield f"{name}: {'done by a person' if skill.runner == MANUAL else runner}"
    yield from _settings(name, skill.settings)


def _gate(gate: GateDefinition) -> str:
    optional = "" if gate.required else ", optional"
    checks = f", decided by {', '.join(gate.checks)}" if gate.checks else ""
    when = f", when {' or '.join(gate.when)}" if gate.when else ""
    return f"{gate.after} gate {gate.id}: {gate.type.value}{optional}{checks}{when}"


def _settings(name: str, settings: dict[str, JsonValue]) -> Iterator[str]:
    for key, value in settings.items():
        yield f"{name}: {key} = {json.dumps(value, ensure_ascii=False)}"


def _addresses(definition: LoopDefinition) -> Iterator[str]:
    for target in definition.targets:
        for key, value in _texts("", target.settings):
            if _ADDRESS.search(value) or key.rpartition(".")[2].lower() in _ADDRESS_KEYS:
                yield f"target {target.id} ({target.kind}): asks {key} = {value}"
    for phase in definition.phases:
        for skill in phase.skills:
            for key, value in _texts("", skill.settings):
                if _ADDRESS.search(value) or key.rpartition(".")[2].lower() in _ADDRESS_KEYS:
                    yield f"{phase.id} {skill.id}: {key} = {value}"


def _texts(name: str, value: JsonValue) -> Iterator[tuple[str, str]]:
    """Every text in a value, with the keys that lead to it."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _texts(f"{name}.{key}" if name else key, each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(name, each)
