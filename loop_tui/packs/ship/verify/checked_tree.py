"""What checks run on: the tree of the package's files, and what else lies there that they may see."""

import asyncio
import hashlib
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from loop_tui.model.answers import confirmed
from loop_tui.model.evidence import Check, Question, QuestionKind
from loop_tui.model.going_on import THEN_GO
from loop_tui.model.log import LogLevel
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import INTERRUPTED
from loop_tui.model.status import SkillStatus
from loop_tui.model.text import one_line
from loop_tui.packs.ship.evidence import few, left_out, scope, tree_now
from loop_tui.runners.context import Context, SkillFailed
from loop_tui.services.git import git, trees

from .earlier_runs import of_earlier_runs
from .outside import Dependence, depended_upon

_SHIPS = "git-workflow"
_MOST_NAMES = 40


class CheckedTree(Struct, frozen=True):
    """What a check runs on. `tree` is empty outside of git; `untracked` files are in no tree.

    `unseen` are the package's own files whose changes git was told not to see, `dirty` its submodules with changes
    inside, which no commit of this repository could hold.
    `hidden` are files that the package names and only the person's own excludes keep from git.
    `outside` is what is changed beside the package's own files and can have a part in what its checks find.
    """

    root: Path | None = None
    tree: str = ""
    commit: str = ""
    untracked: tuple[str, ...] = ()
    outside: tuple[Dependence, ...] = ()
    unseen: tuple[str, ...] = ()
    dirty: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    @property
    def stands_alone(self) -> bool:
        """True where a check sees nothing but the tree: what passes then speaks for this tree wherever it is met."""
        return bool(self.tree) and not (self.untracked or self.outside or self.unseen or self.dirty or self.hidden)


async def tree_to_check(ctx: Context) -> CheckedTree:
    """What lies there now. Raises Problem where git says no."""
    root = await git.repository_root(ctx.project)
    if root is None:
        return CheckedTree()
    tree, whole = await asyncio.gather(tree_now(ctx, root), git.status(root, left_out(ctx, root)))
    own = scope(ctx, root)
    status, outside = own.split(whole)
    unseen = tuple(path for path in await trees.unseen(root, whole, left_out(ctx, root)) if own.holds(path))
    depends = await depended_upon(ctx.project, root, [entry.path for entry in outside]) if outside else ()
    dirty = tuple(path for path in whole.dirty if own.holds(path))
    return CheckedTree(root, tree, status.head, status.untracked, depends, unseen, dirty)


async def ask_about_untracked(ctx: Context, ground: CheckedTree) -> None:
    """Checks run on everything in the folder, the commit has only what is tracked: a person decides whether that is so.

    No answer is likelier than the other, so there is no default. Raises SkillFailed when the answer is a no.
    """
    if not ground.untracked or not is_shipping(ctx):
        return
    facts = known_by(ctx, ground.untracked)
    names = one_line(few(ground.untracked))
    question = Question(
        id=f"untracked-{facts}",
        text=f"{len(ground.untracked)} untracked: {names}. Ship without them, although the checks see them? [y/n]",
        kind=QuestionKind.CONFIRM,
        options=("y", "n"),
        detail="\n".join(map(one_line, ground.untracked[:_MOST_NAMES])),
    )
    if not confirmed(question, await ctx.do.ask(question)):
        todo = "`git add` what belongs to it, ignore the rest, or answer y (--answer untracked=y)"
        raise SkillFailed(
            f"untracked files would not be shipped, but the checks see them: {names}",
            str(ctx.project),
            todo,
            code=Code.TREE_CHANGED,
        )


def name_unseen(ctx: Context, ground: CheckedTree) -> None:
    """Say which files git was told to take for unchanged and are not: the person has set that they stay out."""
    if ground.unseen:
        names, first = one_line(few(ground.unseen)), shlex.quote(one_line(ground.unseen[0]))
        seen_again = f"git update-index --no-assume-unchanged --no-skip-worktree {first}"
        words = f"Changed but hidden from git by an index flag, although the checks see them: {names}"
        ctx.do.say(f"{words} ({seen_again} shows it to git)", LogLevel.WARN)


async def ask_about_dirty(ctx: Context, ground: CheckedTree) -> None:
    """Checks run on what lies in a submodule, also where that is changed: a commit holds its recorded commit only.

    There is no default. Raises SkillFailed on a no.
    """
    if not ground.dirty or not is_shipping(ctx):
        return
    names = one_line(few(ground.dirty))
    question = Question(
        id=f"submodules-{known_by(ctx, ground.dirty)}",
        text=f"Changed inside submodules: {names}. Ship without them, although the checks see them? [y/n]",
        kind=QuestionKind.CONFIRM,
        options=("y", "n"),
        detail="\n".join(map(one_line, ground.dirty[:_MOST_NAMES])),
    )
    if not confirmed(question, await ctx.do.ask(question)):
        todo = (
            f"commit and push it there (git -C {shlex.quote(one_line(ground.dirty[0]))} status), "
            "or undo it, or answer y (--answer submodules=y)"
        )
        raise SkillFailed(f"changed inside submodules: {names}", str(ctx.project), todo, code=Code.TREE_CHANGED)


async def ask_about_outside(ctx: Context, ground: CheckedTree) -> None:
    """Checks of a package see the others as they lie there, the commit leaves them as they are committed.

    Asked only where the package depends on what is changed; there is no default. Raises SkillFailed on a no.
    """
    if not ground.outside or not is_shipping(ctx):
        return
    names = one_line(few([each.path for each in ground.outside]))
    package = one_line(ctx.project.name)
    question = Question(
        id=f"outside-{known_by(ctx, [each.path for each in ground.outside])}",
        text=f"Changed outside {package}, which depends on it: {names}. Ship without it? [y/n]",
        kind=QuestionKind.CONFIRM,
        options=("y", "n"),
        detail="\n".join(one_line(f"{each.path} ({each.why})") for each in ground.outside[:_MOST_NAMES]),
    )
    if not confirmed(question, await ctx.do.ask(question)):
        todo = f"commit it or git stash it, {THEN_GO}; or answer y (--answer outside=y)"
        what = f"changed outside what would be shipped, and {package} depends on it: {names}"
        raise SkillFailed(what, str(ctx.project), todo, code=Code.TREE_CHANGED)


def is_shipping(ctx: Context) -> bool:
    """True for a loop that commits and pushes what it checks."""
    return any(s.id == _SHIPS for p in ctx.definition.phases for s in p.skills)


def known_by(ctx: Context, paths: Sequence[str]) -> str:
    """What a question about files is known by.

    Its answer counts until the skill has run through or failed on it. Asking ends a driver, and a kill does: the next
    one has to meet the same question, with its answer.
    """
    ended = (SkillStatus.COMPLETE, SkillStatus.FAILED)
    own = [entry for entry in ctx.state.skill_log if entry.skill == ctx.skill.id and entry.status in ended]
    runs = sum(1 for entry in own if entry.summary != INTERRUPTED)
    return hashlib.sha256("\0".join((*paths, str(runs))).encode("utf-8", "replace")).hexdigest()[:12]


async def changed_between(before: CheckedTree, after: CheckedTree) -> tuple[str, ...]:
    """The tracked files that differ; empty outside of git."""
    if before.root is None or not before.tree or not after.tree:
        return ()
    return await git.changed_files(before.root, before.tree, after.tree)


def passed_before(ctx: Context, ground: CheckedTree) -> Mapping[str, Check]:
    """Checks that passed here before and still hold. With other files about, no tree says what was checked."""
    if not ground.stands_alone:
        return {}
    found = (*of_earlier_runs(ctx, ground.tree), *ctx.state.own_checks_of(ctx.phase))
    return {check.name: check for check in found if check.passed and check.tree == ground.tree}
