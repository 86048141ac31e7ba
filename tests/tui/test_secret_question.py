"""A secret is typed unseen, goes to the driver that asks, and stays nowhere on the screen (SCREEN "Answers")."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual import events

from loop_tui.engine import changes
from loop_tui.fs.homes import data_dir
from loop_tui.fs.secret_pipe import name_of, understood
from loop_tui.model import secrets
from loop_tui.model.evidence import Question, QuestionKind
from loop_tui.services.registry.answers import BrowserLogin
from loop_tui.tui.cockpit.answer_input import AnswerInput

from .runs import Run, Screen, on_screen
from .scenes import secret
from .test_answers import line_of

TYPED = ("z", "q", "7", "Z", "Q", "9")
SECRET = "zq7ZQ9"


@pytest.fixture(autouse=True)
def nothing_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test types is not masked in the next."""
    monkeypatch.setattr(secrets, "_TYPED", ())


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return secret(tmp_path)


@pytest.fixture
def reader(run: Run) -> Iterator[int]:
    """The end of a driver."""
    path = run.store.run_dir / name_of("otp-1")
    os.mkfifo(path, 0o600)
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    yield handle
    os.close(handle)


def field(screen: Screen) -> AnswerInput:
    return screen.panel.query_one(AnswerInput)


async def test_what_is_typed_at_full_speed_counts_in_its_order(tmp_path: Path, run: Run) -> None:
    """All of it comes before the screen looks at the first of it."""

    async def use(screen: Screen) -> None:
        await screen.press("3")
        screen.clock.on()
        for key in ("z", "backspace", *TYPED, "x", "y", "backspace", "ctrl+w", *TYPED):
            screen.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await screen.until(lambda: field(screen).value.endswith("9"), "it is typed")
        assert field(screen).value == SECRET

    await on_screen(use, tmp_path)


async def test_it_is_shown_as_dots_and_handed_over(tmp_path: Path, run: Run, reader: int) -> None:
    got = bytearray()

    async def use(screen: Screen) -> None:
        await screen.press("3", *TYPED)
        assert field(screen).value == SECRET
        assert "••••••" in screen.text()
        assert SECRET not in screen.text()
        await screen.press("enter")
        assert field(screen).value == ""
        await screen.until(lambda: arrived(reader, got), "it is written into the pipe")
        run.tell(changes.answered("otp-1", "", "ann"))
        os.dup2(os.open(os.devnull, os.O_RDONLY), reader)
        await screen.idle()
        await screen.until(lambda: "given" in screen.toasts(), "it says so")
        assert SECRET not in f"{screen.text()}{screen.toasts()}{screen.app.clipboard}"

    await on_screen(use, tmp_path)
    assert (understood(bytes(got).strip()) or ("", ""))[1] == SECRET
    assert SECRET not in "".join(p.read_text() for p in tmp_path.rglob("*") if p.is_file())


ADDRESSES = (
    f"https://registry.npmjs.org/auth/cli/{'6b1d' * 6}",
    f"https://registry.npmjs.org/-/v1/done?authId={'6b1d' * 6}",
)


def with_addresses(run: Run) -> None:
    """As a registry asks that offers to confirm in a browser."""
    steps = BrowserLogin(*ADDRESSES).steps
    question = Question(
        id="otp-2", kind=QuestionKind.SECRET, text="One-time password?", detail=f"Never stored.\n\n{steps}"
    )
    run.tell(changes.answered("otp-1", "", "ann"), changes.asked(question))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_web_addresses_are_whole_or_copied_by_a_key(tmp_path: Path, run: Run, size: tuple[int, int]) -> None:
    """Where a border folds one, the terminal cannot select it; while a text is typed, the key is no letter."""
    with_addresses(run)

    async def use(screen: Screen) -> None:
        await screen.press("3")
        screen.clock.on()
        if size == (80, 24):
            assert [line.strip("│┃ ") for line in screen.text().splitlines() if "https://" in line] == [*ADDRESSES]
        assert "copy address" in screen.text().splitlines()[-1]
        assert screen.panel.query_one(AnswerInput).has_focus
        for address in (*ADDRESSES, ADDRESSES[0]):
            await screen.press("ctrl+y")
            assert screen.app.clipboard == address
        assert "address 2 of 2" in "".join(screen.toasts())
        screen.panel.query_one("#panel-body").focus()
        await screen.press("y")
        assert (screen.app.clipboard, field(screen).value) == (ADDRESSES[1], "")

    await on_screen(use, tmp_path, size=size)


async def test_without_one_the_key_copies_nothing(tmp_path: Path, run: Run) -> None:
    async def use(screen: Screen) -> None:
        await screen.press("3", "ctrl+y")
        assert "copy address" not in screen.text()
        assert screen.app.clipboard == ""
        assert "does nothing here" in screen.text()

    await on_screen(use, tmp_path)


def arrived(reader: int, got: bytearray) -> bool:
    try:
        got += os.read(reader, 4096)
    except BlockingIOError:
        return False
    return b"]\n" in got


async def test_without_a_driver_it_is_said_and_nothing_is_written(tmp_path: Path, run: Run) -> None:
    before = run.store.path.read_bytes()

    async def use(screen: Screen) -> None:
        await screen.press("3", "enter")
        assert "cannot be empty" in line_of(screen)
        await screen.press(*TYPED, "enter")
        await screen.until(lambda: any("no driver is waiting" in toast for toast in screen.toasts()), "it says why")
        await screen.press(*TYPED, "escape")
        assert run.state.pending_questions

    await on_screen(use, tmp_path)
    assert run.store.path.read_bytes() == before


async def test_an_enter_too_many_complains_of_nothing(tmp_path: Path, run: Run, reader: int) -> None:
    """A key that repeats, or a second enter while the secret is on its way, is no empty secret."""
    got = bytearray()

    async def use(screen: Screen) -> None:
        await screen.press("3", *TYPED, "enter")
        for _ in range(20):
            screen.clock.on(0.1)
            await screen.pilot.press("enter")
        assert (line_of(screen), screen.toasts()) == ("", [])
        await screen.press("enter")
        assert (line_of(screen), screen.toasts()) == ("", ["it was given, and is on its way to the driver"])
        await screen.until(lambda: arrived(reader, got), "it is written into the pipe")
        run.tell(changes.answered("otp-1", "", "ann"))
        os.dup2(os.open(os.devnull, os.O_RDONLY), reader)
        await screen.until(lambda: not screen.panel.asks_text, "the question is settled")
        assert line_of(screen) == ""

    await on_screen(use, tmp_path)


async def test_one_that_did_not_arrive_is_asked_for_as_before(tmp_path: Path, run: Run) -> None:
    async def use(screen: Screen) -> None:
        await screen.press("3", *TYPED, "enter")
        await screen.until(lambda: any("no driver is waiting" in toast for toast in screen.toasts()), "it says why")
        await screen.press("enter")
        assert "cannot be empty" in line_of(screen)

    await on_screen(use, tmp_path)


async def test_a_refusal_goes_with_the_next_letter(tmp_path: Path, run: Run) -> None:
    async def use(screen: Screen) -> None:
        await screen.press("3", "enter")
        assert "cannot be empty" in line_of(screen)
        await screen.press("z")
        assert line_of(screen) == ""

    await on_screen(use, tmp_path)


async def test_what_was_typed_is_gone_when_the_question_becomes_another_one(tmp_path: Path, run: Run) -> None:
    async def use(screen: Screen) -> None:
        await screen.press("3", *TYPED)
        document = json.loads(run.store.path.read_text())
        del document["clarifications"]["pending"][0]["kind"]
        run.store.path.write_text(json.dumps(document))
        await screen.until(lambda: not field(screen).password, "the file is read")
        assert field(screen).value == ""
        await screen.press("enter", *TYPED, "enter")
        await screen.until(
            lambda: any("must not be written into the state file" in t for t in screen.toasts()), "refused"
        )

    await on_screen(use, tmp_path)
    assert SECRET not in run.store.path.read_text()


async def test_a_command_is_no_place_for_it(tmp_path: Path, run: Run) -> None:
    async def use(screen: Screen) -> None:
        await screen.press("colon", *"answer", "space", *TYPED, "enter")
        await screen.until(lambda: any("type a secret in the panel" in toast for toast in screen.toasts()), "refused")

    await on_screen(use, tmp_path)
    kept = data_dir() / "commands"
    assert not kept.exists() or SECRET not in kept.read_text()
    assert SECRET not in run.store.path.read_text()


async def test_without_a_driver_a_go_is_wanted_first(tmp_path: Path, run: Run) -> None:
    (run.store.run_dir / "lease.json").unlink()

    async def use(screen: Screen) -> None:
        assert screen.app.snapshot.attention.kind in ("stopped", "resume")
        await screen.press("space")
        await screen.until(lambda: screen.spawned, "the driver that asks again")

    await on_screen(use, tmp_path)


async def test_while_its_driver_waits_the_run_is_said_to_need_the_person(tmp_path: Path, run: Run) -> None:
    async def use(screen: Screen) -> None:
        assert screen.app.snapshot.driven
        status = screen.text().splitlines()[0]
        assert ("needs you" in status, "running" in status) == (True, False), status

    await on_screen(use, tmp_path)
