"""Which archived runs are asked for (SPEC section 7). Nothing heavy is imported here."""

from datetime import UTC, datetime

from msgspec import Struct

from loop_tui.model.archived_run import ArchivedRun
from loop_tui.model.clock import parse_stamp
from loop_tui.model.names import ALIASES, canonical_id
from loop_tui.model.outcome import RunOutcome, read_outcome
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.status import word_of
from loop_tui.model.text import one_line

from .named import safe_name

DECISIONS = ("passed", "failed", "skipped")
"""What became of a gate."""
_DATE = regex(r"\d{4}-\d{2}-\d{2}")
_PLAIN = regex(r"[A-Za-z0-9._-]{1,100}")
_DAY_S = 86_400.0


class Filters(Struct, frozen=True, kw_only=True):
    """What a person asks for; what is empty or None asks for nothing.

    `since` and `until` are moments or ISO texts; a bare date means its first or its last instant (UTC). `text` are
    words that all stand in what a list shows of the run. `gate` is a name, or `NAME:failed` (passed, failed, skipped);
    `skill` was done or skipped, `target` delivered to, `version` released.
    """

    loop: str | None = None
    system: str | None = None
    module: str | None = None
    since: datetime | str | None = None
    until: datetime | str | None = None
    outcome: RunOutcome | str | None = None
    text: str | None = None
    gate: str | None = None
    skill: str | None = None
    target: str | None = None
    version: str | None = None


class WantedRuns(Struct, frozen=True, kw_only=True):
    """The same, read: times in seconds since 1970, words in small letters."""

    loop: str | None
    system: str | None
    module: str | None
    since: float | None
    until: float | None
    outcome: RunOutcome | None
    words: tuple[str, ...]
    gate: str | None
    skill: str | None
    target: str | None
    version: str | None

    def holds(self, run: ArchivedRun) -> bool:
        """True when the run is one of those asked for."""
        # Names of folders were made safe for the file system: there is nothing else to compare.
        systems = (self.system, safe_name(self.system)) if self.system and not run.path else (self.system,)
        ended = ended_at(run.completed_at)
        return (
            (self.loop is None or run.loop == self.loop)
            and (self.system is None or run.system in systems)
            and (self.module is None or run.module == self.module)
            and (self.since is None or ended >= self.since)
            and (self.until is None or ended <= self.until)
            and (self.outcome is None or run.outcome is self.outcome)
            and (self.gate is None or not set(self.gates).isdisjoint(run.gates))
            and (self.skill is None or self.skill in run.skills)
            and (self.target is None or self.target in run.targets)
            and (self.version is None or run.release == self.version)
            and (not self.words or all(word in searched(run) for word in self.words))
        )

    def may_hold(self, data: bytes, name: str) -> bool:
        """False when the bytes of a whole file show that it cannot be asked for, without parsing it."""
        if b"\\u" in data or not data.rstrip().endswith(b"}"):
            return True
        for text in (self.system, self.module):
            if text and _PLAIN.fullmatch(text) and f'"{text}"'.encode() not in data and text not in name:
                return False
        if self.loop is None:
            return True
        names = [self.loop, *(alias for alias, loop in ALIASES.items() if loop == self.loop)]
        return any(each.encode() in data or each in name for each in names)

    @property
    def gates(self) -> tuple[str, ...]:
        """The gate as runs have it: with its decision, or with any when it was asked for without one."""
        return (self.gate, *(f"{self.gate}:{word}" for word in DECISIONS)) if self.gate else ()


def read_filters(filters: Filters) -> WantedRuns:
    """What is asked for. Raises Problem for an unknown outcome or an unreadable date."""
    return WantedRuns(
        loop=canonical_id(filters.loop) if filters.loop else None,
        system=filters.system or None,
        module=filters.module or None,
        since=_bound(filters.since, at_end=False),
        until=_bound(filters.until, at_end=True),
        outcome=_outcome(filters.outcome),
        words=tuple(dict.fromkeys((filters.text or "").casefold().split())),
        gate=filters.gate or None,
        skill=filters.skill or None,
        target=filters.target or None,
        version=(filters.version or "").removeprefix("v") or None,
    )


def searched(run: ArchivedRun) -> str:
    """What the words of a filter are looked for in, in small letters."""
    told = (run.loop, run.system, run.module or "", word_of(run.outcome), run.outcome.value, run.completed_at)
    return " ".join((*told, run.release, run.version, run.run, run.project)).casefold()


def ended_at(timestamp: str) -> float:
    """When a run ended, in seconds since 1970; 0 for what is no timestamp."""
    moment = parse_stamp(timestamp)
    return moment.timestamp() if moment else 0.0


def _bound(value: datetime | str | None, *, at_end: bool) -> float | None:
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    moment = parse_stamp(value.strip())
    if moment is None:
        raise Problem(
            f"'{one_line(value, 60)}' is not a date",
            todo="write it like 2026-01-31 or 2026-01-31T14:30:00Z",
            code=Code.USAGE,
        )
    whole_day = at_end and _DATE.fullmatch(value.strip())
    return moment.timestamp() + (_DAY_S - 1e-6 if whole_day else 0)


def _outcome(value: RunOutcome | str | None) -> RunOutcome | None:
    outcome = read_outcome(value)
    if value and outcome is None:
        known = ", ".join(o.value for o in RunOutcome)
        raise Problem(f"'{one_line(value, 60)}' is not an outcome", todo=f"one of: {known}", code=Code.USAGE)
    return outcome
