"""HEAD as it is, made by somebody else than this run: it is pushed only on a yes to exactly that commit."""

from pathlib import Path

from loop_tui.model.answers import confirmed
from loop_tui.model.evidence import Question, QuestionKind
from loop_tui.model.going_on import ENDS, THEN_GO
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line
from loop_tui.packs.ship.evidence import Made
from loop_tui.packs.ship.publish.announced import announced
from loop_tui.runners.context import Context, SkillFailed
from loop_tui.services.git import git, history, remotes

from .destination import Destination

_SHOWN = 20
"""How many commits the question lists."""


async def ask_about_unchanged(ctx: Context, root: Path, made: Made, to: Destination, *, by_pull: bool) -> None:
    """Have a person say yes to a commit that this run did not make, before it leaves this machine.

    The message of a commit that the run makes is asked, and that answer is the yes to it. A commit that somebody made
    beside the run (the version committed by hand between a failure and the retry, a pull with a rebase) was approved
    by nobody: the answer binds to its id (SPEC 4 "An approval binds to what was approved"), so that another commit is
    another question. What the remote has already is not asked about: nothing is pushed.

    The remote's branch was fetched a moment ago. Raises SkillFailed on a no, Asked while it is open.
    """
    if made.new or await history.is_ancestor(root, made.sha, remotes.tracking(to.remote, to.branch)):
        return
    lines = await _unpushed(root, made, to)
    after = await announced(ctx, to.branch)
    follows = [f"Then {after.removeprefix(', then ')}"] if after else []
    how = f"Open a pull request for {one_line(str(to))} with it" if by_pull else f"Push it to {one_line(str(to))}"
    question = Question(
        id=f"push-unchanged-{made.sha[:12]}",
        skill=ctx.skill.id,
        text=f"{made.sha[:7]} ({one_line(made.subject, 60)}) was not committed by this run. {how}? [Y/n]",
        kind=QuestionKind.CONFIRM,
        options=("y", "n"),
        default="y",
        detail="\n".join(("Nothing to commit; not at the remote yet:", *lines, *follows)),
    )
    if confirmed(question, await ctx.do.ask(question)):
        return
    raise SkillFailed(
        f"{made.sha[:7]} is not pushed to {one_line(str(to))}, as you answered",
        str(root),
        f"change or replace the commit, {THEN_GO}, {ENDS}",
        code=Code.DECLINED,
    )


async def _unpushed(root: Path, made: Made, to: Destination) -> tuple[str, ...]:
    """The commits that would get to the remote, as it was fetched last, newest first."""
    there = await git.resolve(root, remotes.tracking(to.remote, to.branch))
    if there is None:
        return (f"{made.sha[:7]} {one_line(made.subject)}, and all before it",)
    entries = await history.log(root, there, made.sha)
    lines = [f"{entry.sha[:7]} {one_line(entry.message.split(chr(10), 1)[0])}" for entry in entries]
    more = len(lines) - _SHOWN
    return (*lines[:_SHOWN], *((f"and {more} more",) if more > 0 else ()))
