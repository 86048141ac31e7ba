"""What was chosen with the start of a run: whoever dies at any instant leaves no run that has lost it."""

import pytest
from msgspec.structs import replace

from loop_tui.driver import Options
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.state import RunState
from loop_tui.runners.pack_api import ChosenOptions, EffectSpec, Pack, RunChoice
from loop_tui.runners.packs import Packs

from .driven import Driven
from .reaper import Killed, Reaper, drive


class Choosing(Packs):
    """Packs of which one has options of `run`: each becomes a choice."""

    def chosen(self, definition: LoopDefinition, said: ChosenOptions, state: RunState | None) -> tuple[RunChoice, ...]:
        return tuple(RunChoice(f"choice-{name}", {"said": value}, name) for name, value in said.options.items())


def choosing() -> Driven:
    driven = Driven()
    driven.packs = Choosing(())
    return driven


SAID = Options(by="ann", chosen={"version": "3.0.0", "resync": True})


async def test_what_was_chosen_is_in_the_first_write_and_said() -> None:
    driven = choosing()
    await driven.drive(SAID)
    actions = [event.action for event in driven.run.store.events()]
    assert actions[:5] == ["started", "effect-intended", "effect-proven", "effect-intended", "effect-proven"]
    assert "version" in driven.said.splitlines()[0]
    # Said again, it is not written again; another one is.
    await driven.drive(SAID)
    await driven.drive(Options(by="ann", chosen={"only": "x"}))
    subjects = [event.subject for event in driven.run.store.events() if event.action == "effect-intended"]
    assert [each for each in subjects if each.startswith("choice-")] == [
        "choice-version",
        "choice-resync",
        "choice-only",
    ]


@pytest.mark.parametrize("at", range(1, 40))
async def test_a_run_that_is_there_knows_what_was_chosen_for_it(at: int) -> None:
    """Killed before each call of a port in turn: either no run was begun, or it knows all of it."""
    driven = choosing()
    reaper = Reaper(at)
    with pytest.raises(Killed):
        await driven.drive(SAID, **reaper.watched(driven))
    if driven.run.store.exists():
        chosen = {e.id: e.intent["said"] for e in driven.state.effects if e.kind == "choice"}
        assert chosen == {"choice-version": "3.0.0", "choice-resync": True}


class Planned(Packs):
    """Packs of which one has an option that the skill `plan` goes by."""

    def chosen(self, definition: LoopDefinition, said: ChosenOptions, state: RunState | None) -> tuple[RunChoice, ...]:
        return (RunChoice("choice-version", {"said": said.options["version"]}, "Version as given", "plan"),)


def planned(**effects: EffectSpec) -> Driven:
    driven = Driven()
    driven.packs = Planned((Pack("stub", effects=effects),))
    return driven


ANOTHER = Options(by="ann", chosen={"version": "3.0.0"})


@pytest.mark.parametrize("another", [ANOTHER, replace(ANOTHER, phase="PLAN")])
async def test_a_choice_that_comes_after_its_skill_opens_that_phase_again(another: Options) -> None:
    driven = planned()
    driven.red = {"build"}
    await driven.drive(Options(by="ann"))
    driven.stubs.started.clear()
    driven.red.clear()
    await driven.drive(another)
    assert driven.stubs.started[:2] == ["plan", "verify"]
    reopened = [event for event in driven.run.store.events() if event.action == "reopened"]
    assert [event.subject for event in reopened] == ["PLAN"]
    # Said again, the run knows it, and nothing is done again.
    driven.stubs.started.clear()
    await driven.drive(another if not another.phase else ANOTHER)
    assert "plan" not in driven.stubs.started


async def test_a_choice_that_its_skill_has_not_come_to_opens_nothing() -> None:
    driven = planned()
    await driven.drive(ANOTHER)
    assert [event for event in driven.run.store.events() if event.action == "reopened"] == []


async def test_a_choice_that_comes_too_late_is_refused_before_anything_is_written() -> None:
    driven = planned(push=EffectSpec("the push", irreversible=True), commit=EffectSpec("the commit"))
    await driven.drive(Options(by="ann"))
    assert driven.world.acted == ["commit-1", "push-1"]
    before = driven.run.store.events()
    with pytest.raises(Problem, match=r"too late for that, the push was made.*add --phase PLAN"):
        await driven.drive(ANOTHER)
    assert driven.run.store.events() == before
    await driven.drive(replace(ANOTHER, phase="PLAN"))
    assert driven.stubs.started.count("plan") == 2


@pytest.mark.parametrize("there", [False, True])
async def test_a_jump_over_the_skill_that_goes_by_a_choice_is_refused(*, there: bool) -> None:
    driven = planned()
    if there:
        driven.red = {"build"}
        await driven.drive(Options(by="ann"))
    with pytest.raises(Problem, match="PLAN needs that, and --phase SHIP comes after it"):
        await driven.drive(replace(ANOTHER, phase="SHIP", reason="no time"))
    assert driven.run.store.exists() is there


@pytest.mark.parametrize("at", range(1, 40))
def test_killed_at_any_call_no_choice_is_kept_that_nothing_comes_of(at: int) -> None:
    driven = planned()
    driven.red = {"build"}
    drive(driven, Reaper())
    driven.stubs.started.clear()
    driven.red.clear()
    drive(driven, Reaper(at), ANOTHER)
    drive(driven, Reaper(), ANOTHER)
    assert "plan" in driven.stubs.started
