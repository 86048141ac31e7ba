"""What of a commit's body is its author's own: programs that update dependencies quote what others wrote. Pure."""

import re
from collections.abc import Iterator, Sequence

from loop_tui.model.regex import regex

from .headers import Header

_UPDATERS = ("dependabot", "renovate", "greenkeeper", "snyk-bot", "depfu", "pyup-bot", "scala-steward")
_TRAILER = regex(r"(?:signed-off-by|co-authored-by|authored-by):\s*(?P<who>.*)", re.IGNORECASE)
_METADATA = "updated-dependencies:"
_TYPES = frozenset(("chore", "build", "fix"))
_SCOPES = regex(r"(?:dev-?|peer-?)?(?:deps?|dependenc(?:y|ies)|package)(?:-(?:dev|ops|peer|lock))?", re.IGNORECASE)
_WORDS = regex(
    r"(?:\[security\] )?(?:(?:bump|update|upgrade) \S+ from v?\d\S* to v?\d|bump the \S+ group\b"
    r"|(?:update|pin|roll ?back) (?:\S+ ){0,2}dependenc(?:y|ies)\b|lock file maintenance\b)",
    re.IGNORECASE,
)
_TITLE = regex(r"\w+(?:\([^()]*\))?!?:\s*")
_QUOTES = regex(
    r"#{1,4} (?:release notes|changelog|configuration)\b|bumps? \S.* from \S+ to \S+"
    r"|this pr (?:contains|was generated|has been generated)|(?:release notes|changelog|commits)$",
    re.IGNORECASE,
)
_FOLDED = regex(r"<(?P<end>/?)(?:details|blockquote)>", re.IGNORECASE)


def own_lines(author: str, subject: str, header: Header | None, body: Sequence[str]) -> list[str]:
    """The lines of a body that are said by whoever made the commit, and not quoted from another package's changelog.

    Nothing of what a program that updates dependencies wrote is its own: the author tells, or below the title of an
    update its trailer (a person who merges such an update becomes its author). Of an update that anybody else made, an
    agent among them, the quoted parts are not. Everything else is, whatever its words look like: an upgrade of the
    project's own API is no update.
    """
    if _is_updater(author):
        return []
    named, updates = _is_named(subject), _is_update(header)
    if not named and not updates:
        return list(body)
    lines = [line.strip() for line in body]
    trailers = [m["who"] for m in map(_TRAILER.match, lines) if m]
    if any(map(_is_updater, trailers)) or any(line.lower().startswith(_METADATA) for line in lines):
        return []
    return list(body) if header is not None and header.type == "feat" else list(_outside_quotes(body))


def _is_updater(name: str) -> bool:
    return any(program in name.lower() for program in _UPDATERS)


def _is_update(header: Header | None) -> bool:
    """True for `chore(deps): ...` and its like."""
    return header is not None and header.type in _TYPES and bool(_SCOPES.fullmatch(header.scope))


def _is_named(subject: str) -> bool:
    """True for `bump X from A to B` and its like."""
    title = _TITLE.match(subject)
    return bool(_WORDS.match(subject[title.end() :] if title else subject))


def _outside_quotes(body: Sequence[str]) -> Iterator[str]:
    """The lines before the first quoted section, without what is folded away."""
    depth = 0
    for line in body:
        if _QUOTES.match(line.strip()):
            return
        marks = [-1 if m["end"] else 1 for m in _FOLDED.finditer(line)]
        if not depth and not marks:
            yield line
        depth = max(0, depth + sum(marks))
