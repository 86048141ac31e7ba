"""What an undo changes in a run: said before the world is touched, and after."""

from collections.abc import Sequence

from loop_tui.engine import changes, commands
from loop_tui.model.events import Refusal
from loop_tui.model.evidence import Effect
from loop_tui.model.state import RunState
from loop_tui.model.status import RunStatus
from loop_tui.packs.ship.effects import PUSH


def undo_begun(state: RunState, taken: Effect, effects: Sequence[str], by: str) -> commands.Wanted:
    """Begin to take effects back: `taken` records what and from where; the run starts over, and nothing is proven.

    Refused once something of the run was pushed: from there it only goes forward (SHIP "Pushing").
    """
    if state.status is RunStatus.COMPLETE or state.aborted is not None:
        return Refusal(reason="the run is over", todo="roll forward: git revert, then the next patch")
    if not state.phases:
        return Refusal(reason="the state file names no phases", todo="fix the state file")
    pushed = next((e for e in state.effects if e.kind == PUSH and e.proven), None)
    if pushed is not None:
        sha = str((pushed.proof or {}).get("sha", ""))[:7]
        return Refusal(reason=f"{sha or 'the commit'} was pushed", todo="roll forward: git revert, then the next patch")
    wanted = [changes.effect_intended(taken)]
    wanted += [changes.effect_undone(e.id, by, gone=False) for e in state.effects if e.id in effects and e.proven]
    wanted += [changes.withdrawn(q.id, by) for q in state.questions]
    return (*wanted, changes.phase_reopened(state.phases[0].id, by, "undo"))


def undo_done(state: RunState, effects: Sequence[str], by: str) -> commands.Wanted:
    """The world was seen without these effects."""
    return tuple(changes.effect_undone(e.id, by, gone=True) for e in state.effects if e.id in effects)
