"""A screen that waits lays nothing out while its clock goes on."""

import select
from datetime import timedelta
from pathlib import Path

import pytest
from textual.screen import Screen as TextualScreen

from loop_tui.tui.cockpit import bars
from loop_tui.tui.cockpit.screen import CockpitScreen
from loop_tui.tui.guarded_driver import Waking

from .runs import INFRA, NOW, Screen, human_gate, on_screen


async def test_the_clock_goes_on_without_a_layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    human_gate(tmp_path)
    laid_out: list[TextualScreen[object]] = []
    lay_out = TextualScreen._refresh_layout

    def counted(screen: TextualScreen[object], *args: object, **more: object) -> None:
        laid_out.append(screen)
        lay_out(screen, *args, **more)  # type: ignore[arg-type]

    async def use(screen: Screen) -> None:
        cockpit = screen.app.screen
        assert isinstance(cockpit, CockpitScreen)
        shown = screen.text().splitlines()[0]
        monkeypatch.setattr(TextualScreen, "_refresh_layout", counted)
        for second in range(1, 4):
            screen.app.now = lambda second=second: NOW + timedelta(seconds=second)  # type: ignore[misc]
            cockpit._tick()
            await screen.pilot.pause()
        assert screen.text().splitlines()[0] != shown, "the clock stood still"
        assert not laid_out
        monkeypatch.setattr(bars, "status_text", None)
        cockpit._tick()  # The clock says what it said: nothing is made anew.

    await on_screen(use, tmp_path, INFRA)


def test_the_end_of_input_wakes_whoever_waits_for_keys() -> None:
    ended = Waking()
    assert not select.select([ended.outlet], [], [], 0)[0]
    ended.set()
    assert ended.is_set()
    assert select.select([ended.outlet], [], [], 0)[0] == [ended.outlet]
    ended.clear()
    assert not ended.is_set()
    assert not select.select([ended.outlet], [], [], 0)[0]
