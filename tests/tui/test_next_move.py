"""What is worth doing next, on the screen: a choice that enter starts."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from loop_tui.model.verbs import CommandOutput
from loop_tui.tui.docs.screen import DocsScreen
from loop_tui.tui.widgets.choose import ChooseScreen
from loop_tui.tui.widgets.output_page import OutputPage

from .launching import Started
from .runs import INFRA, Screen, human_gate, on_screen

BUILD = {"kind": "build", "loop": INFRA, "target": "[b]ovens", "what": "2 functions open", "score": 6.3}
ANSWER = {"kind": "answer", "loop": INFRA, "target": None, "what": "infra-gate waits", "score": None}
STALE = {"kind": "documents", "loop": None, "target": "documents", "what": "1 stale reference", "score": None}


def tells(monkeypatch: pytest.MonkeyPatch, *moves: dict[str, object]) -> list[Sequence[str]]:
    """The command line prints these moves; gives what it was asked."""
    asked: list[Sequence[str]] = []

    async def command(
        self: Started, project: Path, words: Sequence[str], *, looks: bool = False, columns: int = 0
    ) -> CommandOutput:
        asked.append(words)
        found = json.dumps({"moves": moves, "problems": []}) if "--json" in words else "nothing is open\nplan more"
        return CommandOutput(0, found)

    monkeypatch.setattr(Started, "command", command)
    return asked


async def opened(screen: Screen) -> None:
    await screen.press("W")
    await screen.until(lambda: isinstance(screen.app.screen, ChooseScreen), "the choice")


async def test_enter_starts_what_is_selected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = tells(monkeypatch, BUILD)

    async def use(screen: Screen) -> None:
        await opened(screen)
        assert "infra-loop > [b]ovens: 2 functions open, 6.3/10" in screen.text()
        screen.clock.on()
        await screen.press("enter")
        await screen.until(lambda: screen.spawned, "a driver")

    screen = await on_screen(use, tmp_path, INFRA)
    assert screen.spawned == [(tmp_path, INFRA)]
    assert asked == [["next", f"--project={tmp_path}", "--json"]]


async def test_a_module_gets_a_run_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = tells(monkeypatch, {**BUILD, "module": "ovens; rm"})

    async def use(screen: Screen) -> None:
        await opened(screen)
        screen.clock.on()
        await screen.press("enter")
        await screen.until(lambda: len(asked) > 1, "the run")

    await on_screen(use, tmp_path, INFRA)
    assert asked[1] == ["run", f"--project={tmp_path}", INFRA, "--module=ovens; rm"]


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
