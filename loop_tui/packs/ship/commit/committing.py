"""One commit of exactly what was verified: what goes in, under which message, and whether it is there already."""

import asyncio
import hashlib
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from msgspec import Struct

from loop_tui.model.answers import confirmed
from loop_tui.model.evidence import Effect, Question, QuestionKind
from loop_tui.model.going_on import THEN_GO
from loop_tui.model.log import LogLevel
from loop_tui.model.problem_codes import Code
from loop_tui.model.secret_files import looks_secret
from loop_tui.model.text import count_of, one_line
from loop_tui.packs.ship.effects import CHANGELOG, COMMIT, PUSH
from loop_tui.packs.ship.evidence import Made, Verified, changed_since, few, left_out, prefix, scope, tree_now, verified
from loop_tui.runners.context import Context, EvidenceVoid, Proof, SkillFailed
from loop_tui.services.git import commits, git, history, trees

from .message import ask_message, proposed


class CommitPlan(Struct, frozen=True):
    """What a commit is going to hold. `tree` is its tree, `tracked` the one without the untracked files taken in.

    `outside` is what is changed beside the package's own files, and stays as it is.
    """

    parent: str
    branch: str
    tree: str
    tracked: str
    files: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    letters: tuple[tuple[str, str], ...] = ()
    untracked: tuple[str, ...] = ()
    outside: tuple[git.ChangedPath, ...] = ()
    dirty: tuple[str, ...] = ()

    @property
    def secret_looking(self) -> tuple[str, ...]:
        """What looks like a secret among all that is not as HEAD has it."""
        return tuple(path for path in (*self.files, *self.untracked) if looks_secret(path))


async def make_commit(ctx: Context, root: Path, branch: str, then: str = "") -> Made:
    """Commit the verified tree, or recognise the commit that an earlier attempt made of it.

    `then` says in the question for the message what follows on it.

    Raises EvidenceVoid when tracked files, or the commit itself, are not what the gate passed on, and SkillFailed when
    the working tree cannot be committed or the person does not want it.
    """
    proof = verified(ctx)
    earlier = await _made_before(ctx, root, branch, proof)
    if earlier is not None:
        return earlier
    plan = await _plan(ctx, root, branch)
    await _hold_to_evidence(ctx, root, plan, proof)
    _announce(ctx, plan)
    if plan.parent and plan.tree == await trees.tree_of(root, plan.parent, left_out(ctx, root)):
        return await _as_it_is(ctx, root, plan, proof)
    await _ask_about_secrets(ctx, plan)
    bumped = await _bumped_version(ctx, root, plan)
    message = await ask_message(ctx, proposed(bumped, plan.files), plan.letters, f"{plan.tree}:{plan.parent}", then)
    intent: Proof = {
        "parent": plan.parent,
        "tree": plan.tree,
        "verified": proof.tree,
        "message": message,
        "branch": plan.branch,
        "files": list(plan.files),
        "added": list(plan.added),
    }
    name = f"commit-{plan.parent[:12] or 'root'}-{plan.tree[:12]}"
    # One of these that was proven is on the branch no more: it was recognised above otherwise.
    taken_back = sum(1 for e in ctx.state.effects if e.kind == COMMIT and e.id.startswith(name) and e.proven)
    effect = Effect(id=f"{name}-{taken_back + 1}" if taken_back else name, kind=COMMIT, intent=intent)
    return await _bring_about(ctx, root, effect, proof, plan)


# --- what was done before -------------------------------------------------------------------------------------------


async def _made_before(ctx: Context, root: Path, branch: str, proof: Verified) -> Made | None:
    """The commit that an earlier attempt of this run made of the same evidence and that is still on the branch.

    It holds whatever happened to the working tree since: it is the commit that is pushed, not the tree.
    """
    for effect in reversed(ctx.state.effects):
        if effect.kind != COMMIT or not await _still_meant(ctx, root, effect, branch, proof):
            continue
        done = effect.proof or await _find(ctx, root, effect.intent)
        if done is None and await _half_done(ctx, root, effect):
            return await _bring_about(ctx, root, effect, proof, None)
        if done is None or not await history.is_ancestor(root, str(done["sha"])):
            continue
        made = await _bring_about(ctx, root, effect, proof, None)
        ctx.do.say(f"{made.sha[:7]} was already committed: {made.subject}")
        if changed := await changed_since(ctx, root, str(effect.intent["tree"])):
            ctx.do.say(f"Changed since the commit, and not part of it: {few(changed)}", LogLevel.WARN)
        return made
    return None


async def _still_meant(ctx: Context, root: Path, effect: Effect, branch: str, proof: Verified) -> bool:
    if effect.intent.get("branch") != branch or effect.intent.get("verified") != proof.tree:
        return False
    # Without evidence there is only the working tree to say that this commit is the one meant now.
    return bool(proof.tree) or not await changed_since(ctx, root, str(effect.intent.get("tree", "")))


async def _half_done(ctx: Context, root: Path, effect: Effect) -> bool:
    """True when an attempt died between staging what was untracked and the commit: all that is missing is the commit.

    What was staged is tracked by now, so the tracked content is the commit's and not the one that was checked.
    """
    intent = effect.intent
    if not intent.get("added") or (await git.head_sha(root) or "") != intent.get("parent"):
        return False
    return not await changed_since(ctx, root, str(intent["tree"]))


async def _find(ctx: Context, root: Path, intent: Proof) -> Proof | None:
    """The commit of this intent on HEAD's first-parent line: made on that parent, with that tree or that message."""
    parent, tree, message = (str(intent.get(key, "")) for key in ("parent", "tree", "message"))
    head = await git.head_sha(root)
    if head is None or head == parent or (parent and not await history.is_ancestor(root, parent, head)):
        return None
    entries = {entry.sha: entry for entry in await history.log(root, parent or None, head)}
    at: str | None = head
    while at in entries:
        entry = entries[at]
        before = entry.parents[0] if entry.parents else ""
        if before == parent:
            found = await trees.tree_of(root, at, left_out(ctx, root)) or ""
            if found == tree or entry.message.strip() == message.strip():
                subject = one_line(entry.message.split("\n", 1)[0])
                return {"sha": at, "tree": found, "parent": parent, "subject": subject}
            return None
        at = before
    return None


# --- what goes in ---------------------------------------------------------------------------------------------------


async def _plan(ctx: Context, root: Path, branch: str) -> CommitPlan:
    """What would be committed now: every tracked change, and untracked files only where `include` names them.

    Of a package in a folder of the repository only its own files (`evidence.scope`).
    """
    whole, tracked = await asyncio.gather(git.status(root, left_out(ctx, root)), tree_now(ctx, root))
    status, outside = scope(ctx, root).split(whole)
    if status.conflicted:
        raise SkillFailed(
            f"in conflict: {few(status.conflicted)}",
            str(root),
            f"resolve them, `git add` them, {THEN_GO}",
            code=Code.GIT_STATE,
        )
    added = included(ctx, root, status.untracked)
    letters = letters_of(status, added)
    return CommitPlan(
        parent=status.head,
        branch=branch,
        tree=await tree_now(ctx, root, added) if added else tracked,
        tracked=tracked,
        files=tuple(sorted(letters)),
        added=added,
        letters=tuple(sorted(letters.items())),
        untracked=tuple(path for path in status.untracked if path not in added),
        outside=outside,
        dirty=status.dirty,
    )


def letters_of(status: git.Status, added: Iterable[str]) -> dict[str, str]:
    """What happens to each path that goes in, as git's letter: every tracked change, and the untracked ones `added`."""
    letters: dict[str, str] = {}
    for entry in (*status.staged, *status.unstaged):
        letters[entry.path] = entry.code
        if entry.original and entry.code == "R":
            letters[entry.original] = "D"
    return letters | dict.fromkeys(added, "A")


def included(ctx: Context, root: Path, untracked: tuple[str, ...]) -> tuple[str, ...]:
    """The untracked files that the skill's `include` names, by path or pattern relative to the project."""
    wanted = ctx.skill.settings.get("include") or []
    if not isinstance(wanted, list) or not all(isinstance(item, str) for item in wanted):
        raise SkillFailed(
            "include is not a list of paths",
            ctx.definition.source,
            'write include = ["path", ...]',
            code=Code.DEFINITION_INVALID,
        )
    start = prefix(ctx, root)
    patterns = [f"{start}{item}" for item in wanted]
    return tuple(path for path in untracked if any(path == p or fnmatchcase(path, p) for p in patterns))


async def _hold_to_evidence(ctx: Context, root: Path, plan: CommitPlan, proof: Verified) -> None:
    """Raise EvidenceVoid when the tracked content is not what the gate passed on."""
    if not proof.tree:
        ctx.do.say("No gate records the tree it passed on: this commit was not checked", LogLevel.WARN)
        return
    now = plan.tracked
    if now != proof.tree:
        changed = await git.changed_files(root, proof.tree, now)
        raise EvidenceVoid(proof.gate, f"changed since it passed: {few(changed)}")


def _announce(ctx: Context, plan: CommitPlan) -> None:
    for path, letter in plan.letters:
        ctx.do.say(f"Will commit: {letter} {path}")
    for path in plan.untracked:
        ctx.do.say(f"Untracked, not included: {path}")
    for path in plan.dirty:
        ctx.do.say(f"Changed inside a submodule, not included: {path}", LogLevel.WARN)
    for entry in plan.outside:
        ctx.do.say(f"Outside {ctx.project.name}, not included: {entry.code} {entry.path}")
    for path in plan.secret_looking:
        ctx.do.say(f"LOOKS LIKE A SECRET: {path}", LogLevel.WARN)


async def _ask_about_secrets(ctx: Context, plan: CommitPlan) -> None:
    """Ask before a file that looks like a secret is committed; there is no default, nothing stands for a person here.

    Raises SkillFailed (security) when the answer is a no.
    """
    suspects = tuple(path for path, letter in plan.letters if letter != "D" and looks_secret(path))
    if not suspects:
        return
    facts = hashlib.sha256(f"{plan.tree}:{plan.parent}".encode()).hexdigest()[:10]
    question = Question(
        id=f"commit-secrets-{facts}",
        skill=ctx.skill.id,
        text=f"Commit {count_of(len(suspects), 'file')} that may hold secrets?",
        kind=QuestionKind.CONFIRM,
        options=("yes", "no"),
        detail="\n".join(one_line(path) for path in suspects),
    )
    if not confirmed(question, await ctx.do.ask(question)):
        raise SkillFailed(
            f"not committed, because these look like secrets: {few(suspects)}",
            str(ctx.project),
            f"git rm --cached {one_line(suspects[0])}, add it to .gitignore, {THEN_GO}",
            kind="security",
            code=Code.SECRETS_FOUND,
        )


async def _bumped_version(ctx: Context, root: Path, plan: CommitPlan) -> str:
    """The version in package.json when it is not the one that HEAD has, or its section of the changelog is new.

    Empty otherwise.
    """
    package = f"{prefix(ctx, root)}package.json"
    told = next((e for e in reversed(ctx.state.effects) if e.kind == CHANGELOG and e.proven), None)
    pushed = any(e.kind == PUSH and e.proven for e in ctx.state.effects)
    if told is not None and not pushed and told.intent.get("file") in plan.files:
        return str(told.intent.get("to") or "")
    if package not in plan.files or not plan.parent:
        return ""
    now, before = await asyncio.gather(*(history.version_at(root, tree, package) for tree in (plan.tree, plan.parent)))
    return now if now and now != before else ""


# --- doing it -------------------------------------------------------------------------------------------------------


async def _bring_about(ctx: Context, root: Path, effect: Effect, proof: Verified, plan: CommitPlan | None) -> Made:
    """Commit as an effect. Raises EvidenceVoid when a hook made the commit something else than what was verified."""
    intent = effect.intent
    files, added = (_texts(intent.get(key)) for key in ("files", "added"))

    async def observe() -> Proof | None:
        found = await _find(ctx, root, intent)
        if found is not None and found["sha"] == await git.head_sha(root):
            # Not part of the act: who was killed between commit and index would leave the index behind for good.
            # A hook may have committed more than was listed.
            by_hook = await git.changed_files(root, str(intent["tree"]), str(found["tree"]))
            await commits.index_as_committed(root, sorted({*files, *by_hook}))
        return found

    async def act() -> None:
        if (await git.head_sha(root) or "") != intent["parent"]:
            raise SkillFailed(
                "HEAD moved while the commit was prepared",
                str(root),
                "run loop-tui go to check it again",
                code=Code.TREE_CHANGED,
            )
        await commits.add(root, added)
        for line in (await commits.commit(root, files, str(intent["message"]))).splitlines():
            ctx.do.say(f"  {line}")

    done = await ctx.do.effect(effect.id, COMMIT, intent, observe, act)
    sha, subject, tree = (str(done.get(key, "")) for key in ("sha", "subject", "tree"))
    if tree != intent["tree"]:
        changed = await git.changed_files(root, str(intent["tree"]), tree)
        words = f"the commit {sha[:7]} differs from what was checked, a hook may have changed it: {few(changed)}"
        if proof.gate and proof.tree:
            raise EvidenceVoid(proof.gate, words)
        ctx.do.say(words, LogLevel.WARN)
    elif plan is not None:
        ctx.do.say(f"Committed {sha[:7]} {subject}", LogLevel.OK)
    return Made(
        sha=sha,
        tree=tree,
        parent=str(intent["parent"]),
        subject=subject,
        files=files,
        untracked=plan.untracked if plan else (),
        outside=tuple(entry.path for entry in plan.outside) if plan else (),
        secret_looking=plan.secret_looking if plan else tuple(path for path in files if looks_secret(path)),
        evidence=_evidence(proof),
    )


async def _as_it_is(ctx: Context, root: Path, plan: CommitPlan, proof: Verified) -> Made:
    """HEAD, when the working tree holds nothing else."""
    text = (await git.ask(root, "log", "-1", "--format=%s%x00%P", git.END_OF_OPTIONS, plan.parent, "--")).rstrip("\n")
    subject, _, parents = text.partition("\0")
    ctx.do.say(f"Nothing to commit: {plan.parent[:7]} is shipped unchanged")
    return Made(
        sha=plan.parent,
        tree=plan.tree,
        parent=parents.split(" ")[0],
        subject=one_line(subject),
        untracked=plan.untracked,
        outside=tuple(entry.path for entry in plan.outside),
        secret_looking=plan.secret_looking,
        new=False,
        evidence=_evidence(proof),
    )


def _evidence(proof: Verified) -> str:
    if not proof.tree:
        return "no gate records the tree it passed on"
    return f"{proof.gate} passed on this tree: " + ", ".join(f"{c.name} {c.status.value}" for c in proof.checks)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else ()
