"""What is stale in documents, on the screen: a list, the editor at the line, and again from the start."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from textual.widgets import OptionList

from loop_tui.model.verbs import CommandOutput
from loop_tui.tui.docs.screen import DocsScreen
from loop_tui.tui.editor import words_for

from .launching import Started
from .runs import INFRA, NARROW, Screen, new_run, on_screen

FINDINGS = (
    {"path": "docs/guide.md", "line": 3, "kind": "link", "reference": "gone\x1b[2J.md", "why": "no such file"},
    {
        "path": "docs/guide.md",
        "line": 7,
        "kind": "command",
        "reference": "make x",
        "why": "the Makefile has no target x",
    },
)


async def opened(screen: Screen) -> None:
    """Type `:docs`, and wait for the screen."""
    await screen.press("colon", *"docs", "enter")
    await screen.until(lambda: isinstance(screen.app.screen, DocsScreen), "the screen")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """What the screen asks of the command line, which has two findings, and something that is none."""
    words_told: list[Sequence[str]] = []

    async def command(self: Started, project: Path, words: Sequence[str], *, looks: bool = False) -> CommandOutput:
        assert looks
        words_told.append(words)
        return CommandOutput(1, "\n".join(["[1]", "nothing", *map(json.dumps, FINDINGS)]))

    monkeypatch.setattr(Started, "command", command)
    return words_told


async def test_enter_opens_the_editor_at_the_line_and_reads_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[Sequence[str]]
) -> None:
    new_run(tmp_path, INFRA)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/guide.md").write_text("# Guide\n")
    monkeypatch.setenv("EDITOR", "vim")
    monkeypatch.delenv("VISUAL", raising=False)
    edits: list[list[str]] = []

    async def use(screen: Screen) -> None:
        def outside(work: object) -> int:
            edits.append(words_for(work.args[0], work.args[1], work.keywords["line"]))  # type: ignore[attr-defined]
            return 0

        screen.app.outside = outside  # type: ignore[method-assign]
        await opened(screen)
        await screen.until(lambda: "2 findings" in screen.text(), "the findings")
        assert "docs/guide.md:3  gone.md" in screen.text()
        assert "command: the Makefile has no target x" in screen.text()
        await screen.press("j", "enter")
        await screen.until(lambda: len(told) == 2, "another reading")
        await screen.until(lambda: screen.app.screen.query_one(OptionList).highlighted == 1, "the same line again")
        await screen.press("r")
        await screen.until(lambda: len(told) == 3, "another reading")
        await screen.press("escape")

    await on_screen(use, tmp_path, loop=INFRA, size=NARROW)
    assert edits == [["vim", "+7", str((tmp_path / "docs/guide.md").resolve())]]
    assert told[0] == ["docs", "stale", "--json", f"--project={tmp_path}"]


async def test_what_cannot_be_opened_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[Sequence[str]]
) -> None:
    new_run(tmp_path, INFRA)
    monkeypatch.setenv("EDITOR", "vim")

    async def use(screen: Screen) -> None:
        await opened(screen)
        await screen.until(lambda: "2 findings" in screen.text(), "the findings")
        await screen.press("enter")
        await screen.until(lambda: "is missing" in screen.text(), "why not")
        await screen.press("escape")

    await on_screen(use, tmp_path, loop=INFRA)


async def test_where_nothing_is_stale_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def command(self: Started, project: Path, words: Sequence[str], *, looks: bool = False) -> CommandOutput:
        return CommandOutput(0, "")

    monkeypatch.setattr(Started, "command", command)

    async def use(screen: Screen) -> None:
        await opened(screen)
        await screen.until(lambda: "nothing is stale" in screen.text(), "the word")
        await screen.press("enter", "j", "q")

    await on_screen(use, tmp_path, loop=INFRA)
