"""Files that name the version of a language: `.nvmrc`, `.tool-versions`, `rust-toolchain.toml`. Pure."""

import tomllib
from collections.abc import Mapping
from typing import NamedTuple

from loop_tui.model.regex import regex

from .toolchain import Language

TOOL_VERSIONS = ".tool-versions"
VERSION_FILES: Mapping[Language, tuple[str, ...]] = {
    Language.NODE: (".nvmrc", ".node-version", TOOL_VERSIONS),
    Language.PYTHON: (".python-version", TOOL_VERSIONS, "runtime.txt"),
    Language.RUST: ("rust-toolchain.toml", "rust-toolchain", TOOL_VERSIONS),
    Language.GO: (".go-version", TOOL_VERSIONS),
}
"""The files that pin a version of each language, the one that goes first first."""
_NAMES = {
    "nodejs": Language.NODE,
    "node": Language.NODE,
    "python": Language.PYTHON,
    "rust": Language.RUST,
    "golang": Language.GO,
    "go": Language.GO,
}
_CHANNEL = regex(r"^\s*channel\s*=")
_PREFIX = regex(r"^(?:python-|go|v)(?=\d)")
_VERSION = regex(r"[A-Za-z0-9][A-Za-z0-9._+/*-]{0,60}")


class NamedVersion(NamedTuple):
    """A version that a file names, without what only its tool writes before it, and the line (from 1)."""

    value: str
    line: int


def version_in(name: str, text: str, language: Language) -> NamedVersion | None:
    """What a version file of that name says of a language; None when it says nothing that can be a version."""
    if name == TOOL_VERSIONS:
        return _of_asdf(text, language)
    if name.startswith("rust-toolchain") and "[toolchain]" in text:
        return _of_rustup(text)
    for number, line in enumerate(text.splitlines(), 1):
        word = line.partition("#")[0].strip()
        if word:
            return _named(word, number)
    return None


def plain_version(word: str) -> str:
    """A version without what stands before its number: `v20.11.1` and `python-3.12.1` lose it."""
    return _PREFIX.sub("", word.strip())


def _named(word: str, line: int) -> NamedVersion | None:
    return NamedVersion(plain_version(word), line) if _VERSION.fullmatch(word) else None


def _of_asdf(text: str, language: Language) -> NamedVersion | None:
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if len(words) > 1 and _NAMES.get(words[0]) is language:
            return _named(words[1], number)
    return None


def _of_rustup(text: str) -> NamedVersion | None:
    try:
        table = tomllib.loads(text).get("toolchain")
    except (ValueError, RecursionError):
        return None
    channel = table.get("channel") if isinstance(table, dict) else None
    if not isinstance(channel, str):
        return None
    line = next((at for at, line in enumerate(text.splitlines(), 1) if _CHANNEL.match(line)), 1)
    return _named(channel, line)
