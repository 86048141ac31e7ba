"""What every store of runs does (`ports.RunStore`)."""

import json
from collections.abc import Sequence

import pytest

from loop_tui.engine import changes
from loop_tui.engine.begin import fresh_state
from loop_tui.engine.transaction import always, step
from loop_tui.model.events import Event, Refusal
from loop_tui.model.evidence import Effect
from loop_tui.model.problem import Problem
from loop_tui.model.state import RunState
from loop_tui.model.status import PhaseStatus
from loop_tui.model.transaction import Stamp
from loop_tui.ports import Committed, RunStore

from .worlds import LOOP, PortsWorld

STARTED = changes.started(LOOP.id, "ann")
ENTER = step(LOOP, always(changes.phase_entered("INIT")))


def started(there: PortsWorld) -> RunStore:
    store = there.ports().store
    store.create(fresh_state(LOOP, run="run-1", system="sample", at=""), STARTED)
    return store


def actions(store: RunStore) -> list[str]:
    return [event.action for event in store.events()]


def test_nothing_is_there(there: PortsWorld) -> None:
    store = there.ports().store
    assert (store.exists(), store.mark(), store.load(), store.events()) == (False, None, None, [])
    store.remove()
    with pytest.raises(Problem):
        store.transact(ENTER)


def test_a_run_is_started_once(there: PortsWorld) -> None:
    store = started(there)
    loaded = store.load()
    assert loaded is not None
    assert (loaded.state.run, loaded.state.system, loaded.state.phase) == ("run-1", "sample", "INIT")
    assert loaded.state.started_at == loaded.state.updated_at == "2026-01-02T03:04:05.000Z"
    assert loaded.text == there.text()
    assert store.exists()
    assert [(e.action, e.run, e.timestamp) for e in store.events()] == [
        ("started", "run-1", "2026-01-02T03:04:05.000Z")
    ]
    with pytest.raises(Problem, match="exists already"):
        store.create(fresh_state(LOOP, run="run-2", system="sample", at=""), STARTED)
    assert there.text() == loaded.text
    assert actions(store) == ["started"]


def test_what_a_run_begins_with_is_in_its_first_write(there: PortsWorld) -> None:
    store, mark = there.ports().store, changes.effect_intended(Effect(id="choice-x", kind="choice", intent={"x": "1"}))
    fresh = fresh_state(LOOP, run="run-1", system="sample", at="")
    with pytest.raises(Problem, match="was not announced"):
        store.create(fresh, STARTED, step(LOOP, always(changes.effect_proven("choice-x", {"recorded": True}))))
    assert (store.exists(), store.events()) == (False, [])
    then = step(LOOP, always(mark, changes.effect_proven("choice-x", {"recorded": True})))
    (known,) = store.create(fresh, STARTED, then).state.effects
    assert (known.id, known.intent, known.proof) == ("choice-x", {"x": "1"}, {"recorded": True})
    again = there.ports().store
    assert actions(again) == ["started", "effect-intended", "effect-proven"]
    loaded = again.load()
    assert loaded is not None
    assert loaded.state.effects == (known,)


def test_a_change_is_written_and_journaled_and_the_next_process_sees_it(there: PortsWorld) -> None:
    store = started(there)
    before, mark = store.load(), store.mark()
    there.clock.pass_by(60)
    outcome = store.transact(ENTER)
    assert isinstance(outcome, Committed)
    assert [e.action for e in outcome.events] == ["entered"]
    assert store.mark() != mark
    again = there.ports().store.load()
    assert again is not None
    assert before is not None
    assert again.state == outcome.state
    assert again.revision == outcome.revision != before.revision
    assert again.state.updated_at == "2026-01-02T03:05:05.000Z"
    assert actions(there.ports().store) == ["started", "entered"]


def test_a_refusal_changes_nothing(there: PortsWorld) -> None:
    store = started(there)
    text, mark = there.text(), store.mark()
    outcome = store.transact(step(LOOP, always(changes.phase_entered("INIT"), changes.phase_entered("NOWHERE"))))
    assert isinstance(outcome, Refusal)
    assert (there.text(), store.mark()) == (text, mark)
    assert actions(store) == ["started"]


def test_what_differs_in_nothing_is_not_written_and_its_events_are(there: PortsWorld) -> None:
    store = started(there)
    mark = store.mark()

    def note(state: RunState, stamp: Stamp) -> tuple[RunState, Sequence[Event]]:
        return state, [stamp(changes.paused("ann"))]

    assert isinstance(store.transact(note), Committed)
    assert store.mark() == mark
    assert actions(store) == ["started", "paused"]


def test_what_others_wrote_is_journaled_first_and_kept(there: PortsWorld) -> None:
    store = started(there)
    document = json.loads(there.text() or "")
    document["mine"] = {"keep": 1}
    document["context"]["system"] = "renamed"
    there.overwrite(json.dumps(document, indent=2) + "\n")
    outcome = store.transact(ENTER)
    assert isinstance(outcome, Committed)
    assert outcome.state.system == "renamed"
    assert json.loads(there.text() or "")["mine"] == {"keep": 1}
    assert actions(store) == ["started", "edited", "entered"]
    store.transact(step(LOOP, always(changes.paused("ann"))))
    assert actions(store) == ["started", "edited", "entered", "paused"]


def test_a_write_in_between_is_decided_about_again(there: PortsWorld) -> None:
    store = started(there)
    seen: list[str] = []

    def enter(state: RunState, stamp: Stamp) -> tuple[RunState, Sequence[Event]] | Refusal:
        seen.append(state.system)
        if len(seen) == 1:
            document = json.loads(there.text() or "")
            document["context"]["system"] = "from elsewhere"
            there.overwrite(json.dumps(document, indent=2) + "\n")
        return ENTER(state, stamp)

    outcome = store.transact(enter)
    assert isinstance(outcome, Committed)
    assert seen == ["sample", "from elsewhere"]
    loaded = store.load()
    assert loaded is not None
    assert loaded.state.system == "from elsewhere"
    assert loaded.state.phases[0].status is PhaseStatus.ACTIVE
    assert actions(store) == ["started", "edited", "entered"]


def test_what_was_decided_about_another_state_is_refused(there: PortsWorld) -> None:
    store = started(there)
    loaded = store.load()
    assert loaded is not None
    seen = store.binding(loaded.state, "plan-gate")
    there.put_in_project("plan.md", b"another plan")
    before = there.text()
    refused = store.transact(step(LOOP, always(changes.paused("ann"))), seen=seen)
    assert isinstance(refused, Refusal)
    assert "plan.md appeared" in refused.reason
    assert there.text() == before
    seen = store.binding(loaded.state, "plan-gate")
    assert isinstance(store.transact(ENTER), Committed)
    assert isinstance(store.transact(step(LOOP, always(changes.paused("ann"))), seen=seen), Committed)


def test_a_damaged_state_is_left_alone(there: PortsWorld) -> None:
    store = started(there)
    there.overwrite('{"loop": "contract-loop", "phases": {')
    with pytest.raises(Problem):
        store.load()
    with pytest.raises(Problem):
        store.transact(ENTER)
    assert there.text() == '{"loop": "contract-loop", "phases": {'
    assert store.exists()


def test_a_state_that_is_gone_stays_gone(there: PortsWorld) -> None:
    store = started(there)
    there.overwrite(None)
    assert store.load() is None
    assert not store.exists()
    with pytest.raises(Problem, match="no state file"):
        store.transact(ENTER)
    assert there.text() is None


def test_what_another_program_owns_is_only_read(there: PortsWorld) -> None:
    store = started(there)
    execution = {"id": "e1", "loopId": "contract-loop", "status": "active", "currentPhase": "INIT", "phases": []}
    there.overwrite(json.dumps(execution))
    loaded = store.load()
    assert loaded is not None
    assert not loaded.state.dialect.writable
    changed = loaded.state.model_copy(update={"system": "ours"})
    with pytest.raises(Problem, match="read-only here"):
        store.transact(lambda state, stamp: (changed, ()))
    assert json.loads(there.text() or "") == execution


def test_removing(there: PortsWorld) -> None:
    store = started(there)
    store.remove()
    assert (store.exists(), there.text()) == (False, None)
    store.remove()
    assert actions(store) == ["started"]
