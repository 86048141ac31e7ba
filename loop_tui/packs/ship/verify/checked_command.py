"""One command of the project as a check: it is run, or taken again from before, and what it printed is read."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from loop_tui.model.evidence import Check
from loop_tui.model.excerpt import telling
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.secrets import mask, secrets_in
from loop_tui.model.status import CheckStatus
from loop_tui.model.text import one_line
from loop_tui.packs.ship.verify import test_counts
from loop_tui.process.shell import Result
from loop_tui.runners.context import Context

from .checked_tree import CheckedTree
from .failing_lines import FailingTest
from .failing_tests import read_failures, read_failures_of_report
from .report import CheckReport
from .stack import CheckCommand

_TIMEOUT_S = 1800.0
_EXCERPT_LINES = 40
_EXCERPT_CHARACTERS = 4000
_MOST_FAILING = 20
_LONGEST_SUMMARY = 400
_REUSED = " (reused: same tree)"
# Tests may compare what a program prints: they run without colours, as everything else does.
_COLOURFUL = ("lint", "build")
_REPORTS = ("junit.xml", "test-results/junit.xml", "reports/junit.xml", "test-report.xml")


async def checked_command(
    ctx: Context, job: CheckCommand, ground: CheckedTree, earlier: Mapping[str, Check]
) -> CheckReport:
    """Run one command, and say what came of it; one that passed before on this tree (`earlier`) is taken again."""
    if job.argv is None:
        ctx.do.say(f"{job.name}: skipped ({job.missing})")
        return skipped_command(ctx, job, ground, f"skipped ({job.missing})")
    known = earlier.get(job.name)
    if known is not None and known.command == _shown(job.argv):
        summary = known.summary.removesuffix(_REUSED) + _REUSED
        ctx.do.say(f"{job.name}: {summary}", LogLevel.OK)
        return CheckReport(known.model_copy(update={"summary": summary}), tuple(known.excerpt.splitlines()))
    began = time.time()
    try:
        colourful = job.name in _COLOURFUL
        result = await ctx.do.command(job.argv, timeout_s=_timeout_s(ctx), colourful=colourful, name=job.name)
    except Problem as problem:
        ctx.do.say(f"{job.name}: {problem}", LogLevel.ERROR)
        return CheckReport(_unstarted(ctx, job, ground, problem), ())
    failing = _failing(ctx, job, result, began)
    check = _check(ctx, job, ground, result, began, failing=failing)
    ctx.do.say(f"{job.name}: {check.summary}", LogLevel.OK if check.passed else LogLevel.ERROR)
    for line in _lines_of(failing):
        ctx.do.say(f"  {line}", LogLevel.ERROR)
    return CheckReport(check, result.tail, failing)


def _shown(argv: tuple[str, ...]) -> str:
    return Result(argv=argv, exit_code=None, duration_ms=0).command


def _timeout_s(ctx: Context) -> float:
    value = ctx.skill.settings.get("timeout_s")
    return float(value) if isinstance(value, int | float) and value > 0 else _TIMEOUT_S


def skipped_command(ctx: Context, job: CheckCommand, ground: CheckedTree, summary: str) -> CheckReport:
    """The check of a command that is not run, and in its summary why."""
    check = Check(
        name=job.name,
        status=CheckStatus.SKIPPED,
        summary=summary,
        commit=ground.commit,
        tree=ground.tree,
        at=ctx.do.now(),
    )
    return CheckReport(check, ())


def _unstarted(ctx: Context, job: CheckCommand, ground: CheckedTree, problem: Problem) -> Check:
    return Check(
        name=job.name,
        status=CheckStatus.FAILED,
        summary=one_line(str(problem), 200),
        command=_shown(job.argv or ()),
        commit=ground.commit,
        tree=ground.tree,
        at=ctx.do.now(),
    )


def _failing(ctx: Context, job: CheckCommand, result: Result, began: float) -> tuple[FailingTest, ...]:
    """The tests that failed, from what the runner printed, else from the report that it wrote."""
    if job.name != "test" or result.ok:
        return ()
    found = read_failures(result.recent or result.tail, ctx.project)
    path = None if found else _report_of(ctx, began)
    read = found or (read_failures_of_report(path, ctx.project) if path is not None else ())
    secrets = secrets_in(ctx.environment)
    masked = [(mask(each.name, secrets), mask(each.message, secrets), each.place) for each in read]
    return tuple(FailingTest(*each) for each in masked)


def _lines_of(failing: Sequence[FailingTest]) -> list[str]:
    """A line for each, the first ones of many."""
    lines = [f"✖ {each}" for each in failing[:_MOST_FAILING]]
    return [*lines, f"and {len(failing) - _MOST_FAILING} more"] if len(failing) > _MOST_FAILING else lines


def _excerpt(result: Result, failing: Sequence[FailingTest]) -> str:
    """The failing tests by name, then the part of the output that tells most."""
    listed = "\n".join(_lines_of(failing))[: _EXCERPT_CHARACTERS // 2]
    output = "\n".join(telling(result.tail, _EXCERPT_LINES)[1])
    output = output[-(_EXCERPT_CHARACTERS - len(listed)) :]
    return f"{listed}\n\n{output}" if listed else output


def _check(
    ctx: Context,
    job: CheckCommand,
    ground: CheckedTree,
    result: Result,
    began: float,
    *,
    failing: Sequence[FailingTest],
) -> Check:
    summary = _summary(ctx, job, result, began)
    if failing:
        more = f"; and {len(failing) - 1} more" if len(failing) > 1 else ""
        summary = one_line(f"{summary}: {failing[0]}{more}", _LONGEST_SUMMARY)
    return Check(
        name=job.name,
        status=CheckStatus.PASSED if result.ok else CheckStatus.FAILED,
        summary=summary,
        command=result.command,
        exit_code=result.exit_code,
        duration_ms=result.duration_ms,
        commit=ground.commit,
        tree=ground.tree,
        excerpt=_excerpt(result, failing),
        at=ctx.do.now(),
    )


def _summary(ctx: Context, job: CheckCommand, result: Result, began: float) -> str:
    """What came of it: a count where one can be read, the exit code otherwise."""
    if result.timed_out:
        return f"ended after {_timeout_s(ctx):g} s, its time limit"
    if result.cancelled:
        return "cancelled"
    found = _counts(ctx, job, result, began)
    if found is None:
        return f"exit {result.exit_code}"
    return str(found) if result.ok else f"{found} (exit {result.exit_code})"


def _counts(
    ctx: Context, job: CheckCommand, result: Result, began: float
) -> test_counts.Suite | test_counts.Problems | None:
    lines = result.recent or result.tail
    whole = result.line_count <= len(lines)
    if job.name == "test":
        return test_counts.read_tests(lines, whole) or _from_report(ctx, began)
    return None if job.name == "build" else test_counts.read_problems(lines, whole)


def _from_report(ctx: Context, began: float) -> test_counts.Suite | None:
    """The counts of a report that this test run wrote."""
    path = _report_of(ctx, began)
    return test_counts.read_report(path) if path is not None else None


def _report_of(ctx: Context, began: float) -> Path | None:
    """The report that this test run wrote: the one that the settings name, or where junit reports lie."""
    named = ctx.skill.settings.get("test_report")
    for name in (named,) if isinstance(named, str) else _REPORTS:
        path = (ctx.project / name).resolve()
        # A report of an earlier run says nothing; file times are no finer than the clock tick before.
        inside = path.is_relative_to(ctx.project.resolve())
        if inside and path.is_file() and path.stat().st_mtime >= began - 0.02:
            return path
    return None
