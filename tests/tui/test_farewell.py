"""What is left in the terminal when the screen has closed: where the run stands, and how to come back."""

import io
from pathlib import Path

import pytest
from msgspec.structs import replace

from loop_tui.control.snapshot import Running, Snapshot
from loop_tui.engine import changes
from loop_tui.fs.homes import DEMO_VARIABLE
from loop_tui.model.evidence import Question
from loop_tui.model.lease import LeaseRecord
from loop_tui.storage.state.leases import Held, acquire
from loop_tui.tui import farewell as told
from loop_tui.tui.app import LoopApp
from loop_tui.tui.farewell import PAUSED, STOPPED, Left, LeftList, farewell, list_farewell, say_farewell

from .launching import Started
from .past import archive
from .runs import (
    DISTRIBUTION,
    NARROW,
    NOW,
    Run,
    Screen,
    Watch,
    asking,
    human_gate,
    new_run,
    on_screen,
    red_gate,
    through_init,
)

DRIVER = LeaseRecord(pid=7, host="here", name="driver")


def at_work(project: Path) -> Snapshot:
    run = new_run(project)
    through_init(run)
    running = Running("VERIFY", "code-verification", "2026-01-02T03:04:05Z")
    return Snapshot(project, DISTRIBUTION, opened=True, state=run.state, lease=DRIVER, running=running)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("leave", "VERIFY 2/4, code-verification is running in the background; to come back: loop-tui"),
        (PAUSED, "VERIFY 2/4, pausing after code-verification, in the background until then; to come back: loop-tui"),
        (STOPPED, "VERIFY 2/4, stopped; to come back: loop-tui"),
    ],
)
def test_what_continues_in_the_background_is_named_so(tmp_path: Path, how: str, words: str) -> None:
    assert farewell(Left(at_work(tmp_path), how), tmp_path, "loop-tui") == f"{DISTRIBUTION}: {words}"


def test_a_driver_that_only_starts_is_named_too(tmp_path: Path) -> None:
    starting = Snapshot(tmp_path, DISTRIBUTION, opened=True, starting=True)
    assert "a driver is running in the background" in farewell(Left(starting), tmp_path)


def test_the_command_leads_back_from_where_the_shell_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = at_work(tmp_path / "a project")
    assert farewell(Left(snapshot), tmp_path, "loop-tui").endswith("to come back: loop-tui 'a project'")
    other = replace(snapshot, loop="infra-loop")
    assert farewell(Left(other), tmp_path / "a project", "loop-tui").endswith(": loop-tui --loop infra-loop")
    monkeypatch.setenv(DEMO_VARIABLE, str(tmp_path / ".demo"))
    assert farewell(Left(snapshot), tmp_path, ".venv/bin/loop-tui").endswith(": .venv/bin/loop-tui demo .demo")


def nothing(project: Path) -> None:
    """No run at all."""


def hostile(project: Path) -> Run:
    run = new_run(project)
    asked = Question(id="q", skill="release-planner", text="Release\x1b]52;c;x\x07\n now?")
    run.tell(changes.phase_entered("INIT"), changes.asked(asked))
    return run


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (nothing, ""),
        (asking, "INIT 1/4, waiting for your answer: Release 0.8.0?"),
        (red_gate, "VERIFY 2/4, readiness-gate FAILED"),
        (hostile, "now?"),
    ],
)
async def test_quitting_keeps_where_the_run_stands(tmp_path: Path, make: object, words: str) -> None:
    make(tmp_path)  # type: ignore[operator]

    async def use(screen: Screen) -> None:
        await screen.press("q")

    screen = await on_screen(use, tmp_path)
    assert screen.app.return_value == 0
    assert isinstance(screen.app.left, Left)
    line = farewell(screen.app.left, tmp_path)
    assert (words in line) if words else line == ""
    assert "\x1b" not in line
    assert "\n" not in line


async def test_before_the_next_run_nothing_is_said_of_the_last(tmp_path: Path) -> None:
    project = tmp_path / "widget-gauge"
    archive(project)

    async def use(screen: Screen) -> None:
        await screen.until(lambda: screen.app.snapshot.last is not None, "the archive")
        await screen.press("q")

    screen = await on_screen(use, project)
    assert isinstance(screen.app.left, Left)
    assert farewell(screen.app.left, project) == ""


def test_only_a_terminal_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    left = Left(at_work(tmp_path))
    say_farewell(left)
    assert capsys.readouterr().out == ""

    class Tty(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(told.sys, "stdout", terminal := Tty())
    say_farewell(None)
    assert terminal.getvalue() == ""
    say_farewell(left)
    assert terminal.getvalue().startswith(f"{DISTRIBUTION}: VERIFY 2/4, ")


async def test_leaving_the_list_names_what_is_running(tmp_path: Path) -> None:
    run = new_run(tmp_path / "a")
    run.tell(changes.phase_entered("INIT"), changes.skill_started("INIT", "release-planner"))
    human_gate(tmp_path / "b")
    held = acquire(run.store.run_dir, "driver")
    assert isinstance(held, Held)
    clock = Watch()
    app = LoopApp(tmp_path, "", clock=clock, now=lambda: NOW, folders=(tmp_path,), launcher=Started(lambda *_: 0))
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        screen = Screen(app, pilot, clock)
        await screen.until(lambda: "running" in screen.text(), "the runs")
        await screen.press("q")
    held.release()
    assert isinstance(app.left, LeftList)
    line = list_farewell(app.left, tmp_path.parent, "loop-tui")
    back = f"to come back: loop-tui watch {tmp_path.name}"
    assert line == f"widget-gauge {DISTRIBUTION} is running in the background; {back}"
    assert list_farewell(LeftList((), tmp_path), tmp_path) == ""
    assert list_farewell(LeftList(("a x", "b x", "c x", "d x"), tmp_path), tmp_path, "l") == (
        "a x, b x, c x and 1 more are running in the background; to come back: l watch ."
    )
