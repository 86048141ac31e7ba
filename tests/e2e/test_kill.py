"""The driver is killed at many instants of a run; whoever goes on ends in the same world (SPEC section 6)."""

import json
import os
import signal

import psutil
import pytest

from tests.projects import Project, shipped, wait_for

pytestmark = pytest.mark.usefixtures("quick_npm")

# A whole run journals about forty events, and each instant is the moment after one more of them is on disk. One
# of them stands for all here; `make crash` kills after every one, and tests/driver before every call of a port.
LAST = 35
SAMPLE = (24,)


def leftovers(project: Project) -> list[str]:
    """Processes that still work in the project."""
    found = []
    for process in psutil.process_iter(["cwd", "name"]):
        cwd = process.info["cwd"]
        if cwd and cwd.startswith(str(project.folder)):
            found.append(process.info["name"])
    return found


@pytest.mark.crash
@pytest.mark.parametrize(
    "events", [pytest.param(each, marks=[] if each in SAMPLE else pytest.mark.long) for each in range(1, LAST + 1)]
)
def test_killed_after_so_many_events_and_resumed(feature: Project, events: int) -> None:
    driver = feature.start("run", "--yes")
    wait_for(
        lambda: len(feature.journal()) >= events or driver.poll() is not None, f"{events} events, or the end of the run"
    )
    if driver.poll() is None:
        os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    if feature.state_file.exists() or not feature.archives():
        feature.cli("run", "--yes")
    shipped(feature)
    assert not leftovers(feature)


def test_killed_again_and_again(feature: Project) -> None:
    """A kill after some more events of whatever is left, until the run gets through."""
    for _ in range(60):
        before = len(feature.journal())
        driver = feature.start("run", "--yes")
        wait_for(
            lambda before=before, driver=driver: len(feature.journal()) >= before + 8 or driver.poll() is not None,
            "some more events",
        )
        if driver.poll() is None:
            os.kill(driver.pid, signal.SIGKILL)
        if driver.wait() == 0:
            break
    shipped(feature)
    summary = json.loads(feature.archives()[0].read_text())["summary"]
    assert summary["outcome"] == "success"
