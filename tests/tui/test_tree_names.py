"""Names in the phase tree: one can tell them apart, whatever room there is (SCREEN "Layout")."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from loop_tui.engine import changes
from loop_tui.storage.definitions.catalog import builtin
from loop_tui.tui.cockpit.tree_rows import TreeRow
from loop_tui.tui.widgets import glyphs
from loop_tui.tui.widgets.line import fit_apart

from .runs import DISTRIBUTION, NARROW, NOW, WIDE, Screen, check, new_run, on_screen, red_gate

NARROWER, LEAST = (100, 30), (60, 15)
LOG_LEAST = 40


@pytest.mark.parametrize("size", [NARROW, NARROWER, WIDE])
async def test_every_phase_skill_and_gate_of_the_loop_has_its_whole_name(tmp_path: Path, size: tuple[int, int]) -> None:
    definition = builtin(DISTRIBUTION)
    assert definition is not None
    wanted = [skill.id for phase in definition.phases for skill in phase.skills] + [g.id for g in definition.gates]

    async def use(screen: Screen) -> None:
        await screen.until(lambda: screen.tree.rows, "the rows")
        shown = screen.text()
        assert [name for name in wanted if name not in shown] == []
        assert screen.log.region.width >= LOG_LEAST

    await on_screen(use, tmp_path, size=size)


async def test_the_width_stays_while_a_run_goes_on_and_when_its_scrollbar_comes(tmp_path: Path) -> None:
    run = new_run(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.until(lambda: screen.tree.rows, "the rows")
        await screen.pilot.pause()
        width = screen.tree.region.width
        run.tell(changes.phase_entered("INIT"), changes.skill_started("INIT", "release-planner"))
        await screen.until(lambda: any(row.look.word == "running" for row in screen.tree.rows), "it runs")
        assert screen.tree.region.width == width
        many = [check(f"c{number}") for number in range(30)]
        run.tell(changes.skill_completed("INIT", "release-planner", checks=many))
        screen.tree.cursor = "skill:INIT/release-planner"
        await screen.until(lambda: any(row.kind == "check" for row in screen.tree.rows), "the checks")
        await screen.press("enter")
        await screen.until(lambda: screen.tree.show_vertical_scrollbar, "the scrollbar")
        assert screen.tree.region.width == width

    await on_screen(use, tmp_path, size=NARROW)


async def test_a_zoomed_tree_has_the_whole_screen(tmp_path: Path) -> None:
    red_gate(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("z")
        assert screen.tree.region.width == NARROW[0]

    await on_screen(use, tmp_path, size=NARROW)


async def test_the_log_keeps_its_room_where_the_terminal_is_small(tmp_path: Path) -> None:
    red_gate(tmp_path)

    async def use(screen: Screen) -> None:
        assert screen.tree.region.width == 28

    await on_screen(use, tmp_path, size=LEAST)


async def test_a_duration_gives_way_to_the_name(tmp_path: Path) -> None:
    new_run(tmp_path)
    name = "a-skill-with-a-long-name"
    long = TreeRow("skill:P/x", "", 2, "skill", name, glyphs.skill("complete"), took="1h02m")
    rows = (long, replace(long, id="skill:P/y", name="build"))

    async def use(screen: Screen) -> None:
        screen.tree.show(rows, NOW)
        first, second = (screen.tree.render_line(y).text for y in range(2))
        assert name in first
        assert "1h02m" not in first
        assert "1h02m done" in second

    await on_screen(use, tmp_path, size=WIDE)


def test_names_that_begin_alike_keep_their_ends() -> None:
    names = ("verify-the-package-on-linux", "verify-the-package-on-macos")
    shown = [fit_apart(name, 16, names) for name in names]
    assert shown == ["verify-…on-linux", "verify-…on-macos"]
    assert fit_apart(names[0], 16, names[:1]) == "verify-the-pack…"
    assert fit_apart("short", 16, names) == "short"
    assert len({fit_apart(name, 5, names) for name in names}) == 1
