"""Runs that are over: found, watched again, compared."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.geometry import Size
from textual.widgets import Input, OptionList

from loop_tui.control.archived_runs import Listed
from loop_tui.fs.homes import claude_home
from loop_tui.tui.app import LoopApp
from loop_tui.tui.cockpit.bars import Banner
from loop_tui.tui.history.asking import Counted, NotWanted, first_with
from loop_tui.tui.history.compare import CompareScreen
from loop_tui.tui.history.screen import HistoryScreen
from loop_tui.tui.replay.screen import ReplayBar, ReplayScreen
from loop_tui.tui.widgets.sparkline import sparkline
from tests.in_process import told

from .launching import Started
from .past import archive
from .runs import NARROW, NOW, WIDE, Screen, Watch


async def on_history(
    use: Callable[[Screen], Awaitable[None]], project: Path, runs: int, size: tuple[int, int] = WIDE
) -> Screen:
    """Run a test's steps on the history, once it has that many rows."""
    clock = Watch()
    app = LoopApp(project, "", clock=clock, now=lambda: NOW, launcher=Started(), history=True)
    async with app.run_test(size=size, notifications=True) as pilot:
        screen = Screen(app, pilot, clock, [], [])
        await screen.until(lambda: len(rows(screen)) == runs, "the rows")
        await use(screen)
    return screen


def rows(screen: Screen) -> list[str]:
    listed = screen.app.screen_stack[0].query_one(OptionList)
    return [str(listed.get_option_at_index(i).prompt) for i in range(listed.option_count)]


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_the_newest_stands_first_and_typing_filters(tmp_path: Path, size: tuple[int, int]) -> None:
    archive(tmp_path / "a", day=2, system="alpha")
    archive(tmp_path / "b", day=3, system="beta")

    async def use(screen: Screen) -> None:
        assert "beta" in rows(screen)[0]
        assert "✓ done" in rows(screen)[0]
        await screen.press("slash", *"alph")
        assert len(rows(screen)) == 1
        await screen.press("enter", "escape")
        assert len(rows(screen)) == 2

    await on_history(use, tmp_path, 2, size)


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_no_trend_is_cut(tmp_path: Path, size: tuple[int, int]) -> None:
    for day in (2, 3, 4):
        archive(tmp_path / "a", day=day, build_ms=day * 1000)

    async def use(screen: Screen) -> None:
        about = screen.app.screen.query_one("#history-about")
        await screen.until(lambda: about.size.height > 1, "all of it")
        shown = screen.text()
        assert "code-verification 4.0s ▁▅█" in shown
        assert shown.count(" 1.0s ▄▄▄") == 3

    await on_history(use, tmp_path, 3, size)


async def test_leaving_while_the_archive_is_read_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads, left, read = threading.Event(), threading.Event(), threading.Event()

    def slow(told: Callable[[int, int], None]) -> Counted:
        reads.set()
        left.wait()
        read.set()
        return Counted(Listed([], []), 0, 0)

    monkeypatch.setattr("loop_tui.tui.history.screen.every_run", slow)
    app = LoopApp(tmp_path, "", clock=Watch(), now=lambda: NOW, launcher=Started(), history=True)
    async with app.run_test(size=WIDE) as pilot:
        screen = app.screen
        assert isinstance(screen, HistoryScreen)
        await asyncio.to_thread(reads.wait)
        await screen.remove_children()
        left.set()
        await asyncio.to_thread(read.wait)
        await pilot.pause()
        await app.workers.wait_for_complete()


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_how_far_the_first_reading_is_stands_on_top(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    shown, stopped = threading.Event(), threading.Event()

    def slow(told: Callable[[int, int], None]) -> Counted:
        told(1_200, 100_000)
        shown.wait()
        try:
            told(1_300, 100_000)
        except Exception:
            stopped.set()
            raise
        return Counted(Listed([], []), 0, 0)

    monkeypatch.setattr("loop_tui.tui.history.screen.every_run", slow)

    async def use(screen: Screen) -> None:
        await screen.until(lambda: "reading the archive: 1,200 of 100,000 runs" in screen.text(), "how far it is")
        await screen.press("slash", "x", "escape")
        await screen.app.screen.remove()
        shown.set()
        await asyncio.to_thread(stopped.wait)

    await on_history(use, tmp_path, 0, size)


async def test_the_filter_finds_runs_beyond_those_that_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in range(2, 8):
        archive(tmp_path / "a", day=day, system="alpha" if day == 2 else "beta")
    monkeypatch.setattr("loop_tui.tui.history.asking.MOST", 3)

    async def use(screen: Screen) -> None:
        assert "3 of 6 runs" in screen.text()
        await screen.press("slash", *"alph")
        await screen.until(lambda: len(rows(screen)) == 1 and "alpha" in rows(screen)[0], "the old one")
        assert "1 of 6 runs" in screen.text()
        await screen.press("enter", "enter")
        assert isinstance(screen.app.screen, ReplayScreen)

    await on_history(use, tmp_path, 3)


async def test_a_key_reads_and_paints_what_fits_on_the_screen_then_the_rest_is_listed_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in range(2, 18):
        archive(tmp_path / "a", day=day, system="alpha" if day % 8 else "beta")
    monkeypatch.setattr("loop_tui.tui.history.asking.MOST", 12)
    asked: list[tuple[str, int]] = []

    def first(text: str, most: int, is_wanted: Callable[[], bool]) -> Listed:
        asked.append((text, most))
        return first_with(text, 5, is_wanted)

    monkeypatch.setattr("loop_tui.tui.history.screen.first_with", first)
    monkeypatch.setattr(HistoryScreen, "size", Size(80, 5))

    async def use(screen: Screen) -> None:
        assert "12 of 16 runs" in screen.text()
        await screen.press("slash", "a", "l")
        await screen.until(lambda: len(rows(screen)) == 12, "the rest")
        assert "14 of 16 runs, the newest 12 are listed" in screen.text()
        assert all("alpha" in row for row in rows(screen))
        assert ("al", 5) in asked

    await on_history(use, tmp_path, 12)


def test_of_the_questions_that_wait_only_the_last_is_asked() -> None:
    with pytest.raises(NotWanted):
        first_with("a", 5, lambda: False)


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_text_is_searched_for_in_documents_and_logs(tmp_path: Path, size: tuple[int, int]) -> None:
    for day in (2, 3, 4):
        path = archive(tmp_path / "a", day=day, system="alpha")
        (path.with_suffix("") / "NOTES.md").write_text(f"# Notes\nthe [/b] \x1b[31mCache\x1b[0m of {day % 3} is cold\n")

    async def use(screen: Screen) -> None:
        await screen.press("slash", "slash", *"cache of 1")
        assert len(rows(screen)) == 3, "it is searched for when enter is pressed"
        await screen.press("enter")
        await screen.until(lambda: len(rows(screen)) == 1, "the run")
        assert "1 run with \u201ccache of 1\u201d in documents and logs" in screen.text()
        assert "NOTES.md:2  the [/b] Cache of 1 is cold" in screen.text()
        await screen.press("m")
        assert "1 run with \u201ccache of 1\u201d in documents and logs" in screen.text()
        await screen.press("escape")
        await screen.until(lambda: len(rows(screen)) == 3, "all of them")
        assert "NOTES.md" not in screen.text()
        await screen.press("slash", *"cache of")
        assert rows(screen) == []
        await screen.press("enter")
        await screen.until(lambda: len(rows(screen)) == 3, "what no name has is searched for, too")
        await screen.press("enter")
        assert isinstance(screen.app.screen, ReplayScreen)

    await on_history(use, tmp_path, 3, size)


async def test_the_rows_below_the_screen_come_once_the_others_are_painted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loop_tui.tui.history.screen._AT_ONCE", 2)
    for day in range(2, 8):
        archive(tmp_path / "a", day=day, system="alpha" if day % 2 else "beta")

    async def use(screen: Screen) -> None:
        await screen.press("G", "m", "k", "m")
        assert [row.startswith("\u25c6") for row in rows(screen)] == [False] * 4 + [True, False]
        await screen.press("slash", *"alpha")
        await screen.until(lambda: len(rows(screen)) == 3, "the rows of alpha and no others")
        assert all("alpha" in row for row in rows(screen))

    await on_history(use, tmp_path, 6)


async def test_a_search_that_finds_nothing_says_so(tmp_path: Path) -> None:
    archive(tmp_path / "a")

    async def use(screen: Screen) -> None:
        await screen.press("slash", *"/nowhere", "enter")
        await screen.until(lambda: "0 runs with \u201cnowhere\u201d" in screen.text(), "what was found")
        await screen.press("escape", "slash", *"/", "enter")
        assert len(rows(screen)) == 1

    await on_history(use, tmp_path, 1)


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_speed_and_steps_of_a_replay_are_named(tmp_path: Path, size: tuple[int, int]) -> None:
    archive(tmp_path / "a")

    async def use(screen: Screen) -> None:
        await screen.press("enter")
        replay = screen.app.screen
        assert isinstance(replay, ReplayScreen)
        await screen.until(lambda: replay.past.past is not None, "the journal")
        await screen.until(lambda: "space play" in screen.text(), "the keys")
        assert "← → step" in screen.text()
        assert "> < 1x" in screen.text()
        await screen.press("greater_than_sign")
        assert "> < 2x" in screen.text()
        for _ in range(8):
            await screen.press("left")
            assert screen.text().rstrip().endswith("q back")

    await on_history(use, tmp_path, 1, size)


@pytest.mark.parametrize("pane", ["1", "2", "3"])
async def test_a_replay_is_stepped_and_played_from_every_pane(tmp_path: Path, pane: str) -> None:
    archive(tmp_path / "a")

    async def use(screen: Screen) -> None:
        await screen.press("enter")
        replay = screen.app.screen
        assert isinstance(replay, ReplayScreen)
        await screen.until(lambda: replay.past.past is not None and replay.snapshot.state is not None, "the end")
        total = len(replay.past.past.steps) if replay.past.past else 0
        await screen.press(pane, "left", "left")
        assert replay.past.at == total - 3
        await screen.press("home", "right", "greater_than_sign", "greater_than_sign", "less_than_sign")
        assert replay.past.at == 1
        for keys in ("← → step", "space play", "> < 2x", "q back"):
            assert keys in screen.text()
        assert not replay.query_one(ReplayBar).has_focus
        await screen.press("space")
        await screen.until(lambda: replay.past.at == total - 1, "it plays")

    await on_history(use, tmp_path, 1, NARROW)


async def test_keys_of_a_replay_are_letters_where_a_text_is_typed(tmp_path: Path) -> None:
    archive(tmp_path / "a")

    async def use(screen: Screen) -> None:
        await screen.press("enter")
        replay = screen.app.screen
        assert isinstance(replay, ReplayScreen)
        await screen.until(lambda: replay.past.past is not None and replay.snapshot.state is not None, "the end")
        at = replay.past.at
        await screen.press("2", "slash", "a", "space", "b", "left", "greater_than_sign")
        assert replay.query_one("#log-input", Input).value == "a >b"
        assert (replay.past.at, replay.query_one(ReplayBar).playing) == (at, False)

    await on_history(use, tmp_path, 1, NARROW)


async def test_an_empty_archive_says_so(tmp_path: Path) -> None:
    async def use(screen: Screen) -> None:
        await screen.until(lambda: "none yet" in screen.text(), "the hint")
        await screen.press("enter", "c", "m")
        assert isinstance(screen.app.screen, HistoryScreen)

    await on_history(use, tmp_path, 0)


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_run_is_watched_again_event_by_event(tmp_path: Path, size: tuple[int, int]) -> None:
    path = archive(tmp_path / "a")
    before = path.read_bytes()

    async def use(screen: Screen) -> None:
        await screen.press("enter")
        replay = screen.app.screen
        assert isinstance(replay, ReplayScreen)
        await screen.until(lambda: replay.past.past is not None, "the journal")
        await screen.until(lambda: replay.snapshot.state is not None, "the end")
        shown = replay.snapshot.state
        assert shown is not None
        assert shown.status == "complete"
        await screen.press("home")
        await screen.until(lambda: replay.past.at == 0, "the beginning")
        shown = replay.snapshot.state
        assert shown is not None
        assert not any(phase.over for phase in shown.phases)
        total = len(replay.past.past.steps) if replay.past.past else 0
        for number in range(1, total):
            await screen.press("right")
            assert replay.past.at == number
            assert not replay.query_one(Banner).display, "nobody asks for an answer any more"
        await screen.press("left", "left")
        assert replay.past.at == total - 3
        assert f"{total - 2}/{total}" in screen.text()
        # Nothing can be changed, whatever key is pressed.
        await screen.press("p", "s", "3", "a", "enter", "x", "enter")
        assert path.read_bytes() == before
        await screen.press("b")
        assert isinstance(screen.app.screen, HistoryScreen)

    await on_history(use, tmp_path, 1, size)


async def test_it_plays_to_the_end_by_itself(tmp_path: Path) -> None:
    archive(tmp_path / "a")

    async def use(screen: Screen) -> None:
        await screen.press("enter")
        replay = screen.app.screen
        assert isinstance(replay, ReplayScreen)
        await screen.until(lambda: replay.past.past is not None and replay.snapshot.state is not None, "the end")
        await screen.press("home")
        await screen.until(lambda: replay.past.at == 0, "the beginning")
        bar = replay.query_one(ReplayBar)
        await screen.press("greater_than_sign", "greater_than_sign", "space")
        total = len(replay.past.past.steps) if replay.past.past else 0
        await screen.until(lambda: replay.past.at == total - 1 and not bar.playing, "the end")

    await on_history(use, tmp_path, 1)


async def test_two_runs_are_compared_phase_by_phase(tmp_path: Path) -> None:
    archive(tmp_path / "a", day=2, build_ms=2000)
    archive(tmp_path / "b", day=3, build_ms=5000)

    async def use(screen: Screen) -> None:
        await screen.press("j", "m", "k", "c")
        assert isinstance(screen.app.screen, CompareScreen)
        assert "widget-gauge      widget-gauge" in screen.text(), "the project stands in the columns"
        line = next(line for line in screen.text().splitlines() if "code-verification" in line)
        assert line.split()[1:5] == ["code-verification", "2.0s", "5.0s", "+3.0s"]
        await screen.press("escape")
        assert isinstance(screen.app.screen, HistoryScreen)

    await on_history(use, tmp_path, 2)


async def test_a_run_without_a_journal_says_why_it_cannot_be_watched(tmp_path: Path) -> None:
    path = archive(tmp_path / "a")
    (path.with_suffix("") / "journey-log.jsonl").unlink()

    async def use(screen: Screen) -> None:
        await screen.press("enter")
        await screen.until(screen.toasts, "the reason")
        assert "no journal" in screen.toasts()[0]
        assert isinstance(screen.app.screen, HistoryScreen)

    await on_history(use, tmp_path, 1)


def test_the_command_compares_by_number_and_by_path(tmp_path: Path) -> None:
    path = archive(tmp_path / "a", day=2, build_ms=2000)
    archive(tmp_path / "b", day=3, build_ms=5000)
    done = told("compare", "2", "1", "--json")
    assert done.returncode == 0, done.stderr
    verify = next(pair for pair in json.loads(done.stdout)["phases"] if pair["name"] == "VERIFY")
    assert verify["ms"] == [2000, 5000]
    done = told("compare", str(path), "1")
    assert "+3.0s" in done.stdout
    named = told("compare", "1", "2")
    assert named.stdout == done.stdout, "the older one is the base"
    here = tmp_path / "widget-gauge"
    here.mkdir()
    bare = told("compare", folder=here)
    assert bare.stdout == done.stdout, "the last two of this project"
    assert "widget-gauge 2026-01-02 04:00" in bare.stdout
    done = told("compare", "nothing", "1")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert claude_home().is_dir()


@pytest.mark.parametrize(
    ("values", "bars"),
    [([], ""), ([5], "▄"), ([1, 8], "▁█"), ([3, 3, 3], "▄▄▄"), ([1, 2, 3, 4, 5], "▁▅█")],
)
def test_a_sparkline_spans_its_values(values: list[int], bars: str) -> None:
    assert sparkline(values, 3) == bars
