"""Routes that tell whether a service is well, by language and framework."""

import re
from bisect import bisect
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from loop_tui.model.regex import regex
from loop_tui.services.toolchains.toolchain import Language

from .variables import in_comment

_NAMES = (
    regex(r"/_?(?:health|healthz|health[-_]?checks?|healthy)/?$"),
    regex(r"/(?:livez?|readyz?|liveness|readiness|alive)/?$"),
    regex(r"/(?:ping|heartbeat|up|status)/?$"),
)
"""The last part of the route of a health check, the plainest first."""
_PARAMETERS = frozenset("<>{}[]:*()")
_SIGNS = ("health", "live", "ready", "readi", "ping", "heartbeat", "status", "/up")
"""A source without any of these has none of them."""
_OF_NODE = regex(r"\b(\w+)\.(?:get|all|head|use)\(\s*[\"'`](/[^\"'`\s]{0,200})[\"'`]")
_CONTROLLER = regex(r"@Controller\(\s*(?:[\"'`]([^\"'`\n]{0,200})[\"'`])?")
_GET = regex(r"@Get\(\s*(?:[\"'`]([^\"'`\n]{0,200})[\"'`])?\s*\)")
GLOBAL_PREFIX = regex(r"\.setGlobalPrefix\(\s*(?:[\"'`]([^\"'`\n]{0,200})[\"'`])?")
_OF_PYTHON = regex(r"@(\w+)\.(?:get|route|api_route|head)\(\s*[\"'](/[^\"'\n]{0,200})[\"']")
_ROUTER = regex(r"^(\w+)\s*=\s*(?:APIRouter|Blueprint)\(([^)]{0,300})\)", re.MULTILINE)
_ROUTER_PREFIX = regex(r"(?:url_)?prefix\s*=\s*[\"']([^\"'\n]{0,200})[\"']")
_OF_DJANGO = regex(r"\b(?:re_)?path\(\s*r?[\"']\^?([^\"'$\n]{1,200})\$?[\"']")
_OF_RUST = regex(r"\.route\(\s*\"(/[^\"\n]{0,200})\"|#\[get\(\"(/[^\"\n]{0,200})\"")
_NESTED = regex(r"\.nest\(|\bscope\(|#\[.*mount")
_OF_GO = regex(r"\b(\w+)\.(?:GET|Get|HandleFunc|Handle|Any)\(\s*\"(?:GET )?(/[^\"\n]{0,200})\"")
_GIVEN = regex(r"\b(\w+)\s+\*?(?:gin\.RouterGroup|echo\.Group|fiber\.Router|chi\.Router)\b")
_LONGEST = 500
"""The most characters of a route."""
_GROUP = regex(r"\b(\w+)\s*:?=\s*(\w+)\.(?:Group|Route)\(\s*\"([^\"\n]{0,200})\"")
_NEXT_APP = regex(r"(?:^|/)app/(.+)/route\.[cm]?[jt]s$")
_NEXT_PAGES = regex(r"(?:^|/)pages/(api/.+?)(?:/index)?\.[cm]?[jt]sx?$")
_NEXT_GROUP = regex(r"^\(.*\)$")
_ROOTS = frozenset({"app", "server", "fastify", "api", "application", "web", "http", "mux"})


class HealthRoute(NamedTuple):
    """A route, its position, how plain its name is (0 first), and whether it is certain what stands before it."""

    path: str
    at: int
    rank: int
    is_whole: bool


def rank_of(path: str) -> int:
    """How plainly a route is one that tells of health, 0 first; -1 for other routes, such as those with parameters."""
    if not _PARAMETERS.isdisjoint(path):
        return -1
    return next((rank for rank, pattern in enumerate(_NAMES) if pattern.search(path)), -1)


def routes_in(text: str, language: Language, framework: str, path: str) -> Iterator[HealthRoute]:
    """The health routes of a source. `path` is that of the file, which is the route where Next is used."""
    if framework != "next" and not any(sign in text for sign in _SIGNS):
        return
    for route, at, is_whole in _READERS[language](text, framework, path):
        rank = rank_of(route)
        if rank >= 0 and not in_comment(text, at):
            yield HealthRoute(route, at, rank, is_whole)


_Routes = Iterator[tuple[str, int, bool]]
_Reader = Callable[[str, str, str], _Routes]


def _node(text: str, framework: str, path: str) -> _Routes:
    if framework == "next":
        found = _NEXT_APP.search(path) or _NEXT_PAGES.search(path)
        if found:
            yield "/" + "/".join(part for part in found[1].split("/") if not _NEXT_GROUP.match(part)), 0, True
        return
    if framework == "nest":
        controllers = list(_CONTROLLER.finditer(text))
        starts = [each.start() for each in controllers]
        for get in _GET.finditer(text):
            own = bisect(starts, get.start())
            if own:
                yield joined_route(controllers[own - 1][1] or "", get[1] or ""), get.start(), True
        return
    for match in _OF_NODE.finditer(text):
        yield match[2], match.start(), match[1] in _ROOTS


def _python(text: str, framework: str, path: str) -> _Routes:
    if framework == "django":
        for match in _OF_DJANGO.finditer(text) if path.endswith("urls.py") else ():
            yield f"/{match[1]}", match.start(), True
        return
    prefixes = {m[1]: p[1] if (p := _ROUTER_PREFIX.search(m[2])) else "" for m in _ROUTER.finditer(text)}
    for match in _OF_PYTHON.finditer(text):
        # What includes a router may put something before it.
        yield prefixes.get(match[1], "") + match[2], match.start(), match[1] not in prefixes and match[1] in _ROOTS


def _rust(text: str, framework: str, path: str) -> _Routes:
    is_whole = not _NESTED.search(text)
    for match in _OF_RUST.finditer(text):
        yield match[1] or match[2], match.start(), is_whole


def _go(text: str, framework: str, path: str) -> _Routes:
    groups: dict[str, str] = {}
    for match in _GROUP.finditer(text):
        groups[match[1]] = (groups.get(match[2], "") + match[3])[:_LONGEST]
    given = {match[1] for match in _GIVEN.finditer(text)}
    for match in _OF_GO.finditer(text):
        yield groups.get(match[1], "") + match[2], match.start(), match[1] not in given


_READERS: Mapping[Language, _Reader] = {
    Language.NODE: _node,
    Language.PYTHON: _python,
    Language.RUST: _rust,
    Language.GO: _go,
}


def joined_route(*parts: str) -> str:
    """The route of parts that may or may not begin and end with a slash."""
    return "/" + "/".join(stripped for part in parts if (stripped := part.strip("/")))
