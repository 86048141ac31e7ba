"""By which way a commit gets to its branch: pushed there, or by a pull request (`pull_request`)."""

from functools import partial
from pathlib import Path

from loop_tui.model.answers import confirmed
from loop_tui.model.evidence import Question, QuestionKind
from loop_tui.model.problem_codes import Code
from loop_tui.packs.ship.evidence import Made
from loop_tui.runners.context import Context, Proof, SkillFailed
from loop_tui.services.github.repository import repository

from .pushing import BranchProtected, Destination, begun, push
from .unchanged import ask_about_unchanged

PUSH, PULL = "push", "pull-request"


def route_of(ctx: Context) -> str:
    """The setting `route`: push (the default) or pull-request. Raises SkillFailed for anything else."""
    route = ctx.skill.settings.get("route", PUSH)
    if route not in (PUSH, PULL):
        raise SkillFailed(
            f"route is {route!r}",
            ctx.definition.source,
            f'write route = "{PUSH}" or route = "{PULL}"',
            code=Code.DEFINITION_INVALID,
        )
    return str(route)


async def bring(ctx: Context, root: Path, made: Made, to: Destination) -> Proof:
    """Bring the commit to its branch, by a push or by a pull request; gives the proof of `pushing.push`.

    By a pull request its `sha` is the commit of the merge, with `pull`, `url` and `commit` (ours) beside it.
    Raises as `push` and `pull_request.Route.ship` do.
    """
    if not (route_of(ctx) == PULL or _agreed(ctx, made) or begun(ctx, made, to) is not None):
        try:
            approve = partial(ask_about_unchanged, ctx, root, made, to, by_pull=False)
            return await push(ctx, root, made.sha, to, approve)
        except BranchProtected as refused:
            if await repository(ctx.project, to.remote) is None:
                raise
            if not await _ask_route(ctx, made, to, refused):
                raise
    # Imported here: all that speaks with GitHub comes with it, and most commits are simply pushed.
    from .pull_request import Route

    return await Route(ctx, root, made, to).ship()


def _route_question(made: Made) -> str:
    return f"route-{made.sha[:12]}"


def _agreed(ctx: Context, made: Made) -> bool:
    known = ctx.state.question(_route_question(made))
    return known is not None and known.answer is not None and confirmed(known, known.answer)


async def _ask_route(ctx: Context, made: Made, to: Destination, refused: BranchProtected) -> bool:
    question = Question(
        id=_route_question(made),
        skill=ctx.skill.id,
        text=f"{to.branch} is protected: {to.remote} does not accept direct pushes. Ship by pull request? [Y/n]",
        kind=QuestionKind.CONFIRM,
        options=("Y", "n"),
        default="Y",
        detail=refused.what,
    )
    return confirmed(question, await ctx.do.ask(question))
