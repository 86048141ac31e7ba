"""The log pane by itself."""

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from loop_tui.tui.cockpit import log_slices
from loop_tui.tui.cockpit.log_pane import LogPane
from loop_tui.tui.cockpit.log_store import LogStore
from loop_tui.tui.theme import FALLBACK


def raw(text: str, skill: str = "x") -> str:
    return f"1767323045000\t{skill}\tout\t{text}"


class PaneApp(App[None]):
    """A pane and nothing else."""

    CSS = "LogPane { height: 1fr; scrollbar-size-horizontal: 0; }"

    def __init__(self, cap: int = 50_000) -> None:
        super().__init__()
        self.pane = LogPane(LogStore(cap))

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return FALLBACK

    def compose(self) -> ComposeResult:
        yield self.pane

    async def settled(self, pilot: Pilot[None]) -> None:
        """Wait until all that was begun is done."""
        while self.pane.is_working:
            await pilot.pause()
        await pilot.pause()

    def lines(self) -> list[str]:
        return [self.pane.render_line(y).text.rstrip() for y in range(self.pane.size.height)]


async def test_it_paints_only_what_is_visible() -> None:
    app = PaneApp()
    async with app.run_test(size=(40, 10)) as pilot:
        app.pane.write([raw(f"line {n}") for n in range(40_000)])
        await app.settled(pilot)
        assert app.lines()[-1] == "  line 39999"
        await pilot.press("g")
        assert app.lines()[0].startswith("━━ x")
        assert not app.pane.following


async def test_what_to_do_while_there_are_no_lines_is_said_whole() -> None:
    app = PaneApp()
    async with app.run_test(size=(24, 10)) as pilot:
        app.pane.suggest("no run here: space starts the next run")
        await pilot.pause()
        assert app.lines()[:3] == ["  no run here: space", "  starts the next run", ""]


async def test_a_reader_stays_where_they_are_when_old_lines_are_dropped() -> None:
    app = PaneApp(cap=1000)
    async with app.run_test(size=(40, 10)) as pilot:
        app.pane.write([raw(f"line {n}") for n in range(1000)])
        await pilot.pause()
        await pilot.press("ctrl+u", "ctrl+u")
        seen = app.lines()
        for start in range(1000, 1900, 60):
            app.pane.write([raw(f"line {n}") for n in range(start, start + 60)])
            await pilot.pause()
            assert app.lines() == seen
        assert app.pane.new_lines == 900
        await pilot.press("G")
        assert app.pane.following
        assert app.lines()[-1] == "  line 1899"


async def test_it_follows_again_when_the_reader_comes_back_to_the_end() -> None:
    app = PaneApp()
    async with app.run_test(size=(40, 10)) as pilot:
        app.pane.write([raw(f"line {n}") for n in range(100)])
        await pilot.pause()
        await pilot.press("k", "k")
        assert not app.pane.following
        await pilot.press("j", "j")
        assert app.pane.following
        app.pane.write([raw("the end")])
        await pilot.pause()
        assert app.lines()[-1] == "  the end"


async def test_a_line_that_was_picked_out_near_the_end_is_not_left_for_what_comes() -> None:
    app = PaneApp()
    async with app.run_test(size=(40, 10)) as pilot:
        app.pane.write([raw(f"line {n}") for n in range(100)])
        await pilot.pause()
        await pilot.press("g")
        app.pane.go_to(len(app.pane.store) - 2)
        await pilot.pause()
        assert any(line.endswith("line 98") for line in app.lines())
        assert not app.pane.following
        seen = app.lines()
        app.pane.write([raw(f"line {n}") for n in range(100, 200)])
        await pilot.pause()
        assert app.lines() == seen
        await pilot.press("f")
        assert app.lines()[-1] == "  line 199"


async def test_it_follows_through_a_resize() -> None:
    app = PaneApp()
    async with app.run_test(size=(40, 20)) as pilot:
        app.pane.write([raw(f"line {n}") for n in range(100)])
        await pilot.resize_terminal(40, 8)
        await pilot.pause()
        assert app.pane.following
        assert app.lines()[-1] == "  line 99"
        await pilot.resize_terminal(60, 30)
        await pilot.pause()
        assert app.pane.following
        assert app.lines()[-1] == "  line 99"


async def test_long_wide_and_torn_lines_keep_the_width() -> None:
    app = PaneApp()
    async with app.run_test(size=(20, 6)) as pilot:
        app.pane.write([raw("a" * 2_000_000), raw("宽" * 50), raw("e\u0301" * 50), "\t\t\t", raw("tab\there")])
        await pilot.pause()
        assert all(app.pane.render_line(y).cell_length == 20 for y in range(6))
        await pilot.press("l", "l")
        assert all(app.pane.render_line(y).cell_length == 20 for y in range(6))


async def test_lines_that_come_before_the_first_layout_leave_the_scrollbar_where_the_text_is() -> None:
    app = PaneApp()
    async with app.run_test(size=(40, 10)) as pilot:
        pane = LogPane()
        pane.write([raw(f"line {n}") for n in range(100)])
        await app.mount(pane)
        pane.write([raw(f"line {n}") for n in range(100, 200)])
        await pilot.pause()
        assert pane.show_vertical_scrollbar
        assert pane.scroll_y > 0
        assert pane.vertical_scrollbar.position == pane.scroll_y


async def test_the_right_edge_says_that_there_is_more_beside_the_scrollbar_too() -> None:
    app = PaneApp()
    long = "# Subtest: a value above one fills the gauge and no more"
    async with app.run_test(size=(40, 6)) as pilot:
        pane = app.pane
        pane.focus()
        for count in (5, 20):
            pane.write([raw(long) for _ in range(count)])
            await pilot.pause()
            room = pane.scrollable_content_region.width
            assert {line.rstrip() for line in app.lines()[-2:]} == {f"  {long}"[: room - 1] + "›"}
        assert pane.show_vertical_scrollbar
        await pilot.press("l", "l", "l")
        await pilot.pause()
        assert app.lines()[-1].endswith("no more")
        await pilot.press("w")
        await pilot.pause()
        assert "".join("".join(app.lines()[-2:]).split()) == "".join(long.split())


async def test_long_work_is_done_between_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_slices, "SLICE_S", 0.0)
    app = PaneApp()
    async with app.run_test(size=(40, 10)) as pilot:
        pane = app.pane
        pane.focus()
        pane.write([raw(f"line {n}") for n in range(5000)])
        assert 0 < len(pane.store) < 5000
        pane.write([raw("the end")])
        await app.settled(pilot)
        assert app.lines()[-1] == "  the end"
        pane.set_filter("line 49")
        assert pane.is_working
        await pilot.press("k")
        assert not pane.following
        await app.settled(pilot)
        assert len(pane.view) == 1 + sum("49" in str(n) for n in range(5000)), "with the header"
        pane.set_filter("nothing")
        pane.set_filter("end")
        pane.action_wrap()
        pane.write([raw("another end")])
        await app.settled(pilot)
        assert [pane.store[index].split("\t")[-1] for index in pane.view.shown()][1:] == ["the end", "another end"]
        assert pane.view.width
