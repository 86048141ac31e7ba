"""What a person types about a gate holds for the run as they saw it (SCREEN "Answers")."""

import json
from pathlib import Path

from textual.widgets import Static

from .runs import INFRA, PLAN, Screen, human_gate, on_screen


async def test_a_text_that_is_being_typed_is_taken_back_when_the_run_changes(tmp_path: Path) -> None:
    run = human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("3", "c", *"add")
        assert screen.panel.asks_text
        (tmp_path / PLAN).write_text("# Another plan\n")
        await screen.until(lambda: not screen.panel.asks_text, "the text is discarded")
        assert f"{PLAN} changed while you were reading" in str(screen.panel.query_one("#panel-line", Static).content)
        before = run.store.path.read_bytes()
        await screen.press("enter", "enter")
        await screen.idle()
        assert run.store.path.read_bytes() == before
        await screen.press("escape", "3", "c", *"more", "enter", "enter")
        await screen.until(lambda: not run.state.phases[1].over, "SCAFFOLD is open again")

    await on_screen(use, tmp_path, INFRA)
    gate = run.state.gate("infra-gate")
    assert gate is not None
    assert gate.feedback == "more"


async def test_what_others_write_in_passing_takes_nothing_back(tmp_path: Path) -> None:
    run = human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("3", "a")
        before = screen.app.snapshot.revision
        found = json.loads(run.store.path.read_text())
        found["last_updated"] = "2027-01-01T00:00:00Z"
        run.store.path.write_text(json.dumps(found, indent=2))
        await screen.until(lambda: screen.app.snapshot.revision != before, "it is seen")
        assert screen.panel.armed is not None
        await screen.press("enter")
        await screen.idle()

    await on_screen(use, tmp_path, INFRA)
    gate = run.state.gate("infra-gate")
    assert gate is not None
    assert gate.status.value == "approved"
