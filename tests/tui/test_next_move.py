"""What is worth doing next, on the screen: a choice that enter starts."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from loop_tui.engine import changes
from loop_tui.model.chosen_move import MoveChoice
from loop_tui.model.verbs import CommandOutput
from loop_tui.process.launcher import ProcessLauncher
from loop_tui.tui.app import LoopApp
from loop_tui.tui.docs.screen import DocsScreen
from loop_tui.tui.moves.screen import MovesScreen
from loop_tui.tui.widgets.choose import ChooseScreen
from loop_tui.tui.widgets.output_page import OutputPage

from .launching import Started
from .runs import DISTRIBUTION, INFRA, NARROW, NOW, WIDE, Screen, Watch, human_gate, on_screen
from .scenes import Pilots, complete, put_into_archive

BUILD = {
    "kind": "build",
    "loop": INFRA,
    "target": "[b]ovens",
    "what": "2 functions open",
    "score": 6.3,
    "inputs": {"alignment": {"value": 5.5, "by": "2 of 4 open functions"}},
    "evidence": [".claude/DREAM-STATE.md:12"],
    "of": 3,
}
ANSWER = {"kind": "answer", "loop": INFRA, "what": "infra-gate waits"}
STALE = {"kind": "documents", "loop": "", "target": "documents", "what": "1 stale reference"}


def tells(monkeypatch: pytest.MonkeyPatch, *moves: dict[str, object]) -> list[Sequence[str]]:
    """The command line prints these moves; gives what it was asked."""
    asked: list[Sequence[str]] = []

    async def command(
        self: Started, project: Path, words: Sequence[str], *, looks: bool = False, columns: int = 0
    ) -> CommandOutput:
        asked.append(words)
        told = [{"choice": move, "inputs": move.get("inputs", {})} for move in moves]
        found = json.dumps({"moves": told, "problems": []}) if "--json" in words else "nothing is open\nplan more"
        return CommandOutput(0, found)

    monkeypatch.setattr(Started, "command", command)
    monkeypatch.setattr(Started, "moves", ProcessLauncher.moves)
    return asked


def begun(screen: Screen) -> tuple[str, ...]:
    """What was said of the run that began."""
    launcher = screen.app.launcher
    assert isinstance(launcher, Started)
    return launcher.begun


async def opened(screen: Screen) -> None:
    await screen.press("W")
    await screen.until(lambda: isinstance(screen.app.screen, MovesScreen), "the choice")


async def test_enter_starts_what_is_selected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = tells(monkeypatch, BUILD)

    async def use(screen: Screen) -> None:
        await opened(screen)
        assert "6.3 infra-loop > [b]ovens: 2 functions open" in screen.text()
        assert "5.5 x 0.40  2 of 4 open functions" in screen.text()
        screen.clock.on()
        await screen.press("enter")
        await screen.until(lambda: screen.spawned, "a driver")

    screen = await on_screen(use, tmp_path, INFRA)
    assert screen.spawned == [(tmp_path, INFRA)]
    (move,) = begun(screen)
    assert json.loads(move.removeprefix("--move="))["target"] == "[b]ovens"
    assert asked == [["next", f"--project={tmp_path}", "--limit=50", "--json"]]


async def test_a_module_gets_a_run_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tells(monkeypatch, {**BUILD, "module": "ovens; rm"})

    async def use(screen: Screen) -> None:
        await opened(screen)
        screen.clock.on()
        await screen.press("enter")
        await screen.until(lambda: screen.spawned, "a driver")

    screen = await on_screen(use, tmp_path)
    assert begun(screen)[0] == "--module=ovens; rm"


async def test_a_run_that_waits_is_opened_and_nothing_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    human_gate(tmp_path)
    tells(monkeypatch, ANSWER)

    async def use(screen: Screen) -> None:
        await opened(screen)
        screen.clock.on()
        await screen.press("enter")
        await screen.until(lambda: screen.app.snapshot.loop == INFRA, "the run that waits")

    assert (await on_screen(use, tmp_path)).spawned == []


async def test_stale_documents_have_a_screen_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tells(monkeypatch, STALE)

    async def use(screen: Screen) -> None:
        await opened(screen)
        screen.clock.on()
        await screen.press("enter")
        await screen.until(lambda: isinstance(screen.app.screen, DocsScreen), "what is stale")

    assert (await on_screen(use, tmp_path)).spawned == []


async def test_an_empty_queue_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = tells(monkeypatch)

    async def use(screen: Screen) -> None:
        await screen.press("W")
        await screen.until(lambda: isinstance(screen.app.screen, OutputPage), "the page")
        assert "nothing is open" in screen.text()

    await on_screen(use, tmp_path)
    assert list(asked[-1]) == ["next", f"--project={tmp_path}"]


async def test_inputs_that_nothing_measures_are_asked_for_on_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = {name: {"value": 5, "by": "the archive"} for name in ("alignment", "unlock", "effort")}
    asked = tells(monkeypatch, {**BUILD, "score": None, "inputs": measured})

    async def use(screen: Screen) -> None:
        await opened(screen)
        assert "none: likelihood, time not known" in screen.text()
        await screen.press("i")
        await screen.until(lambda: isinstance(screen.app.screen, ChooseScreen), "the first question")
        assert "how likely it succeeds?" in screen.text()
        screen.clock.on()
        await screen.press("enter")
        await screen.until(lambda: "how soon it is done?" in screen.text(), "the second")
        screen.clock.on()
        await screen.press("j", "j", "enter")
        await screen.until(lambda: len(asked) > 2, "it is kept, and the moves are read again")

    await on_screen(use, tmp_path)
    assert asked[1] == ["next", "rate", f"--project={tmp_path}", "--set", "time=2", "--", "[b]ovens"]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=["80x24", "120x40", "200x60"])
def test_it_looks_as_it_did(
    snap_compare: Any, tmp_path: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "bakery"
    project.mkdir()
    inputs = {
        "alignment": {"value": 5.5, "by": "2 of 4 open functions"},
        "unlock": {"value": 4.0, "by": "1 of 3 open items wait for it"},
        "likelihood": {"value": 7.8, "by": "3 of 4 runs succeeded"},
        "time": {"value": 5.0, "by": "stated by ada on 2026-11-02"},
        "effort": {"value": 9.0, "by": "2 functions"},
    }
    release = {"kind": "release", "loop": "distribution-loop", "what": "bbbbbbb is checked out, 1.2.0 was released"}
    tells(monkeypatch, {**BUILD, "target": "ovens", "inputs": inputs, "unblocks": ["rye"]}, release, STALE)
    app = LoopApp(project, INFRA, launcher=Started(), clock=Watch(), now=lambda: NOW)

    async def steps(pilot: Pilots) -> None:
        await pilot.press("W")
        for _ in range(200):
            await pilot.pause(0.02)
            if isinstance(app.screen, MovesScreen):
                break
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=steps)


async def test_a_typed_command_starts_a_move_by_its_number_or_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tells(monkeypatch, STALE, {**BUILD, "target": "ovens"})

    async def use(screen: Screen) -> None:
        await screen.press("colon", *"next start cellar", "enter")
        await screen.until(lambda: "there is no move cellar" in screen.text(), "the refusal")
        await screen.press("colon", *"next start ovens", "enter")
        await screen.until(lambda: screen.spawned, "a driver")

    screen = await on_screen(use, tmp_path)
    assert screen.spawned == [(tmp_path, INFRA)]
    assert json.loads(begun(screen)[0].removeprefix("--move="))["rank"] == 1


async def over(screen: Screen, *moves: dict[str, object]) -> None:
    """The run that is shown ends, and the panel has the focus."""
    launcher = screen.app.launcher
    assert isinstance(launcher, Started)
    launcher.moves_told = json.dumps({"moves": [{"choice": move} for move in moves]})
    await screen.until(lambda: screen.app.snapshot.state is not None, "the run")
    put_into_archive(screen.app.project)
    await screen.until(lambda: screen.app.snapshot.ended is not None, "the end")
    await screen.press("3")


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_after_a_run_the_panel_has_the_first_move_and_enter_starts_it(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    complete(tmp_path)

    async def use(screen: Screen) -> None:
        await over(screen, BUILD)
        await screen.until(lambda: "enter  infra-loop > [b]ovens" in screen.text(), "the move")
        assert "W lists all 3 moves" in screen.text()
        screen.clock.on()
        await screen.press("enter")
        await screen.until(lambda: "Start infra-loop > [b]ovens" in screen.text(), "what enter would do")
        assert not screen.spawned, "an enter that comes late starts nothing"
        screen.clock.on()
        await screen.press("enter")
        await screen.until(lambda: screen.spawned, "a driver")

    screen = await on_screen(use, tmp_path, size=size)
    assert screen.spawned == [(tmp_path, INFRA)]
    assert json.loads(begun(screen)[0].removeprefix("--move="))["target"] == "[b]ovens"


async def test_a_release_that_is_next_begins_in_the_cockpit_that_is_there(tmp_path: Path) -> None:
    complete(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text("ref: refs/heads/main\n")

    async def use(screen: Screen) -> None:
        await over(screen, {"kind": "release", "loop": DISTRIBUTION, "what": "2 commits"})
        await screen.until(lambda: "enter  distribution-loop: 2 commits" in screen.text(), "the move")
        for _ in range(2):
            screen.clock.on()
            await screen.press("enter")
            await screen.app.animator.wait_for_idle()
        await screen.until(lambda: screen.spawned, "a driver")

    screen = await on_screen(use, tmp_path)
    assert screen.spawned == [(tmp_path, DISTRIBUTION)]
    assert json.loads(begun(screen)[0].removeprefix("--move="))["what"] == "2 commits"


async def test_after_a_run_an_empty_queue_says_so(tmp_path: Path) -> None:
    complete(tmp_path)

    async def use(screen: Screen) -> None:
        await over(screen)
        await screen.until(lambda: "nothing is open; W says what can be done then" in screen.text(), "the words")
        screen.clock.on()
        await screen.press("enter")
        assert not screen.spawned

    await on_screen(use, tmp_path)


async def test_the_panel_asks_the_same_command(tmp_path: Path) -> None:
    complete(tmp_path)
    (tmp_path / "ROADMAP.md").write_text("# Roadmap\n\n## Now\n- [ ] rye bread\n")

    async def use(screen: Screen) -> None:
        launcher = screen.app.launcher
        assert isinstance(launcher, Started)
        launcher.asks_for_moves = True
        await over(screen)
        await screen.until(lambda: "engineering-loop > rye bread: planned" in screen.text(), "the move")
        assert "ROADMAP.md:4" in screen.text()

    await on_screen(use, tmp_path)


async def test_the_panel_of_a_run_says_the_move_that_it_began_with(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    choice = MoveChoice(loop=INFRA, target="[b]ovens", what="2 functions open", evidence=("ROADMAP.md:4",), of=3)
    run.tell(changes.move_chosen(choice, "ada"))

    async def use(screen: Screen) -> None:
        await screen.press("3")
        words = "next move 1 of 3, chosen by ada: [b]ovens"
        await screen.until(lambda: words in " ".join(screen.text().replace("┃", " ").split()), "the move")

    await on_screen(use, tmp_path, INFRA, size=NARROW)
