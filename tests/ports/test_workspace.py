"""What every workspace and clock do (`ports.Workspace`, `ports.Clock`)."""

from datetime import UTC, timedelta
from pathlib import Path

import pytest

from loop_tui.cli.wiring import SystemClock
from loop_tui.model.conditions import ChangedFiles
from loop_tui.model.problem import Problem
from tests.memory.clock import MemoryClock, in_no_time

from .worlds import PortsWorld


async def test_outside_a_repository_there_is_no_tree(there: PortsWorld) -> None:
    workspace = there.ports().workspace
    assert await workspace.tree() is None
    assert await workspace.committed_tree() is None
    assert await workspace.changed_files("whatever") == ()


async def test_what_lies_there_is_told_from_what_is_committed(there: PortsWorld) -> None:
    there.repository(a__txt="one", b__txt="two")
    workspace = there.ports().workspace
    first = await workspace.tree()
    assert first is not None
    assert first == await workspace.committed_tree()
    assert await workspace.changed_files(first) == ()
    there.write("b.txt", "three")
    second = await workspace.tree()
    assert second != first == await workspace.committed_tree()
    assert await workspace.changed_files(first) == ("b.txt",)
    there.commit()
    assert await workspace.committed_tree() == second
    there.write("b.txt", "two")
    assert await workspace.tree() == first


@pytest.mark.parametrize(
    "tree", ["0" * 39 + "1", "HEAD", "", "deadbeef", "--stdin", "--output=OUT", "-h", "a\0b", "t1"]
)
async def test_a_tree_that_nobody_made_is_a_problem(there: PortsWorld, tmp_path: Path, tree: str) -> None:
    there.repository(a__txt="one")
    kept = tmp_path / "kept"
    kept.write_text("precious")
    with pytest.raises(Problem):
        await there.ports().workspace.changed_files(tree.replace("OUT", str(kept)))
    assert kept.read_text() == "precious"


async def test_what_nobody_tracks_does_not_count(there: PortsWorld) -> None:
    there.repository(a__txt="one")
    before = await there.ports().workspace.tree()
    there.put_in_project("new.txt", b"not tracked")
    assert await there.ports().workspace.tree() == before


async def test_what_belongs_to_the_run_does_not_count(there: PortsWorld) -> None:
    there.repository(a__txt="one")
    before = await there.ports().workspace.tree()
    there.ports().lease.acquire("one")
    there.overwrite("{}")
    assert await there.ports().workspace.tree() == before


async def test_without_a_base_branch_nobody_knows_what_changed(there: PortsWorld) -> None:
    with pytest.raises(Problem):
        await there.ports().workspace.changed_since_base()
    there.repository(a__txt="one")
    with pytest.raises(Problem):
        await there.ports().workspace.changed_since_base()


async def test_what_changed_since_the_base_is_committed_or_not_and_tracked_or_not(there: PortsWorld) -> None:
    there.repository(a__txt="one", b__txt="two", c__txt="three")
    there.leave_base()
    workspace = there.ports().workspace
    assert (await workspace.changed_since_base()).paths == ()
    there.write("b.txt", "changed")
    there.commit()
    assert await workspace.changed_since_base() == ChangedFiles("main", ("b.txt",))
    there.write("a.txt", "changed")
    there.put_in_project("new.txt", b"not tracked")
    assert (await workspace.changed_since_base()).paths == ("a.txt", "b.txt", "new.txt")
    there.write("b.txt", "two")
    assert (await workspace.changed_since_base()).paths == ("a.txt", "new.txt")


async def test_what_belongs_to_the_run_is_no_change(there: PortsWorld) -> None:
    there.repository(a__txt="one")
    there.leave_base()
    there.ports().lease.acquire("one")
    there.overwrite("{}")
    assert (await there.ports().workspace.changed_since_base()).paths == ()


async def test_the_real_clock_has_a_zone_and_goes_on() -> None:
    clock = SystemClock()
    before = clock.now()
    await clock.sleep(0)
    assert before.tzinfo is UTC
    assert clock.now() >= before


def test_the_clock_of_the_tests_moves_by_what_is_slept() -> None:
    clock = MemoryClock()

    async def work() -> timedelta:
        before = clock.now()
        await clock.sleep(3600)
        return clock.now() - before

    assert in_no_time(work()) == timedelta(hours=1)


async def test_which_files_are_tracked_is_known(there: PortsWorld) -> None:
    place = there.ports().place.project
    files = [place / name for name in ("a.txt", "new.txt", "gone/b.txt")]
    assert await there.ports().workspace.tracked(files) == frozenset()
    there.repository(a__txt="one")
    there.put_in_project("new.txt", b"not tracked")
    elsewhere = place.parent / "elsewhere.txt"
    assert await there.ports().workspace.tracked([*files, elsewhere]) == {place / "a.txt"}
    assert await there.ports().workspace.tracked([]) == frozenset()
