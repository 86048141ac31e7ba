"""The themes: each holds everything, and no status is told by its colour alone."""

from itertools import combinations
from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme
from textual.widgets import Input

from loop_tui.control.themes import BUILTIN, theme_names
from loop_tui.model.status import CheckStatus, GateStatus, PhaseStatus, RunStatus, SkillStatus
from loop_tui.storage.user.settings import load_settings
from loop_tui.tui.theme import STATUSES, load, parse
from loop_tui.tui.theme_colours import GROUNDS, LEAST, TEXTS, contrast, readable
from loop_tui.tui.widgets import glyphs

from .runs import INFRA, Screen, human_gate, new_run, on_screen

SHIPPED = {"dark", "light", "high-contrast", "high-contrast-light", "colour-blind", "sixteen"}
OF_THE_TERMINAL = {"sixteen", "ansi-dark", "ansi-light"}
"""Nobody knows which colours these have: they are the terminal's own."""
EVERY = sorted(SHIPPED | set(BUILTIN_THEMES))


def test_they_are_all_there() -> None:
    assert set(theme_names()) == SHIPPED | set(BUILTIN_THEMES)
    assert sorted(BUILTIN) == list(BUILTIN)


@pytest.mark.parametrize("name", EVERY)
def test_each_has_a_colour_for_every_status(name: str) -> None:
    told = load(name).variables
    assert all(Color.parse(told[f"status-{status}"]) for status in STATUSES)


def colours_of(theme: Theme) -> dict[str, str]:
    """What the styles may name."""
    return theme.to_color_system().generate() | theme.variables


@pytest.mark.parametrize("name", sorted(set(EVERY) - OF_THE_TERMINAL))
def test_every_text_can_be_read_on_every_ground(name: str) -> None:
    """WCAG 2.2 AA: 4.5 to 1; in the themes of high contrast AAA: 7 to 1."""
    colours = colours_of(load(name))
    least = 7 if name.startswith("high-contrast") else LEAST
    texts = ["foreground", *(f"status-{status}" for status in TEXTS)]
    grounds = {ground: Color.parse(colours[ground]) for ground in GROUNDS}
    low = {
        (text, ground): round(found, 2)
        for text in texts
        for ground, colour in grounds.items()
        if (found := contrast(Color.parse(colours[text]), colour)) < least
    }
    assert not low
    assert contrast(Color.parse(colours["block-cursor-foreground"]), grounds["block-cursor-background"]) >= least
    # What failed, waits, runs and is done are not one colour, though glyph and word tell them apart as well.
    told = [colours[f"status-{status}"] for status in ("failed", "waiting", "running", "done", "skipped")]
    assert len(set(told)) == len(told)


def test_a_colour_that_cannot_be_read_becomes_one_that_can() -> None:
    black, white, red = Color.parse("#000000"), Color.parse("#ffffff"), Color.parse("#660000")
    assert contrast(black, white) == 21
    assert contrast(red, black) < LEAST
    assert contrast(readable(red, [black], white), black) >= LEAST
    assert readable(white, [black], white) == white


def test_a_theme_of_ones_own_without_statuses_gets_them(tmp_path: Path) -> None:
    theme = parse(
        'name = "mine"\nprimary = "#102040"\nbackground = "#000000"\n[status]\nfailed = "#123456"', "mine.toml"
    )
    assert theme.variables["status-failed"] == "#123456"
    colours = colours_of(theme)
    assert all(
        contrast(Color.parse(colours["status-running"]), Color.parse(colours[name])) >= LEAST for name in GROUNDS
    )


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
@pytest.mark.parametrize("name", [*sorted(SHIPPED), "ansi-dark", "nord"])
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


async def test_a_theme_is_previewed_on_the_real_screen_kept_or_taken_back(tmp_path: Path) -> None:
    new_run(tmp_path)

    async def use(screen: Screen) -> None:
        ground = cell_ground(screen)
        assert ground == load("dark").surface
        await screen.press("T")
        assert cell_ground(screen) == ground  # Nothing is dimmed: the person looks at what they would get.
        await screen.press("G")
        assert screen.app.theme == "tokyo-night"
        assert cell_ground(screen) == (load("tokyo-night").surface or "").lower()
        await screen.press("escape")
        assert screen.app.theme == "loop-dark"
        assert load_settings()[0].theme == ""
        await screen.press("T", "j", "enter")
        previewed = screen.app.theme
        assert previewed != "loop-dark"
        assert load(load_settings()[0].theme).name == previewed

    await on_screen(use, tmp_path)


def cell_ground(screen: Screen) -> str:
    """The ground of a cell in the first pane, as it is painted."""
    style = next(iter(screen.app.screen._compositor.render_strips()[6].crop(3, 4))).style
    assert style is not None
    assert style.bgcolor is not None
    return style.bgcolor.get_truecolor().hex


async def test_settings_are_switched_and_typed(tmp_path: Path) -> None:
    new_run(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("comma", "j", "enter")
        assert load_settings()[0].bell is False
        assert screen.app.settings.bell is False
        await screen.press("j", "j", "j", "j", "j", "enter", "7", "enter")
        assert load_settings()[0].depth == 7
        await screen.press("enter", "x", "enter")
        assert load_settings()[0].depth == 7
        assert "whole number" in screen.toasts()[0]
        await screen.press("escape")
        assert len(screen.app.screen_stack) == 1

    await on_screen(use, tmp_path)


@pytest.mark.parametrize("name", ["light", "solarized-light", "nord"])
async def test_what_stands_in_an_empty_field_can_be_read(tmp_path: Path, name: str) -> None:
    new_run(tmp_path)

    async def use(screen: Screen) -> None:
        screen.app.show_theme(load(name))
        await screen.press("colon")
        await screen.until(lambda: isinstance(screen.app.focused, Input), "the field")
        field = screen.app.focused
        assert field is not None
        style = field.get_component_styles("input--placeholder")
        ground = field.background_colors[1]
        assert contrast(ground + style.color, ground) >= LEAST

    await on_screen(use, tmp_path)
