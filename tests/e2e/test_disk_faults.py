"""A release on a disk that says no, after power cuts, and with aimed kills: a few of each (SPEC sections 3, 6).

`python -m tests.crash.injected`, which is part of `make crash`, has them all, with their counts.
"""

from pathlib import Path

import pytest

from tests.crash.aimed import NAME, Aim, play_aim
from tests.crash.faults import Fault, NoCompiler, Place, library, play
from tests.crash.matrix import prepare
from tests.crash.torn import Cut, play_cut

from .test_crash_sample import shared as shared

pytestmark = pytest.mark.crash

RUN = "/widget/.loop/distribution-loop"
FAULTS = (
    Fault(Place("write", f"{RUN}/journey-log.jsonl", 7), "ENOSPC"),
    Fault(Place("fsync", "/widget/.distribution-state.json.tmp", 9), "EIO"),
    Fault(Place("mkdir", "/tmp/loop-tui-*", 3), "ENOSPC"),
    Fault(Place("rename", "/claude/runs/*/*/journey-log.jsonl"), "EIO", lasting=True),
    # That what npm packed is brought to the disk at all is shown by its being met.
    Fault(Place("fsync", f"{RUN}/artifacts/.verified/.packing-*/widget-0.8.0.tgz"), "EIO"),
    Fault(Place("unlink", f"{RUN}/.distribution-state.json.*.tmp"), "EIO"),
)
CUTS = (
    Cut("committed", "widget/distribution-state.json", "half"),
    Cut("pushed", "widget/.loop/distribution-loop/owner.json", "zeros"),
    Cut("distributed", "widget/.loop/.gitignore", "empty"),
)
AIMS = (
    Aim("remote-reference-transaction-prepared", "session"),
    Aim("remote-reference-transaction-committed", "driver"),
    Aim("commit-msg", "program"),
    Aim("npm-test", "helper"),
)


@pytest.mark.usefixtures("quick_npm")
@pytest.mark.sampled(2)
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_call_fails(shared: Path, tmp_path: Path, fault: Fault) -> None:
    """One clear line, and once the disk is well the same world."""
    try:
        library()
    except NoCompiler as error:
        pytest.skip(str(error))
    found = play(prepare("local", shared / "local"), tmp_path / "w", fault)
    assert found.hit
    assert not found.problems, [*found.problems, found.story]


@pytest.mark.usefixtures("quick_npm")
@pytest.mark.sampled(3)
@pytest.mark.parametrize("cut", CUTS, ids=str)
def test_the_power_goes_with_what_a_file_held(shared: Path, tmp_path: Path, cut: Cut) -> None:
    """Whoever does what the messages say ends in the same world."""
    found = play_cut(prepare("local", shared / "local"), tmp_path / "w", cut)
    assert found.hit
    assert not found.problems, [*found.problems, found.story]


@pytest.mark.sampled(4)
@pytest.mark.parametrize("aim", AIMS, ids=str)
def test_a_kill_that_is_aimed(shared: Path, tmp_path: Path, aim: Aim) -> None:
    """Between objects and ref, after the ref, in a hook, in a script of npm."""
    ground = prepare(NAME, shared / NAME)
    found = play_aim(ground.make, tmp_path / "w", aim, ground.wanted)
    assert found.hit
    assert not found.problems, [*found.problems, found.story]
