"""Whether a conditional gate applies, given what was seen of the world: pure (SPEC section 2)."""

from loop_tui.model.base import Model
from loop_tui.model.conditions import DEPLOY_TARGET, ChangedFiles, matches, pattern_of, unmatched
from loop_tui.model.definition import GateDefinition, LoopDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.state import GateState
from loop_tui.model.status import GateStatus, GateType
from loop_tui.model.text import one_line

_MOST = 300


class Judgement(Model):
    """Whether a gate applies in this pass of its phase, and why."""

    applies: bool
    reason: str


def is_conditioned(gate: GateDefinition) -> bool:
    """True for a gate whose condition decides whether a person is asked."""
    return gate.type is GateType.CONDITIONAL and bool(gate.when)


def is_undecided(gate: GateDefinition, found: GateState) -> bool:
    """True while nobody has judged whether a gate applies, and nobody has answered it either."""
    return is_conditioned(gate) and found.status is GateStatus.PENDING and not found.applies


def judge(gate: GateDefinition, definition: LoopDefinition, changed: ChangedFiles | Problem | None) -> Judgement:
    """The judgement on a gate: it applies when one of its conditions holds, and when that cannot be told.

    `changed` is what changed, or why that is not known; None when nobody looked.
    """
    unknown: list[str] = []
    missing: list[str] = []
    for condition in gate.when:
        pattern = pattern_of(condition)
        if pattern is not None:
            if not isinstance(changed, ChangedFiles):
                why = changed.what if changed is not None else "it was not checked"
                unknown.append(f"it is unknown which files changed: {why}")
            elif found := [path for path in changed.paths if matches(pattern, path)]:
                more = f" and {len(found) - 1} more" if len(found) > 1 else ""
                return _judged(True, f"{one_line(found[0], 120)}{more} changed since {changed.base}")
            else:
                missing.append(f"{unmatched(pattern)} since {changed.base}")
        elif condition == DEPLOY_TARGET:
            if definition.targets:
                names = ", ".join(target.id for target in definition.targets)
                return _judged(True, f"there is a deploy target: {names}")
            missing.append("there is no deploy target")
        else:
            unknown.append(f"its condition {condition} is unknown here")
    return _judged(True, unknown[0]) if unknown else _judged(False, "; ".join(missing))


def _judged(applies: bool, reason: str) -> Judgement:
    return Judgement(applies=applies, reason=one_line(reason, _MOST))
