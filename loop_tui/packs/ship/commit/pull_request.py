"""The pull-request route of git-workflow: our commit on a branch of its own, a pull request, and what it was merged as.

Taken when the setting `route` says so, or when a push is refused by a rule and the person agrees. What ships is the
commit that the merge made, and only when it holds exactly what was checked.
"""

from pathlib import Path

from msgspec import Struct

from loop_tui.model.going_on import THEN_GO
from loop_tui.model.log import LogLevel
from loop_tui.model.problem_codes import Code
from loop_tui.packs.ship.effects import BRANCH, PULL_REQUEST, PUSH
from loop_tui.packs.ship.evidence import Made, few, left_out, prefix, verified
from loop_tui.packs.ship.github import ask, repository_of
from loop_tui.packs.ship.versions.changelog import body
from loop_tui.runners.context import Context, EvidenceVoid, Proof, SkillFailed
from loop_tui.services.git import git, history, refs, remotes, trees
from loop_tui.services.github import gh
from loop_tui.services.github.models import Pull

from .merge_wait import MergeWait, read_settings
from .pushing import Destination, begun, branch_effect, judge, push, reach, refuse_when_moved, seen, unless_unreachable
from .unchanged import ask_about_unchanged


class Route(Struct, frozen=True):
    """The way of one commit to one branch through a pull request."""

    ctx: Context
    root: Path
    made: Made
    to: Destination

    async def ship(self) -> Proof:
        """Branch, pull request, checks, merge, proof: each found again when it is there already.

        Raises Asked while a person has to merge, EvidenceVoid when what came of the merge is not what was checked and
        lies here now to be checked, SkillFailed for everything else that stops it.
        """
        if (done := self._landed()) is not None:
            return done
        settings = read_settings(self.ctx)
        ctx, made, to = self.ctx, self.made, self.to
        fresh = begun(ctx, made, to) is None
        if fresh and await reach(remotes.ls_remote(self.root, to.remote, to.branch)) == made.sha:
            # Nothing to ask for: the branch is there. This is how a merge that was checked anew is shipped.
            return await push(ctx, self.root, made.sha, to)
        repo = await repository_of(ctx, to.remote)
        opened = await self._open(repo, await self._push_branch(repo))
        number, url = int(str(opened["number"])), str(opened["url"])
        ctx.do.say(f"Pull request #{number}: {url}")
        return await self._land(await MergeWait(ctx, repo, number, url, made.sha, settings).until_merged())

    # --- what there is already ---

    def _landed(self) -> Proof | None:
        """The proof of an earlier attempt that this very commit was merged."""
        wanted = {"commit": self.made.sha, "remote": self.to.remote, "branch": self.to.branch}
        pushes = (e for e in reversed(self.ctx.state.effects) if e.kind == PUSH and "pull" in e.intent)
        ours = (e for e in pushes if all(e.intent.get(key) == value for key, value in wanted.items()))
        return next((e.proof for e in ours if e.proof), None)

    async def _find(self, repo: gh.Repository, branch: str) -> Pull | None:
        """The pull request of our branch: a merged one before an open one before a closed one."""
        found = await ask(self.ctx, lambda: gh.pulls(repo, branch, base=self.to.branch))
        ours = [pull for pull in found if pull.head.sha == self.made.sha or pull.state == "open"]
        return max(ours, key=lambda pull: (pull.is_merged, pull.state == "open", pull.number), default=None)

    # --- branch and pull request ---

    async def _push_branch(self, repo: gh.Repository) -> str:
        """Push our commit to a branch of its own as an effect; gives the branch."""
        root, sha, remote = self.root, self.made.sha, self.to.remote
        branch = begun(self.ctx, self.made, self.to)
        if branch is None:
            # A merge with what came there meanwhile would be something that nobody checked.
            await refuse_when_moved(root, sha, self.to)
            await ask_about_unchanged(self.ctx, root, self.made, self.to, by_pull=True)
            self.ctx.do.say(f"Shipping {sha[:7]} to {self.to} by pull request")
            branch = await self._free_name()
        there = Destination(remote, branch)
        proof: Proof = {"remote": remote, "branch": branch, "sha": sha}

        async def observe() -> Proof | None:
            if await reach(remotes.ls_remote(root, remote, there.branch)) == sha:
                return proof
            # Merged already, and the branch deleted with it.
            return proof if await self._find(repo, there.branch) else None

        async def act() -> None:
            result = await remotes.push(root, remote, there.branch, sha)
            if result.ok or await unless_unreachable(observe()) is None:
                judge(result, sha, there)
            self.ctx.do.say(f"Pushed {sha[:7]} to {there}")

        await self.ctx.do.effect(branch_effect(self.made, self.to), BRANCH, dict(proof), observe, act)
        return branch

    async def _free_name(self) -> str:
        """`release/vX.Y.Z`; with our sha behind it when that branch holds something else."""
        version, sha = await self._version(), self.made.sha
        name = f"release/v{version}" if version else f"release/{sha[:7]}"
        theirs = await reach(remotes.ls_remote(self.root, self.to.remote, name))
        return name if theirs in (None, sha) else f"{name}-{sha[:7]}"

    async def _version(self) -> str:
        package = f"{prefix(self.ctx, self.root)}package.json"
        return await history.version_at(self.root, self.made.sha, package) or ""

    async def _open(self, repo: gh.Repository, branch: str) -> Proof:
        """Open the pull request as an effect; gives its number and url."""
        ctx, made, base = self.ctx, self.made, self.to.branch

        async def observe() -> Proof | None:
            pull = await self._find(repo, branch)
            return {"number": pull.number, "url": pull.html_url, "branch": branch, "sha": made.sha} if pull else None

        async def act() -> None:
            title = made.subject or branch
            text = await body(ctx, self.root, await self._version(), made.sha)
            await ask(ctx, lambda: gh.create_pull(repo, head=branch, base=base, title=title, body=text))

        intent: Proof = {"branch": branch, "base": base, "sha": made.sha}
        return await ctx.do.effect(f"pull-{base}-{made.sha[:12]}", PULL_REQUEST, intent, observe, act)

    # --- what came of it ---

    async def _land(self, merged: Pull) -> Proof:
        """See the commit of the merge at the remote, holding what was checked; gives the proof of the push."""
        ctx, root, to, sha = self.ctx, self.root, self.to, merged.merge_commit_sha
        await reach(remotes.fetch(root, to.remote, to.branch))
        tree = await trees.tree_of(root, sha, left_out(ctx, root)) if sha else None
        how = f"pull request #{merged.number} was merged as {sha[:7]}"
        not_there = SkillFailed(
            f"{how}, but {to} does not show it yet",
            merged.html_url,
            "run loop-tui go to check it again",
            kind="external",
            code=Code.EFFECT_UNPROVEN,
        )
        if tree is None:
            raise not_there
        # Before the proof, so that whoever resumes a run that died here does it again; done twice it does nothing.
        why_not = await refs.fast_forward(root, to.local, sha, left_out(ctx, root))
        if tree != self.made.tree:
            await self._not_what_was_checked(merged, tree, why_not)
        elif why_not:
            todo = f"git pull --rebase {to.remote} {to.branch}"
            ctx.do.say(f"Your {to.local} was not updated ({why_not}). To update it: {todo}", LogLevel.WARN)

        async def observe() -> Proof | None:
            proof = await seen(root, sha, to)
            if proof is None:
                return None
            note = "; ".join(words for words in (how, str(proof.get("note", ""))) if words)
            return {**proof, "note": note, "pull": merged.number, "url": merged.html_url, "commit": self.made.sha}

        async def act() -> None:
            raise not_there  # GitHub did it: there is nothing to do but to look again

        intent: Proof = {"remote": to.remote, "branch": to.branch, "sha": sha}
        intent |= {"pull": merged.number, "commit": self.made.sha}
        return await ctx.do.effect(f"push-{to.remote}-{to.branch}-{sha[:12]}", PUSH, intent, observe, act)

    async def _not_what_was_checked(self, merged: Pull, tree: str, why_not: str) -> None:
        """The merge made something that no check speaks for: have it checked if it lies here now, else say how to."""
        changed = await git.changed_files(self.root, self.made.tree, tree)
        sha, proof = merged.merge_commit_sha[:7], verified(self.ctx)
        words = (
            f"pull request #{merged.number} was merged as {sha}, which differs from what was checked: {few(changed)}"
        )
        if why_not:
            raise SkillFailed(
                f"{words} ({why_not})",
                merged.html_url,
                f"git pull --rebase {self.to.remote} {self.to.branch}, {THEN_GO}: the checks run again on it",
                kind="check",
                code=Code.PULL_REQUEST,
            )
        if proof.gate and proof.tree:
            raise EvidenceVoid(proof.gate, words)
        self.ctx.do.say(f"{words}. No gate records the tree it passed on, so it is shipped unchanged", LogLevel.WARN)
