"""How a skill is done: one runner each way, and the runners of a program by the ids that definitions name."""

from collections.abc import Iterable
from typing import Protocol

from loop_tui.model.definition import LoopDefinition, SkillDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

from .context import Context, SkillResult


class Runner(Protocol):
    """One way to do skills. `id` is what a definition says."""

    @property
    def id(self) -> str:
        """The word after `runner =`."""

    def check(self, skill: SkillDefinition) -> Problem | None:
        """What is wrong with a skill of this runner, without the skill's name; `where` is the key, or empty."""

    def can_run(self, skill: SkillDefinition) -> bool:
        """True when it can be done here and now, without importing it."""

    def unattended(self, skill: SkillDefinition) -> bool:
        """True when it goes on without a person. Asked when a definition is loaded, and frozen in the run's copy."""

    def interruptible(self, skill: SkillDefinition) -> bool:
        """True when nothing is lost by stopping it: a pause need not wait for its end."""

    def preview(self, ctx: Context) -> tuple[str, ...]:
        """What it would do, a line each, for people. Raises Problem when that cannot be told."""

    def preload(self, definition: LoopDefinition) -> None:
        """Import what its skills of a loop need, at a moment when there is nothing to do but to wait."""

    async def run(self, ctx: Context) -> SkillResult:
        """Do the skill of the context.

        Raises Asked, SkillFailed and EvidenceVoid; cancelling it ends the programs that it started.
        """


class Runners:
    """The runners of a program."""

    def __init__(self, runners: Iterable[Runner]) -> None:
        self._by_id = {runner.id: runner for runner in runners}

    @property
    def ids(self) -> tuple[str, ...]:
        """What a definition may name."""
        return tuple(self._by_id)

    def of(self, skill: SkillDefinition) -> Runner:
        """The runner of a skill. Raises Problem when there is none of that id here."""
        runner = self._by_id.get(skill.runner)
        if runner is None:
            raise Problem(
                f"no runner {skill.runner!r} for {skill.id}",
                todo=f"there are: {', '.join(self._by_id)}",
                code=Code.SKILL_UNRUNNABLE,
            )
        return runner

    def can_run(self, skill: SkillDefinition) -> bool:
        """True when a skill can be done here and now."""
        return skill.runner in self._by_id and self._by_id[skill.runner].can_run(skill)

    def preload(self, definition: LoopDefinition) -> None:
        """Import what the skills of a loop need (see `Runner.preload`)."""
        for name in {skill.runner for phase in definition.phases for skill in phase.skills}:
            if name in self._by_id:
                self._by_id[name].preload(definition)
