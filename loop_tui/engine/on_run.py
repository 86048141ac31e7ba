"""What events about the whole run, its effects, deliverables and questions do."""

from loop_tui.model.binding import definition_hash
from loop_tui.model.chosen_move import LEVERAGE, read_choice
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Event, Refusal
from loop_tui.model.evidence import Deliverable, Effect, Question, QuestionKind
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import Blocked, RunState
from loop_tui.model.status import Autonomy, RunStatus, word_of

from .adoption import as_adopted, laid_out
from .gates import gate_state, open_gate
from .retry import RESUMED
from .rewrite import (
    Applied,
    list_of,
    text_of,
    with_deliverables,
    with_failing_again,
    with_gate,
    with_resolution,
)


def started(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """A run began: who said so, which gates were named beforehand, and which module it is about."""
    by, module = text_of(event, "by"), text_of(event, "module")
    autonomy = text_of(event, "autonomy")
    update: dict[str, object] = {"run": state.run or event.run, "started_at": event.timestamp}
    if autonomy in tuple(Autonomy):
        update["autonomy"] = Autonomy(autonomy)
    if module:
        update["module"] = module
    state = state.model_copy(update=update)
    approve = list_of(event, "approve")
    for name in approve if isinstance(approve, list) else []:
        gate = definition.gate(name) if isinstance(name, str) else None
        if gate is not None:
            state = with_gate(state, gate_state(state, gate).model_copy(update={"preapproved_by": by or "someone"}))
    return state


def move_chosen(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """Keep the move that the run began with, who chose it, and when."""
    choice = read_choice(event.context.get(LEVERAGE))
    if choice is None:
        return Refusal(reason="the event has no move")
    by = text_of(event, "by")
    return state.model_copy(
        update={LEVERAGE: choice.model_copy(update={"chosen_by": by, "chosen_at": event.timestamp})}
    )


def identified(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """Give a run without an id the one in the event, and every gate of its definition. Refused for one that has an id.

    A file of another program may lack gates; whoever drives it has to pass them.
    """
    if state.run or not event.subject:
        return Refusal(reason=f"the run has {state.run or 'no'} id")
    return _with_every_gate(state.model_copy(update={"run": event.subject}), definition)


def _with_every_gate(state: RunState, definition: LoopDefinition) -> RunState:
    missing = tuple(gate_state(state, gate) for gate in definition.gates if state.gate(gate.id) is None)
    return state.model_copy(update={"gates": (*state.gates, *missing)}) if missing else state


def autonomy_set(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """From now on the run asks as much as the event says."""
    if event.subject not in tuple(Autonomy):
        return Refusal(reason=f"unknown autonomy {event.subject}", todo=f"one of: {', '.join(Autonomy)}")
    if state.status is RunStatus.COMPLETE or state.aborted is not None:
        return Refusal(reason="the run has ended")
    return state.model_copy(update={"autonomy": Autonomy(event.subject)})


def adopted(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """The run is ours from now on, with every gate of its definition: what it brings along was not seen here
    (SPEC section 3).

    In a journal of an earlier version the event only gave a run its id.
    """
    if not state.run:
        state = state.model_copy(update={"run": event.subject})
    state = _with_every_gate(state, definition)
    sha256 = text_of(event, "definition")
    changed = list_of(event, "changed")
    names = {name for name in changed if isinstance(name, str)} if isinstance(changed, list) else set()
    return as_adopted(state, definition, sha256, names) if sha256 else state


def definition_adopted(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """The run goes by another definition, which `definition` is."""
    sha256 = text_of(event, "definition")
    if sha256 != definition_hash(definition):
        # A journal that is read again with the newest definition: what came later says how the run looks now.
        return state
    return laid_out(state, definition, sha256)


def paused(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """Nothing new starts."""
    if state.status is not RunStatus.ACTIVE:
        return Refusal(reason=f"the run is {word_of(state.status)}, not running")
    return state.model_copy(update={"status": RunStatus.PAUSED})


def resumed(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """A paused run goes on; a blocked one tries again what failed, with its count of failures anew."""
    if state.status is RunStatus.PAUSED:
        return state.model_copy(update={"status": RunStatus.ACTIVE})
    if state.status is not RunStatus.BLOCKED:
        return Refusal(reason=f"the run is {word_of(state.status)}: there is nothing to resume")
    stages = {f.stage for f in state.failures if not f.resolved_at}
    state = state.model_copy(update={"status": RunStatus.ACTIVE, "blocked": None})
    state = with_resolution(state, event, "", None, f"{RESUMED} by {text_of(event, 'by') or 'someone'}")
    for stage in [p.id for p in state.phases if p.id in stages]:
        state = with_failing_again(state, definition, stage)
    return state


def blocked(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """Only a person can go on."""
    if state.status is RunStatus.COMPLETE:
        return Refusal(reason="the run is done")
    blocked = Blocked.model_validate(event.context.get("blocked") or {})
    blocked = blocked.model_copy(update={"at": event.timestamp})
    return state.model_copy(update={"status": RunStatus.BLOCKED, "blocked": blocked})


def aborted(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """A person ended the run, and said why."""
    if not text_of(event, "reason").strip():
        return Refusal(reason="an abort needs a reason")
    if state.status is RunStatus.COMPLETE or state.aborted is not None:
        return Refusal(reason="the run has already ended")
    return state.model_copy(update={"aborted": text_of(event, "reason"), "status": RunStatus.FAILED})


def completed(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """Refused while any phase or gate is open."""
    if state.aborted is not None or state.status is not RunStatus.ACTIVE:
        return Refusal(reason=f"the run is {'aborted' if state.aborted is not None else word_of(state.status)}")
    left = [p.id for p in state.phases if not p.over]
    gates = [g.id for p in state.phases if (g := open_gate(state, definition, p.id))]
    if left or gates:
        return Refusal(reason=f"not everything is done: {', '.join((*left, *gates))}")
    return state.model_copy(update={"status": RunStatus.COMPLETE})


def edited(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """Somebody else wrote the state file: this is what it says now."""
    found = RunState.model_validate(event.context.get("state"))
    return found.model_copy(update={"dialect": state.dialect})


def delivered(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """A deliverable was seen."""
    deliverable = Deliverable.model_validate(event.context.get("deliverable"))
    return with_deliverables(state, (deliverable,))


def effect_intended(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """The intent of an effect, before it is done. A new intent under the same id replaces the old one."""
    intent = event.context.get("intent")
    effect = Effect(
        id=event.subject,
        kind=text_of(event, "kind"),
        intent=intent if isinstance(intent, dict) else {},
        intended_at=event.timestamp,
    )
    kept = tuple(e for e in state.effects if e.id != effect.id)
    return state.model_copy(update={"effects": (*kept, effect)})


def effect_proven(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """The proof of an effect that was intended."""
    effect = state.effect(event.subject)
    proof = event.context.get("proof")
    if effect is None:
        return Refusal(reason=f"the effect {event.subject} was not announced")
    if not isinstance(proof, dict):
        return Refusal(reason=f"the effect {event.subject} has no proof")
    proven = effect.model_copy(update={"proof": proof, "proven_at": event.timestamp})
    return state.model_copy(update={"effects": tuple(proven if e.id == proven.id else e for e in state.effects)})


def effect_undone(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """The proof of an effect holds no more, or the effect itself is gone."""
    effect = state.effect(event.subject)
    if effect is None:
        return Refusal(reason=f"the effect {event.subject} was not announced")
    if event.context.get("gone") is True:
        return state.model_copy(update={"effects": tuple(e for e in state.effects if e.id != effect.id)})
    doubted = effect.model_copy(update={"proof": None, "proven_at": ""})
    return state.model_copy(update={"effects": tuple(doubted if e.id == doubted.id else e for e in state.effects)})


def asked(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """A skill waits for an answer."""
    question = Question.model_validate(event.context.get("question"))
    if state.question(question.id) is not None:
        return Refusal(reason=f"the question {question.id} was already asked")
    asked = question.model_copy(update={"asked_at": event.timestamp, "answer": None})
    # A skill asks one thing at a time: what it asked before about other facts is moot. People and agents may ask more.
    kept = tuple(q for q in state.questions if q.answer is not None or not asked.skill or q.skill != asked.skill)
    return state.model_copy(update={"questions": (*kept, asked)})


def answered(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """Each question is answered once; where the run was blocked for it, it goes on."""
    question = state.question(event.subject)
    if question is None:
        pending = ", ".join(q.id for q in state.pending_questions) or "none"
        return Refusal(
            reason=f"there is no question {event.subject}", todo=f"open questions: {pending}", code=Code.NAME_UNKNOWN
        )
    if question.kind is QuestionKind.SECRET and text_of(event, "answer"):
        # Here, because every answer that is written down passes here, and the next line would show one.
        return Refusal(reason=f"{question.id} asks for a secret: its answer is not stored", code=Code.USAGE)
    if question.answer is not None:
        return Refusal(reason=f"{question.id} was answered by {question.answered_by or 'someone'}: {question.answer}")
    answered = question.model_copy(
        update={"answer": text_of(event, "answer"), "answered_by": text_of(event, "by"), "answered_at": event.timestamp}
    )
    state = state.model_copy(
        update={"questions": tuple(answered if q.id == answered.id else q for q in state.questions)}
    )
    if state.status is RunStatus.BLOCKED and state.blocked is not None and state.blocked.question == answered.id:
        return state.model_copy(update={"status": RunStatus.ACTIVE, "blocked": None})
    return state


def withdrawn(state: RunState, event: Event, definition: LoopDefinition) -> Applied:
    """A question is as if nobody had asked it."""
    if state.question(event.subject) is None:
        return Refusal(reason=f"there is no question {event.subject}", code=Code.NAME_UNKNOWN)
    return state.model_copy(update={"questions": tuple(q for q in state.questions if q.id != event.subject)})
