"""Which function does which built-in skill. A skill is one file and one line here; it is imported when it runs."""

from importlib import import_module
from typing import cast

from loop_tui.model.definition import LoopDefinition, Runner, SkillDefinition
from loop_tui.model.problem import Problem

from .context import SkillFunction

_MODULES = {
    "release-planner": "release.planner",
    "code-verification": "verify.code_verification",
    "git-workflow": "commit.git_workflow",
    "deploy": "verify.deploy",
    "distribute": "targets.distribute",
    "retrospective": "retrospective",
}

BUILTIN: frozenset[str] = frozenset(_MODULES)

_INTERRUPTIBLE = frozenset({"distribute"})


def load(skill_id: str) -> SkillFunction:
    """The function of a built-in skill.

    Raises Problem when the package has no skill of that id.
    """
    module = _MODULES.get(skill_id)
    if module is None:
        raise Problem(
            f"no built-in skill {skill_id!r}",
            todo=f"built in are {', '.join(sorted(BUILTIN))}; give others the runner commands or manual",
        )
    return cast(SkillFunction, import_module(f"loop_tui.packs.ship.{module}").run)


def preload(definition: LoopDefinition) -> None:
    """Import what the skills and targets of a loop need now: for a moment when there is nothing to do but to wait."""
    import_module("psutil")  # which ends the programs that a server has started
    for phase in definition.phases:
        for skill in phase.skills:
            if skill.runner is Runner.BUILTIN and skill.id in BUILTIN:
                load(skill.id)
    targets = import_module("loop_tui.packs.ship.targets")
    for target in definition.targets:
        if targets.is_configured(target):
            targets.load(target.kind)


def can_run(skill: SkillDefinition) -> bool:
    """True when the skill can be executed here; nothing is imported."""
    return skill.runner is Runner.COMMANDS or skill.id in BUILTIN


def is_interruptible(skill_id: str) -> bool:
    """True for a skill that mostly waits for others and loses nothing when it is stopped."""
    return skill_id in _INTERRUPTIBLE


def function_of(skill: SkillDefinition) -> SkillFunction | None:
    """The function that does a skill of a definition, or None when a person or an agent elsewhere does it.

    Raises Problem for a built-in skill that the package does not have.
    """
    if skill.runner is Runner.BUILTIN:
        return load(skill.id)
    if skill.runner is Runner.COMMANDS:
        return cast(SkillFunction, import_module("loop_tui.runners.commands").run)
    return None
