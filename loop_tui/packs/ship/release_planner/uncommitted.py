"""Somebody's unfinished work outside of a package, in files that its version write or `version` script is to change.

What these change becomes part of the release, whole files of it: whoever has other changes in them decides beforehand.
"""

import hashlib
from collections.abc import Collection
from pathlib import Path

from loop_tui.model.answers import confirmed
from loop_tui.model.evidence import Question, QuestionKind
from loop_tui.model.going_on import THEN_GO
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import INTERRUPTED
from loop_tui.model.status import SkillStatus
from loop_tui.model.text import one_line
from loop_tui.packs.ship.evidence import few, left_out, release_files
from loop_tui.runners.context import Context, SkillFailed
from loop_tui.services.git import git
from loop_tui.services.git.scope import scope_of

_MOST_NAMES = 40


async def ask_about_uncommitted(ctx: Context, root: Path, raised: Collection[str], *, has_script: bool) -> None:
    """Ask about tracked files outside of the package that are not as HEAD has them, before anything is written there.

    `raised` are the files that the version write is to change, from the repository's top; with `has_script` any file
    may be changed by the project's own `version` script. What this run wrote already is not asked about. There is no
    default. Raises SkillFailed on a no.
    """
    _, outside = scope_of(ctx.project, root).split(await git.status(root, left_out(ctx, root)))
    own = set(release_files(ctx))
    paths = [entry.path for entry in outside if entry.code != "?" and entry.path not in own]
    in_ranges = [path for path in paths if path in raised]
    paths = paths if has_script else in_ranges
    if not paths:
        return
    # Those that will be changed come before those that may be.
    paths = list(dict.fromkeys((*in_ranges, *paths)))
    names = one_line(few(paths))
    package = one_line(ctx.project.name)
    why = "its ranges are raised" if in_ranges else "the version script may change it"
    question = Question(
        id=f"uncommitted-{_facts(ctx, paths)}",
        text=f"Not committed outside of {package}, where {why}: {names}. Ship these changes with it? [y/n]",
        kind=QuestionKind.CONFIRM,
        options=("y", "n"),
        detail="\n".join(map(one_line, paths[:_MOST_NAMES])),
    )
    if not confirmed(question, await ctx.do.ask(question)):
        todo = f"commit it or git stash it, {THEN_GO}; or answer y (--answer uncommitted=y)"
        what = f"not committed outside of {package}, and the release would contain it: {names}"
        raise SkillFailed(what, str(ctx.project), todo, code=Code.TREE_CHANGED)


def _facts(ctx: Context, paths: Collection[str]) -> str:
    """What the question is known by: its answer counts until the skill has run through or failed on it."""
    ended = (SkillStatus.COMPLETE, SkillStatus.FAILED)
    own = [entry for entry in ctx.state.skill_log if entry.skill == ctx.skill.id and entry.status in ended]
    runs = sum(1 for entry in own if entry.summary != INTERRUPTED)
    return hashlib.sha256("\0".join((*paths, str(runs))).encode("utf-8", "replace")).hexdigest()[:12]
