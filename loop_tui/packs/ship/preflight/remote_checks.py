"""Preflight of the remote: where a push goes, whether it is reached and takes it, and how far apart the two are."""

import asyncio
from pathlib import Path

from loop_tui.model.problem import Problem
from loop_tui.model.text import one_line
from loop_tui.services.git import git, push_target, remotes
from loop_tui.services.git.push_target import PushTarget

from .findings import PUSHES, Finding, Subject, setting, will_do

PushPlace = asyncio.Future[PushTarget | Problem]
"""Where the branch is pushed to, once that is known; a Problem where there is no telling."""


async def push_place(ctx: Subject, root: Path) -> PushTarget | Problem:
    """Where the checked-out branch is pushed to, or why there is no telling."""
    try:
        return await push_target.find(root, await git.branch(root) or "", setting(ctx, "remote"))
    except Problem as problem:
        return problem


async def remote_findings(
    ctx: Subject, root: Path, reading: asyncio.Future[git.Status], place: PushPlace, offline: bool
) -> tuple[list[Finding], bool]:
    """What there is to say about the remote; nothing is asked of it when there is nothing to push.

    `reading` is what git says of the tree, which may still be read. True beside it when the remote has no such branch.
    """
    pushes = will_do(ctx, PUSHES)
    status, to = await asyncio.gather(reading, place)
    if isinstance(to, Problem):
        return [Finding("remote", to.what, to.todo, fatal=pushes)], False
    found = [Finding("remote", f"{to.remote} at {await git.remote_url(root, to.remote)}")]
    if not status.branch or not status.head or not pushes:
        return found, False
    if to.branch != to.local or to.why.startswith("remote."):
        found.append(Finding("branch", f"{to.local} goes to {to}: {to.why}"))
    if to.unsure:
        found.append(Finding("branch", f"{to.unsure}: you are asked whether to push to {to}", _UPSTREAM.format(to=to)))
    if offline:
        return found, False
    of_branch, is_there = await _reach(root, to)
    return [*found, *of_branch, *await _behind_upstream(root, to)], not is_there


_UPSTREAM = "git branch --set-upstream-to=REMOTE/BRANCH {to.local}   # or --answer push-to=y"


async def _reach(root: Path, to: PushTarget) -> tuple[list[Finding], bool]:
    """Fetch and try a push without sending anything: reachable, allowed, how far apart, and whether it is there."""
    fetched, trial = await asyncio.gather(
        remotes.fetch(root, to.remote, to.branch),
        remotes.push_dry_run(root, to.remote, to.branch),
        return_exceptions=True,
    )
    if isinstance(fetched, Problem):
        fix = f"git ls-remote {to.remote}"
        return [Finding("remote", fetched.what, fix, fatal=True, external=True)], True
    for result in (fetched, trial):
        if isinstance(result, BaseException):
            raise result
    apart = await remotes.ahead_behind(root, to.remote, to.branch) if fetched else None
    found = [_distance(to, apart)]
    if isinstance(trial, remotes.Push) and not trial.ok and trial.outcome is not remotes.PushOutcome.BEHIND:
        words = f"{to.remote} would not accept a push: {one_line(trial.detail, 300)}"
        outside = trial.outcome is remotes.PushOutcome.NETWORK
        fix = f"git push --dry-run {to.remote} HEAD:refs/heads/{to.branch}"
        found.append(Finding("push", words, fix, fatal=True, external=outside))
    return found, bool(fetched)


async def _behind_upstream(root: Path, to: PushTarget) -> list[Finding]:
    """How far the branch is behind its upstream, where it is pushed to another place than it comes from."""
    if to.upstream is None:
        return []
    remote, branch = to.upstream
    try:
        apart = await remotes.ahead_behind(root, remote, branch) if await remotes.fetch(root, remote, branch) else None
    except Problem as problem:
        return [Finding("upstream", problem.what, f"git ls-remote {remote}", external=True)]
    if apart is None or not apart[1]:
        return []
    words = f"{apart[1]} behind {remote}/{branch}, the upstream of {to.local}"
    return [Finding("upstream", words, f"git pull --rebase {remote} {branch}")]


def _distance(there: PushTarget, apart: tuple[int, int] | None) -> Finding:
    remote, branch = there.remote, there.branch
    if apart is None:
        words = f"{there} does not exist yet: you are asked whether to create it"
        return Finding("branch", words, _UPSTREAM.format(to=there))
    ahead, behind = apart
    if ahead and behind:
        words = f"diverged from {there}: {ahead} ahead, {behind} behind"
        return Finding("branch", words, f"git pull --rebase {remote} {branch}", fatal=True)
    if behind:
        words = f"{behind} behind {there}"
        return Finding("branch", words, f"git pull --ff-only {remote} {branch}", fatal=True)
    return Finding("branch", f"{ahead} ahead of {there}" if ahead else f"up to date with {there}")
