"""Loop definitions: named pipelines of phases, skills and gates (SPEC section 2)."""

from typing import Any, Literal

from pydantic import Field, JsonValue, model_validator

from .base import Model
from .status import Autonomy, GateType

BUILTIN, COMMANDS, MANUAL = "builtin", "commands", "manual"
"""The runners that a definition of ours may name; packs and later versions may bring others (`runners`)."""


Need = Literal["git"]
"""What a project has to be for a loop to start there: `git`, a git repository."""


class CommandStep(Model):
    """One named command of a `commands` skill: an argument list, never a shell line."""

    name: str
    run: tuple[str, ...] = Field(min_length=1)
    timeout_s: float = 1800


class SkillDefinition(Model):
    """One unit of work in a phase.

    `uses` names the built-in skill that does it, where that has another name than this one: two loops may each have a
    skill of one name. `runner` is the id of how it is done. `unattended` says that it goes on without a person: nobody
    writes it, it is filled in when the definition is loaded, and a run's own copy keeps it, so that nothing that
    decides has to know which runners there are.
    """

    id: str = Field(min_length=1)
    runner: str = MANUAL
    uses: str = ""
    required: bool = True
    title: str = ""
    deliverables: tuple[str, ...] = ()
    steps: tuple[CommandStep, ...] = ()
    settings: dict[str, JsonValue] = Field(default_factory=dict)
    unattended: bool = False

    @property
    def built_in(self) -> str:
        """The name of the built-in skill that does it, where one does."""
        return self.uses or self.id

    @model_validator(mode="before")
    @classmethod
    def _until_a_runner_is_asked(cls, values: Any) -> Any:
        """A skill that names a runner goes on by itself, until that runner says otherwise."""
        if isinstance(values, dict) and "unattended" not in values:
            return {**values, "unattended": values.get("runner", MANUAL) != MANUAL}
        return values


class PhaseDefinition(Model):
    """An ordered part of a loop. `id` is the word in state files, `title` what people read."""

    id: str = Field(min_length=1)
    title: str = ""
    skills: tuple[SkillDefinition, ...] = ()
    required: bool = True


class GateDefinition(Model):
    """A checkpoint after a phase. `checks` are the names of the checks that decide an auto gate.

    `when` are the conditions of a conditional gate, any of which makes it apply (`model.conditions`); without one a
    person is asked.
    """

    id: str = Field(min_length=1)
    title: str = ""
    after: str
    type: GateType = GateType.HUMAN
    required: bool = True
    checks: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    deliverables: tuple[str, ...] = ()
    criteria: str = ""


class TargetDefinition(Model):
    """A place that a run delivers to. `settings` belong to the module of that kind."""

    id: str
    kind: str
    title: str = ""
    settings: dict[str, JsonValue] = Field(default_factory=dict)


class LoopDefinition(Model):
    """A named pipeline: ordered phases, each with skills, and gates after some phases.

    Without what it `needs` no run of it is begun, and nothing is written.
    """

    id: str = Field(min_length=1)
    name: str = ""
    version: str = "1.0.0"
    description: str = ""
    phases: tuple[PhaseDefinition, ...] = Field(min_length=1)
    gates: tuple[GateDefinition, ...] = ()
    targets: tuple[TargetDefinition, ...] = ()
    autonomy: Autonomy = Autonomy.HYBRID
    needs: tuple[Need, ...] = ()
    dialect: Literal["command", "controller"] = "command"
    source: str = ""

    def phase(self, phase_id: str) -> PhaseDefinition | None:
        """The phase of that id, or None."""
        return next((p for p in self.phases if p.id == phase_id), None)

    def gate(self, gate_id: str) -> GateDefinition | None:
        """The gate of that id, or None."""
        return next((g for g in self.gates if g.id == gate_id), None)

    def skill(self, phase_id: str, skill_id: str) -> SkillDefinition | None:
        """The skill of that id in that phase, or None."""
        phase = self.phase(phase_id)
        return next((s for s in phase.skills if s.id == skill_id), None) if phase else None

    def gates_after(self, phase_id: str) -> tuple[GateDefinition, ...]:
        """The gates that stand after a phase, in their order."""
        return tuple(g for g in self.gates if g.after == phase_id)
