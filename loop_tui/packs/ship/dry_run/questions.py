"""Questions without a default that a run would ask: headless it ends at them, with exit code 3."""

from collections.abc import Awaitable

from loop_tui.model.problem import Problem
from loop_tui.model.text import one_line
from loop_tui.packs.ship.evidence import prefix
from loop_tui.packs.ship.preflight.findings import PUSHES, will_do
from loop_tui.packs.ship.preflight.preflight import Finding, PreflightResult
from loop_tui.packs.ship.release_planner.abandoned import ask_about_abandoned, ask_about_commits
from loop_tui.packs.ship.verify.checked_tree import CheckedTree
from loop_tui.packs.ship.verify.hidden import ask_about_hidden
from loop_tui.runners.context import Asked, SkillFailed

from .looks import Looks

_PLANS, _CHECKS = "release-planner", "code-verification"


async def question_findings(looks: Looks, ground: PreflightResult) -> tuple[Finding, ...]:
    """What would be asked about commits and versions of abandoned runs, and about files that git does not show."""
    if ground.root is None or not ground.status.head:
        return ()
    found: list[Finding] = []
    if looks.has(_PLANS) and not looks.done(_PLANS):
        ctx = looks.context(_PLANS)
        if ground.target is not None and will_do(ctx, PUSHES):
            found += await _finding(ask_about_commits(ctx, ground.root, ground.target))
        if ground.package is not None:
            file = f"{prefix(ctx, ground.root)}package.json"
            found += await _finding(ask_about_abandoned(ctx, ground.root, file, ground.package.version))
    if looks.has(_CHECKS) and not looks.done(_CHECKS):
        found += await _finding(ask_about_hidden(looks.context(_CHECKS), CheckedTree(root=ground.root)))
    return tuple(found)


async def _finding(asking: Awaitable[object]) -> list[Finding]:
    try:
        await asking
    except Asked as asked:
        question = asked.question
        key, options = question.id.rsplit("-", 1)[0], "|".join(question.options)
        return [
            Finding("question", one_line(question.text, 400), f"answer it in the run, or use --answer {key}={options}")
        ]
    except SkillFailed as failed:
        return [Finding("question", failed.what, failed.todo, fatal=True)]
    except Problem as unknown:
        return [Finding("question", unknown.what, unknown.todo)]
    return []
