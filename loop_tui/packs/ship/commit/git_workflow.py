"""git-workflow: commit what was verified, bring that one commit to the remote, and see it there (SHIP "Pushing").

Settings: `remote`, `include` (untracked files to commit), `route` (push or pull-request), `merge` (person or auto; see
`merge_wait`), `tag` (whether what was shipped gets a tag; see `tagging`).
"""

from pathlib import Path

from loop_tui.model.evidence import Check
from loop_tui.model.going_on import THEN_GO
from loop_tui.model.log import LogLevel
from loop_tui.model.problem_codes import Code
from loop_tui.model.status import CheckStatus
from loop_tui.packs.ship import markdown as md
from loop_tui.packs.ship.evidence import Made, repository
from loop_tui.packs.ship.packaging.tarball import packing_ahead
from loop_tui.packs.ship.planned import refuse_other_version
from loop_tui.packs.ship.publish.announced import announced
from loop_tui.packs.ship.resync import is_resync, refuse_unless_shipped
from loop_tui.runners.context import Context, Proof, SkillFailed, SkillResult
from loop_tui.services.git import git, history

from .committing import make_commit
from .destination import Destination, destination, refuse_another_branch
from .push_strategy import PULL, bring, route_of
from .pushing import push
from .tagging import make_tag, plan_tag, said_tag, wants_tag

DELIVERABLE = "git-summary.md"


async def run(ctx: Context) -> SkillResult:
    """Commit the tree that the gate passed on, bring it to the remote, prove it there, and tag it when that is asked.

    Raises EvidenceVoid when tracked files are no longer what was checked, SkillFailed when there is nowhere to push to,
    the remote moved, the push is refused, or the tag names another commit.
    """
    root = await repository(ctx)
    to = await destination(ctx, root)
    by_pull = route_of(ctx) == PULL and not is_resync(ctx)
    said_tag(ctx)
    if is_resync(ctx):
        # What was seen at the start may be hours old: somebody committed meanwhile.
        await refuse_unless_shipped(ctx, root, to)
    way = f"opens a pull request for {to}" if by_pull else f"pushes to {to}"
    after = await announced(ctx, to.branch)
    made = await make_commit(ctx, root, to.local, f"Commits, then {way}{after}:")
    await _check_branch(root, made, to)
    await refuse_other_version(ctx, root, made.sha)
    tag = await plan_tag(ctx, root, made.sha, to) if await wants_tag(ctx, root, made.sha, to) else None
    # It takes as long as all that is still to come.
    with packing_ahead(ctx, root, made, wanted=not by_pull) as pushed:
        # What is there already needs no way there.
        proof = await (push(ctx, root, made.sha, to) if is_resync(ctx) else bring(ctx, root, made, to))
        pushed(proof)
    shipped, note = str(proof["sha"]), str(proof.get("note", ""))
    ctx.do.say(f"{to} is at {shipped[:7]}" + (f": {note}" if note else ""), LogLevel.OK)
    checks: tuple[Check, ...] = (_commit_check(ctx, made), _push_check(ctx, made, proof, to))
    if tag is not None:
        checks = (*checks, await make_tag(ctx, root, tag, shipped, to))
    summary = f"{made.sha[:7]} {made.subject}" if made.new else f"nothing to commit; {made.sha[:7]} unchanged"
    report = _report(made, to, await git.remote_url(root, to.remote), proof, checks)
    # A commit that was there before may have been at the remote before, too.
    how = f"pushed to {to}" if made.new else f"at {to}"
    document = ctx.do.deliver(DELIVERABLE, report, f"{shipped[:7]} {how}")
    how = f"merged into {to} as {shipped[:7]}" if proof.get("pull") else how
    return SkillResult(summary=f"{summary}, {how}", checks=checks, deliverables=(document,))


async def _check_branch(root: Path, made: Made, to: Destination) -> None:
    """Refuse to push a commit that somebody took off the branch meanwhile, or from another branch: hooks may switch."""
    await refuse_another_branch(root, to.local)
    if not await history.is_ancestor(root, made.sha, f"refs/heads/{to.local}"):
        raise SkillFailed(
            f"{made.sha[:7]} is not on {to.local} any more",
            str(root),
            f"fix the branch, {THEN_GO}",
            code=Code.GIT_STATE,
        )


def _commit_check(ctx: Context, made: Made) -> Check:
    summary = f"{made.sha[:7]} {made.subject}" if made.new else f"nothing to commit, {made.sha[:7]} unchanged"
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
    note, shipped = str(proof.get("note", "")), str(proof["sha"])
    return Check(
        name="push",
        status=CheckStatus.PASSED,
        summary=note or f"{to} is at {shipped[:7]}",
        command=f"git ls-remote {to.remote} refs/heads/{to.branch}",
        commit=shipped,
        tree=made.tree,
        excerpt=f"{proof.get('remote_sha') or shipped}\trefs/heads/{to.branch}",
        at=ctx.do.now(),
    )


def _report(made: Made, to: Destination, url: str, proof: Proof, checks: tuple[Check, ...]) -> str:
    facts = [
        ("Commit", md.code(made.sha)),
        ("Message", made.subject),
        ("Tree", md.code(made.tree)),
        ("Parent", md.code(made.parent) or "none"),
        (
            "Pushed to" if made.new else "Is at",
            md.join(md.code(str(to)), " at ", md.code(url)) if url else md.code(str(to)),
        ),
        ("Evidence", made.evidence),
    ]
    if proof.get("pull"):
        facts.append(("Pull request", str(proof.get("url", ""))))
        facts.append(("Merged as", md.code(str(proof["sha"]))))
    if note := str(proof.get("note", "")):
        facts.append(("Note", note))
    blocks: list[str] = [md.table(("What", "Value"), facts), md.heading("Committed")]
    if made.new:
        blocks.append(md.bullets(md.code(path) for path in made.files) if made.files else "Nothing.")
    else:
        blocks.append("Nothing: the working tree equals HEAD, so HEAD was shipped unchanged.")
    if made.untracked:
        blocks += [md.heading("Not committed (untracked)"), md.bullets(md.code(path) for path in made.untracked)]
    if made.outside:
        blocks += [md.heading("Not committed (outside the package)"), md.bullets(md.code(p) for p in made.outside)]
    if made.secret_looking:
        blocks += [md.heading("Possible secrets"), md.bullets(md.code(path) for path in made.secret_looking)]
    rows = ((c.name, c.status.value, c.summary, md.code(c.command), c.at) for c in checks)
    blocks += [md.heading("Checks"), md.table(("Check", "Status", "Result", "Command", "Time"), rows)]
    return md.document("Git summary", *blocks)
