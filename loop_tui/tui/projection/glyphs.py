"""How a status looks: a glyph and a word, so that colour is never the only sign (SCREEN "Phase tree").

Every glyph is one cell wide and none is an emoji. Colours are names of theme variables.
"""

from typing import NamedTuple


class Look(NamedTuple):
    """`tone` names the theme variable of the colour, without its dollar sign."""

    glyph: str
    word: str
    tone: str


PENDING = Look("○", "to do", "status-pending")
WAITING = Look("◇", "waiting", "status-waiting")
RUNNING = Look("▸", "running", "status-running")

_PHASE = {
    "pending": PENDING,
    "active": Look("●", "active", "status-running"),
    "complete": Look("✓", "done", "status-done"),
    "failed": Look("✗", "failed", "status-failed"),
    "skipped": Look("–", "skipped", "status-skipped"),
}
_SKILL = {**_PHASE, "active": RUNNING}
_GATE = {
    "pending": Look("◇", "to do", "status-pending"),
    "approved": Look("◆", "passed", "status-done"),
    "rejected": Look("✗", "rejected", "status-failed"),
    "skipped": Look("–", "skipped", "status-skipped"),
}
_CHECK = {
    "passed": Look("✓", "passed", "status-done"),
    "failed": Look("✗", "FAILED", "status-failed"),
    "skipped": Look("–", "skipped", "status-skipped"),
}
_LEVEL = {
    "confirmed": Look("✓", "confirmed", "status-done"),
    "healthy": Look("✓", "healthy", "status-done"),
    "job-green": Look("●", "job-green", "status-running"),
    "triggered": Look("▸", "triggered", "status-running"),
    "expected": Look("○", "expected", "status-pending"),
    "not configured": Look("–", "not configured", "status-skipped"),
    "skipped": Look("–", "skipped", "status-skipped"),
    "superseded": Look("✗", "superseded", "status-failed"),
    "not seen": Look("✗", "not seen", "status-failed"),
    "failed": Look("✗", "failed", "status-failed"),
}
_RUN = {
    "active": RUNNING,
    "paused": Look("‖", "paused", "status-waiting"),
    "blocked": Look("■", "BLOCKED", "status-failed"),
    "failed": Look("✗", "FAILED", "status-failed"),
    "complete": Look("✓", "complete", "status-done"),
}
UNKNOWN = Look("·", "unknown", "status-pending")


def phase(status: str) -> Look:
    """The look of a phase's status."""
    return _PHASE.get(status, UNKNOWN)


def skill(status: str) -> Look:
    """The look of a skill's status."""
    return _SKILL.get(status, UNKNOWN)


def gate(status: str) -> Look:
    """The look of a gate's status."""
    return _GATE.get(status, UNKNOWN)


def check(status: str) -> Look:
    """The look of what a check found."""
    return _CHECK.get(status, UNKNOWN)


def level(word: str) -> Look:
    """The look of how far a target got (SHIP "Confirming"), whether or not that is enough."""
    return _LEVEL.get(word, UNKNOWN)


def level_in(summary: str) -> tuple[Look, str]:
    """The level that a check's summary begins with, and what it says beyond that."""
    for word, found in _LEVEL.items():
        rest = summary.removeprefix(word)
        if rest != summary and (not rest or rest.startswith((":", " ("))):
            return found, rest.removeprefix(":").strip()
    return UNKNOWN, summary


def run(status: str) -> Look:
    """The look of a run's status."""
    return _RUN.get(status, UNKNOWN)
