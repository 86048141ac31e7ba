"""release-planner: preflight, and beside it the reading of what there is to ship.

Seed: distribution-loop-v2 "Skill Invocation Sequence" 1 and "Version Alignment"; rules: SHIP "Planning a release".

The rest of the skill (`planner`) is imported while preflight waits for a package manager to start.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Self

from loop_tui.model.log import LogLevel
from loop_tui.model.text import one_line
from loop_tui.packs.ship.effects import UNDO
from loop_tui.packs.ship.preflight.preflight import PreflightResult, preflight
from loop_tui.packs.ship.resync import is_resync
from loop_tui.runners.context import Context, SkillResult
from loop_tui.runners.slow import said_while_slow

if TYPE_CHECKING:
    from .scope_report import Scope


async def run(ctx: Context) -> SkillResult:
    """Preflight, base, commits, proposal, question, version write, `release-scope.md`.

    Raises SkillFailed listing everything that has to be fixed first; Asked while the question is open.
    """
    _say_cut_off(ctx)
    ctx.do.say("Preflight: repository, identity, branch, tree, remote, scripts")
    async with _ScopeAhead(ctx) as ahead:
        with said_while_slow(ctx.do.say, "checking the repository and its remote"):
            found = await preflight(ctx, ahead=ahead.begin)
        from .planner import plan

        return await plan(ctx, found, ahead.scope)


def _say_cut_off(ctx: Context) -> None:
    """Say that an undo was begun and not ended: whoever goes on instead ships after all, and has to know it."""
    undone = next((e for e in reversed(ctx.state.effects) if e.kind == UNDO and not e.proven), None)
    if undone is None:
        return
    commits = undone.intent.get("commits")
    shas = ", ".join(one_line(str(sha), 7) for sha in commits.values()) if isinstance(commits, dict) else ""
    of = f" of {shas}" if shas else ""
    ctx.do.say(f"an undo{of} was interrupted: this run continues and releases it anyway", LogLevel.WARN)
    ctx.do.say("  `loop-tui pause`, then `loop-tui undo`, completes the undo instead", LogLevel.WARN)


class _ScopeAhead:
    """Reads the scope while preflight still waits for a package manager to start. Nothing in it is said before."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._reading: asyncio.Task[Scope] | None = None
        self._of: PreflightResult | None = None

    def begin(self, ground: PreflightResult) -> None:
        """Begin to read, unless there is a reason already not to ship, or for a resync, which has another scope."""
        if is_resync(self._ctx):
            return
        if ground.root is not None and not any(finding.fatal for finding in ground.findings):
            from .planner import read_scope

            self._of, self._reading = ground, asyncio.create_task(read_scope(self._ctx, ground, ground.root))

    async def scope(self, ground: PreflightResult, root: Path) -> "Scope":
        """The scope of what preflight found in the end."""
        from .planner import read_scope

        of = self._of
        if self._reading is None or of is None or (of.package, of.status) != (ground.package, ground.status):
            return await read_scope(self._ctx, ground, root)
        return await self._reading

    async def __aenter__(self) -> Self:
        """Itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Let go of what was read for nothing; what failed in it is nobody's concern."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
