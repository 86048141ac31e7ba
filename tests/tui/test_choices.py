"""A list that changes while it is used."""

from rich.style import Style
from textual import events
from textual.app import App, ComposeResult

from loop_tui.tui.widgets.choices import Choices


class Listed(App[None]):
    def compose(self) -> ComposeResult:
        yield Choices("one", "two", "three")


async def test_pages_of_an_empty_list_are_no_crash() -> None:
    async with Listed().run_test() as pilot:
        choices = pilot.app.query_one(Choices)
        choices.focus()
        await pilot.press("pagedown")
        assert choices.highlighted == 2
        choices.clear_options()
        await pilot.press("pageup", "pagedown", "home", "end", "enter", "up", "down")
        assert choices.option_count == 0


async def test_a_click_on_what_has_gone_chooses_nothing() -> None:
    async with Listed().run_test() as pilot:
        choices = pilot.app.query_one(Choices)
        style = Style.from_meta({"option": 2})
        click = events.Click(choices, 1, 1, 0, 0, 1, False, False, False, style=style)
        choices.clear_options()
        choices.add_option("only")
        choices.post_message(click)
        await pilot.pause()
        assert pilot.app.is_running
        assert choices.highlighted is None


async def test_pages_of_a_list_without_room_are_no_crash() -> None:
    async with Listed().run_test() as pilot:
        choices = pilot.app.query_one(Choices)
        choices.focus()
        choices.highlighted = 1
        choices.styles.height = 0
        choices.clear_options()
        choices.add_options(["one", "two"])
        choices.highlighted = 1
        await pilot.pause()
        choices.action_page_up()
        choices.action_page_down()
        assert choices.highlighted == 1
