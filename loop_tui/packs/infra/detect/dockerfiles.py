"""Dockerfiles, as far as they tell of the service in them: images, ports, variables, and what is started. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from loop_tui.model.regex import regex

from .ports import port_of

_NAMED = regex(r"^(?:Dockerfile|Containerfile)(?:\.[\w.-]+)?$|^[\w.-]+\.(?:Dockerfile|dockerfile)$")
_INSTRUCTION = regex(r"^\s*([A-Za-z]+)\s+(.*)$", re.DOTALL)
_PORT_VARIABLE = regex(r"(?:^|\s)PORT[= ](\d+)\b")
_IMAGE_VERSION = regex(r"^(\d+(?:\.\d+)*|lts|current)(?:$|-)")
_URL = regex(r"https?://[^/\s\"']*?(?::(\d+))?(/[^\s\"'\\|;)]*)")


_LONGEST = 10_000
"""The most characters of an instruction: variables that stand for each other would grow without end."""
_SET = regex(r"([A-Za-z_]\w*)=(\"[^\"]*\"|'[^']*'|[^\s\"']*)")
_SET_ALONE = regex(r"([A-Za-z_]\w*)\s+(\S.*)$")
_USED = regex(r"\$(?:\{([A-Za-z_]\w*)(?::?-([^{}]*))?\}|([A-Za-z_]\w*))")


class Instruction(NamedTuple):
    """One instruction, its name in capitals, with the line that it begins in."""

    name: str
    rest: str
    line: int


def is_dockerfile(name: str) -> bool:
    """True for the name of a Dockerfile."""
    return ("ockerfile" in name or "ontainerfile" in name) and bool(_NAMED.match(name))


def instructions(text: str) -> Iterator[Instruction]:
    """The instructions, continued lines joined, comments left out, variables replaced by their defaults."""
    whole, start = "", 0
    defaults: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#"):
            continue
        start = start or number
        whole += line.rstrip().removesuffix("\\")
        if line.rstrip().endswith("\\"):
            whole += " "
            continue
        if match := _INSTRUCTION.match(whole):
            name, rest = match[1].upper(), match[2].strip()
            if name in ("FROM", "EXPOSE", "ENV", "ARG"):
                rest = _filled(rest, defaults)
            if name in ("ENV", "ARG"):
                alone = _SET_ALONE.match(rest) if name == "ENV" and "=" not in rest else None
                defaults |= {alone[1]: alone[2]} if alone else {m[1]: m[2].strip("\"'") for m in _SET.finditer(rest)}
            yield Instruction(name, rest, start)
        whole, start = "", 0


def _filled(text: str, defaults: Mapping[str, str]) -> str:
    """A text with its variables replaced once; one without a default stays as it is written."""
    return _USED.sub(lambda used: defaults.get(used[1] or used[3]) or used[2] or used[0], text)[:_LONGEST]


def command_of(rest: str) -> str:
    """The command of a CMD or ENTRYPOINT, in a line; both of its forms."""
    if rest.startswith("["):
        try:
            words = json.loads(rest)
        except (ValueError, RecursionError):
            return ""
        return " ".join(words) if isinstance(words, list) and all(isinstance(word, str) for word in words) else ""
    return rest.strip("\"'")


def started(found: list[Instruction]) -> tuple[str, int]:
    """What the last stage starts, and the line: its CMD, behind an entry point that is no script also that."""
    last: dict[str, Instruction] = {}
    for each in found:
        if each.name == "FROM":
            last.clear()
        if each.name in ("CMD", "ENTRYPOINT"):
            last[each.name] = each
    entry = command_of(last["ENTRYPOINT"].rest) if "ENTRYPOINT" in last else ""
    command = command_of(last["CMD"].rest) if "CMD" in last else ""
    if entry and command and not entry.split()[0].endswith(".sh"):
        return f"{entry} {command}", last["ENTRYPOINT"].line
    name = "CMD" if command else "ENTRYPOINT"
    return (command or entry, last[name].line) if command or entry else ("", 0)


def exposed(found: list[Instruction]) -> Iterator[tuple[str, int]]:
    """The ports of the last stage: exposed, or set as PORT."""
    start = max((at for at, each in enumerate(found) if each.name == "FROM"), default=0)
    for each in found[start:]:
        if each.name == "EXPOSE":
            for word in each.rest.split():
                if port := port_of(word.partition("/")[0]):
                    yield port, each.line
        elif each.name == "ENV" and (match := _PORT_VARIABLE.search(each.rest)) and (port := port_of(match[1])):
            yield port, each.line


def image_versions(found: list[Instruction], names: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """The versions that images of these names have in their tags: `python:3.12-slim`, `cargo-chef:1-rust-1.80`."""
    for each in found:
        if each.name != "FROM":
            continue
        image = next((word for word in each.rest.split() if not word.startswith("--")), "").partition("@")[0]
        name, _, tag = image.rpartition("/")[2].partition(":")
        if name in names and (match := _IMAGE_VERSION.match(tag)):
            yield match[1], each.line
        for part in names:
            behind = tag.rpartition(f"{part}-")[2] if f"{part}-" in tag else ""
            if match := _IMAGE_VERSION.match(behind):
                yield match[1], each.line


def checked_url(text: str) -> tuple[str, str]:
    """The port and the path of the URL that a health check asks; both empty without one."""
    match = _URL.search(text)
    return (port_of(match[1] or ""), match[2]) if match else ("", "")
