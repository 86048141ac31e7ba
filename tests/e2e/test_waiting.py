"""`loop-tui wait` as a process: what it prints, how it ends, and who keeps it company."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.control.agents import GATE, client_of, elsewhere
from tests.projects import wait_for
from tests.tui.runs import Run, human_gate

pytestmark = pytest.mark.usefixtures("quick_npm")


@contextmanager
def waiting(run: Run, *argv: str) -> Iterator[subprocess.Popen[str]]:
    """The command, once it watches the files of the run."""
    command = [sys.executable, "-m", "loop_tui", "wait", *argv, "--project", str(run.project), "--loop", "infra-loop"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            watches = psutil.Process(process.pid)
            wait_for(lambda: any(t for t in watches.threads() if t.id != process.pid), "its watching thread")
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_whoever_is_tired_of_it_interrupts_it(tmp_path: Path, sent: signal.Signals) -> None:
    run = human_gate(tmp_path)
    with waiting(run) as process:
        process.send_signal(sent)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, ""), err


def test_it_prints_what_a_person_said(tmp_path: Path) -> None:
    run = elsewhere(human_gate(tmp_path))
    with waiting(run, GATE, "--json") as process:
        client_of(run).request_changes("a table", GATE)
        out, _ = process.communicate(timeout=60)
    told = json.loads(out)
    assert process.returncode == 4
    assert (told["subject"], told["feedback"], told["by"], told["decisions"]) == (GATE, "a table", "ann", 1)
