"""The list of many runs, by keyboard."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from loop_tui.control.board_row import FAILED, NEEDS_YOU, STOPPED
from loop_tui.model.runs import RunOutcome
from loop_tui.tui.app import LoopApp
from loop_tui.tui.cockpit.screen import CockpitScreen
from loop_tui.tui.home.run_list import RunList, age_of
from loop_tui.tui.home.screen import HomeScreen
from loop_tui.tui.replay.screen import ReplayScreen

from .launching import Started
from .past import archive
from .runs import DISTRIBUTION, NARROW, NOW, WIDE, Screen, Watch, human_gate, new_run, on_screen, red_gate
from .test_viewer_diff import git


async def on_home(
    use: Callable[[Screen], Awaitable[None]], folder: Path, runs: int, size: tuple[int, int] = WIDE
) -> Screen:
    """Run a test's steps on the list, once it has that many rows."""
    clock = Watch()
    bells: list[str] = []
    spawned: list[tuple[Path, str]] = []

    def spawn(where: Path, what: str) -> int:
        spawned.append((where, what))
        return 0

    app = LoopApp(folder, "", clock=clock, now=lambda: NOW, launcher=Started(spawn), folders=[folder])
    app.bell = lambda: bells.append("bell")  # type: ignore[method-assign]
    async with app.run_test(size=size, notifications=True) as pilot:
        screen = Screen(app, pilot, clock, spawned, bells)
        await screen.until(lambda: len(listed(screen).rows) == runs, "the rows")
        await use(screen)
    return screen


def listed(screen: Screen) -> RunList:
    home = screen.app.screen_stack[0]
    assert isinstance(home, HomeScreen)
    return home.query_one(RunList)


def three(folder: Path) -> None:
    human_gate(folder / "gate")
    red_gate(folder / "red")
    new_run(folder / "idle")


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_what_needs_you_comes_first_and_enter_opens_it(tmp_path: Path, size: tuple[int, int]) -> None:
    three(tmp_path)

    async def use(screen: Screen) -> None:
        assert [row.group for row in listed(screen).rows] == [NEEDS_YOU, FAILED, STOPPED]
        lines = screen.text().splitlines()
        assert lines[1].startswith("! needs you 1")
        assert "infra-gate waits for you" in screen.text()
        await screen.press("G")
        assert listed(screen).selected == listed(screen).rows[2]
        await screen.press("enter")
        assert isinstance(screen.app.screen, CockpitScreen)
        await screen.until(lambda: screen.app.snapshot.opened, "the cockpit")
        assert screen.app.snapshot.project == tmp_path / "idle"
        await screen.press("b")
        assert isinstance(screen.app.screen, HomeScreen)
        assert listed(screen).selected == listed(screen).rows[2], "the cursor is where it was"

    await on_home(use, tmp_path, 3, size)


async def test_typing_filters_and_escape_shows_all_again(tmp_path: Path) -> None:
    three(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("slash", "i", "n", "f", "r", "a")
        assert [row.project.name for row in listed(screen).rows] == ["gate"]
        await screen.press("q", "q")
        assert listed(screen).rows == []
        assert "no matches for 'infraqq'" in screen.text()
        await screen.press("escape")
        assert len(listed(screen).rows) == 3

    await on_home(use, tmp_path, 3)


async def test_the_cursor_stays_on_its_run_when_others_come_before_it(tmp_path: Path) -> None:
    new_run(tmp_path / "idle")

    async def use(screen: Screen) -> None:
        red_gate(tmp_path / "red")
        await screen.until(lambda: len(listed(screen).rows) == 2, "the second run")
        chosen = listed(screen).selected
        assert chosen is not None
        assert chosen.project.name == "idle"
        assert screen.bells == ["bell"]
        await screen.press("n")
        chosen = listed(screen).selected
        assert chosen is not None
        assert chosen.project.name == "red"

    await on_home(use, tmp_path, 1)


async def test_a_file_that_lies_where_no_run_is_is_only_listed(tmp_path: Path) -> None:
    run = new_run(tmp_path / "p")
    run.store.path.rename(tmp_path / "p/other-state.json")

    async def use(screen: Screen) -> None:
        await screen.press("enter")
        assert isinstance(screen.app.screen, HomeScreen)
        assert "only listed" in screen.toasts()[0]

    await on_home(use, tmp_path, 1)


async def test_hostile_names_do_nothing_to_the_terminal(tmp_path: Path) -> None:
    new_run(tmp_path / "p", system="[red]x[/]\x1b]52;c;aGk=\x07 日本語 שלום")

    async def use(screen: Screen) -> None:
        assert "[red]x[/]" in screen.text()
        assert "]52;c" not in screen.raw().replace("[red]", "")
        assert all(len(line) <= WIDE[0] for line in screen.text().splitlines())

    await on_home(use, tmp_path, 1)


@pytest.mark.parametrize(
    ("since", "said"),
    [("2026-01-02T03:10:00Z", "4s"), ("2026-01-02T02:00:00Z", "1h"), ("2025-12-30T00:00:00Z", "3d"), ("soon", "")],
)
def test_an_age_is_its_largest_unit(since: str, said: str) -> None:
    assert age_of(since, "2026-01-02T03:10:04Z") == said


async def test_only_what_was_done_has_a_tick_among_what_ended_today(tmp_path: Path) -> None:
    for outcome in (RunOutcome.SUCCESS, RunOutcome.ABANDONED, RunOutcome.FAILED):
        archive(tmp_path / outcome, day=2, system=f"n-{outcome}", outcome=outcome)

    async def use(screen: Screen) -> None:
        rows = [line[:70] for line in screen.text().splitlines() if " n-" in line[:40]]
        assert sorted(("✓" in row, "✗" in row, *re.findall(r"\b(?:done|aborted|failed)\b", row)) for row in rows) == [
            (False, True, "aborted"),
            (False, True, "failed", "failed"),  # its name, and how it ended
            (True, False, "done"),
        ]

    await on_home(use, tmp_path, 3)


async def test_a_run_that_ended_today_is_watched_again(tmp_path: Path) -> None:
    archive(tmp_path / "runs/past", day=2, system="over")
    new_run(tmp_path / "runs/idle")

    async def use(screen: Screen) -> None:
        assert "done today 1" in screen.text()
        await screen.press("G", "enter")
        await screen.until(lambda: isinstance(screen.app.screen, ReplayScreen), "the replay")
        await screen.press("b")
        assert isinstance(screen.app.screen, HomeScreen)

    await on_home(use, tmp_path / "runs", 2)


async def test_b_leads_to_all_runs_and_back_also_without_a_run(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        await screen.press("b")
        await screen.until(lambda: isinstance(screen.app.screen, HomeScreen), "the list")
        await screen.press("b")
        await screen.until(lambda: isinstance(screen.app.screen, CockpitScreen), "the run")
        await screen.until(lambda: screen.app.snapshot.opened, "that it was read")
        assert (screen.app.snapshot.project, screen.app.snapshot.loop) == (tmp_path, DISTRIBUTION)
        await screen.press("b")
        assert isinstance(screen.app.screen, HomeScreen)
        assert len(screen.app.screen_stack) == 1

    await on_screen(use, tmp_path)


async def test_b_leads_nowhere_where_no_run_was_left(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        await screen.press("b")
        assert isinstance(screen.app.screen, HomeScreen)
        assert any("no run opened yet" in said for said in screen.toasts())

    await on_home(use, tmp_path, 0)


async def test_a_broken_file_opens_where_the_remedy_is(tmp_path: Path) -> None:
    run = new_run(tmp_path / "broken")
    run.store.path.write_text("{")

    async def use(screen: Screen) -> None:
        (row,) = listed(screen).rows
        assert row.headline.startswith("distribution-state.json ends too early")
        await screen.press("enter")
        await screen.until(lambda: isinstance(screen.app.screen, CockpitScreen), "the cockpit")
        await screen.until(lambda: screen.app.snapshot.trouble is not None, "the trouble")

    await on_home(use, tmp_path, 1)


async def test_projects_without_a_run_are_listed_on_a_key_and_a_run_starts_there(tmp_path: Path) -> None:
    new_run(tmp_path / "idle")
    (tmp_path / "fresh").mkdir()
    (tmp_path / "fresh/package.json").write_text("{}")
    git(tmp_path / "fresh", "init", "-q")
    git(tmp_path / "fresh", "commit", "-q", "--allow-empty", "-m", "first")

    async def use(screen: Screen) -> None:
        await screen.press("P")
        await screen.until(lambda: len(listed(screen).rows) == 2, "the project")
        assert "without a run 1" in screen.text()
        await screen.press("G", "3", "space")
        await screen.until(lambda: screen.spawned == [(tmp_path / "fresh", DISTRIBUTION)], "a run starts")
        await screen.press("escape", "l")
        assert isinstance(screen.app.screen, CockpitScreen)
        assert screen.app.snapshot.project == tmp_path / "fresh"
        await screen.press("b", "P")
        assert len(listed(screen).rows) == 1

    await on_home(use, tmp_path, 1)


async def test_names_that_look_alike_show_their_folder_and_a_run_that_vanishes_is_told(tmp_path: Path) -> None:
    first, second = new_run(tmp_path / "one"), new_run(tmp_path / "two")

    async def use(screen: Screen) -> None:
        assert "widget-gauge · one" in screen.text()
        assert "widget-gauge · two" in screen.text()
        second.store.path.unlink()
        await screen.until(lambda: len(listed(screen).rows) == 1, "it has gone")
        assert f"restore it as {second.store.path}" in screen.toasts()[0]
        assert "widget-gauge · one" not in screen.text(), "nothing looks like it any more"
        assert first.state.run

    await on_home(use, tmp_path, 2)
