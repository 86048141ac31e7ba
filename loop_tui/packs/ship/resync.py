"""A resync: what is out already is built, asked for and confirmed anew; nothing is committed, and no version raised."""

from pathlib import Path
from typing import Protocol

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line
from loop_tui.packs.ship.choices import RESYNC, is_chosen
from loop_tui.packs.ship.effects import PUSH
from loop_tui.packs.ship.evidence import changed_since, few, left_out, prefix
from loop_tui.runners.context import Context, SkillFailed
from loop_tui.services.git import git, remotes, trees
from loop_tui.services.git.release_tags import release_tags
from loop_tui.services.toolchains import npm

_TODO = "use loop-tui run to ship it; a resync is for what was already shipped"


def is_resync(ctx: Context) -> bool:
    """True when this run was started as a resync."""
    return is_chosen(ctx.state, RESYNC)


class RemoteBranch(Protocol):
    """A branch of a remote, which is what it is called by."""

    @property
    def remote(self) -> str:
        """The remote's name."""

    @property
    def branch(self) -> str:
        """The name of the branch there."""


async def refuse_unless_shipped(ctx: Context, root: Path, to: RemoteBranch | None) -> None:
    """Raise SkillFailed when HEAD is no commit that a run shipped, or not what the remote's branch is at.

    A commit counts as shipped when the archive has a run that pushed it, or a version tag stands at it.
    """
    await refuse_changes(ctx, root)
    sha = await git.head_sha(root) or ""
    theirs = await _at_remote(root, to) if to is not None else ""
    if theirs != sha:
        where = f"{one_line(str(to))} is at {theirs[:7]}" if theirs else f"there is no {one_line(str(to))}"
        what = f"HEAD ({sha[:7]}) is not the shipped commit: {where}"
        raise SkillFailed(what, str(root), _TODO, code=Code.GIT_STATE)
    await _refuse_unreleased(ctx, root, sha)


async def refuse_unless_released(ctx: Context, root: Path) -> None:
    """As `refuse_unless_shipped`, for what is known without asking the remote."""
    await refuse_changes(ctx, root)
    await _refuse_unreleased(ctx, root, await git.head_sha(root) or "")


async def _refuse_unreleased(ctx: Context, root: Path, sha: str) -> None:
    if not await _was_released(ctx, root, sha):
        what = f"HEAD ({sha[:7]}) was never shipped: no archived run pushed it, and no version tag points to it"
        raise SkillFailed(what, str(root), _TODO, code=Code.GIT_STATE)


async def _was_released(ctx: Context, root: Path, sha: str) -> bool:
    package = npm.read_package(ctx.project)
    tags = await release_tags(root, package.name if package else "", prefix(ctx, root).rstrip("/"))
    return any(tag.sha == sha for tag in tags.reachable) or _archived(ctx, sha)


async def refuse_changes(ctx: Context, root: Path) -> None:
    """Raise SkillFailed when tracked files are not what HEAD holds: a resync commits nothing."""
    changed = await changed_since(ctx, root, await trees.tree_of(root, "HEAD", left_out(ctx, root)) or "")
    if changed:
        what = f"a resync commits nothing, but tracked files differ from HEAD: {few([one_line(p) for p in changed])}"
        todo = "run `git stash`, or `loop-tui run` to ship the changes"
        raise SkillFailed(what, str(root), todo, code=Code.TREE_CHANGED)


async def _at_remote(root: Path, to: RemoteBranch) -> str:
    """Where the remote's branch is; empty when there is none. Raises SkillFailed (external) when nobody answers."""
    try:
        return await remotes.ls_remote(root, to.remote, to.branch) or ""
    except Problem as problem:
        raise SkillFailed(problem.what, problem.where, problem.todo, "external", code=problem.code) from problem


def _archived(ctx: Context, sha: str) -> bool:
    """True when a run of this loop that is over pushed that commit."""
    runs, _ = ctx.archive.runs(loop=ctx.state.loop, system=ctx.state.system or None, limit=None)
    pushes = (effect.proof or {} for run in runs for effect in run.effects if effect.kind == PUSH)
    return any(proof.get("sha") == sha for proof in pushes)
