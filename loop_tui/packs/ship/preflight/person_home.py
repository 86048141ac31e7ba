"""Preflight on the person's home: what would keep slash commands from reaching it, known before anything is pushed."""

from loop_tui.fs.homes import claude_home
from loop_tui.packs.ship.choices import skipped_targets
from loop_tui.packs.ship.targets.kinds.commands_sync import blocked

from .findings import DISTRIBUTES, Finding, Subject, will_do


def home_findings(ctx: Subject) -> tuple[Finding, ...]:
    """What stands in the way of a target that writes into the home; only looked at. Empty when nothing does."""
    left_out = skipped_targets(ctx.state)
    wanted = [t.id for t in ctx.definition.targets if t.kind == "commands-sync" and t.id not in left_out]
    why = blocked(ctx.project, claude_home()) if wanted and will_do(ctx, DISTRIBUTES) else ""
    if not why:
        return ()
    fix = f"check who owns it, or use: loop-tui run --skip-target {wanted[0]} --reason TEXT"
    return (Finding("commands", f"slash commands cannot be synchronised: {why}", fix, fatal=True),)
