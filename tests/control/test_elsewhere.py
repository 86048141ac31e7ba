"""A run that somebody else drives: it is answered and no more; a person adopts it, and definitions, by one yes."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loop_tui.control.adoption import adopt, adopt_definition, adoption_of
from loop_tui.control.answers import AnswerKeeper
from loop_tui.control.client import RunClient
from loop_tui.control.run_definition import definition_of
from loop_tui.control.waiting import Outcome, Waiting
from loop_tui.engine import changes
from loop_tui.model.evidence import Check
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import GateState, RunState
from loop_tui.model.status import CheckStatus, GateStatus
from loop_tui.storage.state.store import Store
from tests.tui.launching import Started
from tests.tui.runs import PLAN, Run, human_gate

LOOP = "infra-loop"
AGENTS = {
    "loop": LOOP,
    "version": "2.0.0",
    "phase": "SCAFFOLD",
    "status": "active",
    "executionId": "agent-1",
    "agent": {"model": "m", "notes": ["keep", 1.50]},
    "context": {"system": "widget", "module": None},
    "gates": {"infra-gate": {"status": "pending", "required": False, "approvalType": "auto", "mine": True}},
    "phases": {
        "INIT": {"status": "complete", "skills": ["requirements"]},
        "SCAFFOLD": {
            "status": "complete",
            "skills": ["scaffold", "infra-devenv"],
            "completed_at": "2026-01-02T03:00:00Z",
        },
        "IMPLEMENT": {"status": "pending", "skills": ["infra-docker"]},
    },
    "skillsLog": [{"skill": "scaffold", "phase": "SCAFFOLD", "status": "complete"}],
    "last_updated": "2026-01-02T03:00:00Z",
}
ANSWER_KEYS = {"status", "approvedBy", "approvedAt", "decision", "approvalReason", "approvalOf"}
FEEDBACK_KEYS = {"feedback", "feedbackAt", "feedbackBy"}


class Starts:
    def __init__(self) -> None:
        self.loops: list[str] = []

    def __call__(self, project: Path, loop: str) -> int:
        self.loops.append(loop)
        return 4711


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project of an agent whose infra gate waits."""
    (tmp_path / "infra-state.json").write_text(json.dumps(AGENTS, indent=4))
    (tmp_path / PLAN).write_text("# Plan\n")
    return tmp_path


def store_of(project: Path) -> Store:
    return Store(project, LOOP, definition=definition_of(project, LOOP).definition)


def client_of(project: Path, starts: Starts | None = None) -> RunClient:
    return RunClient(store_of(project), Started(starts or Starts()), "ann")


def document(project: Path) -> dict[str, Any]:
    return json.loads((project / "infra-state.json").read_text())  # type: ignore[no-any-return]


def state_of(project: Path) -> RunState:
    loaded = store_of(project).load()
    assert loaded is not None
    return loaded.state


def gate_of(project: Path, name: str = "infra-gate") -> GateState:
    found = state_of(project).gate(name)
    assert found is not None
    return found


def without(found: dict[str, Any], keys: set[str]) -> dict[str, Any]:
    """The document without what an answer is about."""
    gates = {name: {k: v for k, v in table.items() if k not in keys} for name, table in found["gates"].items()}
    return {**found, "gates": gates, "gateHistory": None}


ANSWERS: dict[str, tuple[Callable[[RunClient], object], set[str]]] = {
    "approve": (lambda client: client.approve("infra-gate"), ANSWER_KEYS),
    "changes": (lambda client: client.request_changes("more, please"), ANSWER_KEYS | FEEDBACK_KEYS),
    "reject": (lambda client: client.reject(), ANSWER_KEYS),
}


@pytest.mark.parametrize(("say", "keys"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_writes_the_answer_and_nothing_more(
    project: Path, say: Callable[[RunClient], object], keys: set[str]
) -> None:
    starts = Starts()
    client = client_of(project, starts)
    committed = say(client)
    assert without(document(project), keys) == without(AGENTS, keys)
    assert document(project)["gateHistory"][0]["by"] == "ann"
    assert client.start(committed.state).elsewhere == "it has no owner record"  # type: ignore[attr-defined]
    assert starts.loops == []


def test_a_waiting_agent_learns_of_changes(project: Path) -> None:
    client_of(project).request_changes("name the region")
    gate = document(project)["gates"]["infra-gate"]
    assert (gate["status"], gate["decision"], gate["feedback"]) == ("rejected", "changes", "name the region")
    assert (gate["feedbackBy"], gate["approvalType"], gate["required"]) == ("ann", "auto", False)


def test_pausing_asks_its_driver_and_writes_one_word(project: Path) -> None:
    client_of(project).pause()
    assert {**document(project), "status": "active"} == AGENTS


@pytest.mark.parametrize(
    "say",
    [
        lambda client: client.go(),
        lambda client: client.skip("infra-docker", "not now"),
        lambda client: client.jump("INIT"),
        lambda client: client.complete("infra-docker"),
        lambda client: client.abort("no more"),
        lambda client: client.claim("infra-docker"),
    ],
)
def test_what_drives_it_is_refused(project: Path, say: Callable[[RunClient], object]) -> None:
    before = (project / "infra-state.json").read_bytes()
    with pytest.raises(Problem, match="this run is driven elsewhere") as refused:
        say(client_of(project))
    assert refused.value.code is Code.ELSEWHERE
    assert (project / "infra-state.json").read_bytes() == before


def test_a_gate_without_its_document_is_not_approved_silently(project: Path) -> None:
    (project / PLAN).write_text("")
    with pytest.raises(Problem, match=f"{PLAN} is missing or empty"):
        client_of(project).approve("infra-gate")
    client_of(project).approve("infra-gate", "it is in the wiki")
    assert document(project)["gates"]["infra-gate"]["approvalReason"] == "it is in the wiki"


def test_either_name_of_a_document_counts(project: Path) -> None:
    (project / PLAN).rename(project / "INFRA-PLAN.md")
    client_of(project).approve("infra-gate")
    assert gate_of(project).status is GateStatus.APPROVED


# --- adopting


def _evidence(found: dict[str, Any]) -> None:
    found["gates"] |= {
        "infra-gate": {"status": "approved", "approvedBy": "bob", "approvalType": "human"},
        "other-gate": {"status": "approved", "approvedBy": "checks", "approvalType": "auto"},
    }
    checks = [{"name": "build", "status": "passed"}]
    found["skillsLog"].append({"skill": "infra-devenv", "phase": "SCAFFOLD", "status": "complete", "checks": checks})
    found["effects"] = [{"id": "push-1", "kind": "push", "intent": {"sha": "a"}, "proof": {"sha": "a"}}]


def test_what_an_adopted_run_brings_along_was_not_seen(project: Path) -> None:
    found = document(project)
    _evidence(found)
    (project / "infra-state.json").write_text(json.dumps(found))
    asked = adoption_of(store_of(project))
    assert asked is not None
    said = "\n".join(asked.lines())
    assert "not your run: it has no owner record" in said
    assert "approvals stated, not verified: infra-gate by bob" in said
    assert "1 check reported; 1 proof to be verified again" in said
    adopt(store_of(project), "ann")
    state = state_of(project)
    assert store_of(project).ours(state.run)
    gate = gate_of(project)
    assert (gate.status, gate.stated) == (GateStatus.APPROVED, True)
    assert gate_of(project, "other-gate").status is GateStatus.PENDING
    assert [c.reported_by for e in state.skill_log for c in e.checks] == ["the state file"]
    effect = state.effect("push-1")
    assert effect is not None
    assert (effect.proof, effect.intent) == (None, {"sha": "a"})
    assert document(project)["agent"] == AGENTS["agent"]
    assert adoption_of(store_of(project)) is None


def test_adopting_gives_a_run_without_an_id_one(project: Path) -> None:
    found = document(project)
    del found["executionId"]
    (project / "infra-state.json").write_text(json.dumps(found))
    adopt(store_of(project), "ann")
    assert store_of(project).ours(state_of(project).run)


def test_what_is_missing_here_is_said_before_the_yes(project: Path) -> None:
    found = document(project)
    found["deliverables"] = [{"name": "ADR.md"}, {"name": PLAN}]
    (project / "infra-state.json").write_text(json.dumps(found))
    asked = adoption_of(store_of(project))
    assert asked is not None
    assert asked.missing == ("ADR.md",)


# --- a run goes by its own copy


def own_loop(project: Path, text: str) -> None:
    folder = project / ".loops"
    folder.mkdir(exist_ok=True)
    (folder / "infra-loop.toml").write_text(text)


def shipped() -> str:
    from loop_tui.fs.shipped import shipped_folder

    return (shipped_folder("loops") / "infra-loop.toml").read_text()


def begun(tmp_path: Path) -> Run:
    return human_gate(tmp_path)


def test_a_gate_that_is_taken_out_of_the_file_still_waits(tmp_path: Path) -> None:
    run = begun(tmp_path)
    text = shipped()
    own_loop(tmp_path, text[: text.index("[[gates]]")])
    known = definition_of(tmp_path, LOOP)
    assert (known.ours, known.definition, known.trust) == (True, run.definition, None)
    assert known.newer == "2 gates fewer"
    starts = Starts()
    client = RunClient(store_of(tmp_path), Started(starts), "ann")
    assert client.start(run.state).waits == "infra-gate waits for a person"
    assert starts.loops == []


@pytest.mark.parametrize("name", ["deploy-gate", "infra-gate"])
def test_a_wait_for_a_gate_that_an_adopted_definition_calls_otherwise_ends(tmp_path: Path, name: str) -> None:
    begun(tmp_path)
    waiting = Waiting(client_of(tmp_path), name)
    own_loop(tmp_path, shipped().replace('"deploy-gate"', '"release-gate"'))
    trust(tmp_path)
    assert waiting.look() is None
    assert adopt_definition(store_of(tmp_path), "ann")
    found = waiting.look()
    if name == "infra-gate":
        assert found is None
    else:
        assert found is not None
        assert found.outcome is Outcome.OVER
        assert found.text.endswith("no gate of that name; it has: infra-gate, release-gate")


def test_a_definition_that_drops_a_waiting_gate_is_not_adopted(tmp_path: Path) -> None:
    begun(tmp_path)
    text = shipped()
    own_loop(tmp_path, text[: text.index("[[gates]]")])
    trust(tmp_path)
    with pytest.raises(Problem, match="removes infra-gate"):
        adopt_definition(store_of(tmp_path), "ann")
    assert definition_of(tmp_path, LOOP).newer == "2 gates fewer"
    client_of(tmp_path).approve("infra-gate")
    with pytest.raises(Problem, match="removes infra-gate, which is waiting or was approved by a person"):
        adopt_definition(store_of(tmp_path), "ann")


def trust(project: Path) -> None:
    from loop_tui.control.trust import agree, trust_needed

    found = definition_of(project, LOOP).found
    assert found is not None
    ask = trust_needed(project, found)
    if ask is not None:
        agree(project, ask)


def test_a_newer_definition_is_adopted_by_an_event_and_needs_trust(tmp_path: Path) -> None:
    run = begun(tmp_path)
    text = shipped().replace('{ id = "infra-docker"', '{ id = "infra-extra" },\n  { id = "infra-docker"')
    own_loop(tmp_path, text)
    assert definition_of(tmp_path, LOOP).newer == "1 skill more"
    with pytest.raises(Problem) as refused:
        adopt_definition(store_of(tmp_path), "ann")
    assert refused.value.code is Code.NOT_TRUSTED
    trust(tmp_path)
    committed = adopt_definition(store_of(tmp_path), "ann")
    assert committed is not None
    (event,) = committed.events
    assert (event.action, event.context["differences"]) == ("definition-adopted", "1 skill more")
    known = definition_of(tmp_path, LOOP)
    assert (known.ours, known.newer) == (True, "")
    phase = state_of(tmp_path).phase_state("IMPLEMENT")
    assert phase is not None
    assert phase.skills[0].id == "infra-extra"
    assert adopt_definition(store_of(tmp_path), "ann") is None, "it may be said again"
    assert run.definition != known.definition


def test_a_clone_of_a_run_goes_by_nothing_that_it_brought(tmp_path: Path) -> None:
    """A copied run folder with a weaker definition in it, and the state file: as a hostile repository brings them."""
    run = begun(tmp_path / "mine")
    clone = tmp_path / "clone"
    shutil.copytree(run.project, clone)
    weak = clone / ".loop" / LOOP / "definition.json"
    weak.write_text(json.dumps({**json.loads(weak.read_text()), "gates": []}))
    known = definition_of(clone, LOOP)
    assert not known.ours
    assert [gate.id for gate in known.definition.gates] == ["infra-gate", "deploy-gate"]
    asked = adoption_of(store_of(clone))
    assert asked is not None
    assert "another folder" in asked.why


def test_on_another_machine_the_catalogs_definition_counts_and_a_difference_is_said(tmp_path: Path) -> None:
    run = begun(tmp_path / "mine")
    there = tmp_path / "there"
    there.mkdir()
    shutil.copy(run.store.path, there)
    asked = adoption_of(store_of(there))
    assert asked is not None
    assert asked.definition == ""
    assert asked.missing == ("REQUIREMENTS.md",)
    own_loop(there, shipped().replace('{ id = "infra-docker"', '{ id = "infra-extra" },\n  { id = "infra-docker"'))
    trust(there)
    asked = adoption_of(store_of(there))
    assert asked is not None
    assert "another definition" in asked.definition
    adopt(store_of(there), "ann")
    assert store_of(there).ours("run-1")


def test_a_run_goes_on_though_its_definition_is_gone_or_broken(tmp_path: Path) -> None:
    from loop_tui.control.trust import agree
    from tests.tui.runs import new_run

    folder = tmp_path / ".loops"
    folder.mkdir()
    (folder / "mine.toml").write_text('id = "mine-loop"\n[[phases]]\nid = "ONLY"\nskills = [{ id = "t" }]\n')
    ask = definition_of(tmp_path, "mine-loop").trust
    assert ask is not None
    agree(tmp_path, ask)
    run = new_run(tmp_path, "mine-loop")
    for text in ("id = ", None):
        if text is None:
            (folder / "mine.toml").unlink()
        else:
            (folder / "mine.toml").write_text(text)
        known = definition_of(tmp_path, "mine-loop")
        assert (known.ours, known.found, known.definition) == (True, None, run.definition)
    client = RunClient(Store(tmp_path, "mine-loop", definition=run.definition), Started(Starts()), "ann")
    assert client.abort("no more").state.aborted == "no more"


def test_a_check_that_is_reported_says_by_whom(tmp_path: Path) -> None:
    run = begun(tmp_path)
    client = RunClient(store_of(tmp_path), Started(Starts()), "agent")
    client.approve("infra-gate")
    client.claim("infra-docker", "IMPLEMENT")
    run.tell(changes.phase_entered("IMPLEMENT"))
    client.complete("infra-docker", checks=[Check(name="up", status=CheckStatus.PASSED)])
    entry = state_of(tmp_path).skill_log[-1]
    assert [(c.name, c.reported_by) for c in entry.checks] == [("up", "agent")]
    assert state_of(tmp_path).claims == ()


def test_the_document_of_a_gate_is_looked_at_though_nobody_recorded_it(project: Path) -> None:
    from loop_tui.control.run_reader import RunReader

    (project / PLAN).rename(project / "INFRA-PLAN.md")
    reader = RunReader(project, LOOP)
    reader.open()
    shot = reader.look()
    assert [(d.name, d.path) for d in shot.deliverables] == [(PLAN, "INFRA-PLAN.md")]
    (project / "INFRA-PLAN.md").unlink()
    assert reader.look().deliverables == ()


def test_a_required_gate_that_somebody_skipped_is_asked_when_the_run_is_adopted(project: Path) -> None:
    found = document(project)
    found["gates"]["infra-gate"] = {"status": "skipped", "approvedBy": "agent", "approvalType": "auto"}
    (project / "infra-state.json").write_text(json.dumps(found))
    adopt(store_of(project), "ann")
    assert gate_of(project).status is GateStatus.PENDING


def test_an_approval_under_another_type_is_told_before_the_yes(project: Path) -> None:
    found = document(project)
    found["gates"]["infra-gate"] = {"status": "approved", "approvedBy": "alice", "approvalType": "auto"}
    (project / "infra-state.json").write_text(json.dumps(found))
    asked = adoption_of(store_of(project))
    assert asked is not None
    assert "infra-gate by alice" in "\n".join(asked.lines())


def test_what_was_approved_on_another_document_is_asked_again(tmp_path: Path) -> None:
    run = begun(tmp_path / "mine")
    client_of(run.project).approve("infra-gate")
    copied = tmp_path / "copy"
    shutil.copytree(run.project, copied)
    (copied / PLAN).write_text("# Another plan\n")
    asked = adoption_of(store_of(copied))
    assert asked is not None
    assert asked.changed == ("infra-gate",)
    adopt(store_of(copied), "ann")
    assert gate_of(copied).status is GateStatus.PENDING


def test_a_definition_that_orders_phases_around_a_waiting_gate_is_not_adopted(tmp_path: Path) -> None:
    begun(tmp_path)
    text = shipped()
    first, start = text.index("[[phases]]"), text.index('[[phases]]\nid = "SHIP"')
    end = text.index('[[phases]]\nid = "COMPLETE"')
    own_loop(tmp_path, text[:first] + text[start:end] + text[first:start] + text[end:])
    trust(tmp_path)
    assert "a different order of phases" in definition_of(tmp_path, LOOP).newer
    with pytest.raises(Problem, match="removes infra-gate"):
        adopt_definition(store_of(tmp_path), "ann")


def test_an_older_owner_record_brings_no_older_definition_back(tmp_path: Path) -> None:
    run = begun(tmp_path)
    older = (run.store.run_dir / "owner.json").read_bytes()
    own_loop(tmp_path, shipped().replace('{ id = "infra-docker"', '{ id = "infra-extra" },\n  { id = "infra-docker"'))
    trust(tmp_path)
    assert adopt_definition(store_of(tmp_path), "ann") is not None
    new = definition_of(tmp_path, LOOP).definition
    (run.store.run_dir / "owner.json").write_bytes(older)
    assert definition_of(tmp_path, LOOP).definition == new


def test_an_answer_that_is_copied_in_the_journal_is_no_second_one(tmp_path: Path) -> None:
    run = begun(tmp_path)
    client_of(tmp_path).approve("infra-gate")
    journal = run.store.run_dir / "journey-log.jsonl"
    line = next(line for line in journal.read_text().splitlines() if '"approved"' in line)
    run.tell(changes.phase_reopened("SCAFFOLD", "ann"))
    for skill in ("scaffold", "infra-devenv"):
        run.tell(changes.skill_completed("SCAFFOLD", skill))
    run.tell(changes.phase_completed("SCAFFOLD"))
    client_of(tmp_path).reject("infra-gate")
    later = {**json.loads(line), "timestamp": "2099-01-01T00:00:00.000Z"}
    with journal.open("a") as file:
        file.write(f"{line}\n{json.dumps(later)}\n")
    found = document(tmp_path)
    found["gates"]["infra-gate"] = {"status": "pending", "required": True, "approvalType": "human"}
    (tmp_path / "infra-state.json").write_text(json.dumps(found))
    AnswerKeeper(store_of(tmp_path)).keep()
    assert gate_of(tmp_path).status is not GateStatus.APPROVED


def test_a_document_that_changed_is_seen_by_whoever_says_something_next(tmp_path: Path) -> None:
    """No driver is there while people and agents work by hand."""
    run = begun(tmp_path)
    client_of(tmp_path).approve("infra-gate")
    run.tell(changes.phase_entered("IMPLEMENT"))
    (tmp_path / PLAN).write_text("# Another plan\n")
    with pytest.raises(Problem, match="belongs to IMPLEMENT"):
        client_of(tmp_path).complete("infra-docker")
    assert gate_of(tmp_path).status is GateStatus.PENDING
    assert state_of(tmp_path).gate_history[-1].decision == "voided"
