"""code-verification: build, test and lint, each a check that speaks for the tree it ran on (SHIP "npm", SPEC 4).

A red check does not fail the skill: the gate decides by the checks.
"""

import asyncio
import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from loop_tui.model.answers import confirmed
from loop_tui.model.evidence import Check, Question, QuestionKind
from loop_tui.model.excerpt import telling
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import mask, secrets_in
from loop_tui.model.state import INTERRUPTED
from loop_tui.model.status import CheckStatus, SkillStatus
from loop_tui.model.text import one_line
from loop_tui.packs.ship.evidence import few, left_out, scope, tree_now
from loop_tui.packs.ship.verify import test_counts
from loop_tui.process.shell import Result
from loop_tui.runners.context import Context, SkillFailed, SkillResult
from loop_tui.services.git import git

from .earlier_runs import STAYED_OUT, TREE, of_earlier_runs
from .failing_lines import FailingTest
from .failing_tests import read_failures, read_failures_of_report
from .outside import Dependence, depended_upon
from .release_checks import NAMES as RELEASE
from .release_checks import Ground, ReleaseChecks, not_counting, refuse_undecided
from .report import DELIVERABLE, CheckReport, report
from .stack import CheckCommand, Stack, detect

_TIMEOUT_S = 1800.0
_EXCERPT_LINES = 40
_EXCERPT_CHARACTERS = 4000
_MOST_FAILING = 20
_LONGEST_SUMMARY = 400
_REUSED = " (reused: same tree)"
_SHIPS = "git-workflow"
_MOST_NAMES = 40
_LANES = 2
"""How many programs run beside each other: the longest chain, and one for the rest."""
# Tests may compare what a program prints: they run without colours, as everything else does.
_COLOURFUL = ("lint", "build")
_REPORTS = ("junit.xml", "test-results/junit.xml", "reports/junit.xml", "test-report.xml")


@dataclass(frozen=True)
class CheckedTree:
    """What a check runs on. `tree` is empty outside of git; `untracked` files are in no tree.

    `outside` is what is changed beside the package's own files and can have a part in what its checks find.
    """

    root: Path | None = None
    tree: str = ""
    commit: str = ""
    untracked: tuple[str, ...] = ()
    outside: tuple[Dependence, ...] = ()


async def run(ctx: Context) -> SkillResult:
    """Run what the project has, and yield a check for each of build, test, lint and the tree.

    Checks that passed before on the same tree are taken again. When the commands change tracked files they run once
    more on what they wrote; when that changes too, no check of it counts. Files that would not be in the commit are
    asked about first: the checks could pass because of them. Raises SkillFailed for damaged settings and on a no.
    """
    ground = await _ground(ctx)
    await _ask_about_untracked(ctx, ground)
    await _ask_about_outside(ctx, ground)
    try:
        stack = detect(ctx.project, ctx.skill.settings, ground.root)
    except Problem as problem:
        raise SkillFailed(problem.what, problem.where, problem.todo, code=problem.code) from problem
    ctx.do.say(f"{stack.kind}: {', '.join(job.name for job in stack.jobs)}")
    outcomes = await _checked(ctx, stack, ground, _earlier(ctx, ground))
    after = await _ground(ctx)
    if after.tree != ground.tree:
        changed = await _changed(ground, after)
        ctx.do.say(f"The commands changed tracked files, so they run once more: {few(changed)}", LogLevel.WARN)
        ground = after
        outcomes = await _checked(ctx, stack, ground, {})
        after = await _ground(ctx)
    unsteady = await _changed(ground, after) if after.tree != ground.tree else ()
    if unsteady:
        ctx.do.say(f"The commands keep changing tracked files: {few(unsteady)}", LogLevel.ERROR)
        outcomes = [_void(outcome, unsteady) for outcome in outcomes]
    checks = tuple(outcome.check for outcome in outcomes)
    if ground.tree:
        checks = (*checks, _tree_check(ctx, ground, unsteady))
    summary = ", ".join(f"{check.name}: {check.summary}" for check in checks if check.name != TREE)
    text = report(stack.kind, ground.tree, ground.commit, outcomes, unsteady)
    document = ctx.do.deliver(DELIVERABLE, text, _verdict(checks))
    if not unsteady:
        refuse_undecided(ctx, [outcome for outcome in outcomes if outcome.check.name in RELEASE])
    return SkillResult(summary=summary, checks=checks, deliverables=(document,))


def _verdict(checks: Sequence[Check]) -> str:
    red = [check.name for check in checks if check.status is CheckStatus.FAILED]
    green = [check.name for check in checks if check.passed and check.name != TREE]
    if red:
        return f"red: {', '.join(red)}"
    return f"{', '.join(green)} green" if green else "nothing to run"


# --- the ground -----------------------------------------------------------------------------------------------------


async def _ground(ctx: Context) -> CheckedTree:
    root = await git.repository_root(ctx.project)
    if root is None:
        return CheckedTree()
    tree, whole = await asyncio.gather(tree_now(ctx, root), git.status(root, left_out(ctx, root)))
    status, outside = scope(ctx, root).split(whole)
    depends = await depended_upon(ctx.project, root, [entry.path for entry in outside]) if outside else ()
    return CheckedTree(root, tree, status.head, status.untracked, depends)


async def _ask_about_untracked(ctx: Context, ground: CheckedTree) -> None:
    """Checks run on everything in the folder, the commit has only what is tracked: a person decides whether that is so.

    No answer is likelier than the other, so there is no default. Raises SkillFailed when the answer is a no.
    """
    if not ground.untracked or not any(s.id == _SHIPS for p in ctx.definition.phases for s in p.skills):
        return
    facts = _facts(ctx, ground.untracked)
    names = one_line(few(ground.untracked))
    question = Question(
        id=f"untracked-{facts}",
        text=f"{len(ground.untracked)} untracked: {names}. Ship without, though the checks see them? [y/n]",
        kind=QuestionKind.CONFIRM,
        options=("y", "n"),
        detail="\n".join(map(one_line, ground.untracked[:_MOST_NAMES])),
    )
    if not confirmed(question, await ctx.do.ask(question)):
        todo = "git add what belongs to it, ignore what does not, or answer y (--answer untracked=y)"
        raise SkillFailed(
            f"untracked files lie beside what would be shipped: {names}", str(ctx.project), todo, code=Code.TREE_CHANGED
        )


async def _ask_about_outside(ctx: Context, ground: CheckedTree) -> None:
    """Checks of a package see the others as they lie there, the commit leaves them as they are committed.

    Asked only where the package depends on what is changed; there is no default. Raises SkillFailed on a no.
    """
    if not ground.outside or not any(s.id == _SHIPS for p in ctx.definition.phases for s in p.skills):
        return
    names = one_line(few([each.path for each in ground.outside]))
    package = one_line(ctx.project.name)
    question = Question(
        id=f"outside-{_facts(ctx, [each.path for each in ground.outside])}",
        text=f"Changed outside of {package}, which depends on it: {names}. Ship without it? [y/n]",
        kind=QuestionKind.CONFIRM,
        options=("y", "n"),
        detail="\n".join(one_line(f"{each.path} ({each.why})") for each in ground.outside[:_MOST_NAMES]),
    )
    if not confirmed(question, await ctx.do.ask(question)):
        todo = "commit it or git stash it, then go; or answer y (--answer outside=y)"
        what = f"changed outside of what would be shipped, and {package} depends on it: {names}"
        raise SkillFailed(what, str(ctx.project), todo, code=Code.TREE_CHANGED)


def _facts(ctx: Context, paths: Sequence[str]) -> str:
    """What a question about files is known by.

    Its answer counts until the skill has run through or failed on it. Asking ends a driver, and a kill does: the next
    one has to meet the same question, with its answer.
    """
    ended = (SkillStatus.COMPLETE, SkillStatus.FAILED)
    own = [entry for entry in ctx.state.skill_log if entry.skill == ctx.skill.id and entry.status in ended]
    runs = sum(1 for entry in own if entry.summary != INTERRUPTED)
    return hashlib.sha256("\0".join((*paths, str(runs))).encode("utf-8", "replace")).hexdigest()[:12]


async def _changed(before: CheckedTree, after: CheckedTree) -> tuple[str, ...]:
    if before.root is None or not before.tree or not after.tree:
        return ()
    return await git.changed_files(before.root, before.tree, after.tree)


def _earlier(ctx: Context, ground: CheckedTree) -> Mapping[str, Check]:
    """Checks that passed here before and still hold. With other files about, no tree says what was checked."""
    if not ground.tree or ground.untracked or ground.outside:
        return {}
    found = (*of_earlier_runs(ctx, ground.tree), *ctx.state.own_checks_of(ctx.phase))
    return {check.name: check for check in found if check.passed and check.tree == ground.tree}


def _tree_check(ctx: Context, ground: CheckedTree, unsteady: Sequence[str]) -> Check:
    summary = f"changed by the checks: {few(tuple(unsteady))}" if unsteady else f"{ground.tree[:7]}, left as it was"
    if ground.untracked:
        summary += f"; {len(ground.untracked)} untracked files {STAYED_OUT}"
    if ground.outside:
        summary += f"; {few([each.path for each in ground.outside])} changed outside of the package {STAYED_OUT}"
    return Check(
        name=TREE,
        status=CheckStatus.FAILED if unsteady else CheckStatus.PASSED,
        summary=one_line(summary),
        commit=ground.commit,
        tree=ground.tree,
        excerpt="\n".join(map(one_line, unsteady)),
        at=ctx.do.now(),
    )


def _void(outcome: CheckReport, unsteady: Sequence[str]) -> CheckReport:
    """The outcome when the tree would not hold still: a pass then speaks for no tree that exists."""
    if not outcome.check.passed:
        return outcome
    update = {
        "status": CheckStatus.FAILED,
        "summary": one_line(f"{outcome.check.summary}, but tracked files changed meanwhile: {few(tuple(unsteady))}"),
    }
    return CheckReport(outcome.check.model_copy(update=update), outcome.tail)


# --- the checks -----------------------------------------------------------------------------------------------------


async def _checked(ctx: Context, stack: Stack, ground: CheckedTree, earlier: Mapping[str, Check]) -> list[CheckReport]:
    """As `_all`; what fails in one of several that run beside each other is raised as it is, and ends the others."""
    try:
        return await _all(ctx, stack, ground, earlier)
    except ExceptionGroup as group:
        failed: Exception = group
        while isinstance(failed, ExceptionGroup):
            failed = failed.exceptions[0]
        raise failed from group


async def _all(ctx: Context, stack: Stack, ground: CheckedTree, earlier: Mapping[str, Check]) -> list[CheckReport]:
    """Every job: test after build, the others beside them when there are cores for it.

    What is released is packed and started between them: from what the build made.
    """
    jobs = {job.name: job for job in stack.jobs}

    release = ReleaseChecks(ctx, Ground(ground.root, ground.tree, ground.commit), earlier)
    # Set when packing slows nothing down that takes longer.
    unhurried = asyncio.Event()

    async def chain() -> list[CheckReport]:
        build = await _one(ctx, jobs["build"], ground, earlier)
        if build.check.status is CheckStatus.FAILED:
            why = "not run, the build failed"
            after = release.not_run(why) if release.wanted else []
            if jobs["test"].argv is None:
                return [build, await _one(ctx, jobs["test"], ground, earlier), *after]
            ctx.do.say(f"test: {why}", LogLevel.WARN)
            return [build, _skipped(ctx, jobs["test"], ground, why), *after]
        if not release.wanted:
            return [build, await _one(ctx, jobs["test"], ground, earlier)]
        copied = asyncio.Event()
        if _cores() != _LANES:
            unhurried.set()
        async with asyncio.TaskGroup() as group:
            packing = group.create_task(release.pack(copied=copied, free=unhurried))
            # Tests may write where the build wrote what is packed and started, and listen where the server does.
            await (copied.wait() if _cores() >= _LANES else asyncio.wait({packing}))
            served = await release.serve_and_compare()
            test = await _one(ctx, jobs["test"], ground, earlier)
        return [build, test, packing.result(), *served]

    async def others() -> list[CheckReport]:
        try:
            return [await _one(ctx, job, ground, earlier) for job in stack.jobs if job.name not in ("build", "test")]
        finally:
            unhurried.set()

    if _cores() < _LANES:
        found = [*await chain(), *await others()]
    else:
        async with asyncio.TaskGroup() as group:
            first, second = group.create_task(chain()), group.create_task(others())
        found = [*first.result(), *second.result()]
    return _in_order(found)


def _in_order(found: Sequence[CheckReport]) -> list[CheckReport]:
    """The checks of the project, then those of the release, of which a pass counts only beside a check of the code."""
    code = [report for report in found if report.check.name not in RELEASE]
    ran = any(report.check.status is not CheckStatus.SKIPPED for report in code)
    return [*code, *not_counting([report for report in found if report.check.name in RELEASE], ran)]


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


async def _one(ctx: Context, job: CheckCommand, ground: CheckedTree, earlier: Mapping[str, Check]) -> CheckReport:
    if job.argv is None:
        ctx.do.say(f"{job.name}: skipped ({job.missing})")
        return _skipped(ctx, job, ground, f"skipped ({job.missing})")
    known = earlier.get(job.name)
    if known is not None and known.command == _shown(job.argv):
        summary = known.summary.removesuffix(_REUSED) + _REUSED
        ctx.do.say(f"{job.name}: {summary}", LogLevel.OK)
        return CheckReport(known.model_copy(update={"summary": summary}), tuple(known.excerpt.splitlines()))
    began = time.time()
    try:
        result = await ctx.do.command(job.argv, timeout_s=_timeout_s(ctx), colourful=job.name in _COLOURFUL)
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


def _skipped(ctx: Context, job: CheckCommand, ground: CheckedTree, summary: str) -> CheckReport:
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
    found = read_failures(result.tail, ctx.project)
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
    whole = result.line_count <= len(result.tail)
    if job.name == "test":
        return test_counts.read_tests(result.tail, whole) or _from_report(ctx, began)
    return None if job.name == "build" else test_counts.read_problems(result.tail, whole)


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
