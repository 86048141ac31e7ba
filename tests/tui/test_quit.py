"""Leaving while a driver works: what becomes of the run is the person's choice (SCREEN "Answers")."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from loop_tui.control.client import RunClient
from loop_tui.model.problem import Problem
from loop_tui.storage.state.leases import Held, acquire, current

from .launching import Started
from .runs import Screen, new_run, on_screen

DRIVER = """
import signal, sys
from pathlib import Path
from loop_tui.storage.state.leases import acquire
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
held = acquire(Path(sys.argv[1]), "driver")
print("driving", flush=True)
signal.sigwait({signal.SIGTERM})
held.release()
print("ended", flush=True)
"""


@pytest.fixture
def driver(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that holds the lease of a run until it is asked to end."""
    run = new_run(tmp_path)
    command = [sys.executable, "-c", DRIVER, str(run.store.run_dir)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "driving\n"
    yield process
    process.kill()
    process.wait()


async def test_stop_now_ends_the_driver_and_the_run_can_be_resumed(
    tmp_path: Path, driver: "subprocess.Popen[str]"
) -> None:
    async def use(screen: Screen) -> None:
        await screen.until(lambda: screen.app.snapshot.lease is not None, "the driver")
        await screen.press("q", "j", "j", "enter")
        await screen.until(lambda: screen.app.return_value is not None, "the screen leaves")

    screen = await on_screen(use, tmp_path)
    assert screen.app.return_value == 0
    assert driver.wait(60) == 0
    assert driver.stdout is not None
    assert driver.stdout.read() == "ended\n"
    run_dir = tmp_path / ".loop" / "distribution-loop"
    assert current(run_dir) is None
    held = acquire(run_dir, "the next driver")
    held.release()  # type: ignore[union-attr]


def test_a_driver_that_has_ended_already_is_not_stopped(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    held = acquire(run.store.run_dir, "driver")
    assert isinstance(held, Held)
    held.release()
    # The process of that lease is this one: a signal would end the tests.
    with pytest.raises(Problem, match="that driver has already ended"):
        RunClient(run.store, Started()).stop(held.record)


def test_another_driver_than_the_one_that_was_seen_is_not_stopped(
    tmp_path: Path, driver: "subprocess.Popen[str]"
) -> None:
    run = new_run(tmp_path / "again")
    run.store.run_dir = tmp_path / ".loop" / "distribution-loop"
    lease = current(run.store.run_dir)
    assert lease is not None
    assert lease.pid == driver.pid
    person = RunClient(run.store, Started())
    for seen in (lease.model_copy(update={"pid": 1}), lease.model_copy(update={"host": "elsewhere"})):
        with pytest.raises(Problem, match="that driver has already ended"):
            person.stop(seen)
    person.stop(lease)
    assert driver.wait(60) == 0


async def test_pause_after_this_skill_leaves_the_driver_at_work(
    tmp_path: Path, driver: "subprocess.Popen[str]"
) -> None:
    run_dir = tmp_path / ".loop" / "distribution-loop"

    async def use(screen: Screen) -> None:
        await screen.until(lambda: screen.app.snapshot.lease is not None, "the driver")
        await screen.press("q", "j", "enter")
        await screen.until(lambda: screen.app.return_value is not None, "the screen leaves")

    screen = await on_screen(use, tmp_path)
    assert screen.app.return_value == 0
    assert driver.poll() is None
    assert current(run_dir) is not None
    state = (tmp_path / "distribution-state.json").read_text()
    assert '"paused"' in state


async def test_cancel_stays(tmp_path: Path, driver: "subprocess.Popen[str]") -> None:
    async def use(screen: Screen) -> None:
        await screen.until(lambda: screen.app.snapshot.lease is not None, "the driver")
        await screen.press("q", "j", "j", "j", "enter")
        assert screen.app.return_value is None
        assert screen.tree.has_focus

    await on_screen(use, tmp_path)
    assert driver.poll() is None
