"""The `manual` runner: the skill is done by a person, or by an agent elsewhere."""

from loop_tui.model.definition import MANUAL, LoopDefinition, SkillDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

from .context import Context, SkillResult


class ManualRunner:
    """Waits: nothing is done here. Implements `runners.protocol.Runner`."""

    id = MANUAL

    def check(self, skill: SkillDefinition) -> Problem | None:
        """Steps would never be run, nor a built-in skill."""
        return has_steps(skill) or has_uses(skill)

    def can_run(self, skill: SkillDefinition) -> bool:
        """Never."""
        return False

    def unattended(self, skill: SkillDefinition) -> bool:
        """Never: it waits for somebody."""
        return False

    def interruptible(self, skill: SkillDefinition) -> bool:
        """Nothing runs."""
        return True

    def preview(self, ctx: Context) -> tuple[str, ...]:
        """Who does it."""
        return ("done by you or an agent",)

    def preload(self, definition: LoopDefinition) -> None:
        """Nothing to import."""

    async def run(self, ctx: Context) -> SkillResult:
        """Raises Problem: whoever asks for this asks the wrong runner."""
        raise Problem(f"{ctx.skill.id} cannot run here", ctx.definition.id, code=Code.SKILL_UNRUNNABLE)


def has_steps(skill: SkillDefinition) -> Problem | None:
    """The complaint about steps in a skill whose runner knows none."""
    if not skill.steps:
        return None
    return Problem(
        f"has steps, but its runner is {skill.runner}",
        "steps",
        'write runner = "commands", or leave the steps out',
        code=Code.DEFINITION_INVALID,
    )


def has_uses(skill: SkillDefinition) -> Problem | None:
    """The complaint about a built-in skill that is named where the runner runs none."""
    if not skill.uses:
        return None
    return Problem(
        f"uses a built-in skill, but its runner is {skill.runner}",
        "uses",
        'write runner = "builtin", or leave uses out',
        code=Code.DEFINITION_INVALID,
    )
