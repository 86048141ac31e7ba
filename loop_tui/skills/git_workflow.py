"""git-workflow: commit what was verified, push that one commit, and see it at the remote (SHIP "Pushing")."""

from pathlib import Path

from loop_tui.model.evidence import Check
from loop_tui.model.log import Level
from loop_tui.model.status import CheckStatus
from loop_tui.tools import git, history

from . import markdown as md
from .committing import Made, make_commit
from .context import Context, Proof, SkillFailed, SkillResult
from .evidence import few, repository
from .pushing import Destination, push

DELIVERABLE = "git-summary.md"


async def run(ctx: Context) -> SkillResult:
    """Commit the tree that the gate passed on, push it, prove it.

    Raises EvidenceVoid when tracked files are no longer what was checked, SkillFailed when there is nowhere to push to,
    the remote moved, or the push is refused.
    """
    root = await repository(ctx)
    to = await _destination(ctx, root)
    made = await make_commit(ctx, root, to.branch)
    await _check_branch(root, made, to)
    ctx.do.say(f"Pushing {made.sha[:7]} to {to}")
    proof = await push(ctx, root, made.sha, to)
    note = str(proof.get("note", ""))
    ctx.do.say(f"{to} is at {made.sha[:7]}" + (f": {note}" if note else ""), Level.OK)
    checks = (_commit_check(ctx, made), _push_check(ctx, made, proof, to))
    summary = f"{made.sha[:7]} {made.subject}" if made.new else f"nothing to commit; {made.sha[:7]} as it is"
    report = _report(made, to, await git.remote_url(root, to.remote), note, checks)
    document = ctx.do.deliver(DELIVERABLE, report, f"{made.sha[:7]} pushed to {to}")
    return SkillResult(summary=f"{summary}, pushed to {to}", checks=checks, deliverables=(document,))


async def _destination(ctx: Context, root: Path) -> Destination:
    """The remote and branch that this run pushes to. Raises SkillFailed when there is no telling."""
    begun = await git.underway(root)
    if begun:
        word, todo = begun
        raise SkillFailed(f"a {word} is under way", str(root), todo)
    branch = await git.branch(root)
    if branch is None:
        raise SkillFailed("HEAD is detached: there is no branch to push", str(root), "git switch BRANCH, then go")
    wanted = ctx.skill.settings.get("remote")
    remote = wanted if isinstance(wanted, str) and wanted else await git.remote(root, branch)
    names = await git.remotes(root)
    if remote is None or remote not in names:
        what = f"there is no remote {remote!r}" if remote else "no remote is configured"
        if names and not remote:
            what = f"several remotes and none is this branch's: {few(names)}"
            raise SkillFailed(what, str(root), f"git config branch.{branch}.remote NAME, then go")
        raise SkillFailed(f"{what}: there is nowhere to push to", str(root), f"git remote add {remote or 'origin'} URL")
    return Destination(remote, branch)


async def _check_branch(root: Path, made: Made, to: Destination) -> None:
    """Refuse to push a commit that somebody took off the branch meanwhile."""
    if not await history.is_ancestor(root, made.sha, f"refs/heads/{to.branch}"):
        raise SkillFailed(
            f"{made.sha[:7]} is not on {to.branch} any more", str(root), "put the branch in order, then go"
        )


def _commit_check(ctx: Context, made: Made) -> Check:
    summary = f"{made.sha[:7]} {made.subject}" if made.new else f"nothing to commit, {made.sha[:7]} as it is"
    return Check(
        name="commit",
        status=CheckStatus.PASSED,
        summary=summary,
        command="git commit --only" if made.new else "git rev-parse HEAD",
        commit=made.sha,
        tree=made.tree,
        at=ctx.do.now(),
    )


def _push_check(ctx: Context, made: Made, proof: Proof, to: Destination) -> Check:
    note = str(proof.get("note", ""))
    return Check(
        name="push",
        status=CheckStatus.PASSED,
        summary=note or f"{to} is at {made.sha[:7]}",
        command=f"git ls-remote {to.remote} refs/heads/{to.branch}",
        commit=made.sha,
        tree=made.tree,
        excerpt=f"{proof.get('remote_sha') or made.sha}\trefs/heads/{to.branch}",
        at=ctx.do.now(),
    )


def _report(made: Made, to: Destination, url: str, note: str, checks: tuple[Check, ...]) -> str:
    facts = [
        ("Commit", md.code(made.sha)),
        ("Message", made.subject),
        ("Tree", md.code(made.tree)),
        ("Parent", md.code(made.parent) or "none"),
        ("Pushed to", md.join(md.code(str(to)), " at ", md.code(url)) if url else md.code(str(to))),
        ("Evidence", made.evidence),
    ]
    if note:
        facts.append(("Note", note))
    blocks: list[str] = [md.table(("What", "Value"), facts), md.heading("Committed")]
    if made.new:
        blocks.append(md.bullets(md.code(path) for path in made.files) if made.files else "Nothing.")
    else:
        blocks.append("Nothing: the working tree is what HEAD holds, so HEAD was shipped as it is.")
    if made.untracked:
        blocks += [md.heading("Not committed (untracked)"), md.bullets(md.code(path) for path in made.untracked)]
    if made.secret_looking:
        blocks += [md.heading("Looks like a secret"), md.bullets(md.code(path) for path in made.secret_looking)]
    rows = ((c.name, c.status.value, c.summary, md.code(c.command), c.at) for c in checks)
    blocks += [md.heading("Checks"), md.table(("Check", "Status", "Found", "Command", "At"), rows)]
    return md.document("Git summary", *blocks)
