"""The question about the version: one value to agree with, or several side by side, and what a person answered."""

import hashlib
import itertools
from pathlib import Path

from loop_tui.model.answers import yes_or_no
from loop_tui.model.events import Refusal
from loop_tui.model.evidence import Question
from loop_tui.model.going_on import THEN_GO
from loop_tui.model.log import LogLevel
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import RunState
from loop_tui.model.text import one_line
from loop_tui.packs.ship.choices import said_version
from loop_tui.packs.ship.effects import VERSION
from loop_tui.packs.ship.versions import next_version
from loop_tui.packs.ship.versions.next_version import UNSHALLOW, Proposal
from loop_tui.runners.context import Asked, Context, SkillFailed

from .same_version import ask_about_same
from .scope_report import Scope

FETCH = "git fetch --unshallow"
"""What brings the history that a shallow clone lacks; instead of a version, the answer that it is wanted."""

_TRIES = 5
_SHOWN = 50
_FETCH_TIMEOUT_S = 1800


async def decide_version(ctx: Context, scope: Scope) -> str | None:
    """The version that the person wants written, None to leave package.json as it is, or `FETCH`.

    Where nothing is proposed nobody is asked, but what was said beforehand holds. When time and again no answer is a
    version, what was said beforehand counts no more, nor does the default: a person has to look.
    """
    proposal = scope.proposal
    if said := said_version(ctx.state):
        return as_said(said, scope)
    if proposal.version is None and not proposal.question:
        ctx.do.say(f"No version bump: {proposal.reason}")
        return await _said_beforehand(ctx, scope)
    return await _asked(ctx, scope)


def as_said(said: str, scope: Scope) -> str | None:
    """The version of `--version`; None where package.json has it already.

    Raises SkillFailed for one that cannot be, for one that the branch does not release, and where package.json has no
    version that could be raised. What is there and no semantic version (`1.0`) is replaced.
    """
    if not scope.current:
        raise _nothing_to_replace(said, scope)
    if next_version.read_version(said) == next_version.read_version(scope.current):
        return None
    chosen = next_version.choose(said, scope.proposal)
    if not isinstance(chosen, Refusal) and chosen is not None:
        chosen = next_version.outside_of(chosen, scope.proposal) or chosen
    if isinstance(chosen, Refusal):
        raise SkillFailed(chosen.reason, scope.file, f"--version X.Y.Z: {chosen.todo}", code=Code.USAGE)
    return chosen


def _nothing_to_replace(said: str, scope: Scope) -> SkillFailed:
    what, todo = f"there is no version that {one_line(said)} could replace", f'write "version": "{one_line(said)}"'
    return SkillFailed(what, scope.file, f"{todo} into it, {THEN_GO}", code=Code.USAGE)


def is_asked(proposal: Proposal) -> bool:
    """True when a person decides: there is a value to agree with, or there are several."""
    return proposal.version is not None or bool(proposal.question)


async def _asked(ctx: Context, scope: Scope) -> str | None:
    error = ""
    for attempt in itertools.count(1):
        question = _question(ctx, scope, attempt, error)
        answer = await ctx.do.ask(question)
        if fetches(answer, scope.proposal):
            return FETCH
        chosen = next_version.choose(answer, scope.proposal)
        if chosen is None:
            await ask_about_same(ctx, scope)
        if not isinstance(chosen, Refusal):
            return chosen
        error = one_line(f"{chosen.reason}: {chosen.todo}" if scope.proposal.question else chosen.reason)
    raise AssertionError("unreachable")


async def _said_beforehand(ctx: Context, scope: Scope) -> str | None:
    """The version of `--answer version=...`, where the commits ask for none: to release a pre-release, for one.

    Not again in a run that has written a version: going on with the same words must not raise it twice.
    """
    written = any(effect.kind == VERSION for effect in ctx.state.effects)
    if written and ctx.state.question(question_id(scope)) is None:
        return None
    try:
        answer = await ctx.do.ask(_question(ctx, scope, 1, ""))
    except Asked:
        return None
    chosen = next_version.choose(answer, scope.proposal)
    if not scope.current and chosen is not None:
        raise _nothing_to_replace(answer, scope)
    return await _asked(ctx, scope) if isinstance(chosen, Refusal) else chosen


def _question(ctx: Context, scope: Scope, attempt: int, error: str) -> Question:
    text, default = _words(scope)
    return Question(
        id=question_id(scope, attempt),
        skill=ctx.skill.id,
        text=f"{error}. {text}" if error else text,
        default=default if attempt <= _TRIES else None,
        detail=_detail(scope),
    )


def _words(scope: Scope) -> tuple[str, str | None]:
    """The text, and the default; none where it is a matter of choice."""
    proposal = scope.proposal
    if scope.base.cut_off:
        return f"{proposal.question}. Fetch all of it with `{FETCH}`? [y/n/version]", None
    if proposal.question:
        values = "/".join((*proposal.free, "n", "version"))
        return f"{proposal.question}. Which version is next? [{values}]", None
    if proposal.version is None:
        return f"{proposal.reason}. Which version instead of {scope.current}? [n/version]", None
    more = "/release" if proposal.promotion else ""
    stays = f"(n: {scope.current} is kept)"
    return f"Bump version {scope.current} -> {proposal.version}? [Y/n{more}/version] {stays}", "Y"


def fetches(answer: str, proposal: Proposal) -> bool:
    """True when an answer to the question about a history that is cut off asks for all of it."""
    return bool(proposal.facts.cut_off) and (
        yes_or_no(answer) is True or answer.strip().lower().removeprefix("git fetch --") == UNSHALLOW
    )


async def fetch_history(ctx: Context, root: Path, remote: str) -> None:
    """Bring what a shallow clone lacks. Raises SkillFailed (external) when git cannot."""
    argv = [*FETCH.split(), "--tags", *([remote] if remote else [])]
    result = await ctx.do.command(argv, timeout_s=_FETCH_TIMEOUT_S, cwd=root)
    if not result.ok:
        words = one_line(result.text, 300) or f"exit {result.exit_code}"
        raise SkillFailed(
            f"the whole history could not be fetched: {words}", str(root), FETCH, "external", code=Code.NETWORK
        )
    ctx.do.say("The whole history is fetched", LogLevel.OK)


def question_id(scope: Scope, attempt: int = 1) -> str:
    """The question about these very facts; another one each time an answer was no version."""
    about = ":".join((scope.base.sha, scope.head, scope.current))
    # Which values stand side by side depends on tags and branch, too.
    about += f":{scope.proposal.question}:{scope.proposal.free}" if scope.proposal.question else ""
    name = hashlib.sha256(about.encode()).hexdigest()[:10]
    name = f"version-{name}" if attempt <= _TRIES else f"which-version-{name}"
    return name + (f"-{attempt}" if attempt > 1 else "")


def answered_already(state: RunState, scope: Scope) -> tuple[bool, str | None]:
    """Whether the version was decided in this run, and for which (None: it stays). Raises SkillFailed as `as_said`."""
    if said := said_version(state):
        return True, as_said(said, scope)
    for attempt in itertools.count(1):
        known = state.question(question_id(scope, attempt))
        if known is None or known.answer is None or fetches(known.answer, scope.proposal):
            break
        chosen = next_version.choose(known.answer, scope.proposal)
        if not isinstance(chosen, Refusal):
            return True, chosen
    return False, None


def _detail(scope: Scope) -> str:
    """The values side by side, and the commits: those that move the version first, when there are many."""
    proposal, verdicts = scope.proposal, list(scope.proposal.verdicts)
    rows = [f"since {scope.base.sha[:7]}, {scope.base.why}", *scope.notes, *proposal.notes]
    rows += [each.words for each in proposal.alternatives]
    if proposal.question:
        rows.append(f"n: {scope.current} is kept")
    if len(verdicts) > _SHOWN:
        verdicts = sorted(verdicts, key=lambda verdict: -verdict.level.rank)[:_SHOWN]
    rows += [f"{v.level:<5} {v.commit.sha[:7]} {v.commit.subject} ({v.reason})" for v in verdicts]
    if len(proposal.verdicts) > _SHOWN:
        rows.append(f"and {len(proposal.verdicts) - _SHOWN} more")
    return "\n".join(rows)
