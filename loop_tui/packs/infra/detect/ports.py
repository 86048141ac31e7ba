"""Ports that commands and sources name, by language: where a service listens if nothing is set."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from loop_tui.model.regex import regex
from loop_tui.services.toolchains.toolchain import Language

from .variables import in_comment

_MOST = 65535
_NUMBER = r"(\d{2,5})(?![\d.])"
_VARIABLE = r"(?:APP_|API_|HTTP_|WEB_|SERVER_|SERVICE_|LISTEN_|NODE_)?PORT"
PORT_VARIABLE = regex(rf"^[ \t]*(?:export[ \t]+)?({_VARIABLE})\s*=\s*[\"']?{_NUMBER}", re.MULTILINE)
"""A line of an example of `.env` that sets a port of the service itself."""

_IN_COMMAND = regex(
    rf"(?:^|\s)(?:-p|-P|--port)[ =]{_NUMBER}(?!:)|(?:^|\s)(?:-b|--bind|--addr|--listen)[ =]\S*?:{_NUMBER}"
    rf"|(?:^|\s){_VARIABLE}={_NUMBER}|\brunserver\s+(?:\S+:)?{_NUMBER}"
)
_DEFAULTS = (
    (regex(r"\bnext\s+(?:start|dev)\b"), "3000", "the default of next"),
    (regex(r"\bnuxt\s+(?:start|dev|preview)\b"), "3000", "the default of nuxt"),
    (regex(r"(?:^|\s)vite(?:\s+(?:dev|serve))?\s*(?:$|[;&|]|--)"), "5173", "the default of vite"),
    (regex(r"\bastro\s+(?:dev|preview)\b"), "4321", "the default of astro"),
    (regex(r"\bfastapi\s+(?:run|dev)\b"), "8000", "the default of fastapi"),
    (regex(r"\b(?:uvicorn|gunicorn|hypercorn|granian)\b"), "8000", "the default of the server"),
    (regex(r"\bflask\b.*\brun\b"), "5000", "the default of flask"),
    (regex(r"\bmanage\.py\s+runserver\b"), "8000", "the default of runserver"),
)

_IN_SOURCE: Mapping[Language, tuple[re.Pattern[str], ...]] = {
    Language.NODE: (
        regex(
            r"\.listen\(\s*(?:\{[^{}]{0,200}?\bport:\s*)?(?:Number\(|parseInt\(|\+)?\s*"
            rf"(?:process\.env\.\w+\)?!?\s*(?:\|\||\?\?)\s*)?[\"'`]?{_NUMBER}"
        ),
        regex(rf"\bprocess\.env\.{_VARIABLE}(?:,\s*10)?\)?\s*(?:\|\||\?\?)\s*[\"'`]?{_NUMBER}"),
        regex(rf"\bprocess\.env\.{_VARIABLE}\s*(?:,\s*10\s*)?\)\s*:\s*{_NUMBER}"),
        regex(rf"\bserve\(\s*\{{[^{{}}]{{0,300}}?\bport:\s*{_NUMBER}"),
    ),
    Language.PYTHON: (
        regex(
            rf"\b(?:uvicorn|hypercorn|app|application|server|web)\.(?:run|run_app|listen)\([^)]{{0,300}}?\bport\s*=\s*{_NUMBER}"
        ),
        regex(rf"\b(?:environ\.get|getenv)\(\s*[\"']{_VARIABLE}[\"']\s*,\s*[\"']?{_NUMBER}"),
    ),
    Language.RUST: (
        regex(rf"\b(?:bind|listen|serve|addr|address)\w*\b[^\n;]{{0,80}}\"[^\"\n]{{0,40}}:{_NUMBER}\""),
        regex(rf"\(\[\s*\d{{1,3}}(?:\s*,\s*\d{{1,3}}){{3}}\s*\],\s*{_NUMBER}"),
        regex(rf"\bvar\(\"{_VARIABLE}\"\)[^;]{{0,120}}?\"?{_NUMBER}"),
    ),
    Language.GO: (
        regex(rf"\.(?:Run|Start|Listen|ListenAndServe|ListenAndServeTLS)\(\s*\"[^\"\n]{{0,40}}:{_NUMBER}\""),
        regex(rf"\bAddr:\s*\"[^\"\n]{{0,40}}:{_NUMBER}\""),
    ),
}
_SIGNS: Mapping[Language, tuple[str, ...]] = {
    Language.NODE: ("listen(", "PORT", "serve(", "server"),
    Language.PYTHON: (".run", ".listen(", "PORT"),
    Language.RUST: ("bind", "listen", "serve", "addr", "], ", "PORT"),
    Language.GO: (".Run", ".Start", ".Listen", "Addr:"),
}
"""A source without any of these names no port: most are told apart so, in a fraction of the time."""
_VITE_SERVER = regex(rf"\bserver\s*:\s*\{{[^{{}}]{{0,400}}?\bport\s*:\s*{_NUMBER}")
_BARE = {
    Language.GO: (regex(r"\.Run\(\s*\)"), "gin", "8080", "the default of gin"),
    Language.PYTHON: (regex(r"\bapp\.run\(\s*(?:debug\s*=\s*\w+\s*)?\)"), "flask", "5000", "the default of flask"),
}


class NamedPort(NamedTuple):
    """A port, the position where it is named, and why it is one, for a default."""

    port: str
    at: int
    why: str = ""


def in_command(command: str) -> str:
    """The port that a command names; empty when it names none."""
    match = _IN_COMMAND.search(command)
    return port_of(next((group for group in match.groups() if group), "")) if match else ""


def default_of(command: str) -> tuple[str, str]:
    """The port that a command listens on without naming one, and why; both empty where that is not known."""
    return next(((port, why) for pattern, port, why in _DEFAULTS if pattern.search(command)), ("", ""))


def port_of(text: str) -> str:
    """The number of a port as it is written; empty for what is none."""
    return str(int(text)) if text.isascii() and text.isdigit() and 0 < int(text[:9]) <= _MOST else ""


def in_source(text: str, language: Language, name: str) -> Iterator[NamedPort]:
    """The ports that a source names where it listens; not those in comments. `name` is that of the file."""
    patterns = (_VITE_SERVER,) if name.startswith("vite.config.") else _IN_SOURCE[language]
    for pattern in patterns if any(sign in text for sign in _SIGNS[language]) else ():
        for match in pattern.finditer(text):
            port = port_of(match[match.lastindex or 0])
            if port and not in_comment(text, match.start()):
                yield NamedPort(port, match.start(match.lastindex or 0))


def default_in_source(text: str, language: Language, framework: str) -> NamedPort | None:
    """The port of a framework whose listening call names none."""
    pattern, of, port, why = _BARE.get(language, (None, "", "", ""))
    match = pattern.search(text) if pattern and of == framework else None
    return NamedPort(port, match.start(), why) if match and not in_comment(text, match.start()) else None
