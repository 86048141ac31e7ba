"""What packs say to each other about targets: what is delivered, and how far it was seen to get."""

from collections.abc import Awaitable, Callable
from enum import StrEnum

from msgspec import Struct
from pydantic import Field, JsonValue

from loop_tui.model.base import Model
from loop_tui.model.definition import TargetDefinition

from .context import Context


class Shipment(Struct, frozen=True):
    """What the run delivers: a commit and its tree. `pushed` is true when a remote was seen to hold it."""

    sha: str = ""
    tree: str = ""
    branch: str = ""
    remote: str = ""
    version: str = ""
    pushed: bool = False


class TargetLevel(StrEnum):
    """What is known about a target (SHIP "Confirming"): the first five from the strongest down, then the rest."""

    CONFIRMED = "confirmed"
    HEALTHY = "healthy"
    JOB_GREEN = "job-green"
    TRIGGERED = "triggered"
    EXPECTED = "expected"
    NOT_CONFIGURED = "not configured"
    SKIPPED = "skipped"
    SUPERSEDED = "superseded"
    NOT_SEEN = "not seen"
    FAILED = "failed"


LEVELS = (TargetLevel.CONFIRMED, TargetLevel.HEALTHY, TargetLevel.JOB_GREEN, TargetLevel.TRIGGERED)
"""The levels that a target can ask for (SHIP "Confirming"), strongest first: `expected` is nothing that anybody saw."""


class TargetVerdict(Model):
    """What is known about one target: the level reached, a line for people, the facts it rests on, and when.

    Some facts are read again: `version` (what that place shows, with its name in `place`) goes into the table of
    versions, `took_ms` tells later runs how long this usually takes, `command` is how a person sees the same.
    """

    target: str
    level: TargetLevel
    summary: str = ""
    evidence: dict[str, JsonValue] = Field(default_factory=dict)
    at: str = ""
    unfinished: bool = False
    """The time was up before the end was known: watching on may help."""


Confirm = Callable[[Context, TargetDefinition, Shipment], Awaitable[TargetVerdict]]
"""Delivers to a target, where there is something to do, and says what it saw there."""
