"""What a run would do to CHANGELOG.md."""

from pathlib import Path

from loop_tui.model.text import one_line
from loop_tui.packs.ship.release_planner.scope_report import Scope
from loop_tui.packs.ship.versions.changelog_file import found_changelog
from loop_tui.runners.context import Context


async def changelog_outlook(ctx: Context, root: Path, scope: Scope, version: str | None) -> tuple[str, bool]:
    """What becomes of the changelog with that version, and whether it is raised. Raises Problem."""
    if version is None or version == scope.current:
        return "", False
    look = await found_changelog(ctx, root)
    if look.changelog is None:
        return (f"stays as it is: {one_line(look.why_not)}" if look.why_not else ""), False
    if look.changelog.has(version):
        return f"has a section {one_line(version)} already", False
    proposed = " with entries proposed from the commits" if look.changelog.is_empty else ""
    return f"unreleased becomes {one_line(version)}{proposed}; you are shown the difference and asked", True
