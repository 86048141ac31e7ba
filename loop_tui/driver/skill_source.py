"""Where the driver gets the code of skills from: whoever starts it says so, and it names none."""

from typing import Protocol

from loop_tui.model.definition import LoopDefinition, SkillDefinition
from loop_tui.runners.context import SkillFunction


class SkillSource(Protocol):
    """The skills that can be executed here (`runners.registry` is one)."""

    def function_of(self, skill: SkillDefinition) -> SkillFunction | None:
        """The function that does a skill, or None when a person or an agent elsewhere does it. Raises Problem."""

    def can_run(self, skill: SkillDefinition) -> bool:
        """True when the skill can be executed here, without importing it."""

    def is_interruptible(self, skill_id: str) -> bool:
        """True for a skill that loses nothing when it is stopped: a pause need not wait for its end."""

    def preload(self, definition: LoopDefinition) -> None:
        """Import what the skills of a loop need, at a moment when there is nothing to do but to wait."""
