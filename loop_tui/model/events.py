"""Events: what happened in a run, one a line in the journal (SPEC section 3)."""

from enum import StrEnum

from pydantic import Field, JsonValue

from .base import Model
from .problem_codes import Code


class Category(StrEnum):
    """What an event is about."""

    PHASE = "phase"
    SKILL = "skill"
    GATE = "gate"
    DECISION = "decision"
    SYSTEM = "system"


class Change(Model):
    """Something that is to happen: an event that has no id and no time yet."""

    category: Category
    action: str
    subject: str = ""
    context: dict[str, JsonValue] = Field(default_factory=dict)
    duration_ms: int | None = None
    outcome: str | None = None


class Event(Change):
    """Something that happened. `timestamp` is UTC, ISO-8601 with `Z`."""

    id: str
    run: str
    timestamp: str


class Refusal(Model):
    """Why something asked for was not done. Nothing changed."""

    reason: str
    todo: str = ""
    code: Code = Code.NOT_ALLOWED

    def __str__(self) -> str:
        """One line for a person."""
        return f"{self.reason} ({self.todo})" if self.todo else self.reason
