"""How a status looks: a glyph and a word, so that colour is never the only sign (SCREEN "Phase tree").

Every glyph is one cell wide and none is an emoji. Colours are names of theme variables.
"""

from typing import NamedTuple


class Appearance(NamedTuple):
    """`tone` names the theme variable of the colour, without its dollar sign."""

    glyph: str
    word: str
    tone: str


PENDING = Appearance("○", "pending", "status-pending")
WAITING = Appearance("◇", "waiting", "status-waiting")
RUNNING = Appearance("▸", "running", "status-running")

ELSEWHERE = Appearance("▹", "elsewhere", "status-running")
QUIET = Appearance("○", "quiet", "status-pending")
IDLE = Appearance("●", "stopped", "status-pending")
NEEDED = Appearance("!", "needs you", "status-waiting")
ACCEPTED = Appearance("◆", "accepted", "status-waiting")
"""Its checks failed, and a person let it through with a reason."""
STATED = Appearance("◆", "stated", "status-skipped")

_PHASE = {
    "pending": PENDING,
    "active": Appearance("●", "running", "status-running"),
    "complete": Appearance("✓", "done", "status-done"),
    "failed": Appearance("✗", "failed", "status-failed"),
    "skipped": Appearance("–", "skipped", "status-skipped"),
}
_SKILL = {**_PHASE, "active": RUNNING}
_GATE = {
    "pending": Appearance("◇", "pending", "status-pending"),
    "approved": Appearance("◆", "passed", "status-done"),
    "rejected": Appearance("✗", "rejected", "status-failed"),
    "skipped": Appearance("–", "skipped", "status-skipped"),
}
_CHECK = {
    "passed": Appearance("✓", "passed", "status-done"),
    "failed": Appearance("✗", "FAILED", "status-failed"),
    "skipped": Appearance("–", "skipped", "status-skipped"),
}
_REPORTED = {
    "passed": Appearance("»", "reported passed", "status-waiting"),
    "failed": Appearance("»", "reported failed", "status-failed"),
    "skipped": Appearance("–", "reported skipped", "status-skipped"),
}
_LEVEL = {
    "confirmed": Appearance("✓", "confirmed", "status-done"),
    "healthy": Appearance("✓", "healthy", "status-done"),
    "job-green": Appearance("●", "job-green", "status-running"),
    "triggered": Appearance("▸", "triggered", "status-running"),
    "expected": Appearance("○", "expected", "status-pending"),
    "not configured": Appearance("–", "not configured", "status-skipped"),
    "skipped": Appearance("–", "skipped", "status-skipped"),
    "superseded": Appearance("✗", "superseded", "status-failed"),
    "not seen": Appearance("✗", "not seen", "status-failed"),
    "failed": Appearance("✗", "failed", "status-failed"),
}
_RUN = {
    "active": RUNNING,
    "paused": Appearance("‖", "paused", "status-waiting"),
    "blocked": Appearance("■", "BLOCKED", "status-failed"),
    "failed": Appearance("✗", "FAILED", "status-failed"),
    "complete": Appearance("✓", "done", "status-done"),
}
UNKNOWN = Appearance("·", "unknown", "status-pending")


def phase(status: str) -> Appearance:
    """The look of a phase's status."""
    return _PHASE.get(status, UNKNOWN)


def skill(status: str) -> Appearance:
    """The look of a skill's status."""
    return _SKILL.get(status, UNKNOWN)


def gate(status: str) -> Appearance:
    """The look of a gate's status."""
    return _GATE.get(status, UNKNOWN)


def check(status: str, *, ran_here: bool = True) -> Appearance:
    """The look of what a check found; of one that did not run here, what is said of it."""
    return (_CHECK if ran_here else _REPORTED).get(status, UNKNOWN)


def level(word: str) -> Appearance:
    """The look of how far a target got (SHIP "Confirming"), whether or not that is enough."""
    return _LEVEL.get(word, UNKNOWN)


def level_in(summary: str) -> tuple[Appearance, str]:
    """The level that a check's summary begins with, and what it says beyond that."""
    for word, found in _LEVEL.items():
        rest = summary.removeprefix(word)
        if rest != summary and (not rest or rest.startswith((":", " ("))):
            return found, rest.removeprefix(":").strip()
    return UNKNOWN, summary


def run(status: str) -> Appearance:
    """The look of a run's status."""
    return _RUN.get(status, UNKNOWN)
