"""What a person may say to a run (SPEC section 5): each gives the changes it means, or says why not."""

from collections.abc import Callable, Sequence

from loop_tui.model.actions import Retry, Wait
from loop_tui.model.answers import complaint
from loop_tui.model.binding import Binding
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Change, Refusal
from loop_tui.model.evidence import Check, Deliverable, Question
from loop_tui.model.names import deliverable_names
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import Blocked, PhaseState, RunState, SkillState
from loop_tui.model.status import Autonomy, GateStatus, GateType, RunStatus, word_of

from . import changes
from .decide import decide
from .gates import evaluate, evidence_skills, gate_state, gates_of, open_gate, waits_for_evidence
from .retry import is_unreachable
from .secret_questions import asks_secret

Wanted = Sequence[Change] | Refusal


def go(state: RunState, definition: LoopDefinition, by: str) -> Wanted:
    """Go on: over a phase boundary, out of a pause, or with another try. Nothing to change is an empty answer."""
    action = decide(state, definition)
    if isinstance(action, Retry):
        return (changes.phase_retried(action.phase, by),)
    if not isinstance(action, Wait):
        return ()
    if action.on == "boundary":
        return (changes.phase_entered(action.subject, by),)
    if action.on == "paused":
        return (changes.resumed(by),)
    if action.on == "blocked" and state.blocked is not None and state.blocked.question:
        return (changes.resumed(by),)  # It was blocked for a question that somebody answered in the file.
    if action.on == "blocked" and is_unreachable(state):
        return (changes.resumed(by),)  # Only asking again tells whether it can be reached by now.
    if asks_secret(state, action):
        return ()  # The driver that asked may be gone: the next one asks again.
    if action.on == "deliverable":
        return ()  # The driver looks again: it may lie where it belongs by now.
    if action.on == "claimed":
        lapsed = [claim for claim in state.claims if claim.lapsed]
        claim = state.claim_on(state.phase, action.subject) if action.subject else state.run_claim
        if claim in lapsed:
            return tuple(changes.released(by, each.skill, each.phase) for each in lapsed)
        todo = f"`release {action.subject}`" if action.subject else "`release --run`"
        return Refusal(reason=action.reason, todo=f"{todo} takes it back", code=Code.CLAIMED)
    return Refusal(reason=action.reason, todo=_what_helps(action))


def _what_helps(action: Wait) -> str:
    return {
        "gate": f"`approve {action.subject}` or `changes TEXT`",
        "question": f"`answer {action.subject} TEXT`",
        "blocked": "fix it, then `resume`",
        "manual": f"`done {action.subject}` when it is done, or `skip {action.subject} --reason TEXT`",
        "unreadable": "fix the state file",
    }.get(action.on, "")


def pause(state: RunState, by: str) -> Wanted:
    """Stop after the current skill."""
    if state.status is RunStatus.PAUSED:
        return Refusal(reason="the run is already paused", todo="`resume` continues it")
    return (changes.paused(by),)


def resume(state: RunState, by: str) -> Wanted:
    """Let a paused or blocked run go on."""
    return (changes.resumed(by),)


def _owner(state: RunState, skill: str, phase: str) -> tuple[PhaseState, SkillState] | Refusal:
    """The phase and skill that are meant: in the phase named, else in the current phase, else the first not settled."""
    places = [(p, s) for p in state.phases if (s := p.skill(skill)) and (not phase or p.id == phase)]
    if not places:
        known = ", ".join(s.id for p in state.phases for s in p.skills)
        return Refusal(reason=f"this run has no skill {skill}", todo=f"its skills are {known}", code=Code.NAME_UNKNOWN)
    here = [(p, s) for p, s in places if p.id == state.phase and not s.settled]
    ahead = [(p, s) for p, s in places if not s.settled]
    return (here or ahead or places)[0]


def skip(state: RunState, skill: str, reason: str, by: str, phase: str = "") -> Wanted:
    """Settle a skill without doing it. No reason, no skip; what cannot be skipped is said before a reason is wanted."""
    found = _owner(state, skill, phase)
    if isinstance(found, Refusal):
        return found
    owner, known = found
    if known.settled:
        return Refusal(reason=f"{known.id} is already {word_of(known.status)}")
    if not reason.strip():
        return Refusal(reason=f"skipping {skill} needs a reason", todo=f"skip {skill} --reason TEXT")
    return (changes.skill_skipped(owner.id, known.id, reason.strip(), by),)


def complete(
    state: RunState,
    definition: LoopDefinition,
    skill: str,
    by: str,
    phase: str = "",
    summary: str = "",
    *,
    checks: Sequence[Check] = (),
    files: Sequence[Deliverable] = (),
    references: Sequence[str] = (),
    find: Callable[[str], Deliverable | None] | None = None,
) -> Wanted:
    """Say that a skill which is done by hand, or which somebody claimed, is done.

    What is said of `checks` is a report of whoever says it, and decides no gate. `find` looks for a deliverable by its
    name: a manual skill is not done while one that it has to leave is missing or empty (SPEC section 4). Without it
    nobody looks. A claimed skill that runs here may leave them to us.
    """
    found = _owner(state, skill, phase)
    if isinstance(found, Refusal):
        return found
    owner, known = found
    if owner.id != state.phase:
        return Refusal(reason=f"{known.id} belongs to {owner.id}, and the run is in {state.phase}")
    defined = definition.skill(owner.id, known.id)
    claim = state.claim_on(owner.id, known.id)
    if claim is not None and claim.by != by and not claim.lapsed:
        return Refusal(
            reason=f"{known.id} is claimed by {claim.by}",
            todo=f"wait, or `release {known.id}` takes it back",
            code=Code.CLAIMED,
        )
    if defined is not None and defined.unattended and claim is None:
        return Refusal(
            reason=f"{known.id} is run by loop-tui itself, which records the evidence",
            todo=f"`skip {known.id} --reason TEXT`",
        )
    if find is not None and defined is not None and known.required and not defined.unattended:
        given = {name for file in files for name in deliverable_names(file.name)}
        owed = [name for name in defined.deliverables if name not in given and find(name) is None]
        if owed:
            return Refusal(
                reason=f"{known.id} is not done: {', '.join(owed)} is missing or empty",
                todo=f"write it, then run `loop-tui complete {known.id}`, or `skip {known.id} --reason TEXT`",
                code=Code.DELIVERABLE_MISSING,
            )
    told = tuple(check.model_copy(update={"reported_by": by, "mac": ""}) for check in checks)
    done = changes.skill_completed(
        owner.id, known.id, by=by, summary=summary, checks=told, deliverables=files, references=references
    )
    return (done,)


def note(text: str, by: str, level: str = "") -> Wanted:
    """Say something that only goes into the journal."""
    return (changes.noted(by, text, level),) if text.strip() else Refusal(reason="the text is empty", code=Code.USAGE)


def ask(state: RunState, question: Question, by: str, *, block: bool = False) -> Wanted:
    """Ask the person something: the run waits for the answer. Asking the very same once more changes nothing.

    With `block` the run is BLOCKED until then, also for whoever drives it elsewhere.
    """
    if not question.text.strip():
        return Refusal(reason="a question needs a text", code=Code.USAGE)
    if question.is_secret:
        return Refusal(reason="only a skill may ask for a secret", todo="ask for something else", code=Code.USAGE)
    if state.status is RunStatus.COMPLETE or state.aborted is not None:
        return Refusal(reason="the run has ended")
    known = state.question(question.id)
    wrong = complaint(question, question.default) if question.default else None
    if wrong is not None:
        return Refusal(reason=f"the default: {wrong[0]}", todo=wrong[1], code=Code.USAGE)
    asked = () if known is not None else (changes.asked(question, by),)
    if not block or (known is not None and known.answer is not None):
        return asked
    if state.status is RunStatus.BLOCKED and state.blocked is not None and state.blocked.question == question.id:
        return asked
    if state.status is not RunStatus.ACTIVE:
        return Refusal(reason=f"the run is already {word_of(state.status)}", todo="ask without --block")
    what_helps = f"answer {question.id} TEXT"
    return (*asked, changes.blocked(Blocked(reason=question.text, action=what_helps, question=question.id)))


def the_gate(state: RunState, definition: LoopDefinition, gate: str) -> str | Refusal:
    """The gate that is meant: the one named, else the one that waits."""
    if gate:
        return gate
    for phase in state.phases:
        if not phase.over:
            break
        waiting = open_gate(state, definition, phase.id)
        if waiting is not None:
            return waiting.id
    return Refusal(reason="no gate waits for an answer")


def approve(
    state: RunState,
    definition: LoopDefinition,
    by: str,
    gate: str = "",
    reason: str = "",
    bound: Binding | None = None,
) -> Wanted:
    """Let the run through a gate, on what is `bound`.

    An auto gate whose checks do not hold, and a gate whose deliverables are not there, need a reason.
    """
    if by == changes.BY_CHECKS:
        return Refusal(reason=f"{by} cannot be the name of a person")
    meant = the_gate(state, definition, gate)
    return (
        meant if isinstance(meant, Refusal) else (changes.gate_approved(meant, by, reason=reason.strip(), bound=bound),)
    )


def preapprove(definition: LoopDefinition, by: str, gate: str) -> Wanted:
    """Name a gate that may pass without asking again in this run."""
    if definition.gate(gate) is None:
        known = ", ".join(g.id for g in definition.gates) or "none"
        return Refusal(
            reason=f"{definition.id} has no gate {gate}", todo=f"its gates are {known}", code=Code.NAME_UNKNOWN
        )
    return (changes.preapproved(gate, by),)


def set_autonomy(state: RunState, by: str, autonomy: Autonomy) -> Wanted:
    """Ask as much as that from now on; nothing to change where the run does already, or is over.

    A question that waits is one that an autonomous run would not have put: it gets its stated default.
    """
    if state.status is RunStatus.COMPLETE or state.aborted is not None or state.autonomy is autonomy:
        return ()
    moot = [q for q in state.pending_questions if q.default is not None] if autonomy is Autonomy.AUTONOMOUS else []
    answers = [changes.answered(q.id, q.default or "", changes.BY_DEFAULT) for q in moot]
    return (changes.autonomy_set(autonomy.value, by), *answers)


def request_changes(state: RunState, definition: LoopDefinition, by: str, feedback: str, gate: str = "") -> Wanted:
    """Reject a gate with feedback; the phase before it is open again."""
    if not feedback.strip():
        return Refusal(reason="changes need a text", todo="changes TEXT")
    meant = the_gate(state, definition, gate)
    return meant if isinstance(meant, Refusal) else (changes.gate_rejected(meant, by, feedback.strip()),)


def reject(state: RunState, definition: LoopDefinition, by: str, gate: str = "") -> Wanted:
    """Do not let the run through, without saying what to change. It waits there."""
    meant = the_gate(state, definition, gate)
    if isinstance(meant, Refusal):
        return meant
    known = definition.gate(meant)
    if known is not None and gate_state(state, known).status is GateStatus.REJECTED:
        return Refusal(reason=f"{meant} is already rejected", todo="`changes TEXT`, `approve` or `abort`")
    return (changes.gate_rejected(meant, by),)


def answer(state: RunState, question: str, text: str, by: str) -> Wanted:
    """Answer a question of a skill; without a name the one that is open."""
    pending = state.pending_questions
    if not question:
        if not pending:
            return Refusal(reason="no question is open")
        question = pending[0].id
    known = state.question(question)
    wrong = complaint(known, text) if known is not None and known.answer is None else None
    if wrong is not None:
        return Refusal(reason=wrong[0], todo=f"answer {question} with {wrong[1]}", code=Code.USAGE)
    return (changes.answered(question, text, by),)


def claim(state: RunState, skill: str, by: str, phase: str = "") -> Wanted:
    """Take a skill; without a name the whole run."""
    if not skill:
        return (changes.claimed(by),)
    found = _owner(state, skill, phase)
    return found if isinstance(found, Refusal) else (changes.claimed(by, found[1].id, found[0].id),)


def release(state: RunState, skill: str, by: str, phase: str = "") -> Wanted:
    """Give back what is claimed: a skill, or without a name the run."""
    if not skill:
        return (changes.released(by),)
    found = _owner(state, skill, phase)
    return found if isinstance(found, Refusal) else (changes.released(by, found[1].id, found[0].id),)


def jump(state: RunState, definition: LoopDefinition, phase: str, by: str, reason: str = "") -> Wanted:
    """Go to a phase. Back: it and all later phases are open again. Forward: what lies between is skipped.

    But an auto gate is not: the skills that bring what it wants stay to be done, and are done first (SPEC section 4).
    Where such a gate was decided against the run already, or nothing is left that could bring it evidence, the jump is
    refused: it would end there.
    """
    names = [p.id for p in state.phases]
    if phase not in names:
        return Refusal(
            reason=f"this run has no phase {phase}", todo=f"its phases are {', '.join(names)}", code=Code.NAME_UNKNOWN
        )
    target = names.index(phase)
    first_open = _first_open(state)
    if target == first_open and state.phase == phase and state.status is RunStatus.ACTIVE:
        return Refusal(reason=f"the run is already in {phase}")
    barred = _barred(state, definition, state.phases[:target])
    if barred is not None:
        return barred
    if target <= first_open:
        return (changes.phase_reopened(phase, by, reason),)
    return _forward(state, definition, state.phases[first_open:target], phase, by, reason.strip())


def passed_over(state: RunState, definition: LoopDefinition, phase: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a jump forward to a phase skips, and what it leaves to be done first, by the ids of skills."""
    names = [p.id for p in state.phases]
    between = state.phases[_first_open(state) : names.index(phase)] if phase in names else ()
    first = [(p.id, s) for p in between for s in evidence_skills(state, definition, p)]
    skipped = [s.id for p in between for s in p.skills if not s.settled and (p.id, s.id) not in first]
    return tuple(skipped), tuple(skill for _, skill in first)


def _first_open(state: RunState) -> int:
    return next((i for i, p in enumerate(state.phases) if not p.over), len(state.phases))


def _barred(state: RunState, definition: LoopDefinition, before: Sequence[PhaseState]) -> Refusal | None:
    """Why nobody gets past these phases, whatever is skipped: an auto gate that will not pass; None when it may."""
    for passed in before:
        for gate in gates_of(state, definition, passed.id):
            known = gate_state(state, gate)
            if gate.type is not GateType.AUTO or not known.open:
                continue
            if waits_for_evidence(state, definition, gate):
                continue
            verdict, todo = evaluate(state, gate), f"fix it, then `phase {passed.id}` runs it again"
            if passed.over and known.status is GateStatus.REJECTED:
                return Refusal(reason=f"{gate.id} did not pass: {'; '.join(verdict.reasons)}", todo=todo)
            comes = () if passed.over else evidence_skills(state, definition, passed)
            if not verdict.passed and not comes:
                return Refusal(reason=f"{gate.id} would not pass: {'; '.join(verdict.reasons)}", todo=todo)
    return None


def _forward(
    state: RunState, definition: LoopDefinition, between: Sequence[PhaseState], phase: str, by: str, reason: str
) -> Wanted:
    unfinished, _ = passed_over(state, definition, phase)
    if not reason and unfinished:
        skipped = ", ".join(unfinished)
        return Refusal(
            reason=f"jumping to {phase} skips {skipped}, which needs a reason", todo=f"phase {phase} --reason TEXT"
        )
    reason = reason or "nothing was left to do in it"
    wanted: list[Change] = []
    for passed in between:
        first = evidence_skills(state, definition, passed)
        wanted += [
            changes.skill_skipped(passed.id, s.id, reason, by)
            for s in passed.skills
            if not s.settled and s.id not in first
        ]
        if not first:
            wanted.append(changes.phase_skipped(passed.id, by, reason))
    return wanted


def release_own(state: RunState, by: str) -> Wanted:
    """Give back all that somebody has claimed."""
    own = tuple(changes.released(by, claim.skill, claim.phase) for claim in state.claims if claim.by == by)
    return own or Refusal(reason=f"{by} has no claim here")


def abort(state: RunState, reason: str, by: str) -> Wanted:
    """End the run; it is archived as aborted."""
    if not reason.strip():
        return Refusal(reason="an abort needs a reason", todo="abort --reason TEXT")
    return (changes.aborted(reason.strip(), by),)
