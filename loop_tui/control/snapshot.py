"""One immutable picture of a run: everything that the screen shows, taken at one instant.

The feed takes snapshots, the app posts each as one message, and the widgets compare it with what they show.
Nothing here does I/O, and nothing of the engine is imported before the first paint.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from loop_tui.model.clock import ms_between
from loop_tui.model.problem import told
from loop_tui.model.text import one_line

if TYPE_CHECKING:
    from loop_tui.model.actions import Action
    from loop_tui.model.binding import Binding
    from loop_tui.model.definition import GateDefinition, LoopDefinition
    from loop_tui.model.evidence import Deliverable, Question
    from loop_tui.model.lease import LeaseRecord
    from loop_tui.model.panel import NextTold, ReadyTold
    from loop_tui.model.problem import Problem
    from loop_tui.model.state import RunState
    from loop_tui.model.stats.usual import Usual

    from .attention import Attention
    from .presence import Presence
    from .shipped import Shipped


class Trouble(NamedTuple):
    """A Problem as a value, so that two snapshots can be compared."""

    what: str
    where: str = ""
    todo: str = ""

    @classmethod
    def of(cls, problem: Problem) -> Trouble:
        """The trouble that a problem tells of."""
        return cls(problem.what, problem.where, problem.todo)

    def __str__(self) -> str:
        """One line, as a Problem says it."""
        return told(self.what, self.where, self.todo)


class TrustAsk(NamedTuple):
    """What a repository brought along, and nobody agreed to yet (SPEC section 2): a definition, or addresses in one.

    `does` says all of it, a line each; `changed` what is another way than when the person agreed before: lines that
    begin with `+` or `-`; `trouble` why an earlier answer cannot be read. `addresses` is True for no definition.
    """

    path: str
    sha256: str
    loop: str = ""
    does: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    trouble: str = ""
    addresses: bool = False

    @property
    def question(self) -> str:
        """What is asked."""
        return "Trust these addresses?" if self.addresses else "Trust this definition file?"

    @property
    def words(self) -> str:
        """What it is, for a question, without its place."""
        if self.addresses:
            return "its settings come from this repository and name addresses that a run will contact"
        return "it comes from this repository and can run commands"


class Ended(NamedTuple):
    """A run whose state file is gone: its last state, where it is archived, how it ended and what it shipped.

    As far as is known.
    """

    state: RunState
    archive: str = ""
    outcome: str = ""
    shipped: Shipped | None = None

    @property
    def archived(self) -> bool:
        """True when the run is known to have come to its end, rather than to have been taken away."""
        return bool(self.archive) or self.state.status == "complete"

    @property
    def word(self) -> str:
        """How it ended, in a word; `complete` is the only good one."""
        if self.outcome == "abandoned" or self.state.aborted is not None:
            return "aborted"
        return "done" if self.outcome in ("", "success") else one_line(self.outcome, 20)


class Running(NamedTuple):
    """The skill that a driver works on, and since when: a timestamp, later by what it waited for secrets meanwhile."""

    phase: str
    skill: str
    since: str = ""


class Snapshot(Struct, frozen=True):
    """What is known of a run. A `lease` carries no heartbeat here: a beat alone is no news."""

    project: Path
    loop: str
    opened: bool = False
    definition: LoopDefinition | None = None
    trust: TrustAsk | None = None
    state: RunState | None = None
    revision: str = ""
    trouble: Trouble | None = None
    has_last_good: bool = False
    lease: LeaseRecord | None = None
    starting: bool = False
    action: Action | None = None
    gate: GateDefinition | None = None
    running: Running | None = None
    resumable: bool = False
    ended: Ended | None = None
    head: str = ""
    """Branch and short commit of the project, or empty outside a repository."""
    usual: Usual | None = None
    """How long the loop and its skills usually take; None until the archive was asked."""

    panel: tuple[str, ...] = ()
    """What packs have to say of the run, a line each; empty until they were asked."""

    ready: ReadyTold | None = None
    """Before a run: what starting one would do; None while nobody looks at it."""

    next: NextTold | None = None
    """After a run, and before the next: what is worth doing now; None until somebody looks, and was told."""

    last: Shipped | None = None
    """What the last run of this loop shipped here; None until the archive was asked, and where there is none."""

    presence: Presence | None = None
    """Who works on the run; None where nobody asked, and it counts as ours."""

    binding: Binding | None = None
    """What an approval of the gate that waits binds to, as it is now."""

    documents: tuple[Deliverable, ...] = ()
    """The documents that the gate that waits is about, as they lie there now; also those that nobody recorded."""

    newer: str = ""
    """What the definition in the catalog has more and fewer than the one that the run goes by."""

    @property
    def last_archive(self) -> str:
        """Before a run: the archive of the last one, whose deliverables can still be looked at; empty otherwise."""
        before = self.state is None and self.ended is None and self.last is not None
        return self.last.archive if before and self.last is not None else ""

    @property
    def elsewhere(self) -> bool:
        """True when somebody else than our driver has the run, or what comes next in it."""
        return self.presence is not None and self.presence.elsewhere

    def usually(self, skill: str) -> int | None:
        """How long a skill usually takes in milliseconds, or None when no past run tells."""
        return self.usual.skills.get(skill) if self.usual is not None else None

    @property
    def usual_whole(self) -> int | None:
        """How long a whole run usually takes in milliseconds, or None when no past run tells."""
        return self.usual.whole if self.usual is not None else None

    def left_ms(self, now: str) -> int | None:
        """How long what is not done yet usually takes still, in milliseconds, at a moment (a timestamp).

        None while nothing runs, and where past runs do not tell of all of it.
        """
        if self.state is None or self.running is None or self.usual is None:
            return None
        undone = self.state.undone_skills
        worked_ms = ms_between(self.running.since, now) or 0
        return self.usual.left_ms(undone, self.running.skill, max(worked_ms, 0))

    @property
    def deliverables(self) -> tuple[Deliverable, ...]:
        """What can be looked at of the run: the document of a question, those of the gate that waits, what it left."""
        shown = self.state or (self.ended.state if self.ended else None)
        recorded = shown.deliverables if shown is not None else ()
        waiting = (*self._asked_about, *self.documents)
        names = {each.name for each in recorded}
        return (*(each for each in waiting if each.name not in names), *recorded)

    @property
    def _asked_about(self) -> tuple[Deliverable, ...]:
        """The document of the question that waits, which may be changed before the answer."""
        if self.question is None or not self.question.document:
            return ()
        from loop_tui.model.evidence import Deliverable

        path = self.question.document
        name = path.rpartition("/")[2]
        return (Deliverable(name=name, skill=self.question.skill, path=path, summary="asked about"),)

    @property
    def question(self) -> Question | None:
        """The question that waits for an answer, or None."""
        pending = self.state.pending_questions if self.state else ()
        return pending[0] if pending else None

    @property
    def driven(self) -> bool:
        """True when a driver works on the run, or was just started."""
        return self.lease is not None or self.starting

    @property
    def attention(self) -> Attention:
        """What the run needs from the person."""
        from .attention import attention_of

        return attention_of(self)
