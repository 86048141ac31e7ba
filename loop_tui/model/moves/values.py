"""Moves as values: what could be done, what shows it, what it would unblock, and the measured inputs of its score.

Texts are those of documents: whoever shows them cleans them.
"""

from collections.abc import Mapping
from enum import IntEnum

from msgspec import Struct, field

from loop_tui.model.context.values import Source
from loop_tui.model.dream.rollup import Rolled
from loop_tui.model.dream.tree import Roadmap

RELEASE_LOOP = "distribution-loop"


class MoveKind(IntEnum):
    """The kinds of moves; those with the lower number come first, whatever their scores.

    After a loop that changed code the release comes first (SPEC section 7); then what a person began and what broke,
    before anything new.
    """

    RELEASE_AFTER_LOOP = 0
    ANSWER = 1
    CONTINUE = 2
    REPAIR = 3
    RELEASE = 4
    BUILD = 5
    DOCUMENTS = 6

    @property
    def word(self) -> str:
        """It as scripts read it: `release-after-loop`."""
        return self.name.lower().replace("_", "-")


class Measured(Struct, frozen=True):
    """One input of a score, 1 to 10, and what it was measured by; or, where it `is_stated`, which person said so."""

    value: float
    by: str
    is_stated: bool = False


class MoveInputs(Struct, frozen=True):
    """The inputs of the score; None for what was neither measured nor stated by a person.

    Alignment with the Dream State, what is unlocked, how likely it succeeds, time and effort (10: fast and light).
    """

    alignment: Measured | None = None
    unlock: Measured | None = None
    likelihood: Measured | None = None
    time: Measured | None = None
    effort: Measured | None = None


class Move(Struct, frozen=True):
    """One thing that could be done next: a loop, and what it would be about; `loop` is empty for work on documents.

    `what` says it in a line, `evidence` where it is known from; `unblocks` are the names of what waits for it. `score`
    is None unless all inputs were measured.
    """

    kind: MoveKind
    loop: str
    target: str
    what: str
    module: str = ""
    """The module of the Dream State that it is about, for a run of that module."""

    evidence: tuple[Source, ...] = ()
    unblocks: tuple[str, ...] = ()
    inputs: MoveInputs = MoveInputs()
    score: float | None = None
    is_begun: bool = False


class RunHere(Struct, frozen=True):
    """A run that is there: what it needs, in a line. `file` is its state file.

    `needs_answer` where a gate, a question or a manual skill waits for a person; `stands` where it failed, or stopped;
    neither where somebody works on it, or it is blocked. `about` are the module that it is scoped to, and the target of
    the move that it began with.
    """

    loop: str
    headline: str
    file: str = ""
    needs_answer: bool = False
    stands: bool = False
    about: tuple[str, ...] = ()


class LoopHistory(Struct, frozen=True):
    """How the runs of a loop here ended, and how long those that succeeded usually worked (None: not known)."""

    runs: int = 0
    succeeded: int = 0
    usual_ms: int | None = None


class LastRun(Struct, frozen=True):
    """The run that ended last here, of any loop. `changed` are files that it changed, as far as is known.

    `commits` is how many were made here while it went on, by whomever.
    """

    loop: str
    source: Source
    succeeded: bool = True
    changed: tuple[str, ...] = ()
    commits: int = 0


class MoveFacts(Struct, frozen=True):
    """All that moves are made from. `system` is the roll-up of the project's system, with its functions.

    `depends` says of a module which others it needs; `broken` are the places (document, line) of functions whose check
    failed. `unreleased` says what was committed since the last release, empty where nothing was or it is not known;
    `released` is the run of that release.
    """

    system: Rolled | None = None
    roadmap: Roadmap | None = None
    roadmap_file: str = ""
    depends: tuple[tuple[str, tuple[str, ...]], ...] = ()
    broken: frozenset[tuple[str, int]] = frozenset()
    runs: tuple[RunHere, ...] = ()
    last: LastRun | None = None
    unreleased: str = ""
    released: Source | None = None
    stale: tuple[Source, ...] = ()
    """What in documents is stale, by place."""

    stated: Mapping[str, Mapping[str, Measured]] = field(default_factory=dict)
    """Inputs that a person stated, by the key of the target and their names: they count where nothing is measured."""

    history: tuple[tuple[str, LoopHistory], ...] = ()
    build_loop: str = "engineering-loop"
    repair_loop: str = "engineering-loop"
    """The loops that build, and repair, here: whichever the catalog has."""

    def history_of(self, loop: str) -> LoopHistory:
        """How the runs of a loop went."""
        return next((known for name, known in self.history if name == loop), LoopHistory())
