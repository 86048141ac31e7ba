"""HEAD as it is, made by somebody else than this run: only a yes to exactly that commit brings it out."""

from pathlib import Path

from loop_tui.model.answers import confirmed
from loop_tui.model.evidence import Question, QuestionKind
from loop_tui.model.going_on import ENDS, THEN_GO
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line
from loop_tui.packs.ship.evidence import Made
from loop_tui.packs.ship.publish.announced import announced
from loop_tui.packs.ship.publish.taken import publishes_new
from loop_tui.runners.context import Context, SkillFailed
from loop_tui.services.git import git, history, remotes

from .destination import Destination

_SHOWN = 20
"""How many commits the question lists."""


async def ask_about_unchanged(ctx: Context, root: Path, made: Made, to: Destination, *, by_pull: bool) -> None:
    """Have a person say yes to a commit that this run did not make, before it leaves this machine or is published.

    The message of a commit that the run makes is asked, and that answer is the yes to it. A commit that somebody made
    beside the run (the version committed by hand between a failure and the retry, a pull with a rebase) was approved
    by nobody: the answer binds to its id (SPEC 4 "An approval binds to what was approved"), so that another commit is
    another question. What the remote has already is asked about only where it is published from here.

    The remote's branch was fetched a moment ago. Raises SkillFailed on a no, Asked while it is open.
    """
    if made.new:
        return
    name, there = one_line(str(to)), remotes.tracking(to.remote, to.branch)
    commit = f"{made.sha[:7]} ({one_line(made.subject, 60)})"
    after = (await announced(ctx, to.branch)).removeprefix(", then ")
    if not await history.is_ancestor(root, made.sha, there):
        how = f"Open a pull request for {name} with it" if by_pull else f"Push it to {name}"
        lines = await _unpushed(root, made, to)
        question = _question(ctx, f"push-unchanged-{made.sha[:12]}", f"{commit} was not committed by this run. {how}?")
        detail = ("Nothing to commit; not at the remote yet:", *lines, *([f"Then {after}"] if after else []))
        refused = f"{made.sha[:7]} is not pushed to {name}, as you answered"
    elif await publishes_new(ctx):
        text = f"{commit} is at {name} already, and was not committed by this run. Publish it?"
        question = _question(ctx, f"publish-unchanged-{made.sha[:12]}", text)
        detail = ("Nothing to commit and nothing to push.", f"This run {after}")
        refused = f"{made.sha[:7]} is not published, as you answered"
    else:
        return
    question = question.model_copy(update={"detail": "\n".join(detail)})
    if not confirmed(question, await ctx.do.ask(question)):
        raise SkillFailed(refused, str(root), f"change or replace the commit, {THEN_GO}, {ENDS}", code=Code.DECLINED)


def _question(ctx: Context, name: str, text: str) -> Question:
    kind, options = QuestionKind.CONFIRM, ("y", "n")
    return Question(id=name, skill=ctx.skill.id, text=f"{text} [Y/n]", kind=kind, options=options, default="y")


async def _unpushed(root: Path, made: Made, to: Destination) -> tuple[str, ...]:
    """The commits that would get to the remote, as it was fetched last, newest first."""
    there = await git.resolve(root, remotes.tracking(to.remote, to.branch))
    if there is None:
        return (f"{made.sha[:7]} {one_line(made.subject)}, and all before it",)
    entries = await history.log(root, there, made.sha)
    lines = [f"{entry.sha[:7]} {one_line(entry.message.split(chr(10), 1)[0])}" for entry in entries]
    more = len(lines) - _SHOWN
    return (*lines[:_SHOWN], *((f"and {more} more",) if more > 0 else ()))
