"""State files of every dialect: read tolerantly, written canonically, nothing lost that is not ours."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop_tui.engine import changes
from loop_tui.engine.apply import apply
from loop_tui.engine.decide import decide
from loop_tui.fs.jsonedit.document import parse
from loop_tui.model.actions import Wait
from loop_tui.model.definition import GateDefinition, LoopDefinition, PhaseDefinition, SkillDefinition
from loop_tui.model.evidence import Check, Deliverable, Effect, Question, QuestionKind
from loop_tui.model.problem import Problem
from loop_tui.model.secrets import MASK
from loop_tui.model.state import Blocked, Dialect, Failure, GateState, PhaseState, RunState, SkillRun, SkillState
from loop_tui.model.status import (
    Autonomy,
    CheckStatus,
    GateStatus,
    GateType,
    PhaseStatus,
    RunStatus,
    SkillStatus,
)
from loop_tui.storage.state.dialects import NotOurs, WrongType, detect, dump, load, new_text, save
from loop_tui.storage.state.dialects.evidence import read_questions
from loop_tui.storage.state.reader import read_state
from loop_tui.storage.state.transaction import stamper

SAMPLES = Path(__file__).parents[1] / "samples" / "states"
CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "states"
FILES = sorted(SAMPLES.glob("*.json")) + sorted(CORPUS.glob("*.json"))
WRITABLE = [f for f in FILES if f.name not in ("server.json", "execution.json")]

DEFINITION = LoopDefinition(
    id="distribution-loop",
    version="2.0.0",
    phases=(
        PhaseDefinition(id="INIT", skills=(SkillDefinition(id="release-planner"),)),
        PhaseDefinition(id="VERIFY", skills=(SkillDefinition(id="code-verification"),)),
        PhaseDefinition(
            id="SHIP",
            skills=(
                SkillDefinition(id="git-workflow"),
                SkillDefinition(id="deploy", required=False),
                SkillDefinition(id="distribute"),
            ),
        ),
        PhaseDefinition(id="COMPLETE", skills=(SkillDefinition(id="retrospective"),)),
    ),
    gates=(
        GateDefinition(id="readiness-gate", after="VERIFY", type=GateType.AUTO),
        GateDefinition(id="late-gate", after="SHIP", type=GateType.HUMAN, required=False),
    ),
)


def read(text, definition=None):
    return load(parse(text), definition)


def sample(name):
    return (SAMPLES / name).read_text(encoding="utf-8")


def changed(state, **update):
    return state.model_copy(update=update)


def differing(one, other):
    """The fields in which two states differ."""
    return {k: (v, getattr(other, k)) for k, v in one if v != getattr(other, k)}


def with_phase(state, phase_id, **update):
    phases = tuple(changed(p, **update) if p.id == phase_id else p for p in state.phases)
    return changed(state, phases=phases)


def with_skill(state, phase_id, skill_id, **update):
    phase = state.phase_state(phase_id)
    skills = tuple(changed(s, **update) if s.id == skill_id else s for s in phase.skills)
    return with_phase(state, phase_id, skills=skills)


def statuses(state, phase_id):
    return {s.id: s.status.value for s in state.phase_state(phase_id).skills}


def leaves(text):
    """Every scalar of a document by its path, numbers as they are written, in the order of the text."""
    document = json.loads(
        text.removeprefix("\ufeff"),
        parse_int=lambda n: ("#", n),
        parse_float=lambda n: ("#", n),
        object_pairs_hook=Pairs,
    )
    return list(_leaves(document, ()))


def as_written(number):
    """A number as the text that it is, told apart from a string."""
    return ("#", number)


class Pairs(list):
    """The members of an object, in order."""


def _leaves(value, path):
    if isinstance(value, Pairs):
        for key, item in value:
            yield from _leaves(item, (*path, key))
        if not value:
            yield path, "{}"
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _leaves(item, (*path, i))
        if not value:
            yield path, "[]"
    else:
        yield path, value


def assert_survived(before, after, ours):
    """Everything of `before` is in `after`, in its order and as it was written, but for the paths under `ours`."""

    def foreign(text):
        return [pair for pair in leaves(text) if not any(pair[0][: len(p)] == p for p in ours)]

    kept = [pair for pair in foreign(after) if pair in foreign(before)]
    assert kept == foreign(before)


# --- telling dialects apart -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "dialect"),
    [
        ("notes-v1.json", Dialect.COMMAND_V1),
        ("release-v2.json", Dialect.COMMAND_V2),
        ("agent.json", Dialect.COMMAND_V2),
        ("minified.json", Dialect.COMMAND_V1),
        ("builder.json", Dialect.CONTROLLER),
        ("server.json", Dialect.EXECUTION),
    ],
)
def test_detection(name, dialect):
    assert detect(parse(sample(name))) is dialect
    assert read(sample(name)).dialect is dialect


@pytest.mark.parametrize(
    "document",
    [[], None, "x", 1, 1.5, True, {}, {"a": 1}, {"loop": "x"}, {"phases": {}}, {"loopId": "x", "phases": {}}],
)
def test_not_ours_says_why(document):
    found = detect(document)
    assert isinstance(found, NotOurs)
    assert found.reason
    with pytest.raises(Problem, match="not a loop state"):
        load(document)


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not here")
def test_every_corpus_state_is_detected():
    found = {f.stem: detect(parse(f.read_text(encoding="utf-8"))) for f in CORPUS.glob("*.json")}
    assert found == {
        "audit-v4": Dialect.COMMAND_V1,
        "controller": Dialect.CONTROLLER,
        "distribution-v1": Dialect.COMMAND_V1,
        "distribution-v2": Dialect.COMMAND_V2,
        "engineering-v5": Dialect.COMMAND_V2,
        "execution": Dialect.EXECUTION,
        "infra-v2": Dialect.COMMAND_V2,
    }


# --- reading ----------------------------------------------------------------------------------------------------------


def test_synonyms_are_read_and_unknown_words_never_finish_anything():
    state = read(sample("notes-v1.json"))
    assert state.status is RunStatus.ACTIVE
    assert [p.status for p in state.phases] == [PhaseStatus.COMPLETE, PhaseStatus.ACTIVE, PhaseStatus.PENDING]
    assert statuses(state, "PLAN") == {"outline": "complete"}
    assert statuses(state, "PUBLISH") == {"render": "pending", "upload": "pending", "announce": "pending"}
    assert state.gate("draft-gate").status is GateStatus.APPROVED
    assert state.gate("draft-gate").by == "checks"
    assert state.gate("publish-gate").type is GateType.HUMAN
    assert state.started_at == "ISO-timestamp"
    assert state.phase_state("WRITE").started_at == "yesterday"


def test_unknown_words_for_gates_and_runs_let_nothing_through():
    state = read('{"loop": "l", "status": "so-so", "phases": {"A": {}}, "gates": {"g": {"status": "maybe"}}}')
    assert state.status is RunStatus.PAUSED
    assert state.gate("g").status is GateStatus.PENDING


def test_phases_without_status_are_told_by_their_place():
    text = '{"loop": "l", "phase": "B", "phases": {"A": {"skills": ["x"]}, "B": {"skills": ["y"]}, "C": {}}}'
    state = read(text)
    assert [p.status for p in state.phases] == [PhaseStatus.COMPLETE, PhaseStatus.ACTIVE, PhaseStatus.PENDING]
    assert statuses(state, "A") == {"x": "complete"}
    assert statuses(state, "B") == {"y": "pending"}
    # The pointer moves on while B is not over: B has to say so from now on.
    moved = read(save(text, state, changed(state, phase="C")))
    assert moved.phase_state("B").status is PhaseStatus.ACTIVE
    assert moved.phase == "C"


def test_one_of_three_skills_of_a_phase():
    state = read(sample("release-v2.json"), DEFINITION)
    assert [(p.settled_skills, len(p.skills)) for p in state.phases] == [(1, 1), (1, 1), (1, 3), (0, 1)]
    assert [s.required for s in state.phase_state("SHIP").skills] == [True, False, True]
    assert state.phase_state("SHIP").skill("git-workflow").at == "2026-03-01T10:01:00.000Z"
    assert state.system == "parcel-desk"
    assert state.module == "labels"
    assert [c.passed for c in state.gate("readiness-gate").checks] == [True, True, False]
    assert state.gate("readiness-gate").checks[1].duration_ms == 2210


def test_the_definition_completes_what_a_file_leaves_out():
    state = read('{"loop": "distribution-loop", "phase": "SHIP", "phases": {"INIT": {}, "SHIP": {}}}', DEFINITION)
    assert [p.id for p in state.phases] == ["INIT", "VERIFY", "SHIP", "COMPLETE"]
    assert [s.id for s in state.phase_state("SHIP").skills] == ["git-workflow", "deploy", "distribute"]
    assert [(g.id, g.status, g.type) for g in state.gates] == [
        ("readiness-gate", GateStatus.PENDING, GateType.AUTO),
        ("late-gate", GateStatus.PENDING, GateType.HUMAN),
    ]
    assert not state.gate("late-gate").required


def test_what_agents_write_counts():
    state = read(sample("agent.json"))
    assert state.loop == "infra-loop"
    assert state.version == "2"
    assert statuses(state, "SCAFFOLD") == {"scaffold": "complete", "infra-devenv": "pending"}
    assert [(d.name, d.path) for d in state.deliverables] == [
        ("PLAN.md", "docs/PLAN.md"),
        ("notes.md", "docs/notes.md"),
    ]
    assert [q.text for q in state.pending_questions] == ["Which region?"]
    assert state.updated_at == "today"


def test_the_log_completes_skills_where_nothing_else_says_more():
    text = """{"loop": "l", "phase": "A", "phases": {
        "A": {"status": "active", "skills": ["x", "y", "z"]}, "B": {"status": "pending", "skills": ["x", "w"]}},
      "skillsLog": [
        {"skill": "x", "status": "complete"},
        {"skill": "y", "status": "completed", "completedAt": "then", "children": [{"skill": "z", "status": "done"}]},
        {"skill": "w", "status": "complete"}, {"skill": "w", "status": "failed"}]}"""
    state = read(text)
    # x stands in two phases and the entry names none.
    assert statuses(state, "A") == {"x": "pending", "y": "complete", "z": "complete"}
    assert statuses(state, "B") == {"x": "pending", "w": "pending"}
    assert state.phase_state("A").skill("y").at == "then"


def test_an_answer_written_beside_a_waiting_question_counts():
    text = '{"loop": "l", "phases": {}, "clarifications": {"pending": [{"id": "q", "text": "?", "answer": "42"}]}}'
    assert read(text).question("q").answer == "42"
    empty = text.replace('"42"', '""')
    assert read(empty).question("q").answer is None
    assert read(text.replace('"42"', "true")).question("q").answer == "yes"


def test_controller_states():
    state = read(sample("builder.json"))
    assert (state.loop, state.system, state.phase, state.status) == (
        "engineering-loop",
        "Ledger",
        "TEST",
        RunStatus.ACTIVE,
    )
    assert state.failures[0].skill == "import"
    failed = read(sample("builder.json").replace('"state": "TEST"', '"state": "FAILED"'))
    assert (failed.phase, failed.status) == ("TEST", RunStatus.FAILED)
    blocked = read(
        '{"systemId": "s", "state": "BLOCKED", "blockedReason": "why", "stages": {"A": {"status": "done"}, "B": {}}}'
    )
    assert (blocked.phase, blocked.status, blocked.blocked.reason) == ("B", RunStatus.BLOCKED, "why")


BUILDING = LoopDefinition(
    id="engineering-loop",
    phases=tuple(PhaseDefinition(id=name) for name in ("INIT", "IMPLEMENT", "TEST", "REVIEW", "COMPLETE")),
    gates=(GateDefinition(id="spec-gate", after="INIT"), GateDefinition(id="review-gate", after="REVIEW")),
)


def test_a_controller_file_has_the_gates_that_it_names_until_a_driver_takes_it_on():
    text = sample("builder.json")
    state = read(text, BUILDING)
    assert [gate.id for gate in state.gates] == ["security", "deploy"]
    assert not isinstance(decide(state, BUILDING), Wait)
    assert isinstance(decide(changed(state, dialect=Dialect.COMMAND_V2), BUILDING), Wait), (
        "only there nothing is missing"
    )
    taken = apply(state, stamper("", lambda: datetime.now(UTC))(changes.identified("r-1", "ada")), BUILDING)
    after = save(text, state, taken)
    assert [gate.id for gate in taken.gates] == ["security", "deploy", "spec-gate", "review-gate"]
    assert list(parse(after)["gates"]) == [gate.id for gate in taken.gates]
    assert differing(read(after, BUILDING), taken) == {}
    assert decide(taken, BUILDING) == Wait(on="gate", subject="spec-gate", reason="spec-gate waits for a person")
    ours = apply(state, stamper("", lambda: datetime.now(UTC))(changes.adopted("r-1", "ada", "hash")), BUILDING)
    assert [gate.id for gate in ours.gates] == [gate.id for gate in taken.gates]


def test_a_gate_that_is_taken_out_of_a_controller_file_of_ours_is_pending():
    text = sample("builder.json").replace('"systemName"', '"executionId": "r-1", "systemName"')
    assert [gate.id for gate in read(text, BUILDING).gates] == ["security", "deploy", "spec-gate", "review-gate"]


def test_execution_states_are_read_and_never_written():
    state = read(sample("server.json"))
    assert (state.run, state.system, state.autonomy) == ("run-77", "notes", Autonomy.AUTONOMOUS)
    assert statuses(state, "PLAN") == {"outline": "complete"}
    assert save(sample("server.json"), state, state) == sample("server.json")
    with pytest.raises(Problem, match="read-only here"):
        save(sample("server.json"), state, changed(state, phase="PLAN"))
    with pytest.raises(Problem, match="read-only here"):
        dump(state)


@pytest.mark.parametrize(
    ("document", "key"),
    [
        ({"loop": 1, "phases": {}}, "loop"),
        ({"loop": "", "phases": {}}, "loop"),
        ({"loop": "l", "phases": []}, "phases"),
        ({"loop": "l", "phases": None}, "phases"),
        ({"loop": "l", "phases": {"A": []}}, "phases.A"),
        ({"loop": "l", "phases": {"A": {"status": 3}}}, "phases.A.status"),
        ({"loop": "l", "phases": {"A": {"skills": {}}}}, "phases.A.skills"),
        ({"loop": "l", "phases": {"A": {"skills": ["x", 4]}}}, "phases.A.skills[1]"),
        ({"loop": "l", "phases": {"A": {"skills": [{}]}}}, "phases.A.skills[0]"),
        ({"loop": "l", "phases": {}, "phase": ["A"]}, "phase"),
        ({"loop": "l", "phases": {}, "status": {}}, "status"),
        ({"loop": "l", "phases": {}, "context": []}, "context"),
        ({"loop": "l", "phases": {}, "gates": []}, "gates"),
        ({"loop": "l", "phases": {}, "gates": {"g": "x"}}, "gates.g"),
        ({"loop": "l", "phases": {}, "gates": {"g": {"checks": {}}}}, "gates.g.checks"),
        ({"loop": "l", "phases": {}, "gates": {"g": {"checks": [1]}}}, "gates.g.checks[0]"),
        ({"loop": "l", "phases": {}, "skillsLog": {}}, "skillsLog"),
        ({"loop": "l", "phases": {}, "skillsLog": ["x"]}, "skillsLog[0]"),
        ({"loop": "l", "phases": {}, "skillsLog": [{"children": 1}]}, "skillsLog[0].children"),
        ({"loop": "l", "phases": {"A": {}}, "skillExecution": {"A": []}}, "skillExecution.A"),
        ({"loop": "l", "phases": {"A": {}}, "skillExecution": {"A": {"completed": {}}}}, "skillExecution.A.completed"),
        ({"loop": "l", "phases": {}, "failures": []}, "failures"),
        ({"loop": "l", "phases": {}, "failures": {"history": [1]}}, "failures.history[0]"),
        ({"loop": "l", "phases": {}, "failures": {"blocked": "x"}}, "failures.blocked"),
        ({"loop": "l", "phases": {}, "clarifications": []}, "clarifications"),
        ({"loop": "l", "phases": {}, "clarifications": {"pending": {}}}, "clarifications.pending"),
        ({"loop": "l", "phases": {}, "clarifications": {"pending": [3]}}, "clarifications.pending[0]"),
        ({"loop": "l", "phases": {}, "effects": {}}, "effects"),
        ({"loop": "l", "phases": {}, "deliverables": "x"}, "deliverables"),
        ({"loop": "l", "phases": {}, "deliverables": {"a": 1}}, "deliverables.a"),
        ({"systemId": 1, "state": 1, "stages": {}}, "state"),
        ({"systemId": 1, "state": "A", "stages": []}, "stages"),
        ({"loopId": 1, "phases": []}, "loopId"),
        ({"loopId": "l", "phases": [1]}, "phases[0]"),
        ({"loopId": "l", "phases": [{}]}, "phases[0]"),
        ({"loopId": "l", "phases": [], "gates": {}}, "gates"),
    ],
)
def test_wrong_types_name_the_key(document, key):
    with pytest.raises(WrongType) as caught:
        load(document)
    assert str(caught.value).startswith(f"{key} is ")
    assert str(caught.value).isprintable()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["complete", "A"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["status", "skills", "skill", "id", "completed", "skipped", "checks", "pending", "history", "A", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
top_keys = st.sampled_from(
    [
        *(
            "loop",
            "phases",
            "phase",
            "status",
            "gates",
            "context",
            "skillsLog",
            "skillExecution",
            "failures",
            "effects",
        ),
        *(
            "deliverables",
            "clarifications",
            "autonomy",
            "systemId",
            "state",
            "stages",
            "loopId",
            "skillsUsage",
            "metrics",
        ),
        *("last_updated", "executionId", "skillExecutions"),
    ]
)


@settings(deadline=None, max_examples=300)
@given(st.dictionaries(top_keys, json_values, max_size=8), st.sampled_from([None, DEFINITION]))
def test_no_document_ends_in_anything_but_a_state_or_a_problem(document, definition):
    for base in ({}, {"loop": "l", "phases": {"A": {}}}, {"systemId": "s", "state": "A", "stages": {"A": {}}}):
        said = ""
        try:
            state = load({**base, **document}, definition)
        except Problem as problem:
            said = str(problem)
        assert said.isprintable()
        if said:
            continue
        if not state.dialect.writable:
            continue
        text = (
            json.dumps({**base, **document})
            .replace("NaN", "1")
            .replace("-Infinity", "-1e999")
            .replace("Infinity", "1e999")
        )
        state = read(text, definition)
        assert save(text, state, changed(state)) == text
        paused = changed(state, status=RunStatus.PAUSED if state.status is not RunStatus.PAUSED else RunStatus.ACTIVE)
        assert read(save(text, state, paused), definition).status is paused.status


def test_surrogates_huge_numbers_and_hostile_names_are_kept():
    text = (
        '{"loop": "l", "phases": {"\\ud800": {"status": "pending",'
        ' "skills": ["[/red]\\u001b]52;c;x\\u0007", "\\udfff"]}},'
        ' "phase": "\\ud800", "failures": {"count": 1e400, "maxRetries": '
        + "9" * 5000
        + '}, "effects": [{"id": "e", "kind": "k", "intent": {"n": 1e400, "m": 123456789012345678901234567890}}]}'
    )
    state = read(text)
    assert state.failure_count == 0
    assert state.effects[0].intent["n"] is None
    done = with_skill(with_skill(state, "\ud800", "\udfff", status=SkillStatus.COMPLETE), "\ud800",
                      state.phases[0].skills[0].id, status=SkillStatus.SKIPPED, reason="\x1b[31mno")  # fmt: skip
    after = save(text, state, done)
    after.encode("utf-8")
    assert after.isprintable()
    assert statuses(read(after), "\ud800") == {"[/red]\x1b]52;c;x\x07": "skipped", "\udfff": "complete"}
    assert_survived(text, after, [])


def test_an_intent_without_bottom_is_a_problem():
    deep = "[" * 300 + "]" * 300
    with pytest.raises(WrongType, match=r"effects\[0\]\.intent"):
        read('{"loop": "l", "phases": {}, "effects": [{"id": "e", "kind": "k", "intent": {"a": ' + deep + "}}]}")


# --- writing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.parent.name}-{p.stem}")
def test_saving_no_change_is_byte_identical(path):
    text = path.read_bytes().decode("utf-8")
    for definition in (None, DEFINITION):
        state = read(text, definition)
        assert save(text, state, RunState.model_validate(state.model_dump())) == text


def steps_of(state):
    """One change of every kind, each with the paths that it may touch."""
    first = state.phases[0]
    skill = first.skills[0] if first.skills else None
    phases = "stages" if state.dialect is Dialect.CONTROLLER else "phases"
    yield changed(state, updated_at="2026-04-04T00:00:00.000Z"), [("last_updated",), ("updatedAt",)]
    yield with_phase(state, first.id, status=PhaseStatus.FAILED), [(phases, first.id, "status")]
    if skill:
        yield (
            with_skill(state, first.id, skill.id, status=SkillStatus.SKIPPED, reason="no need", at="then"),
            [("skillExecution", first.id), (phases, first.id, "skills", 0, "status")],
        )
    if state.gates:
        gate = changed(state.gates[0], status=GateStatus.REJECTED, feedback="no", by="ann")
        yield changed(state, gates=(gate, *state.gates[1:])), [("gates", gate.id)]
    yield (
        changed(state, skill_log=(*state.skill_log, SkillRun(skill="x", phase="P", completed_at="t", duration_ms=5))),
        [("skillsUsage", "x"), ("metrics", "skillsInvoked")],
    )
    yield changed(state, effects=(*state.effects, Effect(id="new", kind="push", intent={"a": 1}))), []
    yield changed(state, questions=(*state.questions, Question(id="new", text="Why?"))), []
    yield changed(state, deliverables=(*state.deliverables, Deliverable(name="new.md", size_bytes=3))), []
    yield (
        changed(
            state, failures=(*state.failures, Failure(stage="P", error="e")), failure_count=state.failure_count + 1
        ),
        [("failures", "count")],
    )


@pytest.mark.parametrize("path", WRITABLE, ids=lambda p: f"{p.parent.parent.name}-{p.stem}")
@pytest.mark.parametrize("definition", [None, DEFINITION], ids=["alone", "defined"])
def test_everything_that_is_not_ours_survives(path, definition):
    text = path.read_bytes().decode("utf-8")
    state = read(text, definition)
    for new, ours in steps_of(state):
        after = save(text, state, new)
        assert after != text
        assert differing(read(after, definition), new) == {}
        assert_survived(text, after, ours)
        assert after[len(after.rstrip()) :] == text[len(text.rstrip()) :]
        assert ("context" in parse(after)) is ("context" in parse(text))


def test_a_changed_value_is_the_only_change():
    text = sample("notes-v1.json")
    state = read(text)
    gate = changed(state.gates[1], status=GateStatus.APPROVED)
    after = save(text, state, changed(state, gates=(state.gates[0], gate)))
    assert after == text.replace('"publish-gate": { "status": "pending"', '"publish-gate": { "status": "approved"')
    assert after != text


def test_the_words_of_the_file_are_kept():
    text = sample("notes-v1.json")
    state = read(text)
    draft = changed(state.gates[0], by="", status=GateStatus.PENDING)
    new = with_phase(changed(state, gates=(draft, state.gates[1])), "WRITE", started_at="today")
    after = parse(save(text, state, new))
    assert after["phases"]["WRITE"]["startedAt"] == "today"
    assert "started_at" not in after["phases"]["WRITE"]
    assert "approved_by" not in after["gates"]["draft-gate"]
    assert after["gates"]["draft-gate"]["status"] == "pending"


def test_an_answered_question_takes_along_what_others_wrote_into_it():
    text = sample("release-v2.json")
    state = read(text)
    answered = tuple(
        changed(q, answer="9090", answered_by="ann", answered_at="now") if q.id == "q-port" else q
        for q in state.questions
    )
    after = save(text, state, changed(state, questions=answered))
    table = parse(after)["clarifications"]
    assert [q["id"] for q in table["pending"]] == ["q-tag"]
    assert table["resolved"][0]["asked_in"] == "chat"
    assert '"priority": 1.0, "answer": "9090"' in after
    assert read(after).question("q-port").answered_by == "ann"


def test_a_question_that_was_answered_by_hand_where_it_waits_can_be_taken_out():
    text = sample("release-v2.json")
    table = parse(text)["clarifications"]
    others = [q["id"] for q in table["pending"] if q["id"] != "q-port"]
    by_hand = text.replace('"priority": 1.0', '"priority": 1.0, "answer": "9090"')
    state = read(by_hand)
    assert state.question("q-port").answer == "9090"
    after = save(by_hand, state, changed(state, questions=tuple(q for q in state.questions if q.id != "q-port")))
    assert read(after).question("q-port") is None
    assert [q["id"] for q in parse(after)["clarifications"]["pending"]] == others
    assert parse(after)["clarifications"]["resolved"] == table["resolved"]


def test_a_question_that_is_only_a_text_can_be_answered():
    text = sample("agent.json")
    state = read(text)
    answered = (changed(state.questions[0], answer="eu"),)
    after = save(text, state, changed(state, questions=answered))
    assert parse(after)["clarifications"] == {
        "pending": [],
        "resolved": [{"id": "Which region?", "text": "Which region?", "answer": "eu"}],
    }


def test_counters_of_others_go_on_counting():
    text = sample("release-v2.json")
    state = read(text)
    log = (*state.skill_log, SkillRun(skill="release-planner", phase="INIT", completed_at="t"))
    after = parse(save(text, state, changed(state, skill_log=log)))
    assert after["skillsUsage"] == {"release-planner": 5, "code-verification": 1, "git-workflow": 1, "deploy": 0}
    assert after["metrics"]["skillsInvoked"] == 3


def test_deliverables_by_name_stay_an_object():
    text = sample("agent.json")
    state = read(text)
    seen = changed(state.deliverables[0], sha256="ff")
    new = changed(state, deliverables=(seen, state.deliverables[1], Deliverable(name="more.md", path="m")))
    after = save(text, state, new)
    assert parse(after)["deliverables"] == {
        "PLAN.md": {"path": "docs/PLAN.md", "pages": 3.0, "sha256": "ff"},
        "notes.md": "docs/notes.md",
        "more.md": {"path": "m"},
    }
    assert '"pages": 3.0' in after
    assert read(after).deliverables == new.deliverables


def test_skill_objects_follow():
    text = sample("agent.json")
    state = read(text)
    after = save(text, state, with_skill(state, "SCAFFOLD", "infra-devenv", status=SkillStatus.COMPLETE))
    assert parse(after)["phases"]["SCAFFOLD"]["skills"][1] == {"skill": "infra-devenv", "status": "complete"}
    assert '"cost": 0.10' in after


@pytest.mark.parametrize("name", ["agent.json", "release-v2.json", "notes-v1.json"])
def test_what_is_opened_again_reads_as_open(name):
    """Older entries of the log, complete phases and skill objects must not bring it back."""
    text = sample(name)
    for reader in (None, DEFINITION):
        state = read(text, reader)
        done = state
        for phase in state.phases:
            skills = tuple(changed(s, status=SkillStatus.COMPLETE) for s in phase.skills)
            done = with_phase(done, phase.id, skills=skills, status=PhaseStatus.COMPLETE)
        done_text = save(text, state, done)
        assert all(p.status is PhaseStatus.COMPLETE for p in read(done_text, reader).phases)
        done = read(done_text, reader)
        opened = done
        for phase in done.phases:
            skills = tuple(changed(s, status=SkillStatus.PENDING, at="") for s in phase.skills)
            opened = with_phase(opened, phase.id, skills=skills, status=PhaseStatus.PENDING, completed_at="")
        again = read(save(done_text, done, changed(opened, phase=opened.phases[0].id)), reader)
        assert {s.status for p in again.phases for s in p.skills} == {SkillStatus.PENDING}


def test_pausing_and_stopping_a_controller():
    text = sample("builder.json")
    state = read(text)
    paused = save(text, state, changed(state, status=RunStatus.PAUSED))
    assert read(paused).status is RunStatus.PAUSED
    assert save(paused, read(paused), state) == text
    blocked = changed(state, status=RunStatus.BLOCKED, phase="IMPLEMENT", blocked=Blocked(reason="stuck"))
    after = save(text, state, blocked)
    assert parse(after)["state"] == "BLOCKED"
    assert read(after) == blocked


def test_a_fresh_file_looks_like_the_seeds_and_reads_back():
    state = RunState(
        run="r-1",
        loop="distribution-loop",
        version="2.0.0",
        system="pärcel",
        phase="INIT",
        autonomy=Autonomy.HYBRID,
        phases=tuple(
            PhaseState(id=p.id, skills=tuple(SkillState(id=s.id, required=s.required) for s in p.skills))
            for p in DEFINITION.phases
        ),
        gates=tuple(
            GateState(id=g.id, type=g.type, required=g.required, preapproved_by="ann" if not g.required else "")
            for g in DEFINITION.gates
        ),
        started_at="2026-01-01T00:00:00.000Z",
        updated_at="2026-01-01T00:00:00.000Z",
    )
    text = new_text(state, DEFINITION)
    assert read(text, DEFINITION) == state
    document = parse(text)
    assert list(document) == [
        *("loop", "version", "phase", "status", "autonomy", "executionId", "context"),
        *("gates", "phases", "started_at", "last_updated"),
    ]
    assert document["context"] == {"tier": "system", "organization": "personal", "system": "pärcel", "module": None}
    assert '    "INIT": { "status": "pending", "skills": ["release-planner"] },\n' in text
    assert text.endswith("}\n")
    with pytest.raises(Problem):
        new_text(changed(state, dialect=Dialect.CONTROLLER), DEFINITION)


def test_byte_order_mark_and_line_ends_survive_a_save(tmp_path):
    path = tmp_path / "distribution-state.json"
    data = ("\ufeff" + sample("release-v2.json")).replace("\n", "\r\n").encode("utf-8")
    path.write_bytes(data)
    state, text, _, _ = read_state(path)
    after = save(text, state, changed(state, effects=(*state.effects, Effect(id="n", kind="k")))).encode("utf-8")
    assert after.startswith(b"\xef\xbb\xbf{\r\n")
    assert after.count(b"\n") == after.count(b"\r\n")
    assert Counter(data.split(b"\r\n"))[b'  "leverage_decision": null,'] == 1
    assert b'  "leverage_decision": null,\r\n' in after


def test_why_a_gate_applies_is_written_beside_it_and_taken_out_again():
    text = sample("release-v2.json")
    state = read(text)
    gate = state.gates[0]
    judged = changed(state, gates=(changed(gate, applies="migrations/1.sql changed"), *state.gates[1:]))
    after = save(text, state, judged)
    assert parse(after)["gates"][gate.id]["applies"] == "migrations/1.sql changed"
    assert read(after) == judged
    assert_survived(text, after, [("gates", gate.id)])
    assert read(save(after, judged, state)) == state
    assert "applies" not in parse(save(after, judged, state))["gates"][gate.id]


def test_a_gate_that_does_not_apply_is_written_as_skipped_and_read_by_either_word():
    text = '{"loop": "l", "phases": {"A": {}}, "gates": {"g": {"status": "pending", "theirs": 1}}}'
    state = read(text)
    reason = "not applicable: nothing below migrations/ changed"
    gate = changed(state.gates[0], status=GateStatus.SKIPPED, feedback=reason)
    after = save(text, state, changed(state, gates=(gate,)))
    assert parse(after)["gates"]["g"]["status"] == "skipped"
    assert reason in parse(after)["gates"]["g"].values()
    assert read(after.replace('"skipped"', '"not-applicable"')) == read(after)


# --- whatever a run does is read back as it was written ---------------------------------------------------------------

words = st.text(max_size=8) | st.sampled_from(["[/red]", "\x1b[2J", "\u202e", 'quo"te', "\ud800", "ü"])
times = st.sampled_from(["2026-01-01T00:00:00.000Z", "2026-05-05T05:05:05.500Z"])
checks = st.lists(
    st.builds(
        Check,
        name=st.sampled_from(["build", "test", "lint"]),
        status=st.sampled_from(CheckStatus),
        summary=words,
        exit_code=st.none() | st.integers(-9, 255),
        duration_ms=st.none() | st.integers(0, 10**7),
        tree=st.sampled_from(["", "abc"]),
        at=times,
    ),
    max_size=3,
    unique_by=lambda c: c.name,
).map(tuple)
facts = st.dictionaries(st.text(max_size=4), json_values.filter(lambda v: "Infinity" not in json.dumps(v)
                        and "NaN" not in json.dumps(v)), max_size=3)  # fmt: skip


@st.composite
def step(draw, state):
    """The state after one thing that a run, a person or an agent may bring about."""
    kind = draw(st.integers(0, 15))
    phase = draw(st.sampled_from(state.phases))
    skill = draw(st.sampled_from(phase.skills)) if phase.skills else None
    at = draw(times)
    if kind == 0 and skill and not skill.settled and phase.status is not PhaseStatus.COMPLETE:
        entry = SkillRun(
            skill=skill.id,
            phase=phase.id,
            completed_at=at,
            duration_ms=draw(st.none() | st.integers(0, 9999)),
            reason=draw(words),
            summary=draw(words),
            deliverables=draw(st.lists(st.text(min_size=1, max_size=4), max_size=2, unique=True).map(tuple)),
            checks=draw(checks),
        )
        state = changed(state, skill_log=(*state.skill_log, entry))
        return with_skill(state, phase.id, skill.id, status=SkillStatus.COMPLETE, at=at)
    if kind == 1 and skill and not skill.settled:
        return with_skill(state, phase.id, skill.id, status=SkillStatus.SKIPPED, reason=draw(words) or "why", at=at)
    if kind in (2, 3) and state.gates:
        gate = draw(st.sampled_from(state.gates))
        gate = changed(
            gate,
            status=draw(st.sampled_from(GateStatus)),
            by=draw(words),
            at=draw(times | st.just("")),
            feedback=draw(words),
            preapproved_by=draw(words),
            applies=draw(words),
            checks=draw(checks),
        )
        return changed(state, gates=tuple(gate if g.id == gate.id else g for g in state.gates))
    if kind == 4 and all(s.settled for s in phase.skills):
        return with_phase(state, phase.id, status=PhaseStatus.COMPLETE, completed_at=at)
    if kind == 5:
        skills = tuple(changed(s, status=SkillStatus.PENDING, reason="", at="") for s in phase.skills)
        status = draw(st.sampled_from([PhaseStatus.ACTIVE, PhaseStatus.PENDING]))
        opened = with_phase(state, phase.id, status=status, skills=skills, completed_at="", reopened=draw(words))
        return changed(opened, phase=phase.id)
    if kind == 6 and phase.status is not PhaseStatus.COMPLETE:
        return changed(with_phase(state, phase.id, status=PhaseStatus.ACTIVE, started_at=at), phase=phase.id)
    if kind == 7:
        question = Question(
            id=f"q{len(state.questions)}",
            text=draw(words) or "?",
            skill=draw(words),
            kind=draw(st.sampled_from(QuestionKind)),
            options=draw(st.lists(st.text(min_size=1, max_size=3), max_size=3, unique=True).map(tuple)),
            default=draw(st.none() | words),
            asked_at=at,
        )
        return changed(state, questions=(*state.questions, question))
    if kind == 8 and state.pending_questions:
        asked = draw(st.sampled_from(state.pending_questions))
        answer = MASK if asked.kind is QuestionKind.SECRET else draw(words)
        answered = changed(asked, answer=answer, answered_by=draw(words), answered_at=at)
        rest = [q for q in state.questions if q.id != asked.id]
        return changed(
            state,
            questions=(*(q for q in rest if q.answer is not None), answered, *(q for q in rest if q.answer is None)),
        )
    if kind == 9:
        effect = Effect(id=draw(st.sampled_from("abc")), kind="push", intent=draw(facts), intended_at=at)
        return changed(state, effects=(*(e for e in state.effects if e.id != effect.id), effect))
    if kind == 10 and state.effects:
        effect = changed(draw(st.sampled_from(state.effects)), proof=draw(facts), proven_at=at)
        return changed(state, effects=tuple(effect if e.id == effect.id else e for e in state.effects))
    if kind == 11:
        failure = Failure(stage=phase.id, skill=skill.id if skill else "", error=draw(words), fingerprint="f", at=at)
        return changed(state, failures=(*state.failures, failure), failure_count=state.failure_count + 1)
    if kind == 12:
        failures = tuple(changed(f, resolution="solved", resolved_at=at) for f in state.failures)
        blocked = draw(st.none() | st.builds(Blocked, reason=words, tried=st.lists(words, max_size=3).map(tuple)))
        return changed(state, failures=failures, blocked=blocked, failure_count=draw(st.integers(0, 9)))
    if kind == 13:
        status = draw(st.sampled_from([RunStatus.ACTIVE, RunStatus.PAUSED, RunStatus.BLOCKED, RunStatus.COMPLETE]))
        if status is RunStatus.COMPLETE and state.dialect is Dialect.CONTROLLER:
            status = RunStatus.ACTIVE
        return changed(state, status=status, aborted=draw(st.none() | words), autonomy=draw(st.sampled_from(Autonomy)))
    if kind == 14:
        name = draw(st.sampled_from(["a.md", "b.md", "c.md"]))
        new = Deliverable(name=name, skill=draw(words), path=draw(words), size_bytes=draw(st.integers(0, 99)))
        return changed(state, deliverables=(*(d for d in state.deliverables if d.name != name), new))
    return changed(state, updated_at=at, max_retries=draw(st.integers(0, 5)))


@pytest.mark.parametrize("after", [RunStatus.COMPLETE, RunStatus.PAUSED, RunStatus.ACTIVE])
def test_a_controller_run_that_has_its_last_stage_behind_it_is_over_only_when_it_is(after):
    state = read(sample("builder.json"))
    over = tuple(changed(p, status=PhaseStatus.COMPLETE) for p in state.phases)
    at_its_end = changed(state, phase="COMPLETE", phases=over, status=RunStatus.ACTIVE)
    text = save(sample("builder.json"), state, at_its_end)
    assert read(text).status is RunStatus.ACTIVE
    text = save(text, read(text), changed(read(text), status=after))
    assert read(text).status is after
    assert json.loads(text).get("status") == (None if after is RunStatus.COMPLETE else after.value)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([p for p in FILES if p in WRITABLE and p.parent == SAMPLES]), st.booleans(), st.data())
def test_what_a_run_does_is_read_back(path, defined, data):
    text = path.read_text(encoding="utf-8")
    definition = DEFINITION if defined else None
    original, state = text, read(text, definition)
    for _ in range(data.draw(st.integers(1, 8))):
        new = data.draw(step(state))
        text = save(text, state, new)
        text.encode("utf-8")
        again = read(text, definition)
        assert differing(again, new) == {}
        assert save(text, again, again.model_copy()) == text
        state = again
    kept = Counter(p for p in leaves(original) if is_foreign(p[0]))
    assert kept <= Counter((p, v) for p, v in leaves(text))


_OURS = {
    *("status", "state", "phase", "last_updated", "updatedAt", "autonomy", "gates", "failures", "deliverables"),
    *("skillsUsage", "skillsLog", "metrics", "effects", "clarifications", "skillExecution", "executionId"),
}


def is_foreign(path):
    """True for what no step of a run may touch."""
    if path[0] in ("phases", "stages"):
        return not {"status", "started_at", "startedAt", "completed_at", "completedAt"} & set(path)
    return path[0] not in _OURS


@st.composite
def strange_files(draw):
    """Command files with unknown keys everywhere, in any layout, and what they have to keep."""
    foreign = st.dictionaries(
        st.text(min_size=1, max_size=5).map(lambda k: "x-" + k),
        st.sampled_from(["1.0", "1e5", "-0", '"\\u0041\\/"', "[1.50, {}]", '{"a": 0.10}', "null", "1e400"]),
        max_size=2,
    )

    def members(**known):
        pairs = [(json.dumps(k), v) for k, v in known.items()] + [(json.dumps(k), v) for k, v in draw(foreign).items()]
        return draw(st.permutations(pairs))

    def skills(*names):
        return "[" + ", ".join(f'"{n}"' for n in names) + "]"

    def table(pairs, indent):
        if not pairs:
            return "{}"
        if indent is None:
            return "{" + ", ".join(f"{k}: {v}" for k, v in pairs) + "}"
        lead = "\n" + indent
        return "{" + ",".join(f"{lead}{k}: {v}" for k, v in pairs) + "\n" + indent[: len(indent) // 2] + "}"

    unit = draw(st.sampled_from([None, "", " ", "  ", "\t", "    "]))
    inner = None if unit is None or draw(st.booleans()) else unit * 2
    phase_a = table(members(status='"active"', skills=skills("s1", "s2")), None)
    phase_b = table(members(status='"pending"', skills=skills("s3")), None)
    gate = table(members(status='"pending"', required="true"), None)
    known = {
        "loop": '"strange-loop"',
        "phase": '"A"',
        "status": '"active"',
        "phases": table([('"A"', phase_a), ('"B"', phase_b)], inner),
        "gates": table([('"g"', gate)], inner),
    }
    if draw(st.booleans()):
        known["context"] = table(members(system='"s"'), None)
    if draw(st.booleans()):
        known["skillExecution"] = "{}"
    return table(members(**known), unit) + draw(st.sampled_from(["", "\n"]))


@settings(max_examples=60, deadline=None)
@given(strange_files(), st.data())
def test_unknown_keys_survive_in_any_layout(text, data):
    state = read(text)
    assert save(text, state, RunState.model_validate(state.model_dump())) == text
    before = leaves(text)
    for _ in range(data.draw(st.integers(1, 4))):
        new = data.draw(step(state))
        text = save(text, state, new)
        assert differing(read(text), new) == {}
        state = new
    foreign = [p for p in before if any(isinstance(k, str) and k.startswith("x-") for k in p[0])]
    assert [p for p in leaves(text) if p in foreign] == foreign


def test_of_two_entries_that_say_the_same_one_can_be_changed() -> None:
    """What is not said any more goes from the changed one; the other stays as it was written."""
    entry = {"skill": "a", "phase": "INIT", "status": "active", "reason": "halfway", "deliverables": ["old.md"]}
    phases = {"INIT": {"status": "active", "skills": ["a"]}}
    document = {"loop": "l", "phase": "INIT", "status": "active", "phases": phases, "skillsLog": [entry, entry]}
    text = json.dumps(document, indent=2)
    state = load(parse(text))
    done = state.skill_log[1].model_copy(
        update={"status": SkillStatus.COMPLETE, "summary": "", "deliverables": (), "completed_at": "then"}
    )
    saved = save(text, state, state.model_copy(update={"skill_log": (state.skill_log[0], done)}))
    assert load(parse(saved)).skill_log == (state.skill_log[0], done)
    assert json.loads(saved)["skillsLog"][0] == entry


def test_the_reason_of_an_invocation_is_kept_beside_what_it_found() -> None:
    entry = {
        "skill": "release-planner",
        "phase": "INIT",
        "reason": "asked for by Ada",
        "status": "active",
        "startedAt": "t",
        "cost": 1.0,
    }
    phases = {"INIT": {"status": "active", "skills": ["release-planner"]}}
    text = json.dumps({"loop": "distribution-loop", "phase": "INIT", "phases": phases, "skillsLog": [entry]})
    state = read(text)
    assert (state.skill_log[0].reason, state.skill_log[0].summary) == ("asked for by Ada", "")
    event = stamper("r", lambda: datetime.now(UTC))(changes.skill_completed("INIT", "release-planner", summary="0.8.0"))
    done = apply(state, event, DEFINITION)
    saved = save(text, state, done)
    written = parse(saved)["skillsLog"][0]
    assert (written["reason"], written["summary"], written["cost"]) == ("asked for by Ada", "0.8.0", 1.0)
    assert differing(read(saved), done) == {}


def test_why_a_phase_is_open_again_is_written_and_read() -> None:
    for name in ("notes-v1.json", "builder.json"):
        text = sample(name)
        state = read(text)
        again = with_phase(state, state.phases[0].id, reopened="changes requested: more")
        saved = save(text, state, again)
        assert differing(read(saved), again) == {}
        assert "changes requested" not in save(saved, again, state)


@pytest.mark.parametrize("word", ["oracle", "", 7, None, ["confirm"]])
def test_a_kind_of_question_that_is_none_leaves_the_answer_free(word: object) -> None:
    told = {"id": "q", "text": "?", "kind": word}
    (found,) = read_questions({"clarifications": {"pending": [told], "resolved": []}})
    assert found.kind is QuestionKind.TEXT
