"""A key that does nothing says why, once, where the keys stand; and the footer belongs to the moment."""

from pathlib import Path

import pytest
from textual.widgets import Input

from loop_tui.engine import changes
from loop_tui.model.evidence import Question
from loop_tui.tui.replay.screen import ReplayScreen
from loop_tui.tui.widgets.foot import FootKey, fitting

from .past import archive
from .runs import DISTRIBUTION, INFRA, NARROW, WIDE, Screen, human_gate, new_run, on_screen


def last_row(screen: Screen) -> str:
    return screen.text().rstrip("\n").split("\n")[-1]


async def test_an_unknown_key_says_so_once_on_every_screen(tmp_path: Path) -> None:
    human_gate(tmp_path / "p")
    archive(tmp_path / "past")

    async def use(screen: Screen) -> None:
        for way in ((), ("question_mark",), ("D",), ("H",), ("H", "enter"), ("comma",), ("ctrl+p", "down"), ("d",)):
            await screen.press(*way)
            await screen.press("asterisk")
            assert screen.text().count("* does nothing here") == 1, (way, screen.text())
            assert not screen.app._notifications
            await screen.press("right" if way == ("H", "enter") else "down")
            assert "does nothing here" not in screen.text(), "the next key has the row again"
            while len(screen.app.screen_stack) > 1:
                await screen.press("b" if isinstance(screen.app.screen, ReplayScreen) else "escape")

    await on_screen(use, tmp_path / "p", INFRA, size=NARROW)


async def test_a_key_that_cannot_act_says_why_in_the_row_of_keys(tmp_path: Path) -> None:
    new_run(tmp_path)

    async def use(screen: Screen) -> None:
        for keys, why in (
            (("1", "c"), "no gate waits for an answer"),
            (("3", "a"), "no gate waits for an answer"),
            (("2", "n"), "no search yet: press /"),
            (("1", "m"), "no manual skill is waiting"),
        ):
            await screen.press(*keys)
            assert why in last_row(screen)
        assert not screen.app._notifications

    await on_screen(use, tmp_path, DISTRIBUTION)


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_why_a_typed_command_is_refused_stands_there_too_and_covers_nothing(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        for typed, why in (
            ("abort", "an abort needs a reason: abort --reason TEXT"),
            ("reject nope", "there is no gate nope: nothing was done"),
            ("diff nowhere", "there is no skill nowhere"),
        ):
            await screen.press("colon", *("space" if letter == " " else letter for letter in typed), "enter")
            await screen.until(lambda why=why: why in last_row(screen), why)
            assert not screen.app._notifications
            await screen.press("down")
            assert why not in last_row(screen)

    await on_screen(use, tmp_path, INFRA, size=size)


async def test_why_a_key_did_nothing_is_over_when_the_run_needs_something_else(tmp_path: Path) -> None:
    run = new_run(tmp_path, INFRA)

    async def use(screen: Screen) -> None:
        await screen.press("1", "c")
        assert "no gate waits for an answer" in last_row(screen)
        run.tell(changes.phase_entered("INIT"), changes.asked(Question(id="q-1", text="Which one?")))
        await screen.until(lambda: "Which one?" in screen.text(), "it asks")
        assert "no gate waits" not in screen.text()

    await on_screen(use, tmp_path, INFRA)


async def test_what_is_typed_into_a_field_is_no_wrong_key(tmp_path: Path) -> None:
    human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("colon", "Z", "asterisk")
        assert screen.app.screen.query_one(Input).value == "Z*"
        assert screen.noted == []

    await on_screen(use, tmp_path, INFRA)


async def test_the_footer_says_what_enter_does_after_a_typed_approve(tmp_path: Path) -> None:
    human_gate(tmp_path)

    async def use(screen: Screen) -> None:
        await screen.press("colon", *"approve", "enter")
        await screen.until(lambda: " enter approve infra-gate" in last_row(screen), "what enter does")

    await on_screen(use, tmp_path, INFRA)


KEYS = [
    FootKey("a", "first"),
    FootKey("b", "second", works=False),
    FootKey("c", "third"),
    FootKey("q", "quit", keep=True),
]


@pytest.mark.parametrize(("width", "left"), [(80, "abcq"), (38, "abcq"), (37, "acq"), (26, "aq"), (8, "q"), (2, "")])
def test_what_does_nothing_gives_way_first_and_the_way_out_last(width: int, left: str) -> None:
    found = fitting(KEYS, width)
    assert "".join(each.key for each in found) == left
    assert sum(each.cells for each in found) - 2 <= width
