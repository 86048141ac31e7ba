"""The themes: each holds everything, and no status is told by its colour alone."""

from itertools import combinations
from pathlib import Path

import pytest
from textual.color import Color

from loop_tui.control.themes import theme_names
from loop_tui.model.status import CheckStatus, GateStatus, PhaseStatus, RunStatus, SkillStatus
from loop_tui.storage.user.settings import load_settings
from loop_tui.tui.theme import STATUSES, load
from loop_tui.tui.widgets import glyphs

from .runs import INFRA, Screen, human_gate, new_run, on_screen

SHIPPED = {"dark", "light", "high-contrast", "high-contrast-light", "colour-blind", "sixteen"}


def ratio(one: str, other: str) -> float:
    """The contrast of two colours as WCAG 2 defines it."""

    def light(colour: str) -> float:
        red, green, blue = (
            c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in Color.parse(colour).normalized
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_they_are_all_there() -> None:
    assert set(theme_names()) == SHIPPED


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_each_has_a_colour_for_every_status(name: str) -> None:
    assert {f"status-{status}" for status in STATUSES} <= set(load(name).variables)


@pytest.mark.parametrize("name", sorted(SHIPPED - {"sixteen"}))
def test_every_status_can_be_read_on_its_ground(name: str) -> None:
    theme = load(name)
    least = 7 if name.startswith("high-contrast") else 4
    assert theme.surface
    for status in set(STATUSES) - {"border", "border-focus"}:
        assert ratio(theme.variables[f"status-{status}"], theme.surface) >= least, status


@pytest.mark.parametrize("kinds", [RunStatus, PhaseStatus, SkillStatus, GateStatus, CheckStatus])
def test_every_status_is_told_by_glyph_and_word(kinds: type) -> None:
    look = {
        RunStatus: glyphs.run,
        PhaseStatus: glyphs.phase,
        SkillStatus: glyphs.skill,
        GateStatus: glyphs.gate,
        CheckStatus: glyphs.check,
    }[kinds]
    looks = [look(status.value) for status in kinds]
    assert glyphs.UNKNOWN not in looks
    for one, other in combinations(looks, 2):
        assert one.word.casefold() != other.word.casefold()
        assert (one.glyph, one.word) != (other.glyph, other.word)


@pytest.mark.parametrize("value", ["1", ""])
@pytest.mark.parametrize("name", sorted(SHIPPED))
async def test_without_colour_nothing_is_coloured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("NO_COLOR", value)
    human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        assert "waits for you" in screen.text()
        segments = [segment for strip in screen.app.screen._compositor.render_strips() for segment in strip]
        for segment in segments:
            for colour in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                triplet = colour.triplet if colour else None
                # Textual shows greys in place of colours: what differs must not be a hue.
                assert triplet is None or max(triplet) - min(triplet) <= 2, segment

    screen = await on_screen(use, tmp_path, INFRA, theme=name)
    assert screen.app.no_color


async def test_a_theme_is_previewed_kept_or_taken_back(tmp_path: Path) -> None:
    new_run(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("T", "j")
        previewed = screen.app.theme
        assert previewed != "loop-dark"
        await screen.press("escape")
        assert screen.app.theme == "loop-dark"
        assert load_settings()[0].theme == ""
        await screen.press("T", "j", "enter")
        assert screen.app.theme == previewed
        assert load(load_settings()[0].theme).name == previewed

    await on_screen(use, tmp_path)


async def test_settings_are_switched_and_typed(tmp_path: Path) -> None:
    new_run(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("comma", "j", "enter")
        assert load_settings()[0].bell is False
        assert screen.app.settings.bell is False
        await screen.press("j", "j", "j", "j", "enter", "7", "enter")
        assert load_settings()[0].depth == 7
        await screen.press("enter", "x", "enter")
        assert load_settings()[0].depth == 7
        assert "whole number" in screen.toasts()[0]
        await screen.press("escape")
        assert len(screen.app.screen_stack) == 1

    await on_screen(use, tmp_path)
