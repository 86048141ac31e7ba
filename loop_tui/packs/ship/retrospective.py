"""retrospective: what the run took, what went wrong and how it was solved, who let it pass, and on what evidence."""

import asyncio
from collections.abc import Iterable

from msgspec import Struct

from loop_tui.model.clock import parse_stamp, words
from loop_tui.model.log import LogLevel
from loop_tui.model.state import RunState, SkillRun
from loop_tui.model.status import CheckStatus, GateStatus, SkillStatus, word_of
from loop_tui.model.text import count_of, one_line
from loop_tui.model.working_time import times_of
from loop_tui.runners.context import Context, SkillResult

from . import markdown as md
from .evidence import few
from .packaging.kept import bring_back
from .run_durations import RunDurations, earlier_runs

DELIVERABLE = "retrospective.md"
_DELIVERS = "distribute"
_MOST_STALE = 20
_SLOWER = 1.5
_WORTH_A_WORD_MS = 5000


class Took(Struct, frozen=True):
    """How long one skill took in this run, and what earlier runs say about it. Milliseconds."""

    skill: str
    phase: str
    attempts: int
    duration_ms: int | None
    usual_ms: int | None = None

    @property
    def slower(self) -> bool:
        """True when it took much longer than usual, by an amount that a person would notice."""
        if self.duration_ms is None or self.usual_ms is None:
            return False
        return self.duration_ms > self.usual_ms * _SLOWER and self.duration_ms - self.usual_ms > _WORTH_A_WORD_MS


async def run(ctx: Context) -> SkillResult:
    """Look back on the run; what cannot be read of earlier runs is said, and keeps nobody from finishing."""
    earlier = await asyncio.to_thread(earlier_runs, ctx.archive, ctx.state)
    taken = durations(ctx.state, earlier)
    issues = [*lessons(ctx.state, taken), *await bring_back(ctx), *await stale_documents(ctx)]
    for took in taken:
        if took.duration_ms is not None:  # Of what never completed, and of this skill itself, there is none.
            usual = f", usually {words(took.usual_ms)}" if took.usual_ms is not None else ""
            ctx.do.say(f"{took.skill}: {words(took.duration_ms)}{usual}")
    for issue in issues:
        ctx.do.say(issue, LogLevel.WARN)
    summary = f"to follow up: {few([one_line(issue, 60) for issue in issues], 2)}" if issues else "nothing to follow up"
    document = ctx.do.deliver(DELIVERABLE, _report(ctx, taken, issues, earlier), summary)
    return SkillResult(summary, deliverables=(document,))


async def stale_documents(ctx: Context) -> list[str]:
    """What is stale in the documents of the project, the first of many; empty where that cannot be read."""
    moment = parse_stamp(ctx.do.now())
    if moment is None:
        return []
    found = (await ctx.docs.stale(moment.date())).findings
    said = [one_line(f"{each.path}:{each.line}: {each.kind} {each.reference}: {each.why}", 300) for each in found]
    more = len(said) - _MOST_STALE
    return [
        *said[:_MOST_STALE],
        *([f"{count_of(more, 'more finding')}: `loop-tui docs` lists them"] if more > 0 else []),
    ]


def durations(state: RunState, earlier: RunDurations) -> tuple[Took, ...]:
    """What each skill took the last time that it completed, in the order in which they were begun."""
    entries: dict[tuple[str, str], list[SkillRun]] = {}
    for entry in state.skill_log:
        if entry.status is not SkillStatus.SKIPPED:
            entries.setdefault((entry.phase, entry.skill), []).append(entry)
    return tuple(
        Took(
            skill=skill,
            phase=phase,
            attempts=len(attempts),
            duration_ms=next((a.duration_ms for a in reversed(attempts) if a.status is SkillStatus.COMPLETE), None),
            usual_ms=earlier.usual.skills.get(skill),
        )
        for (phase, skill), attempts in entries.items()
    )


def lessons(state: RunState, taken: Iterable[Took]) -> list[str]:
    """What the next run should know: open failures, skipped work, checks that did not run, skills that got slow.

    A target that is not configured, or was left out, is nothing to take along.
    """
    found = [
        f"{failure.skill or failure.stage} failed, and no resolution was recorded: {_first_line(failure.error)}"
        for failure in state.failures
        if not failure.resolution and not failure.resolved_at
    ]
    found += [
        f"{skill.id} was skipped: {skill.reason or 'no reason given'}"
        for phase in state.phases
        for skill in phase.skills
        if skill.status is SkillStatus.SKIPPED
    ]
    newest = [check for phase in state.phases for check in state.checks_of(phase.id)]
    targets = {check.name for entry in state.skill_log if entry.skill == _DELIVERS for check in entry.checks}
    told = [c for c in newest if c.status is CheckStatus.FAILED or (not c.passed and c.name not in targets)]
    found += [f"{c.name}: {c.summary or c.status.value}" for c in told]
    found += [f"{g.id} was skipped" for g in state.gates if g.status is GateStatus.SKIPPED and g.required]
    found += [f"{t.skill} took {words(t.duration_ms)}, usually {words(t.usual_ms)}" for t in taken if t.slower]
    return found


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else "no message"


# --- the document ---------------------------------------------------------------------------------------------------


def _report(ctx: Context, taken: tuple[Took, ...], issues: list[str], earlier: RunDurations) -> str:
    state = ctx.state
    return md.document(
        "Retrospective",
        md.table(("What", "Value"), _facts(ctx, earlier)),
        md.heading("To follow up"),
        md.bullets(issues) if issues else "Nothing: all failures were resolved, and nothing was skipped.",
        md.heading("Durations"),
        _durations(taken, earlier),
        *_failures(state),
        *_skipped(state),
        md.heading("Gates"),
        _gates(state),
        md.heading("Evidence"),
        _evidence(state),
        *_deliverables(state),
        *_trouble(earlier),
    )


def _facts(ctx: Context, earlier: RunDurations) -> list[tuple[str, str]]:
    state = ctx.state
    times = times_of(state, ctx.do.now())
    waited = f", waiting time {words(times.waiting_ms)}" if times.waiting_ms else ""
    usual = f" (usually {words(earlier.usual.whole)})" if earlier.usual.whole is not None else ""
    return [
        ("Run", md.code(state.run)),
        ("Loop", state.loop),
        ("System", state.system or "-"),
        ("Started", state.started_at or "unknown"),
        ("Working time", f"{words(times.working_ms) or 'unknown'}{usual}{waited}"),
        ("Compared with", count_of(earlier.count, "earlier run")),
    ]


def _durations(taken: tuple[Took, ...], earlier: RunDurations) -> str:
    if not taken:
        return "No skill was logged."
    rows = [
        (
            took.skill,
            took.phase,
            str(took.attempts),
            words(took.duration_ms) or "unknown",
            words(took.usual_ms) or ("first time" if earlier.count else "no earlier run"),
            "slower" if took.slower else "",
        )
        for took in taken
    ]
    return md.table(("Skill", "Phase", "Attempts", "Duration", "Usually", ""), rows)


def _failures(state: RunState) -> tuple[str, ...]:
    if not state.failures:
        return ()
    rows = [
        (f.skill or f.stage, f.kind, _first_line(f.error), f.at, f.resolution or "not recorded", f.resolved_at)
        for f in state.failures
    ]
    header = ("Place", "Kind", "Error", "Time", "Resolution", "Resolved at")
    return md.heading("Failures"), md.table(header, rows)


def _skipped(state: RunState) -> tuple[str, ...]:
    rows = [
        (skill.id, phase.id, skill.reason or "no reason given", skill.at)
        for phase in state.phases
        for skill in phase.skills
        if skill.status is SkillStatus.SKIPPED
    ]
    return (md.heading("Skipped"), md.table(("Skill", "Phase", "Reason", "Time"), rows)) if rows else ()


def _gates(state: RunState) -> str:
    rows = [
        (
            gate.id,
            word_of(gate.status.value),
            gate.by or "-",
            gate.at,
            ", ".join(f"{check.name} {check.status.value}" for check in gate.checks),
            gate.feedback,
        )
        for gate in state.gates
    ]
    return md.table(("Gate", "Status", "By", "Time", "Checks", "Feedback"), rows) if rows else "The run has no gates."


def _evidence(state: RunState) -> str:
    rows = [
        (phase.id, c.name, c.status.value, c.summary, md.code(c.command), words(c.duration_ms), md.code(c.commit[:12]))
        for phase in state.phases
        for c in state.checks_of(phase.id)
    ]
    header = ("Phase", "Check", "Status", "Result", "Command", "Duration", "Commit")
    return md.table(header, rows) if rows else "No check was recorded."


def _deliverables(state: RunState) -> tuple[str, ...]:
    rows = [(d.name, d.skill, d.summary) for d in state.deliverables]
    return (md.heading("Deliverables"), md.table(("Name", "Skill", "Summary"), rows)) if rows else ()


def _trouble(earlier: RunDurations) -> tuple[str, ...]:
    return (md.heading("Unreadable archives"), md.bullets(earlier.problems)) if earlier.problems else ()
