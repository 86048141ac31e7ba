"""Gates, checks, deliverables, effects and questions, as state files write them (SPEC section 3)."""

import contextlib
from collections.abc import Sequence

from pydantic import JsonValue, ValidationError

from loop_tui.fs.jsonedit.document import ById, JsonPath
from loop_tui.model.binding import Binding
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.evidence import Check, Deliverable, Effect, FormField, Question, QuestionKind
from loop_tui.model.state import GateDecision, GateState, RunState
from loop_tui.model.status import CheckStatus, GateStatus, GateType, read_gate_status, read_gate_type

from .fields import (
    JsonObject,
    WrongType,
    flag_at,
    int_at,
    json_at,
    list_at,
    members_of,
    name_of,
    put,
    remembered,
    table_at,
    tables_at,
    text_at,
    word_at,
)

_CHECK_WORDS = {
    **dict.fromkeys(("passed", "pass", "ok", "success", "green"), CheckStatus.PASSED),
    **dict.fromkeys(("skipped", "skip", "not-applicable"), CheckStatus.SKIPPED),
}
QUESTION_KEYS = ("id", "text", "question")


def read_checks(table: JsonObject, path: JsonPath) -> tuple[Check, ...]:
    """The checks of a gate or log entry. A status that is no word we know is no pass."""
    return tuple(_check(item, where) for item, where in tables_at(table, "checks", path))


@remembered
def _check(item: JsonObject, path: JsonPath) -> Check:
    return Check(
        name=text_at(item, "name", "id"),
        status=_CHECK_WORDS.get((word_at(item, "status", path) or "").strip().lower(), CheckStatus.FAILED),
        summary=text_at(item, "summary"),
        command=text_at(item, "command"),
        exit_code=int_at(item, "exitCode", "exit_code"),
        duration_ms=int_at(item, "durationMs", "duration_ms"),
        commit=text_at(item, "commit"),
        tree=text_at(item, "tree"),
        excerpt=text_at(item, "excerpt"),
        at=text_at(item, "at"),
        shows=text_at(item, "shows"),
        reported_by=text_at(item, "reportedBy"),
        mac=text_at(item, "mac"),
    )


def dump_checks(checks: Sequence[Check]) -> list[JsonValue]:
    """Checks, without what is empty."""
    return [
        put(
            {"name": c.name, "status": c.status.value},
            summary=c.summary,
            command=c.command,
            exitCode=c.exit_code,
            durationMs=c.duration_ms,
            commit=c.commit,
            tree=c.tree,
            excerpt=c.excerpt,
            at=c.at,
            shows=c.shows,
            reportedBy=c.reported_by,
            mac=c.mac,
        )
        for c in checks
    ]


def read_gates(
    document: JsonObject, definition: LoopDefinition | None, *, only_named: bool = False
) -> tuple[GateState, ...]:
    """The gates of the file, then those that only the definition has, as pending, unless `only_named`.

    A gate whose status is no word we know is pending: nobody let the run through.
    """
    gates = []
    for name, table, path in members_of(document, "gates"):
        known = definition.gate(name) if definition else None
        kind = read_gate_type(table.get("approvalType")) or read_gate_type(table.get("type"))
        gates.append(
            GateState(
                id=name,
                status=read_gate_status(word_at(table, "status", path)) or GateStatus.PENDING,
                required=flag_at(table, "required", known.required if known else True),
                type=kind or (known.type if known else GateType.HUMAN),
                by=text_at(table, "approvedBy", "approved_by"),
                at=text_at(table, "approvedAt", "approved_at"),
                decision=text_at(table, "decision"),
                reason=text_at(table, "approvalReason"),
                feedback=text_at(table, "feedback"),
                feedback_at=text_at(table, "feedbackAt"),
                feedback_by=text_at(table, "feedbackBy"),
                preapproved_by=text_at(table, "preapprovedBy"),
                applies=text_at(table, "applies"),
                checks=read_checks(table, path),
                bound=_bound(table),
                mac=text_at(table, "mac"),
                stated=flag_at(table, "stated", False),
            )
        )
    named = {g.id for g in gates}
    missing = [g for g in definition.gates if g.id not in named] if definition and not only_named else []
    return (*gates, *(GateState(id=g.id, required=g.required, type=g.type) for g in missing))


def _bound(table: JsonObject) -> Binding | None:
    """What an approval was about; what cannot be understood is as if nothing were said."""
    value = json_at(table, "approvalOf")
    if value is None:
        return None
    with contextlib.suppress(ValidationError):
        return Binding.model_validate(value)
    return None


def read_gate_history(document: JsonObject) -> tuple[GateDecision, ...]:
    """The decisions on gates, in order."""
    return tuple(_decision(item, path) for item, path in tables_at(document, "gateHistory"))


@remembered
def _decision(item: JsonObject, path: JsonPath) -> GateDecision:
    return GateDecision(
        gate=text_at(item, "gate", "gateId", "id"),
        decision=text_at(item, "decision", "status"),
        by=text_at(item, "by", "approvedBy"),
        at=text_at(item, "at", "timestamp"),
        text=text_at(item, "text", "feedback", "reason"),
        bound=_bound(item),
    )


def dump_gate_history(state: RunState) -> list[JsonValue]:
    """The decisions on gates."""
    return [
        put(
            {"gate": d.gate, "decision": d.decision},
            by=d.by,
            at=d.at,
            text=d.text,
            approvalOf=d.bound.model_dump(mode="json") if d.bound else None,
        )
        for d in state.gate_history
    ]


def dump_gates(state: RunState) -> ById:
    """The gates by id."""
    return ById({g.id: _dump_gate(g) for g in state.gates})


def _dump_gate(gate: GateState) -> dict[str, JsonValue]:
    dumped = put(
        {"status": gate.status.value, "required": gate.required, "approvalType": gate.type.value},
        approvedBy=gate.by,
        approvedAt=gate.at,
        decision=gate.decision,
        approvalReason=gate.reason,
        feedback=gate.feedback,
        feedbackAt=gate.feedback_at,
        feedbackBy=gate.feedback_by,
        preapprovedBy=gate.preapproved_by,
        approvalOf=gate.bound.model_dump(mode="json") if gate.bound else None,
        mac=gate.mac,
        stated=gate.stated or None,
        applies=gate.applies,
    )
    if gate.checks:
        dumped["checks"] = dump_checks(gate.checks)
    return dumped


def read_deliverables(document: JsonObject) -> tuple[Deliverable, ...]:
    """The deliverables: a list of names or objects, or an object by name."""
    value = document.get("deliverables")
    if isinstance(value, dict):
        return tuple(_deliverable(name, item, ("deliverables", name)) for name, item in value.items())
    return tuple(
        _deliverable(name_of(item, ("deliverables", i), "name", "path"), item, ("deliverables", i))
        for i, item in enumerate(list_at(document, "deliverables"))
    )


def _deliverable(name: str, item: JsonValue, path: JsonPath) -> Deliverable:
    if not isinstance(item, dict):
        if item is not None and not isinstance(item, str):
            raise WrongType(path, item, "text or an object")
        return Deliverable(name=name, path=item if item and path[-1] == name else "")
    return Deliverable(
        name=name,
        skill=text_at(item, "skill"),
        path=text_at(item, "path"),
        summary=text_at(item, "summary"),
        size_bytes=int_at(item, "size_bytes", "sizeBytes") or 0,
        sha256=text_at(item, "sha256"),
    )


def dump_deliverables(state: RunState) -> list[JsonValue]:
    """The deliverables."""
    return [
        put(
            {"name": d.name},
            skill=d.skill,
            path=d.path,
            summary=d.summary,
            size_bytes=d.size_bytes or None,
            sha256=d.sha256,
        )
        for d in state.deliverables
    ]


def read_effects(document: JsonObject) -> tuple[Effect, ...]:
    """The effects, with intent and proof as they are."""
    return tuple(_effect(item, path) for item, path in tables_at(document, "effects"))


@remembered
def _effect(item: JsonObject, path: JsonPath) -> Effect:
    return Effect(
        id=text_at(item, "id"),
        kind=text_at(item, "kind"),
        intent=json_at(item, "intent", path) or {},
        proof=json_at(item, "proof", path),
        intended_at=text_at(item, "intendedAt"),
        proven_at=text_at(item, "provenAt"),
        mac=text_at(item, "mac"),
    )


def dump_effects(state: RunState) -> list[JsonValue]:
    """The effects."""
    return [
        put(
            {"id": e.id, "kind": e.kind, "intent": e.intent},
            proof=e.proof,
            intendedAt=e.intended_at,
            provenAt=e.proven_at,
            mac=e.mac,
        )
        for e in state.effects
    ]


def read_questions(document: JsonObject) -> tuple[Question, ...]:
    """The questions that were answered, then those that wait. An answer written beside a pending one counts."""
    table = table_at(document, "clarifications")
    resolved = [_question(table, "resolved", i) for i in range(len(list_at(table, "resolved", ("clarifications",))))]
    pending = [_question(table, "pending", i) for i in range(len(list_at(table, "pending", ("clarifications",))))]
    return (*resolved, *pending)


def _question(table: JsonObject, key: str, index: int) -> Question:
    item = list_at(table, key)[index]
    path = ("clarifications", key, index)
    name = name_of(item, path, *QUESTION_KEYS)
    told = item if isinstance(item, dict) else {}
    answer = _answer(told.get("answer"))
    options = list_at(told, "options", path)
    return Question(
        id=name,
        kind=_kind(told),
        skill=text_at(told, "skill"),
        text=text_at(told, "text", "question") or ("" if "text" in told else name),
        options=tuple(name_of(v, (*path, "options", i), "value", "label", "id") for i, v in enumerate(options)),
        form=tuple(_field(each, (*path, "form", i)) for i, each in enumerate(list_at(told, "form", path))),
        default=_answer(told.get("default")),
        detail=text_at(told, "detail"),
        document=text_at(told, "document"),
        asked_at=text_at(told, "askedAt"),
        answer=(answer or "") if key == "resolved" else answer or None,
        answered_by=text_at(told, "answeredBy"),
        answered_at=text_at(told, "answeredAt"),
    )


def _field(told: JsonValue, path: JsonPath) -> FormField:
    """A field of a form; one that is only a name is a text."""
    table = told if isinstance(told, dict) else {}
    return FormField(
        name=name_of(told, path, "name", "id"),
        label=text_at(table, "label"),
        choices=tuple(each for each in list_at(table, "choices", path) if isinstance(each, str)),
        several=table.get("several") is True,
        required=table.get("required") is True,
        value=_answer(table.get("value")) or "",
        source=text_at(table, "source"),
    )


def _dump_field(field: FormField) -> JsonValue:
    return field.model_dump(mode="json", exclude_defaults=True)


def _kind(told: JsonObject) -> QuestionKind:
    """The kind of a question; a word that is none, of a newer version or by hand, leaves the answer free."""
    word = told.get("kind")
    return QuestionKind(word) if isinstance(word, str) and word in list(QuestionKind) else QuestionKind.TEXT


def _answer(value: JsonValue) -> str | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    return text_at({"value": value}, "value") if isinstance(value, int | float) else None


def dump_questions(state: RunState) -> dict[str, JsonValue]:
    """`clarifications`: what waits and what was answered."""
    return {
        "pending": [_dump_question(q) for q in state.questions if q.answer is None],
        "resolved": [_dump_question(q) for q in state.questions if q.answer is not None],
    }


def _dump_question(question: Question) -> dict[str, JsonValue]:
    dumped = put({"id": question.id}, skill=question.skill)
    dumped["text"] = question.text
    if question.kind is not QuestionKind.TEXT:
        dumped["kind"] = question.kind.value
    if question.options:
        dumped["options"] = list(question.options)
    if question.form:
        dumped["form"] = [_dump_field(each) for each in question.form]
    if question.default is not None:
        dumped["default"] = question.default
    put(dumped, detail=question.detail, document=question.document, askedAt=question.asked_at)
    if question.answer is not None:
        dumped["answer"] = question.answer
    return put(dumped, answeredBy=question.answered_by, answeredAt=question.answered_at)
