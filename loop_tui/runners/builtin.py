"""The `builtin` runner: the skill is a function of a pack."""

from importlib import import_module
from typing import cast

from loop_tui.model.definition import BUILTIN, LoopDefinition, SkillDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

from .context import Context, SkillFunction, SkillResult
from .manual import has_steps
from .pack_api import load
from .packs import Packs


class BuiltinRunner:
    """Runs what packs registered as skills. Implements `runners.protocol.Runner`."""

    id = BUILTIN

    def __init__(self, packs: Packs) -> None:
        self._packs = packs

    def check(self, skill: SkillDefinition) -> Problem | None:
        """Steps would never be run. A skill that no pack has is told when it is its turn: others may have it."""
        return has_steps(skill)

    def can_run(self, skill: SkillDefinition) -> bool:
        """True when a pack has it."""
        return skill.built_in in self._packs.skills

    def unattended(self, skill: SkillDefinition) -> bool:
        """Always."""
        return True

    def interruptible(self, skill: SkillDefinition) -> bool:
        """As its pack says."""
        spec = self._packs.skills.get(skill.built_in)
        return spec is not None and spec.interruptible

    def preview(self, ctx: Context) -> tuple[str, ...]:
        """Nothing that holds for all of them: packs have dry runs of their own."""
        return ()

    def preload(self, definition: LoopDefinition) -> None:
        """Import the skills, and the kinds of the targets that are configured."""
        import_module("psutil")  # which ends the programs that a server has started
        for phase in definition.phases:
            for skill in phase.skills:
                if skill.runner == self.id and skill.built_in in self._packs.skills:
                    load(self._packs.skills[skill.built_in].ref)
        for target in definition.targets:
            if self._packs.is_configured(target):
                self._packs.confirm_of(target.kind)

    async def run(self, ctx: Context) -> SkillResult:
        """Run its function. Raises Problem when no pack has the skill, and what the function raises."""
        try:
            result: object = await self.function_of(ctx.skill.built_in)(ctx)
        except SystemExit as error:
            raise _fault(ctx.skill.id, f"it ended the program with {error.code}") from error
        if not isinstance(result, SkillResult):
            raise _fault(ctx.skill.id, f"it returned {type(result).__name__} instead of a SkillResult")
        return result

    def function_of(self, skill_id: str) -> SkillFunction:
        """The function of a skill. Raises Problem when no pack has it."""
        spec = self._packs.skills.get(skill_id)
        if spec is None:
            raise Problem(
                f"no built-in skill {skill_id!r}",
                todo=f"built-in skills: {', '.join(sorted(self._packs.skills)) or 'none'}; "
                "give others the runner commands or manual",
                code=Code.SKILL_UNRUNNABLE,
            )
        return cast(SkillFunction, load(spec.ref))


def _fault(skill_id: str, what: str) -> Problem:
    """What the author of a skill has to know."""
    return Problem(f"the skill {skill_id} is wrong: {what}", todo="update its pack", code=Code.PACK_INVALID)
