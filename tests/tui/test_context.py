"""What a run is given to know, on the screen: a part of the panel before it, and a page behind a key."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from textual.app import App, ComposeResult

from loop_tui.model.panel import PanelLine
from loop_tui.model.verbs import CommandOutput
from loop_tui.tui.app import LoopApp
from loop_tui.tui.widgets.output_page import OutputPage
from loop_tui.tui.widgets.text_page import TextPage

from .launching import Started
from .runs import INFRA, NARROW, NOW, Screen, Watch, new_run, on_screen
from .scenes import Pilots

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


LOADED = """\
## Loaded Context

### System: bakery
Vision: Bread at six. [.claude/DREAM-STATE.md:3]
Modules: ovens (1/3), dough (0/1), till (done) [.claude/DREAM-STATE.md:9]
Open in ovens: clean, light [.claude/DREAM-STATE.md:16]

### Recent Runs
1. infra-loop (2026-01-04) — aborted: failed at readiness-gate [run 00000004]
2. infra-loop (2026-01-02) — done: 2 of 5 items of the checklist done; left INFRASTRUCTURE-PLAN.md [run 00000002]

### Last Time [run 00000004]
- infra-loop (2026-01-04) was aborted in VERIFY: the flour is gone
- readiness-gate did not pass: lint: failed (2 errors)
"""


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=["80x24", "120x40", "200x60"])
def test_it_looks_as_it_did(
    snap_compare: Any, tmp_path: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def command(
        self: Started, project: Path, words: Sequence[str], *, looks: bool = False, columns: int = 0
    ) -> CommandOutput:
        return CommandOutput(0, LOADED)

    monkeypatch.setattr(Started, "command", command)
    project = tmp_path / "bakery"
    project.mkdir()
    app = LoopApp(project, INFRA, launcher=Started(), clock=Watch(), now=lambda: NOW)

    async def steps(pilot: Pilots) -> None:
        await pilot.press("C")
        for _ in range(200):
            await pilot.pause(0.02)
            if isinstance(app.screen, OutputPage) and "Last Time" in app.screen.query_one(TextPage).text:
                break
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=steps)
