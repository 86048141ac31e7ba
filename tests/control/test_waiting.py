"""Waiting for an answer: what ends it, what it gives, and what it does meanwhile."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loop_tui.control import waiting as module
from loop_tui.control.waiting import Awaited, Outcome, Waiting, awaited
from loop_tui.engine import changes
from loop_tui.model.evidence import Question
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.storage.state.claims import read_claims
from tests.tui.runs import Run, asking, human_gate, new_run

from .agents import GATE, client_of, elsewhere, put_back, rewritten

ENOUGH_S = 60


def waits_for(run: Run, name: str = "", after: str = "") -> Waiting:
    return Waiting(client_of(run, "agent"), name, after)


def looked(run: Run, name: str = "", after: str = "") -> Awaited | None:
    return waits_for(run, name, after).look()


def ended(run: Run, waiting: Waiting, *said: Callable[[], object]) -> Awaited:
    """What a wait gives while things are said, each once the wait has taken a look at what was before."""

    async def main() -> Awaited:
        looks = asyncio.Event()
        look = waiting.look

        def seen() -> Awaited | None:
            found = look()
            loop.call_soon_threadsafe(looks.set)
            return found

        loop = asyncio.get_running_loop()
        waiting.look = seen  # type: ignore[method-assign]
        task = asyncio.create_task(awaited(waiting, ENOUGH_S))
        for say in said:
            looks.clear()
            await asyncio.wait({task, asyncio.create_task(looks.wait())}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.to_thread(say)
        return await task

    return asyncio.run(main())


# --- what is said


SAID = {
    "approved": (lambda c: c.approve(GATE, "fine"), Outcome.APPROVED, "fine"),
    "changes": (lambda c: c.request_changes("add a table", GATE), Outcome.CHANGES, "add a table"),
    "rejected": (lambda c: c.reject(GATE), Outcome.REJECTED, ""),
}
KINDS: dict[str, Callable[[Run], object]] = {
    "ours": lambda run: None,
    "claimed": lambda run: client_of(run, "agent").claim(),
    "elsewhere": elsewhere,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("word", SAID)
def test_it_gives_what_is_said_of_a_gate(tmp_path: Path, kind: str, word: str) -> None:
    run = human_gate(tmp_path)
    KINDS[kind](run)
    say, outcome, text = SAID[word]
    found = ended(run, waits_for(run, GATE), lambda: say(client_of(run)))
    assert (found.subject, found.outcome, found.text, found.by, found.decisions) == (GATE, outcome, text, "ann", 1)
    assert found.at


@pytest.mark.parametrize("kind", KINDS)
def test_it_gives_the_answer_to_a_question(tmp_path: Path, kind: str) -> None:
    run = asking(tmp_path)
    KINDS[kind](run)
    found = ended(run, waits_for(run), lambda: client_of(run).answer("bump-1", "n"))
    assert (found.subject, found.outcome, found.text, found.by) == ("bump-1", Outcome.ANSWERED, "n", "ann")
    assert looked(run, "bump-1") == found, "an answer that is already there is one"


def test_a_script_is_told_in_fields() -> None:
    told = Awaited(GATE, Outcome.CHANGES, "more", "ann", "then", 3).told()
    assert told == {
        "subject": GATE,
        "outcome": "changes",
        "by": "ann",
        "at": "then",
        "feedback": "more",
        "approvalReason": "",
        "decisions": 3,
    }
    assert Awaited(GATE, Outcome.APPROVED, "why").told()["approvalReason"] == "why"
    assert Awaited("q", Outcome.ANSWERED, "yes", question=True).told()["answer"] == "yes"
    assert Awaited(GATE, Outcome.TIMEOUT, "late").told() == {"subject": GATE, "outcome": "timeout", "why": "late"}


# --- what was said before


def test_a_gate_that_was_decided_gives_that_at_once(tmp_path: Path) -> None:
    run = elsewhere(human_gate(tmp_path))
    client_of(run).request_changes("more", GATE)
    found = looked(run, GATE)
    assert found is not None
    assert (found.outcome, found.text) == (Outcome.CHANGES, "more")
    client_of(run).approve(GATE)
    found = looked(run, GATE)
    assert found is not None
    assert (found.outcome, found.decisions) == (Outcome.APPROVED, 2)


def done_again(run: Run) -> None:
    """The phase before the gate is done once more, by a clock that does not stand still.

    By its time it is told from what an answer would be that somebody erased.
    """
    phase = run.definition.phase(run.definition.gates[0].after)
    assert phase is not None
    run = Run(run.project, run.definition, client_of(run).store)
    run.tell(*[changes.skill_completed(phase.id, s.id, by="agent") for s in phase.skills])
    run.tell(changes.phase_completed(phase.id))


def test_a_phase_that_is_open_again_waits_for_the_next_decision(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    client_of(run).request_changes("more", GATE)
    waiting = waits_for(run, GATE)
    assert waiting.look() is None
    found = ended(run, waiting, lambda: done_again(run), lambda: client_of(run).approve(GATE))
    assert (found.outcome, found.decisions) == (Outcome.APPROVED, 2)


def test_changes_that_are_made_already_are_heard_of_all_the_same(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    waiting = waits_for(run, GATE)
    client_of(run).request_changes("more", GATE)
    done_again(run)
    found = waiting.look()
    assert found is not None
    assert (found.outcome, found.text) == (Outcome.CHANGES, "more")


def test_whoever_says_what_they_know_misses_nothing(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    client_of(run).request_changes("more", GATE)
    found = looked(run, GATE, after="2026-01-01T00:00:00Z")
    assert found is not None
    assert found.text == "more"
    assert looked(run, GATE, after=found.at) is None
    done_again(run)
    assert looked(run, GATE, after="2026-01-01T00:00:00Z") == found, "though it was done again since"
    client_of(run).approve(GATE)
    approved = looked(run, GATE, after=found.at)
    assert approved is not None
    assert approved.outcome is Outcome.APPROVED
    assert looked(run, GATE, after=approved.at) is None, "that one they know"


def test_a_history_that_was_lost_hides_no_decision(tmp_path: Path) -> None:
    run = elsewhere(human_gate(tmp_path))
    client_of(run).request_changes("more", GATE)
    known = looked(run, GATE)
    assert known is not None

    def anew(found: dict[str, Any]) -> None:
        del found["gateHistory"]
        found["gates"][GATE] = {"status": "pending"}
        found["phases"][run.definition.gates[0].after]["completed_at"] = "2099-01-01T00:00:00Z"

    rewritten(run, anew)
    client_of(run).reject(GATE)
    found = looked(run, GATE, after=known.at)
    assert found is not None
    assert (found.outcome, found.decisions) == (Outcome.REJECTED, 1)


def test_elsewhere_changes_that_were_made_are_a_new_question(tmp_path: Path) -> None:
    run = elsewhere(human_gate(tmp_path))
    client_of(run).request_changes("more", GATE)
    phase = run.definition.gates[0].after
    rewritten(run, lambda found: found["phases"][phase].update(completed_at="2099-01-01T00:00:00Z"))
    waiting = waits_for(run)
    assert waiting.look() is None
    assert waiting.subject == GATE
    client_of(run).approve(GATE)
    found = waiting.look()
    assert found is not None
    assert found.outcome is Outcome.APPROVED


# --- what it is for


def test_without_a_name_it_is_for_what_waits_next(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    waiting = waits_for(run)
    assert (waiting.look(), waiting.subject) == (None, "")
    run.tell(changes.asked(Question(id="q1", text="Which?")))
    assert (waiting.look(), waiting.subject) == (None, "q1")
    client_of(run).answer("q1", "this")
    assert waiting.look() == looked(run, "q1")


def test_without_a_name_it_sees_what_was_asked_and_answered_between_two_looks(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    waiting = waits_for(run)
    run.tell(changes.asked(Question(id="q1", text="Which?")), changes.answered("q1", "this", "ann"))
    found = waiting.look()
    assert found is not None
    assert (found.subject, found.text) == ("q1", "this")


def test_an_unknown_name_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(Problem) as refused:
        waits_for(human_gate(tmp_path), "no-such")
    assert refused.value.code is Code.NAME_UNKNOWN
    assert GATE in refused.value.todo


# --- what ends it


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GRACE_S", 0.0)


@pytest.mark.usefixtures("short_grace")
@pytest.mark.parametrize("kind", KINDS)
def test_the_end_of_the_run_ends_it(tmp_path: Path, kind: str) -> None:
    run = human_gate(tmp_path)
    KINDS[kind](run)
    found = ended(run, waits_for(run, GATE), run.store.path.unlink)
    assert (found.outcome, found.text) == (Outcome.OVER, "the state file was removed")


def test_an_abort_ends_it(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    found = ended(run, waits_for(run, GATE), lambda: client_of(run).abort("no use"))
    assert (found.outcome, found.text) == (Outcome.OVER, "the run was aborted: no use")


def test_another_run_in_its_place_ends_it(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    waiting = waits_for(run, GATE)
    rewritten(run, lambda found: found.update(executionId="run-2"))
    found = waiting.look()
    assert found is not None
    assert (found.outcome, found.text) == (Outcome.OVER, "another run has replaced it")


def test_a_question_that_is_taken_back_ends_it(tmp_path: Path) -> None:
    run = asking(tmp_path)
    waiting = waits_for(run, "bump-1")
    run.tell(changes.withdrawn("bump-1", "ann"))
    found = waiting.look()
    assert found is not None
    assert found.outcome is Outcome.OVER


def test_a_file_that_is_half_written_or_gone_for_a_moment_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The store gives it a second of its own, so that the second look would come too late.
    monkeypatch.setattr("loop_tui.storage.state.store._SETTLING_S", 0.0)
    run = elsewhere(human_gate(tmp_path))
    waiting, text = waits_for(run, GATE), run.store.path.read_text()
    for half in (text[:40], ""):
        put_back(run, half)
        assert waiting.look() is None
        assert waiting.unsettled
    run.store.path.unlink()
    assert waiting.look() is None
    put_back(run, text)
    assert waiting.look() is None
    assert not waiting.unsettled


@pytest.mark.usefixtures("short_grace")
def test_a_file_that_stays_damaged_is_named(tmp_path: Path) -> None:
    run = elsewhere(human_gate(tmp_path))
    waiting = waits_for(run, GATE)
    put_back(run, "{")
    with pytest.raises(Problem) as damaged:
        waiting.look()
    assert damaged.value.code is Code.STATE_DAMAGED


def test_time_that_is_over_ends_it(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    found = asyncio.run(awaited(waits_for(run), 0))
    assert (found.subject, found.outcome) == (GATE, Outcome.TIMEOUT)


# --- what it does meanwhile


def test_whoever_waits_is_alive(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    client_of(run, "agent").claim()
    (before,) = read_claims(run.store.run_dir, 0)

    def beaten() -> None:
        (now,) = read_claims(run.store.run_dir, 0)
        assert now.beat > before.beat
        client_of(run).approve(GATE)

    heard = asyncio.Event()

    async def main() -> Awaited:
        waiting = waits_for(run, GATE)
        beat = waiting.client.heartbeat
        loop = asyncio.get_running_loop()

        def told() -> bool:
            done = beat()
            loop.call_soon_threadsafe(heard.set)
            return done

        waiting.client.heartbeat = told  # type: ignore[method-assign]
        task = asyncio.create_task(awaited(waiting, ENOUGH_S))
        await heard.wait()
        await asyncio.to_thread(beaten)
        return await task

    assert asyncio.run(main()).outcome is Outcome.APPROVED


@pytest.mark.parametrize("kind", KINDS)
def test_what_another_program_erases_is_written_again(tmp_path: Path, kind: str) -> None:
    run = human_gate(tmp_path)
    KINDS[kind](run)
    waiting, text = waits_for(run, GATE), run.store.path.read_text()
    client_of(run).approve(GATE, "fine")
    put_back(run, text)
    found = waiting.look()
    assert found is not None
    assert (found.outcome, found.text, found.by, found.decisions) == (Outcome.APPROVED, "fine", "ann", 1)
