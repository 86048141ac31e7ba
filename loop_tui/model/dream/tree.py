"""What Dream States say, as values: a tree of organization, systems, modules and functions, and what is beside it.

Texts are as their documents have them, without the marks of Markdown; whoever shows them cleans them.
"""

from enum import StrEnum

from msgspec import Struct


class Tier(StrEnum):
    """The tiers of SPEC section 7, and the functions of which the lowest consists."""

    ORGANIZATION = "organization"
    SYSTEM = "system"
    MODULE = "module"
    FUNCTION = "function"


class NodeStanding(StrEnum):
    """How far something is. What is deferred is shown and does not count; what is blocked is open, with a reason."""

    DONE = "done"
    OPEN = "open"
    BLOCKED = "blocked"
    DEFERRED = "deferred"


class SaidBy(StrEnum):
    """Where a document says something about a tier, beside the list of what belongs to it."""

    TABLE = "table"
    HEADING = "heading"
    TICK = "tick"
    REGISTRY = "registry"
    SYSTEM = "system's document"


class Stated(Struct, frozen=True):
    """What one place of a document says about a tier as a whole; parts that it does not say are empty or None.

    `percent` is a number from 0 to 100; `document` and `line`, which counts from 1, are where it is said.
    """

    by: SaidBy
    standing: NodeStanding | None = None
    words: str = ""
    done: int | None = None
    total: int | None = None
    percent: int | None = None
    document: str = ""
    line: int = 0

    @property
    def says_something(self) -> bool:
        """True unless it leaves open how far the tier is."""
        return self.standing is not None or self.total is not None or self.percent is not None


class Node(Struct, frozen=True):
    """One organization, system, module or function.

    `standing` is that of a function, by its box; of the others it is set only where they are deferred. `document` is
    the path of the file that lists it, `line` the line there, from 1; `folder` is where a module is, from the top of
    its system, as its table or registry says.
    """

    tier: Tier
    name: str
    text: str = ""
    standing: NodeStanding | None = None
    children: "tuple[Node, ...]" = ()
    stated: tuple[Stated, ...] = ()
    folder: str = ""
    document: str = ""
    line: int = 0


class ActiveLoop(Struct, frozen=True):
    """A loop that a document says is running; `text` is all there is of one that stands in no table."""

    loop: str = ""
    phase: str = ""
    module: str = ""
    started: str = ""
    text: str = ""
    line: int = 0

    @property
    def words(self) -> str:
        """It on one line, as its document has it."""
        started = f"since {self.started}" if self.started else ""
        return self.text or " ".join(filter(None, (self.loop, self.phase, self.module, started)))


class Completion(Struct, frozen=True):
    """A run that a document lists as completed; `text` is all there is of one that stands in no table.

    `more` is what its row has in other columns.
    """

    date: str = ""
    loop: str = ""
    module: str = ""
    outcome: str = ""
    more: str = ""
    text: str = ""
    line: int = 0

    @property
    def words(self) -> str:
        """It on one line, as its document has it."""
        return self.text or " ".join(filter(None, (self.date, self.loop, self.module, self.outcome, self.more)))


class Kept(Struct, frozen=True):
    """A section that is not understood, as it is."""

    title: str
    line: int
    text: str


class DreamState(Struct, frozen=True):
    """One document. `vision` is the purpose of a module, `vision_line` where that is said, from 1.

    `folder` is where a module has its document, from the top of its system.
    """

    root: Node
    vision: str = ""
    loops: tuple[ActiveLoop, ...] = ()
    completions: tuple[Completion, ...] = ()
    depends_on: tuple[str, ...] = ()
    depended_on_by: tuple[str, ...] = ()
    kept: tuple[Kept, ...] = ()
    folder: str = ""
    vision_line: int = 0


class RoadmapItem(Struct, frozen=True):
    """One thing that a roadmap plans."""

    name: str
    standing: NodeStanding
    depends_on: tuple[str, ...] = ()
    line: int = 0


class RoadmapGroup(Struct, frozen=True):
    """A layer, version or phase of a roadmap."""

    title: str
    items: tuple[RoadmapItem, ...]


class Roadmap(Struct, frozen=True):
    """One roadmap."""

    groups: tuple[RoadmapGroup, ...] = ()
    kept: tuple[Kept, ...] = ()


def key_of(name: str) -> str:
    """What makes two names the same: letters, digits and signs, in any case, however words are joined."""
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())
