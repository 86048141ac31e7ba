"""What a run would do to CHANGELOG.md, and which tag it would make."""

from pathlib import Path

from loop_tui.model.text import one_line
from loop_tui.packs.ship.commit.tagging import tag_of, why_untagged
from loop_tui.packs.ship.preflight.preflight import PreflightResult
from loop_tui.packs.ship.release_planner.same_version import is_first_of
from loop_tui.packs.ship.release_planner.scope_report import Scope
from loop_tui.packs.ship.versions.changelog_entries import proposed_entries
from loop_tui.packs.ship.versions.changelog_file import found_changelog
from loop_tui.runners.context import Context
from loop_tui.services.git import remotes


async def changelog_outlook(ctx: Context, root: Path, scope: Scope, version: str | None) -> tuple[str, bool]:
    """What becomes of the changelog with that version (None: it stays), and whether it is raised. Raises Problem."""
    stays = version is None or version == scope.current
    if stays and not is_first_of(scope):
        return "", False
    version = version or scope.current
    look = await found_changelog(ctx, root)
    if look.changelog is None:
        return (f"unchanged: {one_line(look.why_not)}" if look.why_not else ""), False
    if look.changelog.has(version):
        return f"already has a section {one_line(version)}", False
    if stays and look.changelog.is_empty and not proposed_entries(scope.proposal.verdicts):
        return "", False
    proposed = " with entries proposed from the commits" if look.changelog.is_empty else ""
    return f"unreleased becomes {one_line(version)}{proposed}; you are shown the diff and asked", True


async def tag_outlook(ctx: Context, ground: PreflightResult, version: str, *, raised: bool) -> tuple[str, str]:
    """The tag of a version, and why it is not made. Raises Problem."""
    root, to = ground.root, ground.target
    if root is None:
        return "", ""
    there = remotes.tracking(to.remote, to.branch) if to is not None else ""
    plan = await tag_of(ctx, root, version, raised=raised)
    why_not = plan.why_not or await why_untagged(ctx, root, version, raised=raised, to=there)
    return one_line(plan.name), one_line(why_not)
