"""A version that an abandoned run wrote and nobody committed: the next run does not ship it without a word."""

import hashlib
import shlex
from pathlib import Path

from loop_tui.model.answers import chosen
from loop_tui.model.evidence import Effect, Question, QuestionKind
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.runs import RunOutcome
from loop_tui.model.text import one_line
from loop_tui.packs.ship.effects import VERSION, files_of
from loop_tui.runners.context import Context, SkillFailed
from loop_tui.services.git import history


async def ask_about_abandoned(ctx: Context, root: Path, file: str, current: str) -> None:
    """Have a person choose between the version in package.json and the one of HEAD, where an abandoned run wrote it.

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
        text=f"{now} was written by a run that was abandoned; HEAD has {then}. Which one is it? [{now}/{then}]",
    )
    if chosen(question, await ctx.do.ask(question)) == now:
        return
    files = " ".join(shlex.quote(one_line(path)) for path in files_of((written,)) or (file,))
    what = f"package.json says {now}, which was written by a run that was abandoned"
    raise SkillFailed(what, str(root), f"git checkout -- {files}, then go", code=Code.DECLINED)


def _abandoned(ctx: Context, current: str) -> Effect | None:
    """The write of that version by the newest run that is over, where that run was abandoned; None otherwise."""
    if any(effect.kind == VERSION for effect in ctx.state.effects):
        return None  # This run has written one itself.
    try:
        runs, _ = ctx.archive.runs(loop=ctx.definition.id, system=ctx.state.system or None, limit=1)
    except (Problem, OSError):
        return None
    if not runs or runs[0].outcome is not RunOutcome.ABANDONED:
        return None
    ours = (e for e in reversed(runs[0].effects) if e.kind == VERSION and str(e.intent.get("to")) == current)
    return next(ours, None)
