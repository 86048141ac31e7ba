"""One driver a run: what one does that lost its lease, and what one does with the leftovers of the one before."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from loop_tui.cli.packs import packs, runners
from loop_tui.cli.wiring import SystemClock, run_ports
from loop_tui.driver import Exit, Options, drive, lease
from loop_tui.driver.lease import driving
from loop_tui.fs.paths import ensure_run_folder
from loop_tui.model.definition import LoopDefinition, PhaseDefinition, SkillDefinition
from loop_tui.model.lease import LeaseRecord
from loop_tui.model.log import LogLine
from loop_tui.model.problem import Problem
from loop_tui.storage.state.leases import LEASE_NAME, Held, acquire

LOOP = LoopDefinition(id="one-loop", phases=(PhaseDefinition(id="A", skills=(SkillDefinition(id="think"),)),))


async def test_a_driver_whose_run_somebody_took_over_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "HEARTBEAT_S", 0)
    held = acquire(tmp_path, "me")
    assert isinstance(held, Held)
    theirs = held.record.model_copy(update={"token": "theirs", "name": "them", "host": "elsewhere"})
    (tmp_path / LEASE_NAME).write_text(theirs.model_dump_json())
    with pytest.raises(Problem, match="now driven by them on elsewhere"):
        async with driving(held, SystemClock()):
            # The limit raises in here what the driver would not take for the loss of its lease.
            await asyncio.wait_for(asyncio.Event().wait(), 60)
    held.release()
    assert (tmp_path / LEASE_NAME).exists(), "the new lease is theirs"


@pytest.fixture
def left(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A program that a driver left behind when it died; its lease lies there still."""
    with subprocess.Popen(["true"]) as dead:
        dead.wait()
    lease = LeaseRecord(pid=dead.pid, host=os.uname().nodename, process_started=1, name="dead", token="of-the-dead")
    (ensure_run_folder(tmp_path, LOOP.id) / LEASE_NAME).write_text(lease.model_dump_json())
    environment = {**os.environ, "LOOP_TUI_CHILD": lease.token}
    with subprocess.Popen(["sleep", "600"], env=environment, start_new_session=True) as process:
        yield process
        process.kill()


async def test_the_programs_of_a_dead_driver_are_ended_before_anything_is_done(
    tmp_path: Path, left: "subprocess.Popen[bytes]"
) -> None:
    said: list[LogLine] = []
    ports = run_ports(tmp_path, LOOP, {})
    outcome = await drive(
        LOOP, Options(by="ann"), ports, environment={}, on_line=said.append, runners=runners(), packs=packs()
    )
    assert left.poll() is not None, "it still runs"
    assert outcome.code is Exit.WAITING
    texts = [line.text for line in said]
    assert texts[0] == "took over from dead, which ended unexpectedly"
    assert texts[1].startswith("ended sleep (process ")
