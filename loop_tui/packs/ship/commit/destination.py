"""Where a commit goes: the branch of a remote that git would push to, and a yes where git would not (SHIP)."""

import asyncio
import hashlib
import shlex
from pathlib import Path

from msgspec import Struct

from loop_tui.model.answers import confirmed
from loop_tui.model.evidence import Question, QuestionKind
from loop_tui.model.going_on import THEN_GO
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line
from loop_tui.packs.ship.effects import DESTINATION
from loop_tui.runners.context import Context, SkillFailed
from loop_tui.services.git import git, push_target
from loop_tui.services.git.push_target import PushTarget
from loop_tui.services.git.replaced import replaced

PUSH_TO = "push-to"
"""The id of the question, before its facts: `--answer push-to=y`."""


class Destination(Struct, frozen=True):
    """A branch of a remote. `local` is the branch here that goes there; empty where none does.

    `is_only` as for `PushTarget`.
    """

    remote: str
    branch: str
    local: str = ""
    is_only: bool = False

    def __str__(self) -> str:
        """As people write it: `origin/main`."""
        return f"{self.remote}/{self.branch}"


async def destination(ctx: Context, root: Path) -> Destination:
    """The remote branch that this run pushes to. Raises SkillFailed when there is no telling, Asked for a yes."""
    begun, swapped, local = await asyncio.gather(git.underway(root), replaced(root), git.branch(root))
    if begun:
        word, todo = begun
        raise SkillFailed(f"a {word} is in progress", str(root), todo, code=Code.GIT_STATE)
    if swapped:
        raise SkillFailed(swapped.what, str(root), f"{swapped.todo}, {THEN_GO}", code=swapped.code)
    if local is None:
        what = "HEAD is detached, so there is no branch to push"
        raise SkillFailed(what, str(root), f"git switch BRANCH, {THEN_GO}", code=Code.GIT_STATE)
    known = ctx.do.recall(DESTINATION) or {}
    if known:
        await refuse_another_branch(root, str(known.get("branch", "")))
    wanted = ctx.skill.settings.get("remote")
    try:
        found = await push_target.find(root, local, wanted if isinstance(wanted, str) else "")
    except Problem as problem:
        raise SkillFailed(problem.what, str(root), f"{problem.todo}, {THEN_GO}", code=problem.code) from problem
    said = f"{known.get('remote', '')}/{known.get('name', '')}" if known else ""
    if said not in ("", str(found)):
        await ask_whether(ctx, found, f"{found.local} was to be pushed to {said} when this run started")
    if found.unsure:
        await ask_whether(ctx, found, found.unsure)
    return Destination(found.remote, found.branch, found.local, found.is_only)


async def refuse_another_branch(root: Path, local: str) -> None:
    """Raise SkillFailed when another branch than this one is checked out: a test, a hook or somebody switched."""
    now = await git.branch(root) or ""
    if now == local:
        return
    there = f"{one_line(now)} is checked out" if now else "HEAD is detached"
    back = f"git switch {shlex.quote(one_line(local))}"
    raise SkillFailed(
        f"this run started on {one_line(local)}, and {there}; nothing was pushed",
        str(root),
        f"{back}, {THEN_GO}; to ship another branch: loop-tui abort, then loop-tui run",
        code=Code.GIT_STATE,
    )


def keep(ctx: Context, to: PushTarget) -> None:
    """Keep where the run goes: it is held to that until it is pushed."""
    ctx.do.remember(DESTINATION, {DESTINATION: {"branch": to.local, "remote": to.remote, "name": to.branch}})


async def ask_about_target(ctx: Context, target: PushTarget, *, is_there: bool) -> None:
    """Have a person say yes to what git would not do by itself, or would do by making a new branch of the remote."""
    if target.unsure:
        await ask_whether(ctx, target, target.unsure)
    if not is_there:
        await ask_about_new(ctx, target)


async def ask_about_new(ctx: Context, to: PushTarget | Destination) -> None:
    """Have a person say yes to a branch that the remote has not: it may be meant for another one.

    Yes is the default only for a branch without an upstream, under its own name.
    """
    default = "y" if to.is_only else None
    await ask_whether(ctx, to, f"{to.remote} has no branch {to.branch}, the push would create it", default)


async def ask_whether(ctx: Context, to: PushTarget | Destination, reason: str, default: str | None = None) -> None:
    """Have a person say yes to pushing there. Raises SkillFailed on a no."""
    facts = hashlib.sha256("\0".join((to.remote, to.branch, to.local, reason)).encode("utf-8", "replace"))
    question = Question(
        id=f"{PUSH_TO}-{facts.hexdigest()[:10]}",
        skill=ctx.skill.id,
        text=f"{one_line(reason)}. Push {one_line(to.local)} to {one_line(str(to))}? [{'Y' if default else 'y'}/n]",
        kind=QuestionKind.CONFIRM,
        options=("y", "n"),
        default=default,
        detail=_detail(to),
    )
    if not confirmed(question, await ctx.do.ask(question)):
        local = one_line(to.local)
        raise SkillFailed(
            f"{local} is not pushed to {one_line(str(to))}, as you answered",
            str(ctx.project),
            f"git branch --set-upstream-to=REMOTE/BRANCH {local}, {THEN_GO}",
            code=Code.GIT_STATE,
        )


def _detail(to: PushTarget | Destination) -> str:
    lines = [f"here: {one_line(to.local)}", f"there: {one_line(str(to))}"]
    if isinstance(to, PushTarget):
        lines[1] += f" ({one_line(to.why)})" if to.why else ""
        lines += [f"upstream: {one_line('/'.join(to.upstream))}"] if to.upstream else []
    return "\n".join(lines)
