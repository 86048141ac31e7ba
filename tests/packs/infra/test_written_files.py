"""Planned files are written once, whole, and only over what was in the plan, whenever the driver is killed."""

from pathlib import Path

import pytest

from loop_tui.model.problem import Problem
from loop_tui.packs.infra.files.planned import FileStanding, PlannedFile, plan_files
from loop_tui.packs.infra.files.record import dump_record, read_record, written_now
from loop_tui.packs.infra.files.writing import FILE, write_files
from loop_tui.runners.context import SkillFailed
from tests.packs.ship.shipyard import Killed, Yard, new_yard

WANTED = (
    PlannedFile("Dockerfile", "FROM node:22\n", "a container"),
    PlannedFile(".github/workflows/distribute.yml", "on: push\n", "the delivery pipeline"),
    PlannedFile("bin/migrate", "#!/bin/sh\n", "runs the migrations", executable=True),
)
SKILL = "deploy"  # Any that the yard has.


@pytest.fixture
def yard(world: object, tmp_path: Path) -> Yard:
    return new_yard(tmp_path / "yard", tmp_path / "world/claude")


async def wrote(yard: Yard, written: dict[str, str] | None = None) -> list[str]:
    steps = await plan_files(yard.project, WANTED, written or {})
    return [step.path for step in await write_files(yard.context(SKILL), yard.project, steps)]


def content(yard: Yard) -> dict[str, str]:
    return {each.path: (yard.project / each.path).read_text() for each in WANTED if (yard.project / each.path).exists()}


async def test_they_are_there_with_their_folders_and_modes(yard: Yard) -> None:
    assert await wrote(yard) == [".github/workflows/distribute.yml", "Dockerfile", "bin/migrate"]
    assert content(yard) == {each.path: each.text for each in WANTED}
    assert (yard.project / "bin/migrate").stat().st_mode & 0o111
    assert not (yard.project / "Dockerfile").stat().st_mode & 0o111
    assert "wrote Dockerfile: a container" in yard.log
    assert [effect.kind for effect in yard.state.effects if effect.proven] == [FILE] * 3


async def test_a_second_time_nothing_is_written(yard: Yard) -> None:
    await wrote(yard)
    assert await wrote(yard) == []


@pytest.mark.parametrize("instant", ["intent", "act", "proof"])
async def test_killed_and_begun_again(yard: Yard, instant: str) -> None:
    yard.kill = {f"{FILE}:{instant}"}
    with pytest.raises(Killed):
        await wrote(yard)
    await wrote(yard)
    assert content(yard) == {each.path: each.text for each in WANTED}
    proven = [effect.intent["path"] for effect in yard.state.effects if effect.proven and effect.kind == FILE]
    assert sorted(map(str, proven)) == sorted(each.path for each in WANTED)


async def test_what_changed_since_the_plan_stays(yard: Yard) -> None:
    steps = await plan_files(yard.project, WANTED, {})
    (yard.project / "Dockerfile").write_text("FROM scratch\n")
    with pytest.raises(SkillFailed, match="changed since the plan was made"):
        await write_files(yard.context(SKILL), yard.project, steps)
    assert (yard.project / "Dockerfile").read_text() == "FROM scratch\n"


async def test_an_edit_of_a_planned_update_stays(yard: Yard) -> None:
    path = yard.project / "Dockerfile"
    path.write_text("FROM node:20\n")
    steps = await plan_files(yard.project, WANTED[:1], {"Dockerfile": "FROM node:20\n"})
    assert [step.standing for step in steps] == [FileStanding.UPDATE]
    path.write_text("FROM node:20\nEXPOSE 80\n")
    with pytest.raises(SkillFailed, match="changed since the plan was made"):
        await write_files(yard.context(SKILL), yard.project, steps)
    assert path.read_text() == "FROM node:20\nEXPOSE 80\n"


async def test_a_link_that_was_put_there_since_is_not_followed(yard: Yard, tmp_path: Path) -> None:
    steps = await plan_files(yard.project, WANTED, {})
    (tmp_path / "elsewhere").mkdir()
    (yard.project / "bin").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Problem, match="is a link"):
        await write_files(yard.context(SKILL), yard.project, steps)
    assert list((tmp_path / "elsewhere").iterdir()) == []


async def test_of_conflicts_and_what_is_not_ours_nothing_is_written(yard: Yard) -> None:
    path = yard.project / "Dockerfile"
    path.write_text("FROM node:21\n")
    steps = await plan_files(yard.project, WANTED[:1], {"Dockerfile": "FROM node:20\n"})
    assert [step.standing for step in steps] == [FileStanding.CONFLICT]
    assert await write_files(yard.context(SKILL), yard.project, steps) == ()
    assert path.read_text() == "FROM node:21\n"


async def test_the_record_makes_the_next_run_an_update(yard: Yard) -> None:
    steps = await plan_files(yard.project, WANTED, {})
    await write_files(yard.context(SKILL), yard.project, steps)
    record = read_record(dump_record(written_now({}, steps, ())))
    newer = PlannedFile("Dockerfile", "FROM node:24\n", "a container")
    (step,) = await plan_files(yard.project, [newer], record)
    assert step.standing is FileStanding.UPDATE
    await write_files(yard.context(SKILL), yard.project, [step])
    assert (yard.project / "Dockerfile").read_text() == "FROM node:24\n"
