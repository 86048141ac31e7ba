"""Documents as they are judged: kind, life cycle, references, and what was found wrong with them (SPEC section 7)."""

from enum import StrEnum

from msgspec import Struct

from loop_tui.model.regex import regex

_DATED = regex(r"\d{4}-\d{2}-\d{2}(?!\d)")


class DocKind(StrEnum):
    """What a document is for; the name is also that of the folder that it lies in."""

    GUIDES = "guides"
    SPECS = "specs"
    DECISIONS = "decisions"
    REVIEWS = "reviews"
    AUDITS = "audits"
    RUNS = "runs"


class LifeCycle(StrEnum):
    """Where a document stands, by `state` in its front matter; one without is active."""

    DRAFT = "draft"
    ACTIVE = "active"
    STALE = "stale"
    ARCHIVED = "archived"
    PRUNED = "pruned"


JUDGED = frozenset({LifeCycle.DRAFT, LifeCycle.ACTIVE, LifeCycle.STALE})
"""What is archived or pruned is history: nobody expects it to be right today."""
RECORDS = frozenset({DocKind.DECISIONS, DocKind.REVIEWS, DocKind.AUDITS, DocKind.RUNS})
"""These say what was so at a moment: files, commands and versions that they name may be gone, links may not."""


class ReferenceMarkup(StrEnum):
    """How a reference is written: a link or picture, code within a line, a line of a fence."""

    LINK = "link"
    CODE = "code"
    SHELL = "shell"


class Reference(Struct, frozen=True):
    """What a document refers to: the target of a link, or code; lines count from 1."""

    line: int
    markup: ReferenceMarkup
    text: str


class MarkdownDocument(Struct, frozen=True):
    """A document, read. `path` is that from the top of the project, with slashes.

    `anchors` are what links can name in it. `life` and `version` are as the front matter says, with their lines (0
    where it does not say them); `unknown` has values of it that mean nothing, each with its line.
    """

    path: str
    title: str
    kind: DocKind
    life: LifeCycle
    references: tuple[Reference, ...]
    anchors: frozenset[str]
    life_line: int = 0
    version: str = ""
    version_line: int = 0
    unknown: tuple[tuple[int, str], ...] = ()

    @property
    def is_record(self) -> bool:
        """True where it says what was so at a moment: by its kind, or by its date."""
        return self.kind in RECORDS or self.is_dated

    @property
    def is_dated(self) -> bool:
        """True where its name begins with a day, as those of plans and notes do."""
        return _DATED.match(self.path.rpartition("/")[2]) is not None


class FindingKind(StrEnum):
    """What is stale about a document."""

    LINK = "link"
    HEADING = "heading"
    PATH = "path"
    COMMAND = "command"
    RUN = "run"
    VERSION = "version"
    AGE = "age"
    STATE = "state"
    UNREAD = "unread"


class DocFinding(Struct, frozen=True, order=True):
    """One thing that is stale: where it stands, what it is, and why."""

    path: str
    line: int
    kind: FindingKind
    reference: str
    why: str
