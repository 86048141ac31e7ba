"""Kills where Dream States are written and where a run completes: whoever continues ends in the same world (SPEC 6, 7).

`python -m tests.crash --worlds dreams,dreams-asked --kills 80` has them all.
"""

import os
from itertools import islice
from pathlib import Path

import pytest

from tests.crash.dreaming import ASKED, DOCUMENT, NAME, documents_of, dream_plan
from tests.crash.instants import Journaled, There
from tests.crash.kills import Kill, Script
from tests.crash.matrix import prepare
from tests.crash.table import failures

pytestmark = pytest.mark.crash

SCRIPTS: tuple[Script, ...] = (
    (Kill(There(f"widget/{DOCUMENT}")),),
    (Kill(Journaled("effect-intended", "dream-state-organization")),),
    (Kill(There("claude/DREAM-STATE.md"), power=True),),
    *islice(dream_plan(3), 2),
)


CASES = (*((NAME, script) for script in SCRIPTS), (ASKED, (Kill(Journaled("answered", "dream-state-")),)))


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this test run share: the world without a crash is made once."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "crash"


@pytest.mark.parametrize(("number", "world", "script"), ((n, *each) for n, each in enumerate(CASES)))
@pytest.mark.sampled(3)
def test_killed_and_resumed(shared: Path, number: int, world: str, script: Script) -> None:
    ground = prepare(world, shared / world)
    assert ground.wanted["status"] == "", "the tree is clean after a ship"
    told = ground.wanted["documents"]
    assert isinstance(told, dict)
    assert str(told["project"]).count("<!-- run ") == str(told["organization"]).count("<!-- run ") == 1
    case = ground.play(number, script)
    assert not case.problems, failures([case])


def test_the_comparison_sees_a_row_too_many(shared: Path, tmp_path: Path) -> None:
    ground = prepare(NAME, shared / NAME)
    with ground.make(tmp_path / "w") as world:
        before = documents_of(world)
        document = world.claude / "DREAM-STATE.md"
        document.write_text(f"{document.read_text()}\n| 2026-01-02 | widget | x | success | |")
        assert documents_of(world) != before
