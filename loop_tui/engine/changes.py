"""How each thing that can happen in a run is said: constructors of changes, and the names they go by."""

from collections.abc import Iterable, Mapping, Sequence

from pydantic import JsonValue

from loop_tui.model.binding import Binding
from loop_tui.model.chosen_move import LEVERAGE, MoveChoice, dump_choice
from loop_tui.model.events import Category, Change
from loop_tui.model.evidence import Check, Deliverable, Effect, Question
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import Blocked

BY_CHECKS = "checks"
"""Who decides an auto gate. A person cannot go by this name."""

BY_DEFAULT = "the default"
"""Who answers a question of an autonomous run."""


def _dumped(values: Iterable[Check | Deliverable]) -> list[JsonValue]:
    return [v.model_dump(mode="json", exclude_defaults=True) | {"name": v.name} for v in values]


def started(loop: str, by: str, approve: Sequence[str] = (), autonomy: str = "", module: str = "") -> Change:
    """A run began. `approve` names the gates that the person passed beforehand, `module` what the run is about."""
    context: dict[str, JsonValue] = {"by": by, "approve": list(approve)}
    if autonomy:
        context["autonomy"] = autonomy
    if module:
        context["module"] = module
    return Change(category=Category.SYSTEM, action="started", subject=loop, context=context)


def move_chosen(choice: MoveChoice, by: str) -> Change:
    """The run began with a move that a person chose."""
    context: dict[str, JsonValue] = {"by": by, LEVERAGE: dump_choice(choice)}
    return Change(
        category=Category.DECISION, action="move-chosen", subject=choice.target or choice.loop, context=context
    )


def identified(run: str, by: str) -> Change:
    """A run that somebody began without giving it an id has one from now on."""
    return Change(category=Category.SYSTEM, action="identified", subject=run, context={"by": by})


def adopted(run: str, by: str, definition: str, found: str = "", changed: Sequence[str] = ()) -> Change:
    """A person made a run theirs. `definition` is the hash of what it goes by, `found` what it brings along unseen.

    `changed` names gates that were approved on documents that are others by now.
    """
    context: dict[str, JsonValue] = {"by": by, "definition": definition, "found": found, "changed": list(changed)}
    return Change(category=Category.SYSTEM, action="adopted", subject=run, context=context)


def definition_adopted(loop: str, by: str, definition: str, was: str, differences: str) -> Change:
    """A run goes by another definition from now on; `definition` and `was` are hashes."""
    context: dict[str, JsonValue] = {"by": by, "definition": definition, "was": was, "differences": differences}
    return Change(category=Category.SYSTEM, action="definition-adopted", subject=loop, context=context)


def claimed(by: str, skill: str = "", phase: str = "") -> Change:
    """Somebody works on a skill, or on the whole run, instead of our driver."""
    return Change(category=Category.SYSTEM, action="claimed", subject=skill, context={"by": by, "phase": phase})


def released(by: str, skill: str = "", phase: str = "") -> Change:
    """What was claimed is free again."""
    return Change(category=Category.SYSTEM, action="released", subject=skill, context={"by": by, "phase": phase})


def noted(by: str, text: str, level: str = "") -> Change:
    """Somebody who works on the run says something; `level` is info, warn or error."""
    context: dict[str, JsonValue] = {"by": by, "text": text, **({"level": level} if level else {})}
    return Change(category=Category.SYSTEM, action="noted", context=context)


def preapproved(gate: str, by: str) -> Change:
    """A person named a gate that may pass without asking again in this run."""
    return Change(category=Category.GATE, action="preapproved", subject=gate, context={"by": by})


def autonomy_set(autonomy: str, by: str) -> Change:
    """A person said how much a run that is under way asks from now on."""
    return Change(category=Category.SYSTEM, action="autonomy-set", subject=autonomy, context={"by": by})


def paused(by: str) -> Change:
    """Nothing new starts until somebody resumes."""
    return Change(category=Category.SYSTEM, action="paused", context={"by": by})


def resumed(by: str) -> Change:
    """A person let a paused or blocked run go on."""
    return Change(category=Category.SYSTEM, action="resumed", context={"by": by})


def blocked(why: Blocked) -> Change:
    """Nothing goes on without a person."""
    return Change(
        category=Category.SYSTEM, action="blocked", context={"blocked": why.model_dump(mode="json")}, outcome="blocked"
    )


def aborted(reason: str, by: str) -> Change:
    """A person ended the run."""
    return Change(category=Category.SYSTEM, action="aborted", context={"reason": reason, "by": by}, outcome="abandoned")


def completed() -> Change:
    """Every phase is over and every gate decided."""
    return Change(category=Category.SYSTEM, action="completed", outcome="success")


def delivered(deliverable: Deliverable) -> Change:
    """A deliverable was found where it belongs."""
    return Change(
        category=Category.SYSTEM,
        action="delivered",
        subject=deliverable.name,
        context={"deliverable": deliverable.model_dump(mode="json")},
    )


def phase_entered(phase: str, by: str = "") -> Change:
    """Work on a phase began."""
    return Change(
        category=Category.PHASE, action="entered", subject=phase, context={"by": by} if by else {}, outcome=None
    )


def phase_completed(phase: str, duration_ms: int | None = None) -> Change:
    """Every skill of a phase is settled."""
    return Change(
        category=Category.PHASE, action="completed", subject=phase, duration_ms=duration_ms, outcome="complete"
    )


def phase_reopened(phase: str, by: str, reason: str = "") -> Change:
    """A person went back: this phase and all later ones are open again, and their gates are void."""
    return Change(category=Category.PHASE, action="reopened", subject=phase, context={"by": by, "reason": reason})


def phase_skipped(phase: str, by: str, reason: str) -> Change:
    """A person jumped over a phase."""
    return Change(
        category=Category.PHASE,
        action="skipped",
        subject=phase,
        context={"by": by, "reason": reason},
        outcome="skipped",
    )


def phase_retried(phase: str, by: str = "") -> Change:
    """What failed in a phase is tried again; the rest of it stays done."""
    return Change(category=Category.PHASE, action="retried", subject=phase, context={"by": by})


def skill_started(phase: str, skill: str) -> Change:
    """A driver began a skill."""
    return Change(category=Category.SKILL, action="started", subject=skill, context={"phase": phase})


def skill_completed(
    phase: str,
    skill: str,
    *,
    by: str = "",
    summary: str = "",
    checks: Sequence[Check] = (),
    deliverables: Sequence[Deliverable] = (),
    references: Sequence[str] = (),
    duration_ms: int | None = None,
) -> Change:
    """A skill did its work, and this is what it found and left behind."""
    context: dict[str, JsonValue] = {"phase": phase, "summary": summary}
    if by:
        context["by"] = by
    if checks:
        context["checks"] = _dumped(checks)
    if deliverables:
        context["deliverables"] = _dumped(deliverables)
    if references:
        context["references"] = list(references)
    return Change(
        category=Category.SKILL,
        action="completed",
        subject=skill,
        context=context,
        duration_ms=duration_ms,
        outcome="complete",
    )


def skill_checked(phase: str, skill: str, checks: Sequence[Check], by: str = "") -> Change:
    """The checks of a skill ran here, though somebody else did its work; `by` asked for it."""
    context: dict[str, JsonValue] = {"phase": phase, "checks": _dumped(checks), "by": by}
    return Change(category=Category.SKILL, action="checked", subject=skill, context=context)


def skill_reopened(phase: str, skill: str, reason: str) -> Change:
    """A skill that was marked as done is not: it is done again."""
    return Change(category=Category.SKILL, action="reopened", subject=skill, context={"phase": phase, "reason": reason})


def skill_failed(phase: str, skill: str, error: str, kind: str, fingerprint: str, *, code: Code) -> Change:
    """A skill could not do its work; `code` is that of the problem, for whoever reads the event."""
    return Change(
        category=Category.SKILL,
        action="failed",
        subject=skill,
        context={"phase": phase, "error": error, "kind": kind, "fingerprint": fingerprint, "code": code.value},
        outcome="failed",
    )


def skill_skipped(phase: str, skill: str, reason: str, by: str) -> Change:
    """A person decided that a skill is not done, and said why."""
    return Change(
        category=Category.SKILL,
        action="skipped",
        subject=skill,
        context={"phase": phase, "reason": reason, "by": by},
        outcome="skipped",
    )


def gate_approved(
    gate: str, by: str, checks: Sequence[Check] = (), reason: str = "", bound: Binding | None = None
) -> Change:
    """A gate was passed: by its checks, or by a person, who gives a reason where the checks do not hold.

    `bound` is what the person saw.
    """
    context: dict[str, JsonValue] = {"by": by, "checks": _dumped(checks)}
    if reason:
        context["reason"] = reason
    if bound is not None:
        context["bound"] = bound.model_dump(mode="json")
    return Change(category=Category.GATE, action="approved", subject=gate, context=context, outcome="approved")


def gate_unproven(gate: str, reason: str) -> Change:
    """The checks of a gate did not run here: what brings them is done again."""
    return Change(category=Category.GATE, action="unproven", subject=gate, context={"reason": reason})


def gate_failed(gate: str, error: str, fingerprint: str, checks: Sequence[Check] = ()) -> Change:
    """The checks of an auto gate did not hold."""
    return Change(
        category=Category.GATE,
        action="failed",
        subject=gate,
        context={"error": error, "fingerprint": fingerprint, "checks": _dumped(checks)},
        outcome="failed",
    )


def gate_rejected(gate: str, by: str, feedback: str = "") -> Change:
    """A person did not let the run through."""
    return Change(
        category=Category.GATE,
        action="rejected",
        subject=gate,
        context={"by": by, "feedback": feedback},
        outcome="rejected",
    )


def gate_voided(gate: str, reason: str, *, documents: bool = False) -> Change:
    """What a gate was passed on no longer holds; `documents` when these are other ones, and no check is concerned."""
    context: dict[str, JsonValue] = {"reason": reason, **({"documents": True} if documents else {})}
    return Change(category=Category.GATE, action="voided", subject=gate, context=context, outcome="voided")


def gate_skipped(gate: str, reason: str) -> Change:
    """Nobody had to be asked at a gate."""
    return Change(category=Category.GATE, action="skipped", subject=gate, context={"reason": reason}, outcome="skipped")


def gate_not_applicable(gate: str, reason: str) -> Change:
    """The condition of a gate does not hold: nobody is asked."""
    return Change(
        category=Category.GATE,
        action="not-applicable",
        subject=gate,
        context={"reason": reason},
        outcome="not-applicable",
    )


def gate_applies(gate: str, reason: str) -> Change:
    """The condition of a gate holds, or cannot be told: a person is asked."""
    return Change(category=Category.GATE, action="applies", subject=gate, context={"reason": reason})


def asked(question: Question, by: str = "") -> Change:
    """A skill needs an answer before it can go on, or somebody who works on the run, `by`, asks."""
    return Change(
        category=Category.DECISION,
        action="asked",
        subject=question.id,
        context={"question": question.model_dump(mode="json"), **({"by": by} if by else {})},
    )


def answered(question: str, answer: str, by: str) -> Change:
    """Somebody answered a question."""
    return Change(category=Category.DECISION, action="answered", subject=question, context={"answer": answer, "by": by})


def withdrawn(question: str, by: str) -> Change:
    """A question and its answer hold no more: it is asked anew when a skill comes to it again."""
    return Change(category=Category.DECISION, action="withdrawn", subject=question, context={"by": by})


def effect_intended(effect: Effect) -> Change:
    """Something in the world is about to change."""
    return Change(
        category=Category.SYSTEM,
        action="effect-intended",
        subject=effect.id,
        context={"kind": effect.kind, "intent": effect.intent},
    )


def effect_proven(effect: str, proof: Mapping[str, JsonValue]) -> Change:
    """Something in the world was seen to have changed."""
    return Change(category=Category.SYSTEM, action="effect-proven", subject=effect, context={"proof": dict(proof)})


def effect_undone(effect: str, by: str, *, gone: bool) -> Change:
    """Something in the world is being taken back: its proof holds no more. `gone` once the world was seen without it.

    Two steps, so that whoever dies between them leaves an effect that is looked for in the world again.
    """
    return Change(category=Category.SYSTEM, action="effect-undone", subject=effect, context={"by": by, "gone": gone})
