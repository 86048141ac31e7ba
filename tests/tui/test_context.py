"""What a run is given to know, on the screen: a part of the panel before it, and a page behind a key."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from textual.app import App, ComposeResult

from loop_tui.model.panel import PanelLine
from loop_tui.model.verbs import CommandOutput
from loop_tui.tui.widgets.output_page import OutputPage
from loop_tui.tui.widgets.text_page import TextPage

from .launching import Started
from .runs import INFRA, NARROW, Screen, new_run, on_screen

KNOWN = (PanelLine("context", "system bakery, 2 earlier runs"), PanelLine("context", "! baking-loop failed in VERIFY"))


@pytest.mark.parametrize("there", [True, False])
async def test_a_key_shows_it_on_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    if there:
        new_run(tmp_path, INFRA)
    told: list[Sequence[str]] = []

    async def command(self: Started, project: Path, words: Sequence[str], *, looks: bool = False) -> CommandOutput:
        assert looks
        told.append(words)
        return CommandOutput(0, "## Loaded Context\n[bold]Vision: \x1b]52;c;aGk=\x07Bread\n")

    monkeypatch.setattr(Started, "command", command)

    async def use(screen: Screen) -> None:
        await screen.press("C")
        await screen.until(lambda: isinstance(screen.app.screen, OutputPage), "the page")
        await screen.until(lambda: "[bold]Vision: Bread" in screen.text(), "the text")
        await screen.press("escape")

    await on_screen(use, tmp_path, loop=INFRA)
    about = ["context", f"--project={tmp_path}", f"--loop={INFRA}"]
    assert told == [[*about, "--run"] if there else about]


@pytest.mark.parametrize("lines", [KNOWN, ()])
async def test_the_panel_before_a_run_has_it_where_something_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: tuple[PanelLine, ...]
) -> None:
    async def ready(self: Started, project: Path, loop: str) -> tuple[PanelLine, ...]:
        return (*lines, PanelLine("version", "0.1.0 -> 0.2.0"))

    monkeypatch.setattr(Started, "ready", ready)

    async def use(screen: Screen) -> None:
        await screen.press("3")
        await screen.until(lambda: "0.1.0 -> 0.2.0" in screen.text(), "what packs say")
        text = screen.text()
        assert ("Context" in text, "C shows all of it" in text, "2 earlier runs" in text) == (bool(lines),) * 3
        assert ("! baking-loop failed in VERIFY" in text) is bool(lines)

    await on_screen(use, tmp_path, size=NARROW)


class Page(App[None]):
    """A page with nothing else."""

    def compose(self) -> ComposeResult:
        yield TextPage()


async def test_a_scroll_bar_that_comes_with_a_text_hides_nothing_of_it() -> None:
    app = Page()
    async with app.run_test(size=(20, 5)) as pilot:
        page = app.query_one(TextPage)
        page.show("running…")
        await pilot.pause()
        page.show("\n".join(["a" * 20] * 9))
        await pilot.pause()
        width = page.scrollable_content_region.width
        assert width < 20
        assert max(len(part) for _, part in page._rows) <= width
