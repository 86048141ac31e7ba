"""A whole ship reaches no network: done in a network namespace that has none (`make offline`: the whole suite)."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import offline
from tests.crash.case import GO
from tests.crash.final import differences, picture
from tests.crash.matrix import WORLDS, prepare

from .test_crash_sample import shared as shared

ISOLATED = ("unshare", "--map-root-user", "--net")


@pytest.fixture(scope="module", autouse=True)
def namespaces() -> None:
    """Skip where the system does not let us make one."""
    try:
        done = subprocess.run([*ISOLATED, "true"], capture_output=True, text=True, check=False)
    except OSError as error:
        pytest.skip(f"no namespaces here: {error}")
    if done.returncode:
        pytest.skip(f"no namespaces here: {done.stderr.strip()}")


def isolated(*argv: str) -> list[str]:
    """The command that runs something without a network."""
    return [*ISOLATED, sys.executable, str(Path(offline.__file__)), *argv]


@pytest.mark.parametrize(
    "world_name", ["github", *(pytest.param(each, marks=pytest.mark.long) for each in WORLDS if each != "github")]
)
def test_a_whole_ship_without_a_network(shared: Path, tmp_path: Path, world_name: str) -> None:
    ground = prepare(world_name, shared / world_name)
    with ground.make(tmp_path / "w") as world:
        done = subprocess.run(
            isolated(sys.executable, "-P", "-m", "loop_tui", *GO),
            cwd=world.folder,
            env=dict(world.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-4000:]
        assert not differences(ground.wanted, picture(world)), done.stdout[-4000:]


def test_nobody_answers_in_there_and_outside_it_refuses(tmp_path: Path) -> None:
    """The namespace does what this test file says: a connection that would leave the machine fails at once.

    And outside of one `make offline` refuses, so a green run of it cannot have had a network.
    """
    program = "import socket, sys\nsys.exit(0 if socket.socket().connect_ex(('192.0.2.1', 443)) else 1)\n"
    done = subprocess.run(isolated(sys.executable, "-c", program), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    if not offline.way_out():
        pytest.skip("there is no network here anyway")
    marker = tmp_path / "ran"
    argv = [sys.executable, str(Path(offline.__file__)), "touch", str(marker)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "no empty network namespace" in done.stderr
    assert not marker.exists()
