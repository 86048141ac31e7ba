"""Whose a run is, and what is believed of its file: forged evidence, owners, approvals and copies (SPEC 3 and 4)."""

import contextlib
import json
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loop_tui.engine import changes
from loop_tui.engine.begin import fresh_state
from loop_tui.engine.transaction import always, step
from loop_tui.fs.homes import data_dir
from loop_tui.model.definition import GateDefinition, LoopDefinition, PhaseDefinition, SkillDefinition
from loop_tui.model.events import Change
from loop_tui.model.evidence import Check, Effect
from loop_tui.model.problem import Problem
from loop_tui.model.state import RunState
from loop_tui.model.status import CheckStatus, GateStatus, GateType, PhaseStatus, RunStatus
from loop_tui.ports import Committed
from loop_tui.storage.state.leases import current
from loop_tui.storage.state.owner import OWNER_NAME
from loop_tui.storage.state.store import Store
from loop_tui.storage.user.key import key_file, own_key

from .samples_store import STARTED

LOOP = LoopDefinition(
    id="owned-loop",
    phases=(
        PhaseDefinition(id="PLAN", skills=(SkillDefinition(id="plan"),)),
        PhaseDefinition(id="VERIFY", skills=(SkillDefinition(id="verify"),)),
    ),
    gates=(
        GateDefinition(id="plan-gate", after="PLAN"),
        GateDefinition(id="checks-gate", after="VERIFY", type=GateType.AUTO, checks=("test",)),
    ),
)
Document = dict[str, Any]


def begun(project: Path) -> Store:
    """A run of ours: its plan approved, a check that failed, an effect that was proven."""
    project.mkdir(parents=True, exist_ok=True)
    store = Store(project, LOOP.id, definition=LOOP)
    store.create(fresh_state(LOOP, run="run-1", system="w", at=""), STARTED)
    red = Check(name="test", status=CheckStatus.FAILED, summary="1 failed", tree="t1")
    for change in (
        changes.phase_entered("PLAN"),
        changes.skill_completed("PLAN", "plan"),
        changes.phase_completed("PLAN"),
        changes.gate_approved("plan-gate", "ann"),
        changes.phase_entered("VERIFY"),
        changes.effect_intended(Effect(id="push-1", kind="push", intent={"sha": "abc"})),
        changes.effect_proven("push-1", {"sha": "abc"}),
        changes.skill_completed("VERIFY", "verify", checks=[red]),
    ):
        assert isinstance(store.transact(step(LOOP, always(change))), Committed), change
    return store


def reopened(store: Store) -> Store:
    return Store(store.project, LOOP.id, definition=LOOP)


def state_of(store: Store) -> RunState:
    loaded = reopened(store).load()
    assert loaded is not None
    return loaded.state


def edit(store: Store, change: Callable[[Document], object]) -> RunState:
    """Write the file as somebody does who knows nothing of stores, and give what is believed of it."""
    document = json.loads(store.path.read_text())
    change(document)
    store.path.write_text(json.dumps(document, indent=2))
    state, known = state_of(store), store.load()
    # Whoever knows what was believed before believes no more of it now.
    assert known is not None
    assert known.state == state
    return state


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return begun(tmp_path / "project")


def gate(state: RunState, name: str) -> Any:
    found = state.gate(name)
    assert found is not None
    return found


# --- what we wrote is believed


def test_what_we_wrote_is_ours(store: Store) -> None:
    state = state_of(store)
    assert reopened(store).ours("run-1")
    assert reopened(store).owner().definition == LOOP
    assert gate(state, "plan-gate").status is GateStatus.APPROVED
    assert state.own_checks_of("VERIFY")[0].status is CheckStatus.FAILED
    assert state.effect("push-1").proven  # type: ignore[union-attr]


def test_the_key_is_private_and_is_made_once() -> None:
    key = own_key()
    assert own_key() == key
    assert stat.S_IMODE(key_file().stat().st_mode) == 0o600
    assert key_file().parent == data_dir()


def test_a_key_that_is_none_is_said_and_not_replaced() -> None:
    key_file().parent.mkdir(parents=True, exist_ok=True)
    key_file().write_text("not a key\n")
    with pytest.raises(Problem, match="not a key of loop-tui"):
        own_key()
    assert key_file().read_text() == "not a key\n"


# --- forged evidence


def _approve(document: Document) -> None:
    document["gates"]["checks-gate"] |= {"status": "approved", "approvedBy": "checks", "decision": "approved"}


def _green(document: Document) -> None:
    for entry in document["skillsLog"]:
        for check in entry.get("checks", []):
            check["status"] = "passed"


def _another_green(document: Document) -> None:
    checks = [{"name": "test", "status": "passed", "tree": "t1"}]
    document["skillsLog"].append({"skill": "verify", "phase": "VERIFY", "status": "complete", "checks": checks})


def test_an_approval_by_hand_is_a_request(store: Store) -> None:
    found = gate(edit(store, _approve), "checks-gate")
    assert (found.status, found.request) == (GateStatus.PENDING, "approved by checks")


def test_another_approval_does_not_lend_its_code(store: Store) -> None:
    def lend(document: Document) -> None:
        document["gates"]["checks-gate"] = dict(document["gates"]["plan-gate"])

    assert gate(edit(store, lend), "checks-gate").status is GateStatus.PENDING


def test_an_approval_that_was_changed_is_a_request(store: Store) -> None:
    found = gate(edit(store, lambda d: d["gates"]["plan-gate"].update(approvedBy="bob")), "plan-gate")
    assert (found.status, found.request) == (GateStatus.PENDING, "approved by bob")


def test_a_gate_that_is_named_by_hand_does_not_pass_by_itself(store: Store) -> None:
    found = gate(edit(store, lambda d: d["gates"]["checks-gate"].update(preapprovedBy="ann")), "checks-gate")
    assert (found.preapproved_by, found.request) == ("", "named by ann")


@pytest.mark.parametrize("forge", [_green, _another_green])
def test_a_check_by_hand_ran_nowhere(store: Store, forge: Callable[[Document], None]) -> None:
    state = edit(store, forge)
    assert not any(check.passed for check in state.own_checks_of("VERIFY"))
    assert state.checks_of("VERIFY")[-1].reported_by == "the state file"


def test_a_proof_by_hand_was_seen_by_nobody(store: Store) -> None:
    state = edit(store, lambda d: d["effects"][0].update(proof={"sha": "another"}))
    effect = state.effect("push-1")
    assert effect is not None
    assert (effect.proof, effect.intent) == (None, {"sha": "abc"})


def test_where_an_archive_goes_is_not_for_others_to_say(store: Store) -> None:
    intent = {"path": "/somewhere/else.json"}
    state = edit(store, lambda d: d["effects"].append({"id": "archive", "kind": "archive", "intent": intent}))
    assert state.effect("archive") is None
    assert state_of(store).effect("push-1").proven, "what we meant and saw stands"  # type: ignore[union-attr]


def test_a_run_is_not_complete_because_its_file_says_so(store: Store) -> None:
    def end(document: Document) -> None:
        document["status"] = "complete"
        document["phases"]["VERIFY"]["status"] = "complete"

    state = edit(store, end)
    assert state.status is RunStatus.ACTIVE
    assert state.phase_state("VERIFY").status is PhaseStatus.COMPLETE  # type: ignore[union-attr]


def test_what_is_not_believed_stays_in_the_file_as_it_was(store: Store) -> None:
    edit(store, _another_green)
    before = json.loads(store.path.read_text())
    outcome = reopened(store).transact(step(LOOP, always(changes.paused("ann"))))
    assert isinstance(outcome, Committed)
    after = json.loads(store.path.read_text())
    assert after["skillsLog"] == before["skillsLog"]
    assert after["gates"] == before["gates"]


# --- forged owners, copies, moves


def test_a_run_without_a_record_is_elsewhere(store: Store) -> None:
    (store.run_dir / OWNER_NAME).unlink()
    assert not reopened(store).ours("run-1")
    assert reopened(store).owner().found == "it has no owner record"


def test_the_record_of_another_run_is_not_that_of_this_one(store: Store) -> None:
    assert edit(store, lambda d: d.update(executionId="run-2")).run == "run-2"
    assert not reopened(store).ours("run-2")


@pytest.mark.parametrize("copies", [shutil.copytree, shutil.move])
def test_a_copied_or_moved_folder_is_elsewhere(store: Store, tmp_path: Path, copies: Callable[..., object]) -> None:
    copies(store.project, tmp_path / "other")
    other = Store(tmp_path / "other", LOOP.id, definition=LOOP)
    assert not other.ours("run-1")
    assert "another folder" in other.owner().found


def test_a_folder_that_is_reached_by_a_link_is_the_same(store: Store, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(store.project)
    assert Store(tmp_path / "link", LOOP.id, definition=LOOP).ours("run-1")


def test_another_user_owns_nothing_of_it(store: Store) -> None:
    key_file().unlink()
    own_key()
    assert "key of another user" in reopened(store).owner().found


def test_a_record_that_somebody_wrote_is_worth_nothing(store: Store) -> None:
    path = store.run_dir / OWNER_NAME
    record = json.loads(path.read_text())
    path.write_text(json.dumps({**record, "by": "mallory"}))
    assert "was changed" in reopened(store).owner().found
    path.write_text("{")
    assert "cannot be read" in reopened(store).owner().found


def test_a_changed_copy_of_the_definition_does_not_count(store: Store) -> None:
    path = store.run_dir / "definition.json"
    weak = json.loads(path.read_text())
    weak["gates"] = []
    path.write_text(json.dumps(weak))
    assert not reopened(store).ours("run-1")
    assert "definition" in reopened(store).owner().found


@pytest.mark.parametrize("name", [OWNER_NAME, "definition.json"])
def test_a_link_in_the_place_of_a_file_is_no_file(store: Store, tmp_path: Path, name: str) -> None:
    path = store.run_dir / name
    shutil.move(path, tmp_path / name)
    path.symlink_to(tmp_path / name)
    assert not reopened(store).ours("run-1")


def test_what_somebody_wrote_beside_our_decision_does_not_undo_it(store: Store) -> None:
    """Their keys are part of what the code is about: a decision of ours takes the place of all that they said there."""

    def name(document: Document) -> None:
        document["gates"]["checks-gate"] |= {"preapprovedBy": "ann", "stated": True, "approvalOf": {"gate": "x"}}

    edit(store, name)
    for change in (
        changes.phase_completed("VERIFY"),
        changes.gate_approved("checks-gate", "ann", reason="it will do"),
    ):
        assert isinstance(reopened(store).transact(step(LOOP, always(change))), Committed), change
    found = gate(state_of(store), "checks-gate")
    assert (found.status, found.by, found.preapproved_by, found.stated) == (GateStatus.APPROVED, "ann", "", False)


def test_a_check_does_not_lend_its_code_to_another_skill(store: Store) -> None:
    """What passed in one phase is no evidence in another, however much the same its words are."""
    green = Check(name="test", status=CheckStatus.PASSED, summary="ok", tree="t1")
    done = changes.skill_checked("PLAN", "plan", [green])
    assert isinstance(reopened(store).transact(step(LOOP, always(done))), Committed)

    def copy(document: Document) -> None:
        lent = dict(document["skillsLog"][-1])
        document["skillsLog"].append({**lent, "skill": "verify", "phase": "VERIFY"})

    state = edit(store, copy)
    assert [c.passed for c in state.own_checks_of("PLAN")] == [True]
    assert [c.passed for c in state.own_checks_of("VERIFY")] == [False]


def said(store: Store, *wanted: Change) -> None:
    for change in wanted:
        assert isinstance(reopened(store).transact(step(LOOP, always(change))), Committed), change


def plan_again(store: Store) -> None:
    said(store, changes.phase_reopened("PLAN", "ann"), changes.skill_completed("PLAN", "plan"))
    said(store, changes.phase_completed("PLAN"))


@pytest.mark.parametrize("whole", [True, False], ids=["the file", "the gate"])
def test_an_approval_that_was_taken_back_does_not_come_back_with_an_older_file(store: Store, whole: bool) -> None:
    older = store.path.read_bytes()
    plan_again(store)
    if whole:
        store.path.write_bytes(older)
        state = state_of(store)
    else:
        gate_then = json.loads(older)["gates"]["plan-gate"]
        state = edit(store, lambda d: d["gates"].update({"plan-gate": gate_then}))
    found = gate(state, "plan-gate")
    assert (found.status, found.request) == (GateStatus.PENDING, "approved by ann")


def test_an_approval_that_was_given_again_holds(store: Store) -> None:
    plan_again(store)
    said(store, changes.gate_approved("plan-gate", "bob"))
    assert gate(state_of(store), "plan-gate").by == "bob"


def test_how_much_is_asked_is_not_for_a_file_to_say(store: Store) -> None:
    assert edit(store, lambda d: d.update(autonomy="autonomous")).autonomy is None
    assert edit(store, lambda d: d.update(autonomy="supervised")).autonomy == "supervised", "more harms nobody"


def test_an_intent_by_hand_is_nobodys(store: Store) -> None:
    made = {"id": "commit-1", "kind": "commit", "intent": {"tree": "red"}, "intendedAt": "9999"}
    assert edit(store, lambda d: d["effects"].append(made)).effect("commit-1") is None
    said(store, changes.paused("ann"))
    assert made in json.loads(store.path.read_text())["effects"], "it stays in the file as it was written"


@pytest.mark.parametrize("name", ["last-good.json", "owner.json", "claims.json", "foreign-write.json", "lease.json"])
def test_a_pipe_in_the_place_of_a_file_hangs_nobody(store: Store, name: str) -> None:
    path = store.run_dir / name
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    again = reopened(store)
    with contextlib.suppress(Problem):
        again.load()
        again.transact(step(LOOP, always(changes.paused("ann"))))
    again.heard()
    current(store.run_dir)


@pytest.mark.parametrize("name", ["last-good.json", "claims.json", "foreign-write.json", "journey-log.jsonl"])
def test_nothing_is_written_through_a_link(store: Store, tmp_path: Path, name: str) -> None:
    target, path = tmp_path / "precious", store.run_dir / name
    target.write_text("[]")
    path.unlink(missing_ok=True)
    path.symlink_to(target)
    with contextlib.suppress(Problem):
        edit(store, lambda d: d.update(mine=1))
        reopened(store).transact(step(LOOP, always(changes.claimed("agent"))))
        reopened(store).transact(step(LOOP, always(changes.paused("ann"))))
    assert target.read_text() == "[]"


def test_claims_that_cannot_be_read_let_no_driver_in(store: Store) -> None:
    (store.run_dir / "claims.json").write_text("[{")
    with pytest.raises(Problem, match="the claims cannot be read"):
        reopened(store).load()


def test_a_run_folder_that_is_a_link_is_refused(store: Store, tmp_path: Path) -> None:
    shutil.move(store.run_dir, tmp_path / "elsewhere")
    store.run_dir.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Problem, match="is a link"):
        reopened(store).transact(step(LOOP, always(changes.paused("ann"))))
