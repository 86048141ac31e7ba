"""What events about claims do: who works on a skill or on all of a run instead of our driver (SPEC section 3)."""

from loop_tui.model.clock import parse_stamp
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Event, Refusal
from loop_tui.model.owner import Claim
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import RunState
from loop_tui.model.status import RunStatus, word_of

from .rewrite import Applied, text_of


def claimed(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """Somebody takes a skill, or the whole run; what another has, and was heard of lately, stays theirs."""
    by, phase, skill = text_of(event, "by").strip(), text_of(event, "phase"), event.subject
    if not by:
        return Refusal(reason="a claim needs a name", code=Code.USAGE)
    if state.status is RunStatus.COMPLETE or state.aborted is not None:
        return Refusal(reason="the run has ended")
    known = state.phase_state(phase)
    wanted = known.skill(skill) if known and skill else None
    if skill and wanted is None:
        return Refusal(reason=f"this run has no skill {skill} in a phase {phase}", code=Code.NAME_UNKNOWN)
    if wanted is not None and wanted.settled:
        return Refusal(reason=f"{skill} is already {word_of(wanted.status)}")
    other = state.claim_on(phase, skill) if skill else next(iter(state.claims), None)
    if other is not None and other.by != by and not other.lapsed:
        what = other.skill or "this run"
        todo = f"wait, or `release {other.skill or '--run'}` takes it back"
        return Refusal(reason=f"{what} is claimed by {other.by} since {other.at}", todo=todo, code=Code.CLAIMED)
    moment = parse_stamp(event.timestamp)
    made = Claim(by=by, skill=skill, phase=phase, at=event.timestamp, beat=moment.timestamp() if moment else 0)
    kept = tuple(c for c in state.claims if (c.skill, c.phase) != (skill, phase) and not (not skill and c.by != by))
    return state.model_copy(update={"claims": (*kept, made)})


def released(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """A claim ends: that of a skill, or that of the run."""
    phase, skill = text_of(event, "phase"), event.subject
    kept = tuple(c for c in state.claims if (c.skill, c.phase) != (skill, phase))
    if kept == state.claims:
        return Refusal(reason=f"{skill or 'this run'} is not claimed")
    return state.model_copy(update={"claims": kept})
