"""A clock that jumps during a run, and two machines on one folder: one world, never two drivers (SPEC section 3)."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash import holds
from tests.crash.case import GO
from tests.crash.faults import MACHINE, NoCompiler, library
from tests.crash.final import differences, picture
from tests.crash.matrix import Ground, prepare
from tests.crash.worlds import World, wait_for

from .test_crash_sample import shared as shared

pytestmark = pytest.mark.crash

HOUR, DAY = 3600, 86400
JUMPS = {
    "an hour back": {"pre-commit": -HOUR},
    "a day ahead": {"pre-commit": DAY},
    "to and fro": {"pre-commit": DAY, "post-commit": -HOUR, "pre-push": 2, "post-receive": -DAY},
}


@pytest.fixture
def ground(shared: Path) -> Ground:
    """How the project with a bare remote ends on one machine with a good clock."""
    return prepare("local", shared / "local")


@pytest.fixture
def local(ground: Ground, tmp_path: Path) -> Iterator[World]:
    """A world of its own, whose clock is set by `set_clock`."""
    try:
        preload = str(library(MACHINE))
    except NoCompiler as error:
        pytest.skip(str(error))
    with ground.make(tmp_path / "w") as made:
        made.env = {**made.env, "LD_PRELOAD": preload, "CLOCK_OFFSET": str(made.root / "offset")}
        yield made


def on(world: World, host: str, *argv: str) -> "subprocess.Popen[bytes]":
    """Start loop-tui on a machine of that name."""
    world.env = {**world.env, "HOST_NAME": host}
    return world.start(*argv)


def same_world(ground: Ground, world: World) -> None:
    """Assert that it ended as on one machine with a good clock."""
    assert not (wrong := differences(ground.wanted, picture(world))), [*wrong, world.said[-1][-2000:]]


@pytest.mark.parametrize(
    "jump", ["to and fro", *(pytest.param(each, marks=pytest.mark.long) for each in ("an hour back", "a day ahead"))]
)
def test_the_clock_jumps_during_a_run(ground: Ground, local: World, jump: str) -> None:
    for hook in JUMPS[jump]:
        holds.hold(local.orders, hook)
    driver = local.start(*GO)
    for hook, offset_s in JUMPS[jump].items():
        wait_for(lambda hook=hook: holds.arrived(local.orders, hook), hook)
        (local.root / "offset").write_text(str(offset_s))
        holds.let_go(local.orders, hook)
    assert local.ended(driver) == 0, local.said[-1]
    same_world(ground, local)
    summary = json.loads(local.archives()[0].read_text())["summary"]
    assert all(took >= 0 for took in summary["durations"].values()), summary["durations"]
    assert summary["duration_ms"] >= 0


@pytest.mark.parametrize("offset_s", [-HOUR, pytest.param(DAY, marks=pytest.mark.long)])
def test_the_clock_jumps_between_a_kill_and_the_resume(ground: Ground, local: World, offset_s: int) -> None:
    holds.hold(local.orders, "post-receive")
    driver = local.start(*GO)
    wait_for(lambda: holds.arrived(local.orders, "post-receive"), "the push")
    local.see_token()
    driver.kill()
    local.ended(driver)
    (local.root / "offset").write_text(str(offset_s))
    holds.let_go(local.orders, "post-receive")
    assert local.run(*GO) == 0, local.said[-1]
    same_world(ground, local)


def test_one_machine_drives_and_the_other_watches(ground: Ground, local: World) -> None:
    holds.hold(local.orders, "pre-commit")
    first = on(local, "north", *GO)
    wait_for(lambda: holds.arrived(local.orders, "pre-commit"), "the commit")
    second = on(local, "south", *GO)
    said = local.root / "said-1"
    wait_for(lambda: b"on north: watching" in said.read_bytes(), "the other machine says who drives")
    before = local.journal()
    assert second.poll() is None
    holds.let_go(local.orders, "pre-commit")
    assert (local.ended(first), local.ended(second)) == (0, 0), local.said[-1]
    assert before
    same_world(ground, local)


def test_a_machine_that_died_is_named_and_its_run_goes_on(ground: Ground, local: World) -> None:
    """Its lease beats no more: the other machine takes over, or says which file stands in the way."""
    holds.hold(local.orders, "pre-commit")
    first = on(local, "north", *GO)
    wait_for(lambda: holds.arrived(local.orders, "pre-commit"), "the commit")
    local.see_token()
    first.kill()
    local.kill_programs()
    local.ended(first)
    holds.let_go(local.orders, "pre-commit")
    for lock in (local.folder / ".git").rglob("*.lock"):
        lock.unlink()
    lease = local.run_dir / "lease.json"
    record = json.loads(lease.read_text())
    assert record["host"] == "north"
    lease.write_text(json.dumps({**record, "heartbeat": record["heartbeat"] - HOUR}))
    code = local.ended(on(local, "south", *GO))
    if code:
        assert str(lease) in local.said[-1], local.said[-1]
        lease.unlink()
        assert local.ended(on(local, "south", *GO)) == 0, local.said[-1]
    same_world(ground, local)


def test_two_machines_start_in_the_same_instant(ground: Ground, local: World) -> None:
    both = [on(local, host, *GO) for host in ("north", "south")]
    codes = [local.ended(process) for process in both]
    assert codes == [0, 0], local.said
    assert sum("watching" in said for said in local.said) + sum("no run" in said for said in local.said) >= 1
    same_world(ground, local)
