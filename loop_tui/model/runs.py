"""Runs that are over, as the archive tells about them (SPEC section 7)."""

from pydantic import Field, JsonValue

from .base import Model
from .chosen_move import MoveChoice
from .evidence import Check, Effect
from .outcome import RunOutcome as RunOutcome
from .outcome import read_outcome as read_outcome


class SkippedSkill(Model):
    """A skill that the run went without, and why."""

    skill: str
    phase: str = ""
    reason: str = ""
    at: str = ""


class RunSummary(Model):
    """One run that is over.

    `path` is the JSON file, or empty when only a folder is left; `folder` is the folder beside it, or empty.
    `project` is the folder that the run was in, empty where the archive does not say.
    `completed_at` is a UTC timestamp that can always be read: where the archive does not say, its name or age does.
    The counts hold even where an archive gives numbers instead of names. `durations` is milliseconds per skill,
    `duration_ms` is from the beginning to the end, `working_ms` without what it waited for people: what is compared,
    `evidence` the checks each gate was decided by; `told` is what else the summary says, as packs wrote it there
    (`runners.pack_api.PackSummary`): only they know what it means.
    """

    path: str = ""
    folder: str = ""
    project: str = ""
    run: str = ""
    loop: str = ""
    version: str = ""
    system: str = ""
    module: str | None = None
    started_at: str = ""
    completed_at: str
    duration_ms: int | None = None
    working_ms: int | None = None
    outcome: RunOutcome = RunOutcome.PARTIAL
    phases_completed: tuple[str, ...] = ()
    phases_completed_count: int = 0
    phases_skipped: tuple[str, ...] = ()
    gates_passed: tuple[str, ...] = ()
    gates_passed_count: int = 0
    gates_failed: tuple[str, ...] = ()
    gates_skipped: tuple[str, ...] = ()
    deliverables: tuple[str, ...] = ()
    deliverables_count: int = 0
    checklist_completed: int = 0
    checklist_total: int | None = None
    skipped_skills: tuple[SkippedSkill, ...] = ()
    durations: dict[str, int] = Field(default_factory=dict)
    evidence: dict[str, tuple[Check, ...]] = Field(default_factory=dict)
    effects: tuple[Effect, ...] = ()
    leverage_decision: MoveChoice | None = None
    told: dict[str, JsonValue] = Field(default_factory=dict)
    state: JsonValue = None
