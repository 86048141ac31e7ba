"""The first line of a conventional commit: `type(scope)!: words` (Conventional Commits 1.0). Pure."""

from loop_tui.model.base import Model
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line

ALIASES = {"feature": "feat"}
KNOWN = frozenset(
    ("feat", "fix", "perf", "docs", "chore", "test", "refactor", "style", "ci", "build", "revert"),
)
"""The types that the release rules speak of."""

_HEADER = regex(r"(?P<type>[A-Za-z][\w-]*)(?:\((?P<scope>[^()]+)\))?(?P<bang>!)?:\s+(?P<words>\S.*)")


class Header(Model):
    """A conventional line. `type` is lower-case with its aliases resolved."""

    type: str
    scope: str = ""
    breaking: bool = False
    words: str = ""

    @property
    def known(self) -> bool:
        """True when the type is one of those that the release rules speak of."""
        return self.type in KNOWN


def header_of(word: str, scope: str, words: str, *, breaking: bool) -> Header:
    """A header of its parts as they were written."""
    kind = word.lower()
    return Header(type=ALIASES.get(kind, kind), scope=one_line(scope).strip(), breaking=breaking, words=one_line(words))


def read_header(line: str) -> Header | None:
    """The conventional header that a line is, or None."""
    match = _HEADER.fullmatch(line.strip())
    if match is None:
        return None
    return header_of(match["type"], match["scope"] or "", match["words"], breaking=bool(match["bang"]))
