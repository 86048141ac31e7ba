"""What the screen says of a run that goes on: the files that it makes public (`Pack.panel`)."""

from collections.abc import Sequence

from loop_tui.model.definition import LoopDefinition
from loop_tui.model.evidence import Check
from loop_tui.model.state import RunState
from loop_tui.model.status import CheckStatus
from loop_tui.packs.ship.choices import skipped_targets
from loop_tui.packs.ship.verify.going_public import is_public
from loop_tui.packs.ship.verify.release_checks import PACKAGE

_MOST_LINES = 14


def panel(state: RunState, definition: LoopDefinition) -> Sequence[str]:
    """The lines: what is in the package that was checked, and what of it is new. None before it was packed."""
    left_out = skipped_targets(state)
    if not is_public(target for target in definition.targets if target.id not in left_out):
        return ()
    check = _newest(state)
    if check is None:
        return ("public files: unknown until the package is packed (VERIFY)",)
    if check.status is not CheckStatus.PASSED:
        return (f"public files: {check.summary}",)
    listed = check.excerpt.splitlines()
    more = len(listed) - _MOST_LINES
    return (f"public: {check.summary}", *listed[:_MOST_LINES], *([f"and {more} more"] if more > 0 else []))


def _newest(state: RunState) -> Check | None:
    """The check `package` that was made last in this run."""
    entries = (check for entry in reversed(state.skill_log) for check in entry.checks if check.ran_here)
    return next((check for check in entries if check.name == PACKAGE), None)
