"""A process ends when it is told to, whatever its event loop does; and says where that hangs."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loop_tui.fs.guard import SIGNALS
from loop_tui.fs.paths import data_dir

PROGRAM = """
import asyncio, os, select, signal, subprocess, sys, time
from loop_tui.fs import guard as module
from loop_tui.fs.guard import ProcessGuard

how = sys.argv[1]
module.STALL_S = 0.3
tasks = []
def asked(code):
    print("asked", code, flush=True)
    tasks[0].cancel()
guard = ProcessGuard(asked, lambda: print("last", flush=True))

if how in ("disk", "nohome"):
    def trouble(*_, **__):
        print("dumps", flush=True)
        if how == "nohome":
            raise RuntimeError("no home")
        time.sleep(600)
    import loop_tui.fs.crash
    loop_tui.fs.crash.data_dir = trouble
if how == "last":
    guard._last = lambda: time.sleep(600)

def hang():
    if how in ("disk", "nohome", "last"):
        time.sleep(600)
    if how == "busy":
        while True: pass
    if how == "sleeping":
        time.sleep(600)
    if how == "waiting":
        select.select([], [], [])
    if how == "program":
        subprocess.run(["sleep", "600"])

async def starving():
    # Two messages that bring each other about: nothing ever waits, so the loop never turns.
    queue = asyncio.Queue()
    queue.put_nowait(1)
    while True:
        queue.put_nowait(-await queue.get())

async def stubborn():
    while True:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            pass

async def main():
    tasks.append(asyncio.current_task())
    guard.start(asyncio.get_running_loop())
    if how != "away":
        print("ready", flush=True)
    if how == "orderly":
        await asyncio.sleep(600)
    elif how == "away":
        with guard.away([signal.SIGINT], lambda: print("told", flush=True)):
            print("ready", flush=True)
            sys.stdin.readline()
        print("back", flush=True)
        await asyncio.sleep(600)
    elif how in ("starving", "stubborn"):
        await (starving() if how == "starving" else stubborn())
    else:
        hang()

try:
    asyncio.run(main())
except asyncio.CancelledError:
    print("left", flush=True)
finally:
    guard.stop()
sys.exit(7)
"""
HANGS = ("busy", "sleeping", "waiting", "program", "starving", "stubborn")


def begun(how: str) -> "subprocess.Popen[str]":
    argv = [sys.executable, "-c", PROGRAM, how]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def rest(process: "subprocess.Popen[str]") -> str:
    """What it says until its end. What it started goes with it."""
    try:
        process.wait(60)
        assert process.stdout is not None
        return process.stdout.read() if process.args[-1] != "program" else process.stdout.readline()  # type: ignore[index]
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("how", HANGS)
def test_a_signal_ends_it_whatever_it_does(how: str, number: signal.Signals) -> None:
    process = begun(how)
    process.send_signal(number)
    said = rest(process)
    assert process.returncode == 128 + number
    assert "last" in said, "what has to be done at the end was done"
    assert "left" not in said


@pytest.mark.parametrize("number", SIGNALS)
def test_a_loop_that_turns_leaves_by_itself(number: signal.Signals) -> None:
    process = begun("orderly")
    process.send_signal(number)
    assert rest(process) == f"asked {128 + number}\nleft\n"
    assert process.returncode == 7, "its own exit code"


def test_what_is_meant_for_another_program_does_not_end_it() -> None:
    process = begun("away")
    process.send_signal(signal.SIGINT)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.stdout.readline() == "back\n"
    process.send_signal(signal.SIGINT)
    assert rest(process) == "asked 130\nleft\n"


def test_told_to_end_meanwhile_it_ends() -> None:
    process = begun("away")
    process.send_signal(signal.SIGTERM)
    assert rest(process) == "told\nlast\n"
    assert process.returncode == 128 + signal.SIGTERM


@pytest.mark.parametrize("how", ["disk", "nohome"])
def test_a_note_that_cannot_be_written_keeps_nobody(how: str) -> None:
    process = begun(how)
    assert process.stdout is not None
    assert process.stdout.readline() == "dumps\n"
    process.send_signal(signal.SIGTERM)
    assert rest(process).endswith("last\n")
    assert process.returncode == 128 + signal.SIGTERM


def test_what_is_done_last_may_hang_too() -> None:
    process = begun("last")
    process.send_signal(signal.SIGTERM)
    rest(process)
    assert process.returncode == 128 + signal.SIGTERM


def test_nohup_means_it(tmp_path: Path) -> None:
    argv = ["nohup", sys.executable, "-c", PROGRAM, "orderly"]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    assert rest(process) == "asked 143\nleft\n"


@pytest.mark.parametrize("how", ["busy", "sleeping", "starving"])
def test_where_it_hangs_is_written_down_for_the_person_alone(how: str) -> None:
    process = begun(how)
    folder = data_dir() / "crashes"
    deadline = time.monotonic() + 60
    where = "in starving" if how == "starving" else "in hang"
    # On a machine that is very busy the loop may have been late before it hung, too.
    while not (found := [each for each in folder.glob("*.txt") if where in each.read_text()]):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.kill()
    rest(process)
    (path,) = found[:1]
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text()
    assert "the event loop is stuck" in text
    assert "thread MainThread" in text
    assert "task Task-1 main" in text
