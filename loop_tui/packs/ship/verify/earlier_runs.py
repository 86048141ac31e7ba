"""What runs that are over found on this very tree, for a run that is started with `--hotfix`."""

from pydantic import JsonValue

from loop_tui.model.evidence import Check
from loop_tui.packs.ship.choices import HOTFIX, is_chosen
from loop_tui.packs.ship.evidence import few
from loop_tui.runners.context import Context

from .release_checks import NAMES as RELEASE

TREE = "tree"
"""The check that says on which tree the others ran."""
STAYED_OUT = "stayed out"
"""How its summary ends where files lay about that are in no tree."""
# They speak for what lies in the folder, which a tree says nothing of.
_OF_WHAT_IS_BUILT = ("build", *RELEASE)


def of_earlier_runs(ctx: Context, tree: str) -> tuple[Check, ...]:
    """For a hotfix: what passed here on this very tree in runs of this loop that are over, the oldest first.

    What was built then is not taken: anything may have been built into the same place since. Nor is anything of a run
    that had files about which are in no tree, or does not say that it had none.
    """
    if not is_chosen(ctx.state, HOTFIX):
        return ()
    runs, _ = ctx.archive.runs(loop=ctx.state.loop, system=ctx.state.system or None, include_state=True)
    runs = [run for run in runs if _had_nothing_else_about(run.state, tree)]
    gates = [gate.id for gate in ctx.definition.gates_after(ctx.phase)]
    found = [check for run in reversed(runs) for gate in gates for check in run.evidence.get(gate, ())]
    held = tuple(check for check in found if check.ran_here and check.tree == tree and check.passed)
    held = tuple(check for check in held if check.name not in _OF_WHAT_IS_BUILT)
    names = few(sorted({check.name for check in held}))
    ctx.do.say(f"Evidence of earlier runs for exactly this tree: {names or 'none, so it is verified'}")
    # It is signed anew with the run that takes it.
    return tuple(check.model_copy(update={"mac": ""}) for check in held)


def _had_nothing_else_about(state: JsonValue, tree: str) -> bool:
    """True when an archived run's checks of that tree all say that no other files lay about."""
    found, left = [], [state]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            left += value.values()
            if value.get("name") == TREE and value.get("tree") == tree:
                found.append(str(value.get("summary") or ""))
        elif isinstance(value, list):
            left += value
    return bool(found) and not any(STAYED_OUT in summary for summary in found)
