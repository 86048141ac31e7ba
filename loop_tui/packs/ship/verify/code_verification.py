"""code-verification: build, test and lint, each a check that speaks for the tree it ran on (SHIP "npm", SPEC 4).

A red check does not fail the skill: the gate decides by the checks.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from loop_tui.model.evidence import Check
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.status import CheckStatus
from loop_tui.model.text import count_of, one_line
from loop_tui.packs.ship.evidence import few
from loop_tui.packs.ship.planned import refuse_taken_back
from loop_tui.runners.context import Context, SkillFailed, SkillResult

from .checked_command import checked_command, skipped_command
from .checked_tree import (
    CheckedTree,
    ask_about_dirty,
    ask_about_outside,
    ask_about_untracked,
    changed_between,
    name_unseen,
    passed_before,
    tree_to_check,
)
from .earlier_runs import STAYED_OUT, TREE
from .hidden import ask_about_hidden
from .release_checks import NAMES as RELEASE
from .release_checks import Ground, ReleaseChecks, not_counting, refuse_undecided
from .report import DELIVERABLE, CheckReport, report
from .stack import Stack, detect

_LANES = 2
"""How many programs run beside each other: the longest chain, and one for the rest."""


async def run(ctx: Context) -> SkillResult:
    """Run what the project has, and yield a check for each of build, test, lint and the tree.

    Checks that passed before on the same tree are taken again. When the commands change tracked files they run once
    more on what they wrote; when that changes too, no check of it counts. Files that would not be in the commit are
    asked about first: the checks could pass because of them. Raises SkillFailed for damaged settings and on a no,
    PhaseOutdated where the planned version was taken back.
    """
    refuse_taken_back(ctx)
    ground = await tree_to_check(ctx)
    hidden = await ask_about_hidden(ctx, ground)
    ground = replace(ground, hidden=hidden)
    await ask_about_untracked(ctx, ground)
    name_unseen(ctx, ground)
    await ask_about_dirty(ctx, ground)
    await ask_about_outside(ctx, ground)
    try:
        stack = detect(ctx.project, ctx.skill.settings, ground.root)
    except Problem as problem:
        raise SkillFailed(problem.what, problem.where, problem.todo, code=problem.code) from problem
    ctx.do.say(f"{stack.kind}: {', '.join(job.name for job in stack.jobs)}")
    outcomes = await _checked(ctx, stack, ground, passed_before(ctx, ground))
    after = replace(await tree_to_check(ctx), hidden=hidden)
    if after.tree != ground.tree:
        changed = await changed_between(ground, after)
        ctx.do.say(f"The commands changed tracked files, so they run once more: {few(changed)}", LogLevel.WARN)
        ground = after
        outcomes = await _checked(ctx, stack, ground, {})
        after = replace(await tree_to_check(ctx), hidden=hidden)
    unsteady = await changed_between(ground, after) if after.tree != ground.tree else ()
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
        return f"failed: {', '.join(red)}"
    return f"{', '.join(green)} passed" if green else "nothing to run"


def _tree_check(ctx: Context, ground: CheckedTree, unsteady: Sequence[str]) -> Check:
    summary = f"changed by the checks: {few(tuple(unsteady))}" if unsteady else f"{ground.tree[:7]}, unchanged"
    if ground.untracked:
        summary += f"; {count_of(len(ground.untracked), 'untracked file')} {STAYED_OUT}"
    if ground.hidden:
        summary += f"; {few(ground.hidden)} hidden from git ({STAYED_OUT})"
    if ground.unseen:
        summary += f"; {few(ground.unseen)} changed but hidden from git ({STAYED_OUT})"
    if ground.dirty:
        summary += f"; changes inside of {few(ground.dirty)} {STAYED_OUT}"
    if ground.outside:
        summary += f"; {few([each.path for each in ground.outside])} changed outside the package {STAYED_OUT}"
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
        "summary": one_line(
            f"{outcome.check.summary}, but tracked files changed in the meantime: {few(tuple(unsteady))}"
        ),
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
        build = await checked_command(ctx, jobs["build"], ground, earlier)
        if build.check.status is CheckStatus.FAILED:
            why = "not run, because the build failed"
            after = release.not_run(why) if release.wanted else []
            if jobs["test"].argv is None:
                return [build, await checked_command(ctx, jobs["test"], ground, earlier), *after]
            ctx.do.say(f"test: {why}", LogLevel.WARN)
            return [build, skipped_command(ctx, jobs["test"], ground, why), *after]
        if not release.wanted:
            return [build, await checked_command(ctx, jobs["test"], ground, earlier)]
        copied = asyncio.Event()
        if _cores() != _LANES:
            unhurried.set()
        async with asyncio.TaskGroup() as group:
            packing = group.create_task(release.pack(copied=copied, free=unhurried))
            # Tests may write where the build wrote what is packed and started, and listen where the server does.
            await (copied.wait() if _cores() >= _LANES else asyncio.wait({packing}))
            served = await release.serve_and_compare()
            test = await checked_command(ctx, jobs["test"], ground, earlier)
        return [build, test, packing.result(), *served]

    async def others() -> list[CheckReport]:
        try:
            return [
                await checked_command(ctx, job, ground, earlier)
                for job in stack.jobs
                if job.name not in ("build", "test")
            ]
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
