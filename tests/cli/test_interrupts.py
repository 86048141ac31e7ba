"""A command that works on something ends when it is told to, whatever its programs do."""

import asyncio
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.process.programs import is_running, until_gone

pytestmark = pytest.mark.usefixtures("quick_npm")

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)

# Without hurry a program that does not listen would have ten minutes; the test would time out.
PATIENT = """
import sys
from loop_tui.process import cleanup
cleanup.TERM_S = 600
from loop_tui.__main__ import program
program()
"""
LOOP = """
id = "stubborn-loop"
[[phases]]
id = "A"
skills = [{ id = "one", steps = [{ name = "t", run = ["sh", "-c", "trap '' TERM HUP INT; echo is-$$; while :; do sleep 1; done"] }] }]
"""  # noqa: E501
HANGING = """
import asyncio, sys, time
from loop_tui.cli.interrupts import interruptible
from loop_tui.process import shell
async def work():
    async def program():
        await shell.run(["sh", "-c", "trap '' TERM; echo $$; while :; do sleep 1; done"],
                        cwd=__import__("pathlib").Path("."), on_lines=lambda lines: print(*lines, flush=True))
    task = asyncio.ensure_future(program())
    await asyncio.sleep(0)
    while sys.argv[1] != "thread":
        await asyncio.sleep(0.5)
        print("hangs", flush=True)
        time.sleep(600)
    print("hangs", flush=True)
    await asyncio.to_thread(time.sleep, 600)
print(interruptible(work()))
"""


@pytest.mark.parametrize("number", SIGNALS)
def test_a_run_whose_step_does_not_listen_ends_and_its_step_with_it(tmp_path: Path, number: signal.Signals) -> None:
    project = tmp_path / "p"
    (project / ".loops").mkdir(parents=True)
    (project / ".loops" / "stubborn.toml").write_text(LOOP)
    argv = [sys.executable, "-c", PATIENT, "run", "stubborn-loop", "--trust", "--yes"]
    run = subprocess.Popen(argv, cwd=project, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    while (found := re.search(r"is-(\d+)", run.stdout.readline())) is None:
        assert run.poll() is None
    run.send_signal(number)
    assert run.wait(60) == 130
    assert not is_running(int(found[1]))
    assert not (project / ".loop" / "stubborn-loop" / "lease.json").exists(), "it ended in good order"


@pytest.mark.parametrize("how", ["loop", "thread"])
def test_work_that_hangs_is_ended_and_its_programs_with_it(tmp_path: Path, how: str) -> None:
    argv = [sys.executable, "-c", HANGING, how]
    process = subprocess.Popen(argv, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = [process.stdout.readline().strip() for _ in range(2)]
    assert "hangs" in said
    (pid,) = (int(each) for each in said if each.isdigit())
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 130
    asyncio.run(until_gone(pid))
