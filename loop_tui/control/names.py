"""The names in a run that a verb may be given, each with a word about it: for completion, palette and typed commands.

They come from a state file, so they may hold anything: whoever shows them cleans them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loop_tui.model.status import word_of

if TYPE_CHECKING:
    from loop_tui.model.state import RunState

Names = list[tuple[str, str]]
"""Names, each with what is worth knowing of it."""


def gates(state: RunState | None) -> Names:
    """The gates, and how each stands."""
    return [(gate.id, gate.status.value) for gate in state.gates] if state is not None else []


def skills(state: RunState | None) -> Names:
    """The skills, with phase and status."""
    return [(s.id, f"{p.id}, {word_of(s.status)}") for p in state.phases for s in p.skills] if state is not None else []


def open_skills(state: RunState | None) -> Names:
    """The skills that are neither done nor skipped, with their phase."""
    return [(s.id, p.id) for p in state.phases for s in p.skills if not s.settled] if state is not None else []


def claimed_skills(state: RunState | None) -> Names:
    """The skills that somebody has claimed, with who did."""
    return [(claim.skill, claim.by) for claim in state.claims if claim.skill] if state is not None else []


def phases(state: RunState | None) -> Names:
    """The phases, and how each stands."""
    return [(phase.id, phase.status.value) for phase in state.phases] if state is not None else []


def questions(state: RunState | None) -> Names:
    """The questions that wait for an answer, with what they ask."""
    return [(question.id, question.text) for question in state.pending_questions] if state is not None else []


def deliverables(state: RunState | None) -> Names:
    """The deliverables, with what is said of each."""
    return [(each.name, each.summary) for each in state.deliverables] if state is not None else []
