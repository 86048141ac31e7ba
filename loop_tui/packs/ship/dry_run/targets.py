"""Which targets a run would deliver to, which of them are configured, and how long each usually takes."""

from collections.abc import Mapping
from pathlib import Path

from loop_tui.model.definition import LoopDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.text import one_line
from loop_tui.packs.ship.choices import SkippedTarget
from loop_tui.packs.ship.configured import lacking
from loop_tui.packs.ship.targets.verdict import wanted_level
from loop_tui.runners.pack_api import TargetSpec
from loop_tui.runners.targets import TargetLevel

from .model import PlannedTarget


def planned_targets(
    project: Path,
    definition: LoopDefinition,
    *,
    took: Mapping[str, int],
    usual: Mapping[str, int],
    kinds: Mapping[str, TargetSpec],
    left_out: Mapping[str, SkippedTarget],
) -> tuple[PlannedTarget, ...]:
    """The targets in their order. `took` and `usual` are milliseconds by target and by skill, from the archive.

    `left_out` are those that the run serves not at all.
    """
    found = []
    for target in definition.targets:
        lacks = lacking(project, target, kinds)
        why = f"{TargetLevel.NOT_CONFIGURED.value}: {lacks}" if lacks else ""
        try:
            level = wanted_level(target, kinds).value
        except Problem as problem:
            level, why = "", one_line(str(problem))
        skipped = left_out.get(target.id)
        # What is started here is timed by the skill that starts it.
        timed_by = kinds[target.kind].timed_by if target.kind in kinds else ""
        usual_ms = took.get(target.id, usual.get(timed_by))
        found.append(
            PlannedTarget(
                target=target.id,
                kind=target.kind,
                title=one_line(target.title or target.id),
                level=level,
                configured=not why,
                skipped=skipped is not None,
                why=f"skipped: {skipped.words}" if skipped is not None else why,
                usual_ms=usual_ms if not why and skipped is None else None,
            )
        )
    return tuple(found)
