"""Statuses: the canonical words that are written, and the synonyms that are read (SPEC section 3)."""

from enum import StrEnum


class PhaseStatus(StrEnum):
    """Where a phase stands."""

    PENDING = "pending"
    ACTIVE = "active"
    COMPLETE = "complete"
    FAILED = "failed"
    SKIPPED = "skipped"


class SkillStatus(StrEnum):
    """Where a skill stands."""

    PENDING = "pending"
    ACTIVE = "active"
    COMPLETE = "complete"
    FAILED = "failed"
    SKIPPED = "skipped"


class GateStatus(StrEnum):
    """Where a gate stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    SKIPPED = "skipped"


class RunStatus(StrEnum):
    """Where a whole run stands."""

    ACTIVE = "active"
    PAUSED = "paused"
    BLOCKED = "blocked"
    FAILED = "failed"
    COMPLETE = "complete"


class GateType(StrEnum):
    """Who decides a gate: checks, a person, or nobody unless its condition holds."""

    AUTO = "auto"
    HUMAN = "human"
    CONDITIONAL = "conditional"


class Autonomy(StrEnum):
    """How much a run asks (SPEC section 4)."""

    SUPERVISED = "supervised"
    HYBRID = "hybrid"
    AUTONOMOUS = "autonomous"


class CheckStatus(StrEnum):
    """What a check found. `skipped` says that there was nothing to run, and never counts as a pass."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


_DONE = ("complete", "completed", "done")
_GOING = ("active", "in-progress", "in_progress", "inprogress", "running", "started")
_WORK = {
    **dict.fromkeys(_DONE, "complete"),
    **dict.fromkeys(_GOING, "active"),
    **dict.fromkeys(("pending", "waiting", "todo", "not-started", ""), "pending"),
    **dict.fromkeys(("failed", "failure", "error"), "failed"),
    **dict.fromkeys(("skipped", "not-applicable"), "skipped"),
    **dict.fromkeys(("paused", "blocked"), "active"),
}
_GATE = {
    **dict.fromkeys(("pending", "waiting", ""), "pending"),
    **dict.fromkeys(("approved", "passed", "complete", "completed", "done"), "approved"),
    **dict.fromkeys(("rejected", "failed"), "rejected"),
    **dict.fromkeys(("skipped", "not-applicable"), "skipped"),
}
_RUN = {
    **dict.fromkeys(_DONE, "complete"),
    **dict.fromkeys((*_GOING, "pending", ""), "active"),
    "paused": "paused",
    "blocked": "blocked",
    **dict.fromkeys(("failed", "error", "aborted", "abandoned", "cancelled"), "failed"),
}
_GATE_TYPE = {
    **dict.fromkeys(("auto", "autonomous", "full", "automatic"), "auto"),
    **dict.fromkeys(("human", "manual"), "human"),
    "conditional": "conditional",
}
_AUTONOMY = {
    "supervised": "supervised",
    "hybrid": "hybrid",
    **dict.fromkeys(("autonomous", "auto", "full"), "autonomous"),
}


_AWAITED = {
    f"{verb}-{what}"
    for verb in ("waiting-for", "waiting-on", "waiting", "awaiting", "needs", "pending", "requires")
    for what in ("approval", "review", "human", "human-approval", "user-approval")
}
"""Words of others for what a person has to approve, on a run, a phase or a gate."""


def awaits_approval(text: object) -> bool:
    """True for a status that says that the work is done, and that a person has to approve it."""
    return _word(text).replace("_", "-").replace(" ", "-") in _AWAITED


def _word(text: object) -> str:
    return text.strip().lower() if isinstance(text, str) else ""


def read_phase_status(text: object) -> PhaseStatus | None:
    """The status a word stands for, or None when it is no word we know. A missing status reads as pending."""
    word = "complete" if awaits_approval(text) else _WORK.get(_word(text) if text is not None else "")
    return PhaseStatus(word) if word else None


def read_skill_status(text: object) -> SkillStatus | None:
    """As `read_phase_status`, for a skill; only a phase is over while it awaits an approval."""
    word = _WORK.get(_word(text) if text is not None else "")
    return SkillStatus(word) if word else None


def read_gate_status(text: object) -> GateStatus | None:
    """As `read_phase_status`, for a gate."""
    word = "pending" if awaits_approval(text) else _GATE.get(_word(text) if text is not None else "")
    return GateStatus(word) if word else None


def read_run_status(text: object) -> RunStatus | None:
    """As `read_phase_status`, for a run; a missing status reads as active."""
    word = "active" if awaits_approval(text) else _RUN.get(_word(text) if text is not None else "")
    return RunStatus(word) if word else None


def read_gate_type(text: object) -> GateType | None:
    """The gate type a word stands for, or None."""
    word = _GATE_TYPE.get(_word(text))
    return GateType(word) if word else None


def read_autonomy(text: object) -> Autonomy | None:
    """The autonomy a word stands for, or None."""
    word = _AUTONOMY.get(_word(text))
    return Autonomy(word) if word else None


SIGNS = {
    "pending": "○",
    "active": "▶",
    "complete": "✓",
    "approved": "✓",
    "failed": "✗",
    "rejected": "✗",
    "skipped": "–",
}
"""One sign for a status, in plain text; the word always stands beside it."""

_WORDS = {"active": "running", "complete": "done", "success": "done", "approved": "passed", "abandoned": "aborted"}


def word_of(status: str) -> str:
    """The word that people read for a status or an outcome (docs/words.md); files keep their own."""
    return _WORDS.get(status, status)
