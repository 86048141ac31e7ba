"""What was chosen with the start of a run: whoever dies at any instant leaves no run that has lost it."""

import pytest

from loop_tui.driver import Options
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.state import RunState
from loop_tui.runners.pack_api import ChosenOptions, RunChoice
from loop_tui.runners.packs import Packs

from .driven import Driven
from .reaper import Killed, Reaper


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
