"""How a phase and a skill look: what is done and red is not green."""

from loop_tui.engine.red_phases import failed_checks_of, red_phase
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.state import RunState, SkillState
from loop_tui.model.status import PhaseStatus, SkillStatus
from loop_tui.tui.widgets import glyphs
from loop_tui.tui.widgets.glyphs import Appearance


def phase_look(state: RunState, definition: LoopDefinition | None, phase: str, status: PhaseStatus) -> Appearance:
    """The look of a phase: of one whose checks failed, that; or that a person let it through."""
    verdict = red_phase(state, definition, phase)
    if verdict == "accepted":
        return glyphs.ACCEPTED
    return glyphs.phase(verdict or status)


def skill_look(state: RunState, phase: str, skill: SkillState, status: SkillStatus) -> Appearance:
    """The look of a skill; of one that is done and whose checks failed, how many."""
    failed = failed_checks_of(state, phase, skill.id) if status is SkillStatus.COMPLETE else 0
    return (
        glyphs.skill(status)._replace(glyph="✗", word=f"{failed} failed", tone="status-failed")
        if failed
        else (glyphs.skill(status))
    )
