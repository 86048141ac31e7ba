"""The environment variables that code reads, by language: names in the source, not those that are computed."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from loop_tui.model.regex import regex
from loop_tui.services.toolchains.toolchain import Language

_NAME = r"[A-Za-z_][A-Za-z0-9_]{0,120}"
_QUOTED = rf"""["'`]({_NAME})["'`]"""

_OF_NODE = regex(
    rf"""\bprocess\.env\s*(?:\?\.|\.)\s*({_NAME})|\bprocess\.env\s*(?:\?\.)?\[\s*{_QUOTED}\s*\]"""
    rf"""|\bimport\.meta\.env\.({_NAME})|\bBun\.env\.({_NAME})|\bDeno\.env\.get\(\s*{_QUOTED}"""
)
_DESTRUCTURED = regex(r"\{([^{}]{1,2000})\}\s*=\s*(?:process\.env|import\.meta\.env|Bun\.env)\b(?!\s*[.\[])")
_MEMBER = regex(rf"^\s*({_NAME})\s*(?:[:=].*)?$", re.DOTALL)
_COMPUTED_NODE = regex(r"\bprocess\.env\s*\[\s*(?![\"'`\s])")
_SCHEMA_KEY = regex(r"^[ \t]+([A-Z][A-Z0-9_]{1,120})\s*:", re.MULTILINE)
_OF_SCHEMA = regex(r"\bcreateEnv\s*\(|[\"']@fastify/env[\"']|[\"']env-schema[\"']|\bcleanEnv\s*\(")
_OF_ENV_OBJECT = regex(r"(?<![\w.$])env\.([A-Z][A-Z0-9_]{1,120})\b")
_BUILT_IN = frozenset({"MODE", "DEV", "PROD", "SSR", "BASE_URL"})
"""What Vite itself puts into import.meta.env."""

_OF_PYTHON = regex(rf"""\benviron(?:\.get|\.setdefault|\.pop)?\s*[\[(]\s*{_QUOTED}|\bgetenv\(\s*{_QUOTED}""")
_CHECKED_PYTHON = regex(rf"{_QUOTED}\s+(?:not\s+)?in\s+(?:os\.)?environ\b")
_OF_DECOUPLE = regex(r"""\b(?:config|env(?:\.\w+)?)\(\s*["']([A-Z][A-Z0-9_]*)["']""")
_DECOUPLES = ("decouple", "environs", "import environ", "starlette.config")
"""Packages that read the environment by a function of their own."""
_COMPUTED_PYTHON = regex(r"\b(?:environ(?:\.get)?\s*[\[(]|getenv\()\s*(?![\"'\s)])")
_SETTINGS = regex(
    r"^class\s+\w+\([^)\n]*\bBaseSettings\b[^)\n]*\)\s*:[^\n]*\n((?:[ \t]+[^\n]*\n?|[ \t]*\n)*)", re.MULTILINE
)
_FIELD = regex(r"^(?: {4}|\t)([A-Za-z]\w*)\s*:(?!:)", re.MULTILINE)
_PREFIX = regex(r"""env_prefix["']?\s*[=:]\s*["'](\w*)["']""")
_NOT_FIELDS = frozenset({"model_config"})

_OF_RUST = regex(
    rf"""\b(?:env|dotenvy|dotenv)::var(?:_os)?\(\s*"({_NAME})"|\b(?:option_)?env!\(\s*"({_NAME})\""""
    rf"""|\benv\s*=\s*"({_NAME})\""""
)
_CLAP = regex(
    rf"#\[(?:clap|arg)\([^\]]{{0,100}}\benv\b(?!\s*=)[^\]]{{0,100}}\)\]\s*(?:#\[[^\]]{{0,200}}\]\s*|///[^\n]*\n\s*){{0,5}}"
    rf"(?:pub\s+)?({_NAME})\s*:"
)
_OF_GO = regex(rf"""\bos\.(?:Getenv|LookupEnv)\(\s*"({_NAME})"|`[^`\n]*\b(?:env|envconfig):"({_NAME})""")
_CARGO_ITS_OWN = ("CARGO_", "OUT_DIR")
_OF_PRISMA = regex(rf"""\benv\(\s*"({_NAME})"\s*\)""")
_COMMENTS = ("//", "#", "*", "/*")


class VariableUse(NamedTuple):
    """A variable that a source reads, and the position. `name` is empty where it is computed."""

    name: str
    at: int


def variables_in(text: str, language: Language) -> Iterator[VariableUse]:
    """The variables that a source of that language reads; not those in lines that are comments."""
    for use in _READERS[language](text):
        if not in_comment(text, use.at):
            yield use


def in_prisma(text: str) -> Iterator[VariableUse]:
    """The variables that a schema of Prisma reads."""
    return _found(_OF_PRISMA, text)


def in_comment(text: str, at: int) -> bool:
    """True for a position in a line that is a comment, or behind `//` in one that is none."""
    start = text.rfind("\n", 0, at) + 1
    before = text[start:at]
    if before.lstrip().startswith(_COMMENTS) and not before.lstrip().startswith("#["):
        return True
    slashes = before.find("//")
    return slashes > 0 and before[slashes - 1] in " \t" and not before[:slashes].rstrip().endswith(("'", '"', "`"))


def _found(pattern: re.Pattern[str], text: str) -> Iterator[VariableUse]:
    for match in pattern.finditer(text):
        group = match.lastindex or 0
        yield VariableUse(match[group], match.start(group))


def _node(text: str) -> Iterator[VariableUse]:
    if "env" not in text:
        return
    for use in _found(_OF_NODE, text):
        is_of_vite = text.rfind("import.meta", max(0, use.at - 20), use.at) >= 0 and use.name in _BUILT_IN
        if not is_of_vite:
            yield use
    for match in _DESTRUCTURED.finditer(text):
        for part in match[1].split(","):
            if member := _MEMBER.match(part):
                yield VariableUse(member[1], match.start())
    for match in _COMPUTED_NODE.finditer(text):
        yield VariableUse("", match.start())
    if _OF_SCHEMA.search(text):
        yield from _found(_SCHEMA_KEY, text)
    yield from _found(_OF_ENV_OBJECT, text)


def _python(text: str) -> Iterator[VariableUse]:
    if "environ" in text or "getenv" in text:
        yield from _found(_OF_PYTHON, text)
        yield from (VariableUse("", match.start()) for match in _COMPUTED_PYTHON.finditer(text))
    if "in os.environ" in text or "in environ" in text:
        yield from _found(_CHECKED_PYTHON, text)
    if any(name in text for name in _DECOUPLES):
        yield from _found(_OF_DECOUPLE, text)
    for block in _SETTINGS.finditer(text) if "BaseSettings" in text else ():
        prefix = found[1] if (found := _PREFIX.search(block[1])) else ""
        for field in _FIELD.finditer(block[1]):
            if field[1] not in _NOT_FIELDS:
                yield VariableUse((prefix + field[1]).upper(), block.start(1) + field.start(1))


def _rust(text: str) -> Iterator[VariableUse]:
    if "env" not in text:
        return
    yield from (use for use in _found(_OF_RUST, text) if not use.name.startswith(_CARGO_ITS_OWN))
    yield from (VariableUse(use.name.upper(), use.at) for use in _found(_CLAP, text))


def _go(text: str) -> Iterator[VariableUse]:
    return _found(_OF_GO, text) if "env" in text.lower() else iter(())


_READERS: Mapping[Language, Callable[[str], Iterator[VariableUse]]] = {
    Language.NODE: _node,
    Language.PYTHON: _python,
    Language.RUST: _rust,
    Language.GO: _go,
}
