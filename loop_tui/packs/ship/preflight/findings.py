"""What preflight looks at, and what it says about it."""

from pathlib import Path
from typing import Protocol

from msgspec import Struct

from loop_tui.model.definition import LoopDefinition
from loop_tui.model.state import RunState
from loop_tui.packs.ship import choices

PLANS = "release-planner"
PUSHES, DISTRIBUTES = choices.PUSHES, choices.DISTRIBUTES


class Finding(Struct, frozen=True):
    """One thing that was looked at. Only a `fatal` one stops the run; `fix` is the command that does away with it."""

    name: str
    words: str
    fix: str = ""
    fatal: bool = False
    external: bool = False

    @property
    def good(self) -> bool:
        """True when there is nothing to do about it."""
        return not self.fix and not self.fatal


class Subject(Protocol):
    """What a look needs to know: a `Context` does, and so does a `Prospect`."""

    @property
    def project(self) -> Path:
        """The project folder."""

    @property
    def home(self) -> Path:
        """Where finished runs are kept."""

    @property
    def state_file(self) -> Path:
        """Where its run is kept."""

    @property
    def definition(self) -> LoopDefinition:
        """The loop, with the project's settings in it."""

    @property
    def state(self) -> RunState:
        """The run."""


class Prospect(Struct, frozen=True):
    """A run that is only looked at: nobody drives it, and it need not exist."""

    project: Path
    state_file: Path
    definition: LoopDefinition
    state: RunState
    home: Path


def will_do(subject: Subject, skill_id: str) -> bool:
    """True when this skill belongs to the run, and nobody skipped it."""
    return choices.will_do(subject.definition, subject.state, skill_id)


def setting(subject: Subject, name: str) -> str:
    """A setting of the skill that pushes, empty when it has none."""
    for phase in subject.definition.phases:
        for skill in phase.skills:
            if skill.id == PUSHES and isinstance(value := skill.settings.get(name), str):
                return value
    return ""
