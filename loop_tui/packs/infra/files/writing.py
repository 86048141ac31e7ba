"""Writing planned files as effects: each once, whole, and only over what the person saw in the plan."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterable
from functools import partial
from pathlib import Path, PurePosixPath

from loop_tui.fs.atomic import replace_if, revision, sync_folder, write_new, write_problem
from loop_tui.fs.folder_lock import lock_folder
from loop_tui.fs.plain import read_plain
from loop_tui.model.going_on import THEN_GO
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.ports import Proof
from loop_tui.runners.context import Context, SkillFailed

from .planned import TEXT, FileStanding, FileStep, unusable

FILE = "infra-file"
"""The kind of the effect that writes a file."""
_NEVER_WRITTEN = frozenset({FileStanding.SAME, FileStanding.KEPT, FileStanding.CONFLICT, FileStanding.UNUSABLE})
_GONE = ""
"""The revision of a file that is not there."""


async def write_files(ctx: Context, project: Path, steps: Iterable[FileStep]) -> tuple[FileStep, ...]:
    """Write these steps, in order; gives those that wrote something.

    Raises SkillFailed when a file is no longer what it was in the plan: nothing is written over then.
    """
    await _settle(ctx, project)
    done = []
    for step in steps:
        if step.standing in _NEVER_WRITTEN:
            continue
        await _write(ctx, project, step)
        done.append(step)
    return tuple(done)


async def _settle(ctx: Context, project: Path) -> None:
    """Prove what a driver wrote that died before it could say so: the plan that is made anew finds it there already."""
    for effect in ctx.state.effects:
        if effect.kind != FILE or effect.proven:
            continue
        path, after = str(effect.intent.get("path", "")), effect.intent.get("after")
        if not unusable(project, path) and _revision(project / path) == after:
            await ctx.do.effect(
                effect.id, FILE, dict(effect.intent), partial(_proof, project, path, str(after)), _nothing
            )


async def _proof(project: Path, path: str, after: str) -> Proof | None:
    return {"path": path, "after": after} if _revision(project / path) == after else None


async def _nothing() -> None:
    """It is written already."""


async def _write(ctx: Context, project: Path, step: FileStep) -> None:
    path = project / step.path
    before = revision(step.before) if step.before is not None else _GONE
    after = revision(step.after)
    # One path may be written more than once in a run: after changes that a person asked for at a gate.
    name = hashlib.sha256(f"{step.path}\0{before}\0{after}".encode()).hexdigest()[:12]
    intent: Proof = {"path": step.path, "before": before, "after": after, "standing": step.standing.value}

    async def act() -> None:
        if why := unusable(project, step.path):
            raise SkillFailed(why, str(path), f"remove it, {THEN_GO}", code=Code.PATH_UNSAFE)
        if not _put(project, step, before):
            raise SkillFailed(
                "changed since the plan was made: nothing was written over",
                str(path),
                f"loop-tui run --phase {ctx.state.phase} plans again",
                code=Code.TREE_CHANGED,
            )
        ctx.do.say(f"{'wrote' if step.before is None else 'changed'} {step.path}: {step.wanted.why}")

    await ctx.do.effect(f"{FILE}-{name}", FILE, intent, partial(_proof, project, step.path, after), act)


def _put(project: Path, step: FileStep, before: str) -> bool:
    """Put the content there; False when another one lies there than in the plan. Raises Problem."""
    path = project / step.path
    make_folders(project, step.path)
    unlock = lock_folder(path.parent)
    if unlock is None:
        raise Problem("another process writes here", str(path.parent), "try again", code=Code.STATE_BUSY)
    try:
        if step.before is None:
            return write_new(path, step.after, mode=0o777 if step.wanted.executable else 0o666)
        return replace_if(path, step.after, before)
    finally:
        unlock()


def make_folders(project: Path, path: str) -> None:
    """Make the folders of a path, none of them through a link. Raises Problem."""
    place = project
    for part in PurePosixPath(path).parts[:-1]:
        place /= part
        try:
            place.mkdir()
            sync_folder(place.parent)
        except FileExistsError:
            # Asked of the name itself: somebody may have put a link there since the plan.
            if not stat.S_ISDIR(os.lstat(place).st_mode):
                what = OSError(errno.ENOTDIR, "is not a folder")
                raise write_problem(what, place) from None
        except OSError as error:
            raise write_problem(error, place) from error


def _revision(path: Path) -> str:
    try:
        return revision(read_plain(path, TEXT))
    except OSError:
        return _GONE
