"""What one archived run tells for statistics: taken from its summary and its state, with nothing judged."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from loop_tui.model.archived_run import ArchivedRun
from loop_tui.model.clock import parse_stamp
from loop_tui.model.evidence import Check
from loop_tui.model.outcome import RunOutcome
from loop_tui.model.state import RunState
from loop_tui.model.status import CheckStatus, PhaseStatus, SkillStatus

_BY_CHECKS = frozenset({"", "checks", "auto"})
"""Nobody waited for a person where one of these decided."""
_OF_PERSON = frozenset({"approved", "changes", "rejected"})


class Attempts(Struct, frozen=True):
    """How often a skill was begun and came to an end: well, or not."""

    done: int = 0
    failed: int = 0
    again: int = 0
    """How often it was begun after it had failed."""


class Waited(Struct, frozen=True):
    """How long a gate waited, in milliseconds, and who then decided."""

    gate: str
    by: str
    ms: int


class Verdict(Struct, frozen=True):
    """What a check said of a tree."""

    check: str
    command: str
    tree: str
    is_passed: bool
    at: str


class RunMeasures(Struct, frozen=True, kw_only=True):
    """One run. Durations are milliseconds of working time: of each skill the last time that it was done, of each
    completed phase all that was done in it; `targets` how long each that was confirmed took.
    """

    loop: str
    system: str
    completed_at: str
    outcome: RunOutcome
    working_ms: int | None
    durations: Mapping[str, int] = field(default_factory=dict)
    place: Mapping[str, str] = field(default_factory=dict)
    """The phase of each skill."""
    phases: Mapping[str, int] = field(default_factory=dict)
    targets: Mapping[str, int] = field(default_factory=dict)
    attempts: Mapping[str, Attempts] = field(default_factory=dict)
    waited: tuple[Waited, ...] = ()
    verdicts: tuple[Verdict, ...] = ()


def facts_of(run: ArchivedRun, evidence: Mapping[str, tuple[Check, ...]], state: RunState | None) -> RunMeasures:
    """What an archived run tells; without a state that reads it is what the summary says, and its `evidence`."""
    told = RunMeasures(
        loop=run.loop,
        system=run.system,
        completed_at=run.completed_at,
        outcome=run.outcome,
        working_ms=run.working_ms,
        durations=run.durations,
        targets=_targets(evidence.values(), frozenset(run.targets)),
    )
    if state is None:
        return told
    return replace(
        told,
        place={entry.skill: entry.phase for entry in state.skill_log},
        phases=_phases(state),
        attempts=_attempts(state),
        waited=tuple(_waited(state)),
        verdicts=tuple(_verdicts(state)),
    )


def _targets(evidence: Iterable[tuple[Check, ...]], targets: frozenset[str]) -> dict[str, int]:
    checks = {check.name: check for checks in evidence for check in checks if check.name in targets}
    return {name: c.duration_ms for name, c in checks.items() if c.passed and c.duration_ms is not None}


def _phases(state: RunState) -> dict[str, int]:
    over = {phase.id for phase in state.phases if phase.status is PhaseStatus.COMPLETE}
    took: dict[str, int] = {}
    for entry in state.skill_log:
        if entry.phase in over and entry.duration_ms is not None:
            took[entry.phase] = took.get(entry.phase, 0) + entry.duration_ms
    return took


def _attempts(state: RunState) -> dict[str, Attempts]:
    ended: dict[str, list[SkillStatus]] = {}
    for entry in state.skill_log:
        # Where only the checks of somebody else's work were run here, nothing was begun.
        only_checked = entry.checks and not entry.started_at and entry.duration_ms is None
        if entry.status in (SkillStatus.COMPLETE, SkillStatus.FAILED) and not only_checked:
            ended.setdefault(entry.skill, []).append(entry.status)
    return {
        skill: Attempts(
            done=found.count(SkillStatus.COMPLETE),
            failed=found.count(SkillStatus.FAILED),
            again=found[:-1].count(SkillStatus.FAILED),
        )
        for skill, found in ended.items()
    }


def _waited(state: RunState) -> Iterator[Waited]:
    """Of each decision of a person the time in which nothing else happened before it: so long it was waited for."""
    decisions = [(d.gate, d.by, d.at) for d in state.gate_history if d.decision in _OF_PERSON]
    known = {gate for gate, _, _ in decisions}
    # What others write has no history of the gates, only how each stands.
    decisions += [(g.id, g.by, g.at) for g in state.gates if g.id not in known and not g.open]
    happened = sorted(_moments(state))
    for gate, by, at in decisions:
        moment = parse_stamp(at)
        if by in _BY_CHECKS or moment is None:
            continue
        before = [each for each in happened if each < moment.timestamp()]
        if before:
            yield Waited(gate, by, round((moment.timestamp() - before[-1]) * 1000))


def _moments(state: RunState) -> Iterator[float]:
    """When something was done or decided, in seconds since 1970."""
    texts = [state.started_at]
    texts += [text for entry in state.skill_log for text in (entry.started_at, entry.completed_at)]
    texts += [decision.at for decision in state.gate_history]
    texts += [question.answered_at for question in state.questions]
    for text in texts:
        if (moment := parse_stamp(text)) is not None:
            yield moment.timestamp()


def _verdicts(state: RunState) -> Iterator[Verdict]:
    """What the checks that ran here said of a tree; the same check in a later entry was not run again."""
    seen: set[Verdict] = set()
    for entry in state.skill_log:
        for check in entry.checks:
            if not check.tree or not check.ran_here or check.status is CheckStatus.SKIPPED:
                continue
            found = Verdict(check.name, check.command, check.tree, check.passed, check.at)
            if found not in seen or not found.at:
                seen.add(found)
                yield found
