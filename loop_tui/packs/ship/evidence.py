"""What earlier skills of a run proved: the tree that a gate passed on, and the commit that was shipped."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from loop_tui.model.evidence import Check, Effect
from loop_tui.model.problem_codes import Code
from loop_tui.model.status import CheckStatus, GateStatus
from loop_tui.packs.ship.effects import CHANGELOG, DREAM_STATE, PUSH, VERSION, VERSION_SCRIPT, files_of, written_files
from loop_tui.runners.context import Context, Proof, SkillFailed
from loop_tui.runners.targets import Shipment
from loop_tui.services.git import git, history, trees
from loop_tui.services.git.scope import PackageScope, scope_of
from loop_tui.services.git.workspace import not_counted, package_folder


class Verified(Struct, frozen=True):
    """The tree that a gate passed on. `tree` is empty when no check of the gate says what it ran on."""

    gate: str = ""
    tree: str = ""
    checks: tuple[Check, ...] = ()


class Made(Struct, frozen=True):
    """The commit to ship. `new` is false when there was nothing to commit and HEAD is shipped as it is."""

    sha: str
    tree: str
    parent: str = ""
    subject: str = ""
    files: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    secret_looking: tuple[str, ...] = ()
    new: bool = True
    evidence: str = ""


async def repository(ctx: Context) -> Path:
    """The top folder of the project's repository. Raises SkillFailed when the project is in none."""
    root = await git.repository_root(ctx.project)
    if root is None:
        todo = "run `git init`, then make a first commit"
        raise SkillFailed("the project is not in a git repository", str(ctx.project), todo, code=Code.NO_REPOSITORY)
    return root


def left_out(ctx: Context, root: Path) -> tuple[str, ...]:
    """The paths that are never staged nor counted as a change, from the top of the repository (SPEC section 3)."""
    return not_counted(ctx.project, ctx.state_file, root)


def scope(ctx: Context, root: Path) -> PackageScope:
    """The files that this run's package answers for: checks, evidence and commit cover the same."""
    return scope_of(ctx.project, root, written_files(ctx.state.effects))


async def tree_now(ctx: Context, root: Path, include: Iterable[str] = ()) -> str:
    """The tree of what a commit of the package would hold now, with these untracked files."""
    return await trees.tracked_tree(root, left_out(ctx, root), include, scope(ctx, root))


def prefix(ctx: Context, root: Path) -> str:
    """The project's folder inside its repository, with a slash at its end; empty when it is the repository's top."""
    folder = package_folder(ctx.project, root)
    return f"{folder}/" if folder else ""


def verified(ctx: Context) -> Verified:
    """The tree that the newest passed gate before this phase rests on.

    The checks that the gate recorded decide; a gate that recorded none is read from the checks of its phase.
    """
    for phase in reversed(_phases_before(ctx)):
        for gate in reversed(ctx.definition.gates_after(phase)):
            known = ctx.state.gate(gate.id)
            if known is None or known.status is not GateStatus.APPROVED:
                continue
            checks = tuple(check for check in known.checks if check.ran_here)
            checks = checks or tuple(c for c in ctx.state.own_checks_of(phase) if c.name in gate.checks)
            checked = {check.tree for check in checks if check.tree}
            if len(checked) == 1:
                return Verified(gate.id, checked.pop(), checks)
            if checks:
                return Verified(gate.id, "", checks)
    return Verified()


def _phases_before(ctx: Context) -> list[str]:
    ids = [phase.id for phase in ctx.definition.phases]
    return ids[: ids.index(ctx.phase)] if ctx.phase in ids else ids


def newest(ctx: Context, kind: str) -> Effect | None:
    """The effect of that kind that was proven last, or None."""
    proven = [e for e in ctx.state.effects if e.kind == kind and e.proven]
    return max(proven, key=lambda e: e.proven_at, default=None)


async def shipment(ctx: Context, root: Path) -> Shipment:
    """What this run ships: the commit that was pushed, or the one that is checked out when nothing was pushed."""
    pushed = newest(ctx, PUSH)
    return await shipment_of(ctx, root, (pushed.proof or {}) if pushed else {})


async def shipment_of(ctx: Context, root: Path, proof: Proof) -> Shipment:
    """As `shipment`, from the proof of a push; without one it is what is checked out."""
    sha = str(proof.get("sha", "")) or await git.head_sha(root) or ""
    tree = version = None
    if sha:
        tree, version = await asyncio.gather(
            trees.tree_of(root, sha, left_out(ctx, root)),
            history.version_at(root, sha, f"{prefix(ctx, root)}package.json"),
        )
    return Shipment(
        sha=sha,
        tree=tree or "",
        branch=str(proof.get("branch", "")) or await git.branch(root) or "",
        remote=str(proof.get("remote", "")),
        version=version or "",
        pushed=bool(proof),
    )


def built_before(ctx: Context, tree: str) -> Check | None:
    """The newest build of this run that passed, when it was made of this tree and nothing was built since."""
    builds = [check for entry in ctx.state.skill_log for check in entry.checks if check.name == "build"]
    made = [check for check in builds if check.ran_here and check.status is not CheckStatus.SKIPPED]
    return made[-1] if made and made[-1].passed and tree and made[-1].tree == tree else None


def release_files(ctx: Context) -> tuple[str, ...]:
    """The files of this release wherever they lie, from the top of the repository.

    The version was written into them, or the project's own `version` script changed them: also outside of the package's
    folder, as the lock of a workspace or a dependent's package.json.
    """
    return files_of(e for e in ctx.state.effects if e.kind in (VERSION, VERSION_SCRIPT, CHANGELOG, DREAM_STATE))


async def changed_since(ctx: Context, root: Path, tree: str) -> tuple[str, ...]:
    """The tracked files that differ from a tree now; empty when the working tree is that tree."""
    now = await tree_now(ctx, root)
    return () if now == tree else await git.changed_files(root, tree, now)


def few(names: tuple[str, ...] | list[str], limit: int = 5) -> str:
    """A list of names for a sentence, cut when it is long."""
    shown = ", ".join(names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown
