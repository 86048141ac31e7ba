"""The version that a run was planned with: what is checked, committed and pushed has to hold that one, and no other.

A build, a hook or a person can write another version after the planner: shipped, it would be one that nobody chose.
"""

from pathlib import Path

from loop_tui.model.going_on import THEN_GO
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line
from loop_tui.packs.ship.choices import how_to_set_version
from loop_tui.packs.ship.effects import PLAN, VERSION
from loop_tui.packs.ship.evidence import prefix
from loop_tui.runners.context import Context, PhaseOutdated, SkillFailed
from loop_tui.services.git import history
from loop_tui.services.toolchains import npm

_KEY, _PLANNER = "planned-version", "release-planner"


def remember_plan(ctx: Context, version: str) -> None:
    """Keep the version that the planner decided on, raised or not."""
    ctx.do.remember(PLAN, {_KEY: {"version": version}})


def planned_version(ctx: Context) -> str:
    """The version that this run was planned with; empty when it was planned with none, or nobody planned it."""
    known = ctx.do.recall(_KEY)
    return str(known.get("version") or "") if known else ""


def not_as_planned(ctx: Context, version: str, where: str) -> str:
    """How a version differs from the planned one, in words; empty when it is that one, or none was planned."""
    planned = planned_version(ctx)
    if not planned or planned == version:
        return ""
    return f"{one_line(planned)} was planned, but {where} has {one_line(version) or 'no version'}"


def how_to_go_on(ctx: Context) -> str:
    """What a person does where the version is not the planned one."""
    phase = _planning_phase(ctx)
    anew = f", or plan again: loop-tui phase {phase}, {THEN_GO}" if phase else ""
    return f"check what writes another version (a script, a hook), and restore it{anew}"


def how_to_ship_another(ctx: Context) -> str:
    """What a person does where the version that was pushed cannot be the one that is released."""
    phase = _planning_phase(ctx)
    return f"ship another one: {how_to_set_version(ctx.state, phase)}" if phase else "set another one, and ship that"


def refuse_taken_back(ctx: Context) -> None:
    """Raise PhaseOutdated when the version that this run wrote was taken back by hand: it has to be planned anew."""
    package, planned = npm.read_package(ctx.project), planned_version(ctx)
    written = next((e for e in reversed(ctx.state.effects) if e.kind == VERSION), None)
    phase = _planning_phase(ctx)
    if package is None or written is None or not written.proven or not phase:
        return
    before = str(written.intent.get("from") or "")
    if written.intent.get("to") == planned != before == package.version:
        what = f"version {one_line(planned)} was undone, package.json has {one_line(before)} again"
        todo = f"loop-tui phase {phase}, {THEN_GO}"
        raise PhaseOutdated(phase, what, str(package.path), todo, code=Code.TREE_CHANGED)


async def refuse_other_version(ctx: Context, root: Path, sha: str) -> None:
    """Raise SkillFailed when the commit that is to be pushed does not hold the planned version."""
    if not planned_version(ctx):
        return
    version = await history.version_at(root, sha, f"{prefix(ctx, root)}package.json")
    if why := not_as_planned(ctx, version or "", f"package.json in {sha[:7]}"):
        raise SkillFailed(f"{why}: nothing was pushed", str(root), how_to_go_on(ctx), code=Code.TREE_CHANGED)


def _planning_phase(ctx: Context) -> str:
    """The phase of the planner; empty when this loop has none before the phase that is worked on."""
    for phase in ctx.definition.phases:
        if phase.id == ctx.phase:
            return ""
        if any(skill.id == _PLANNER for skill in phase.skills):
            return phase.id
    return ""
