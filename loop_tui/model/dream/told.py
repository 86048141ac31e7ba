"""What Dream States are told of a run, and what changes in them by it (SPEC section 7)."""

from pathlib import Path

from msgspec import Struct

from loop_tui.model.problem import Problem


class CompletedRun(Struct, frozen=True):
    """A run that is over, as a row tells of it. `date` is of the form `2026-03-02`; `more` is what it delivered."""

    id: str
    date: str
    loop: str
    outcome: str
    module: str = ""
    more: str = ""


class RunningLoop(Struct, frozen=True):
    """A run that goes on, as a row of Active Loops tells of it. `started` is a date of the form `2026-03-02`."""

    id: str
    loop: str
    phase: str
    started: str
    module: str = ""


class ItemsDone(Struct, frozen=True):
    """What is operational by a run: items by exactly their names, and all whose check passed on that commit."""

    names: tuple[str, ...] = ()
    commit: str = ""


class ChecklistItem(Struct, frozen=True):
    """One thing that a run was held to: a function, or a module of which no function is listed."""

    name: str
    is_done: bool


class DocumentEdit(Struct, frozen=True):
    """What becomes of one document."""

    path: Path
    before: str
    after: str


class DreamEdits(Struct, frozen=True):
    """What changes in the documents of a project, and in those outside of it; nothing is written yet.

    `problems` names the documents that cannot be read: they stay as they are.
    """

    inside: tuple[DocumentEdit, ...] = ()
    outside: tuple[DocumentEdit, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def all(self) -> tuple[DocumentEdit, ...]:
        """All edits, those inside first."""
        return (*self.inside, *self.outside)
