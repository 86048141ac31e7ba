"""What abandoned runs left here, a version or a commit that nobody pushed: the next run ships it only on a word."""

import hashlib
import shlex
from itertools import takewhile
from pathlib import Path

from loop_tui.model.answers import chosen, confirmed
from loop_tui.model.evidence import Effect, Question, QuestionKind
from loop_tui.model.going_on import THEN_GO
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.runs import RunOutcome
from loop_tui.model.text import one_line
from loop_tui.packs.ship.effects import COMMIT, VERSION, files_of
from loop_tui.packs.ship.evidence import few
from loop_tui.runners.context import Context, SkillFailed
from loop_tui.services.git import history, remotes
from loop_tui.services.git.push_target import PushTarget

_MOST_RUNS = 10


async def ask_about_abandoned(ctx: Context, root: Path, file: str, current: str) -> None:
    """Have a person choose between the version in package.json and the one of HEAD, where an aborted run wrote it.

    Raises SkillFailed, which says what puts it back, where it is not to be shipped; Asked while it is open.
    """
    written = _abandoned(ctx, current)
    if written is None:
        return
    before = await history.version_at(root, "HEAD", file) or ""
    if before == current:
        return
    now, then = one_line(current), one_line(before) or "none"
    question = Question(
        id=f"abandoned-version-{hashlib.sha256(f'{before}:{current}'.encode()).hexdigest()[:10]}",
        skill=ctx.skill.id,
        kind=QuestionKind.CHOICE,
        options=(now, then),
        text=f"{now} was written by an aborted run; HEAD has {then}. Which version do you want? [{now}/{then}]",
    )
    if chosen(question, await ctx.do.ask(question)) == now:
        return
    files = " ".join(shlex.quote(one_line(path)) for path in files_of((written,)) or (file,))
    what = f"package.json has {now}, which was written by an aborted run"
    raise SkillFailed(what, str(root), f"git checkout -- {files}, {THEN_GO}", code=Code.DECLINED)


async def ask_about_commits(ctx: Context, root: Path, to: PushTarget) -> None:
    """Ask about commits that abandoned runs made, that HEAD holds and the remote's branch, as fetched, does not.

    git pushes whatever lies below HEAD, and who gave such a run up may have meant its release, too. There is no
    default. Raises SkillFailed, which says what takes them back, on a no; Asked while it is open.
    """
    if any(effect.kind == COMMIT for effect in ctx.state.effects):
        return  # This run has made one itself.
    there = remotes.tracking(to.remote, to.branch)
    found: dict[str, Effect] = {}
    for effect in _of_abandoned(ctx, COMMIT):
        sha = str((effect.proof or {}).get("sha", ""))
        if sha and await history.is_ancestor(root, sha) and not await history.is_ancestor(root, sha, there):
            found[sha] = effect
    if not found:
        return
    words = [f"{sha[:7]} ({_subject(effect)})" for sha, effect in found.items()]
    question = Question(
        id=f"abandoned-commit-{hashlib.sha256(':'.join(found).encode()).hexdigest()[:10]}",
        skill=ctx.skill.id,
        kind=QuestionKind.CONFIRM,
        options=("y", "n"),
        text=f"Made by an aborted run, and not at {one_line(str(to))}: {few(words, 3)}. Ship it? [y/n]",
        detail="\n".join(words),
    )
    if confirmed(question, await ctx.do.ask(question)):
        return
    oldest = list(found.values())[-1]
    what = f"made by an aborted run, and would be pushed with this one: {few(words, 3)}"
    back = f"git reset --soft {str(oldest.intent.get('parent', ''))[:7]}" if oldest.intent.get("parent") else "git log"
    raise SkillFailed(what, str(root), f"{back} undoes it, {THEN_GO}", code=Code.DECLINED)


def _subject(effect: Effect) -> str:
    return one_line(str(effect.intent.get("message", "")).split("\n", 1)[0], 60)


def _abandoned(ctx: Context, current: str) -> Effect | None:
    """The write of that version by one of the newest runs, those that were abandoned; None otherwise."""
    if any(effect.kind == VERSION for effect in ctx.state.effects):
        return None  # This run has written one itself.
    return next((e for e in _of_abandoned(ctx, VERSION) if str(e.intent.get("to")) == current), None)


def _of_abandoned(ctx: Context, kind: str) -> tuple[Effect, ...]:
    """The effects of that kind of the runs that were abandoned since the last one that was not, newest first."""
    try:
        runs, _ = ctx.archive.runs(loop=ctx.definition.id, system=ctx.state.system or None, limit=_MOST_RUNS)
    except (Problem, OSError):
        return ()
    abandoned = takewhile(lambda run: run.outcome is RunOutcome.ABANDONED, runs)
    return tuple(effect for run in abandoned for effect in reversed(run.effects) if effect.kind == kind)
