"""A screen that waits lays nothing out while its clock goes on."""

from datetime import timedelta
from pathlib import Path

import pytest
from textual.screen import Screen as TextualScreen

from loop_tui.tui.cockpit.screen import CockpitScreen

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

    await on_screen(use, tmp_path, INFRA)
