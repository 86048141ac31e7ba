"""Whether a program wrote a commit that updates dependencies: its body quotes what others changed. Pure."""

import re
from collections.abc import Sequence

from .headers import Header

_UPDATERS = ("dependabot", "renovate", "greenkeeper", "snyk-bot", "depfu", "pyup-bot", "scala-steward")
_TRAILER = re.compile(r"(?:signed-off-by|co-authored-by|authored-by):\s*(?P<who>.*)", re.IGNORECASE)
_SCOPES = re.compile(r"(?:dev-?|peer-?)?(?:deps?|dependenc(?:y|ies)|package)(?:-(?:dev|ops|peer|lock))?", re.IGNORECASE)
_UPDATES = re.compile(
    r"(?:\w+(?:\([^()]*\))?!?:\s*)?(?:\[security\] )?(?:bump|update|upgrade|pin|roll back|lock file maintenance)\b",
    re.IGNORECASE,
)
_QUOTES = re.compile(
    r"#{1,4} (?:release notes|changelog|configuration)\b|<(?:details|summary|blockquote)>|updated-dependencies:"
    r"|bumps? \S.* from \S+ to \S+|this pr (?:contains|was generated|has been generated)"
    r"|(?:release notes|changelog|commits)$",
    re.IGNORECASE,
)
_OWN = re.compile(r"\[bot\]|-bot\b|\bbot-", re.IGNORECASE)


def wrote_by_program(author: str, subject: str, header: Header | None, body: Sequence[str]) -> bool:
    """True when the body of a commit is that of a dependency update made by a program: what it says is said of others.

    The author tells, or a trailer (a person who merges such an update becomes its author), or what only programs put
    into the body of an update. What a person writes below `chore(deps): ...` is their own, and so is what an agent
    writes below anything that is no such update.
    """
    if any(program in author.lower() for program in _UPDATERS):
        return True
    if not _is_update(subject, header):
        return False
    trailers = [m["who"] for m in map(_TRAILER.match, map(str.strip, body)) if m]
    return any(map(_is_program, (author, *trailers))) or any(_QUOTES.match(line.strip()) for line in body)


def _is_program(name: str) -> bool:
    return any(program in name.lower() for program in _UPDATERS) or bool(_OWN.search(name))


def _is_update(subject: str, header: Header | None) -> bool:
    scope = header.scope if header else ""
    return bool(scope and _SCOPES.fullmatch(scope)) or bool(_UPDATES.match(subject))
