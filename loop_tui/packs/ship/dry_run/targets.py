"""Which targets a run would deliver to, which of them are configured, and how long each usually takes."""

from collections.abc import Mapping
from pathlib import Path

from loop_tui.model.definition import LoopDefinition, TargetDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.text import one_line
from loop_tui.packs.ship.targets.commands_sync import FOLDER, PATTERN
from loop_tui.packs.ship.targets.verdict import wanted_level
from loop_tui.runners.pack_api import TargetSpec
from loop_tui.services.toolchains import npm

from .model import PlannedTarget


def planned_targets(
    project: Path,
    definition: LoopDefinition,
    package: npm.Package | None,
    *,
    took: Mapping[str, int],
    usual: Mapping[str, int],
    kinds: Mapping[str, TargetSpec],
) -> tuple[PlannedTarget, ...]:
    """The targets in their order. `took` and `usual` are milliseconds by target and by skill, from the archive."""
    found = []
    for target in definition.targets:
        why = _why_not(project, target, package, kinds)
        try:
            level = wanted_level(target).value
        except Problem as problem:
            level, why = "", one_line(str(problem))
        # What is started here is timed by the skill that starts it.
        usual_ms = took.get(target.id, usual.get("deploy") if target.kind == "local" else None)
        found.append(
            PlannedTarget(
                target=target.id,
                kind=target.kind,
                title=one_line(target.title or target.id),
                level=level,
                configured=not why,
                why=why,
                usual_ms=usual_ms if not why else None,
            )
        )
    return tuple(found)


def _why_not(
    project: Path, target: TargetDefinition, package: npm.Package | None, kinds: Mapping[str, TargetSpec]
) -> str:
    """Why a target is not configured, or nothing."""
    if target.kind not in kinds:
        return f"this version knows no targets of the kind {one_line(target.kind)}"
    needs = kinds[target.kind].needed
    if needs and not any(target.settings.get(name) for name in needs):
        return f"not configured: set {' or '.join(needs)} in .loops/targets.toml"
    if target.kind == "tarball" and package is None:
        return "not configured: there is no package.json"
    if target.kind == "commands-sync" and not any((project / FOLDER).glob(PATTERN)):
        return f"not configured: no {FOLDER}/{PATTERN} in the project"
    if target.kind == "local" and (package is None or not (package.script("build") or package.script("start"))):
        return "not configured: neither a build nor a start script"
    return ""
