"""Verdicts: how far a target got, in SHIP's words, and the check that stands for it at the gate."""

from collections.abc import Mapping

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.evidence import Check
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.status import CheckStatus
from loop_tui.packs.ship import TARGETS
from loop_tui.runners.pack_api import TargetSpec
from loop_tui.runners.targets import LEVELS, Shipment, TargetLevel, TargetVerdict

_NOTHING_TO_DO = (TargetLevel.NOT_CONFIGURED, TargetLevel.SKIPPED)

_PUBLISHES = ("npm-registry",)
PROOF = "proof of the publish"
"""Heading of what the registry itself says."""


def wanted_level(target: TargetDefinition, kinds: Mapping[str, TargetSpec] = TARGETS) -> TargetLevel:
    """The level that a target has to reach: `level` of its settings, else that of its kind.

    Raises Problem when that is no level that can be a tick.
    """
    usual = kinds[target.kind].level if target.kind in kinds else TargetLevel.CONFIRMED.value
    word = target.settings.get("level", usual)
    level = next((known for known in LEVELS if known.value == word), None)
    if level is None:
        known = ", ".join(level.value for level in LEVELS)
        raise Problem(
            f"target {target.id} has an unknown level {word!r}", todo=f"use one of: {known}", code=Code.TARGET_INVALID
        )
    return level


def reaches(verdict: TargetVerdict, wanted: TargetLevel) -> bool:
    """True when the level reached is at least the one wanted."""
    return verdict.level in LEVELS and LEVELS.index(verdict.level) <= LEVELS.index(wanted)


def check_of(
    verdict: TargetVerdict,
    target: TargetDefinition,
    shipment: Shipment,
    kinds: Mapping[str, TargetSpec] = TARGETS,
) -> Check:
    """The check that a verdict amounts to, named after the target. What is not configured counts as neither."""
    wanted = wanted_level(target, kinds)
    if verdict.level in _NOTHING_TO_DO:
        status = CheckStatus.SKIPPED
    else:
        status = CheckStatus.PASSED if reaches(verdict, wanted) else CheckStatus.FAILED
    words = verdict.level.value
    if verdict.summary and verdict.summary != words:
        words += f": {verdict.summary}"
    if status is CheckStatus.FAILED and verdict.level in (*LEVELS, TargetLevel.EXPECTED):
        words += f" (required: {wanted.value})"
    return Check(
        name=target.id,
        status=status,
        summary=words,
        command=str(verdict.evidence.get("command", "")),
        duration_ms=took if isinstance(took := verdict.evidence.get("took_ms"), int) else None,
        commit=shipment.sha,
        tree=shipment.tree,
        excerpt="\n".join(f"{key}: {value}" for key, value in verdict.evidence.items() if key != "command"),
        at=verdict.at,
        shows=PROOF if target.kind in _PUBLISHES and status is CheckStatus.PASSED else "",
    )
