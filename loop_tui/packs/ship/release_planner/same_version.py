"""What a no to the version leads to: a version that is out already is never shipped with other content unasked."""

import hashlib

from loop_tui.model.answers import confirmed
from loop_tui.model.evidence import Question, QuestionKind
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line
from loop_tui.packs.ship.choices import how_to_set_version
from loop_tui.packs.ship.versions.classified import BumpLevel
from loop_tui.packs.ship.versions.prerelease import is_placeholder, read_version
from loop_tui.runners.context import Context, SkillFailed

from .scope_report import Scope


def why_released(scope: Scope) -> str:
    """What shows that the current version was out before these commits, as it follows the version; empty for nothing.

    A tag shows it, and a base of the comparison that has this version already. One that was raised since the base is
    new, and a placeholder (`0.0.0-development`) is released by nobody. Nothing is told where no commit asks for more.
    """
    proposal, now = scope.proposal, read_version(scope.current)
    if now is None or is_placeholder(now) or proposal.level is BumpLevel.NONE:
        return ""
    if tag := proposal.facts.taken.get(str(now)):
        return f"is already released: the tag {one_line(tag)} exists"
    known = read_version(scope.base.version) == now
    return f"is the version of {scope.base.sha[:7]} already, {one_line(scope.base.why)}" if known else ""


def is_first_of(scope: Scope) -> bool:
    """True where nothing shows that the current version was released before: no tag, and no earlier release of it.

    A first release mostly keeps the version that package.json has; so does one that somebody raised by hand.
    """
    now = read_version(scope.current)
    if now is None or is_placeholder(now) or str(now) in scope.proposal.facts.taken:
        return False
    return not scope.base.released or read_version(scope.base.version) != now


async def ask_about_same(ctx: Context, scope: Scope) -> None:
    """Have a person say that what is out already is shipped once more under its version; there is no default.

    Raises SkillFailed on a no, Asked while it is open.
    """
    why = why_released(scope)
    if not why:
        return
    facts = ":".join((scope.base.sha, scope.head, scope.current))
    current = one_line(scope.current)
    question = Question(
        id=f"same-version-{hashlib.sha256(facts.encode()).hexdigest()[:10]}",
        skill=ctx.skill.id,
        kind=QuestionKind.CONFIRM,
        options=("y", "n"),
        text=f"{current} {why}. Ship this as {current} anyway, without a new version? [y/n]",
    )
    if not confirmed(question, await ctx.do.ask(question)):
        what = f"no new version was chosen, but {current} {why}"
        todo = f"set the version: {how_to_set_version(ctx.state)}"
        raise SkillFailed(what, scope.file, todo, code=Code.DECLINED)
