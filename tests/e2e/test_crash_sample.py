"""Six kills of the crash matrix (`make crash` has them all): whoever goes on ends in the same world (SPEC 6)."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.crash.case import GO
from tests.crash.final import differences, picture
from tests.crash.kills import Script
from tests.crash.matrix import Ground, prepare, sample
from tests.crash.table import failures

pytestmark = [pytest.mark.crash, pytest.mark.usefixtures("quick_npm")]

SEED = 20
KILLS = 6
SAMPLE = sample(KILLS, SEED)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this test run share: the worlds without a crash are made once."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "crash"


@pytest.mark.parametrize(
    ("number", "world_name", "script"),
    [(number, name, script) for number, (name, script) in enumerate(SAMPLE)],
    ids=[f"{number}-{name}" for number, (name, _) in enumerate(SAMPLE)],
)
@pytest.mark.sampled(4)
def test_killed_and_resumed(shared: Path, number: int, world_name: str, script: Script) -> None:
    ground: Ground = prepare(world_name, shared / world_name)
    case = ground.play(number, script)
    assert not case.problems, failures([case])
    assert len(case.landings) + case.missed == len(script)


def test_the_comparison_sees_what_was_done_twice(shared: Path, tmp_path: Path) -> None:
    """What the matrix rests on: a second bump and push, a lock and a process left behind are not overlooked."""
    ground = prepare("local", shared / "local")
    with ground.make(tmp_path / "w") as world:
        assert world.run(*GO) == 0, world.said[-1]
        assert not differences(ground.wanted, picture(world))
        world.git("commit", "--quiet", "--allow-empty", "-m", "chore(release): v0.8.0")
        world.git("push", "--quiet", "--no-verify", "origin", "main")
        (world.folder / ".git/index.lock").touch()
        with subprocess.Popen(["sleep", "600"], cwd=world.folder) as left:
            found = differences(ground.wanted, picture(world))
            left.kill()
        places = {line.partition(":")[0].partition("/")[0] for line in found}
        assert {"commits", "commits made", "pushes", "locks of git", "left over"} <= places, found
