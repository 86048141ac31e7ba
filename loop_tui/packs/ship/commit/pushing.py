"""Bringing one commit to its remote branch exactly once, and seeing it there (SHIP "Pushing")."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from loop_tui.model.going_on import THEN_GO
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import count_of, one_line
from loop_tui.packs.ship.effects import PUSH
from loop_tui.packs.ship.evidence import Made, changed_since, few, left_out
from loop_tui.packs.ship.packaging.tarball import copied
from loop_tui.runners.context import Context, Proof, SkillFailed
from loop_tui.runners.slow import said_while_slow
from loop_tui.services.git import git, history, remotes, trees

from .destination import Destination as Destination
from .destination import ask_about_new

T = TypeVar("T")
Approve = Callable[[], Awaitable[None]]


class BranchProtected(SkillFailed):
    """The remote takes no direct push to that branch: there is the pull-request route (`pull_request`)."""


def branch_effect(made: Made, to: Destination) -> str:
    """The id of the effect that pushes the commit to a branch of its own."""
    return f"branch-{to.remote}-{to.branch}-{made.sha[:12]}"


def begun(ctx: Context, made: Made, to: Destination) -> str | None:
    """The branch that an earlier attempt by pull request chose for this commit, or None."""
    known = ctx.state.effect(branch_effect(made, to))
    return str(known.intent.get("branch", "")) if known else None


async def push(ctx: Context, root: Path, sha: str, to: Destination, approve: Approve | None = None) -> Proof:
    """Push this one commit, without force, as an effect; gives its proof: sha, remote, branch, remote_sha, note.

    `approve` has a person say yes to the commit where nobody did yet, once it is known that it can be pushed.

    Raises SkillFailed when the remote has commits that ours lacks, refuses the push (BranchProtected when it is for a
    rule), or cannot be reached (external), Asked before it would make a branch there. Nothing is pushed then.
    """
    effect_id = f"push-{to.remote}-{to.branch}-{sha[:12]}"
    began_before = ctx.state.effect(effect_id) is not None
    # Only an intent of ours makes a remote that is ahead of the commit a success: without one, it is news.
    if not began_before:
        with said_while_slow(ctx.do.say, f"asking {to.remote} for {to.branch}"):
            is_there = await refuse_when_moved(root, sha, to)
        if not is_there:
            await ask_about_new(ctx, to)
        if approve is not None:
            await approve()

    async def observe() -> Proof | None:
        return await seen(root, sha, to)

    async def act() -> None:
        if began_before:
            await refuse_when_moved(root, sha, to)
        await _refuse_when_changed(ctx, root, sha)
        ctx.do.say(f"Pushing {sha[:7]} to {to}")
        # A hook of the push may build, and must not do so while the build is copied to be packed.
        await copied(ctx, sha)
        result = await remotes.push(root, to.remote, to.branch, sha, to.local)
        if not result.ok and (there := await unless_unreachable(observe())) is not None:
            # A hook pushed by itself, or what git does here after the remote took it failed.
            await _refuse_more(root, there, to)
            ctx.do.say(f"{to} has {sha[:7]}, though git push failed: {one_line(result.detail, 300)}", LogLevel.WARN)
            return
        judge(result, sha, to)

    intent: Proof = {"remote": to.remote, "branch": to.branch, "sha": sha}
    return await ctx.do.effect(effect_id, PUSH, intent, observe, act)


async def unless_unreachable(seeing: Awaitable[Proof | None]) -> Proof | None:
    """What was seen at the remote after a push that failed; None where it does not answer: the failure says enough."""
    try:
        return await seeing
    except SkillFailed as failed:
        if failed.kind == "external":
            return None
        raise


async def _refuse_more(root: Path, there: Proof, to: Destination) -> None:
    """Raise SkillFailed when our commit came to the remote with others on top, while it was on its way."""
    sha, theirs = str(there["sha"]), str(there["remote_sha"])
    if theirs == sha:
        return
    news = len(await history.commits_between(root, sha, theirs))
    what = f"{to} is at {theirs[:7]}: it contains {sha[:7]}, and {count_of(news, 'more commit')} on top, not verified"
    todo = f"check `git log {sha[:7]}..{theirs[:7]}` (a pre-push hook that pushes by itself can cause this), {THEN_GO}"
    raise SkillFailed(what, str(to), todo, code=Code.REMOTE_MOVED)


async def _refuse_when_changed(ctx: Context, root: Path, sha: str) -> None:
    """Raise SkillFailed when what lies there is not the commit any more: all that follows the push would say so."""
    tree = await trees.tree_of(root, sha, left_out(ctx, root)) or ""
    changed = await changed_since(ctx, root, tree)
    if not changed:
        return
    on_top = await git.head_sha(root) != sha
    todo = f"git reset --soft {sha[:7]} && git stash" if on_top else "git stash"
    raise SkillFailed(
        f"the working tree differs from what would be pushed ({sha[:7]}): {few(changed)} changed; nothing was pushed",
        str(root),
        f"{todo}, {THEN_GO}; to ship it as well: loop-tui abort, then loop-tui run",
        code=Code.TREE_CHANGED,
    )


async def seen(root: Path, sha: str, to: Destination) -> Proof | None:
    """The proof that the remote's branch holds this commit, asked of the remote itself; None when it does not.

    Raises SkillFailed (external) when the remote cannot be reached.
    """
    found = await reach(remotes.ls_remote_all(root, to.remote, to.branch))
    theirs = next((each for each in found if each != sha), sha)
    proof: Proof = {"sha": sha, "remote": to.remote, "branch": to.branch, "remote_sha": theirs or ""}
    if theirs == sha:
        return proof
    if theirs is None:
        return None
    if theirs != await git.resolve(root, remotes.tracking(to.remote, to.branch)):
        await reach(remotes.fetch(root, to.remote, to.branch))
    if not await history.is_ancestor(root, sha, remotes.tracking(to.remote, to.branch)):
        return None
    return proof | {"note": f"{to} moved to {theirs[:7]}, which contains {sha[:7]}"}


async def refuse_when_moved(root: Path, sha: str, to: Destination) -> bool:
    """Fetch, and raise SkillFailed when the remote's branch has commits that ours does not contain.

    False when the remote has no such branch.
    """
    if not await reach(remotes.fetch(root, to.remote, to.branch)):
        return False
    theirs = await git.resolve(root, remotes.tracking(to.remote, to.branch))
    if theirs is None or theirs == sha or await history.is_ancestor(root, theirs, sha):
        return True
    news = await history.commits_between(root, sha, theirs)
    raise SkillFailed(
        f"{to} has {count_of(len(news), 'commit')} that {sha[:7]} does not contain; nothing was pushed",
        str(root),
        f"git pull --rebase {to.remote} {to.branch}, {THEN_GO}: the checks run again on the result",
        code=Code.REMOTE_MOVED,
    )


def judge(result: remotes.Push, sha: str, to: Destination) -> None:
    """Raise SkillFailed, with what to do, for a push that was not taken."""
    if result.ok:
        return
    what, todo, kind, code = _WORDS[result.outcome]
    values = {"to": to, "remote": to.remote, "branch": to.branch, "sha": sha[:7], "then_go": THEN_GO}
    detail = f"\n{result.detail}" if result.detail else ""
    failed = BranchProtected if result.outcome is remotes.PushOutcome.PROTECTED else SkillFailed
    raise failed(f"{what.format(**values)}{detail}", str(to), todo.format(**values), kind, code=code)


_WORDS = {
    remotes.PushOutcome.BEHIND: (
        "{to} moved during the push, and does not contain {sha}",
        "git pull --rebase {remote} {branch}, {then_go}: the checks run again on the result",
        "error",
        Code.REMOTE_MOVED,
    ),
    remotes.PushOutcome.PROTECTED: (
        "{branch} is protected: {remote} does not accept direct pushes",
        "use the pull-request route: git push {remote} {sha}:refs/heads/ship-{sha}, then gh pr create --base {branch} "
        "--head ship-{sha} --fill; when it is merged: git pull --rebase {remote} {branch}, {then_go}",
        "error",
        Code.GIT_FAILED,
    ),
    remotes.PushOutcome.LEAK: (
        "{remote} found a secret in the push, and rejected it",
        "revoke the secret, then remove it from the commits that are not pushed (git log {to}..{sha} "
        f"lists them), {THEN_GO}",
        "security",
        Code.SECRETS_FOUND,
    ),
    remotes.PushOutcome.SUBMODULE: (
        "a submodule is at a commit that is on none of its remotes; nothing was pushed",
        f"git push in that submodule, {THEN_GO}",
        "error",
        Code.GIT_STATE,
    ),
    remotes.PushOutcome.DENIED: (
        "{remote} does not let you push",
        "sign in (gh auth login, or check your ssh key), try git push --dry-run {remote} {branch}, {then_go}",
        "error",
        Code.GIT_FAILED,
    ),
    remotes.PushOutcome.NETWORK: (
        "{remote} cannot be reached",
        "check it with `git ls-remote {remote}`, {then_go}",
        "external",
        Code.NETWORK,
    ),
    remotes.PushOutcome.REFUSED: (
        "{remote} refused {sha}",
        f"fix what it reports, {THEN_GO}",
        "error",
        Code.GIT_FAILED,
    ),
    remotes.PushOutcome.FAILED: (
        "git could not push {sha} to {to}",
        f"fix what git or its hook reports, {THEN_GO}",
        "error",
        Code.GIT_FAILED,
    ),
}


async def reach(call: Awaitable[T]) -> T:
    """The result of a call to a remote; what goes wrong there is external."""
    try:
        return await call
    except SkillFailed:
        raise
    except Problem as problem:
        raise SkillFailed(problem.what, problem.where, problem.todo, kind="external", code=problem.code) from problem
