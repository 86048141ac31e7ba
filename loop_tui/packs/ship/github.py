"""GitHub as skills use it: which repository, problems as failures of the skill, and waiting when GitHub says so."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.runners.context import Context, SkillFailed
from loop_tui.services.github import gh

T = TypeVar("T")

TIMEOUT_S = 30.0
"""How long an answer that no skill depends on is waited for."""

_ROUNDS = 3
_LONGEST_WAIT_S = 120.0


async def repository_of(ctx: Context, remote: str) -> gh.Repository:
    """The repository on GitHub behind a remote. Raises SkillFailed when it is none."""
    found = await gh.repository(ctx.project, remote)
    if found is None:
        raise SkillFailed(
            f"{remote or 'the remote'} is not a repository on github.com",
            str(ctx.project),
            "export GH_REPO=owner/name",
            code=Code.GIT_STATE,
        )
    return found


async def ask(ctx: Context, call: Callable[[], Awaitable[T]]) -> T:
    """What GitHub answers. When it limits us and says for how long, that is waited for, a few times.

    Raises SkillFailed with GitHub's words; external for what may well work later.
    """
    for left in reversed(range(_ROUNDS)):
        try:
            return await call()
        except gh.GhProblem as problem:
            wait_s = problem.retry_after_s
            # Only a limit is asked again here: nothing was done then, whatever the question was.
            limited = problem.kind is gh.ApiErrorKind.RATE_LIMITED and wait_s is not None and wait_s <= _LONGEST_WAIT_S
            if not limited or not left or wait_s is None:
                raise failure(problem) from problem
            ctx.do.say(f"GitHub asks to wait {wait_s:.0f} s", LogLevel.WARN)
            await asyncio.sleep(wait_s)
    raise AssertionError  # the last round returns or raises


async def asked(question: Coroutine[Any, Any, T]) -> T | Problem:
    """The answer, or why there is none. A hanging network is no reason to hang, too."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await question
    except TimeoutError:
        return gh.GhProblem(gh.ApiErrorKind.NETWORK, f"GitHub did not answer within {TIMEOUT_S:.0f} s")
    except Problem as problem:
        return problem


def failure(problem: gh.GhProblem) -> SkillFailed:
    """The failure of a skill that a problem with GitHub amounts to."""
    return SkillFailed(
        problem.what, problem.where, problem.todo, "external" if problem.external else "error", code=problem.code
    )
