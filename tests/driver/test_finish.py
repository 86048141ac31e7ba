"""The end of a run: one archive in one place, read back before the live files go (SPEC section 7)."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from loop_tui.driver import drive
from loop_tui.driver.conductor import Conductor
from loop_tui.driver.finish import EFFECT, finish
from loop_tui.engine import changes
from loop_tui.engine.begin import fresh_state
from loop_tui.model.definition import LoopDefinition, PhaseDefinition, SkillDefinition
from loop_tui.model.evidence import Effect
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.storage.archive import artifacts
from loop_tui.storage.archive.writer import verify_archive, write_archive
from loop_tui.storage.state.store import Store
from tests.conftest import World
from tests.memory import MemoryClock
from tests.tui.runs import STARTED, Run

from . import on_files

LOOP = LoopDefinition(id="one-loop", phases=(PhaseDefinition(id="A", skills=(SkillDefinition(id="think"),)),))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run in which everything is done but its end."""
    project = tmp_path / "p"
    project.mkdir()
    store = Store(project, LOOP.id, definition=LOOP, now=lambda: STARTED)
    store.create(fresh_state(LOOP, run="run-1", system="widget", at=""), changes.started(LOOP.id, "ada"))
    made = Run(project, LOOP, store)
    made.tell(changes.phase_entered("A"), changes.skill_completed("A", "think", by="ada"), changes.phase_completed("A"))
    (store.run_dir / "notes.md").write_text("kept\n")
    return made


def conductor(run: Run, world: World, later_s: float = 0) -> Conductor:
    clock = MemoryClock(STARTED + timedelta(seconds=later_s))
    return on_files.conductor(run.project, LOOP, {"LOOP_TUI_HOME": str(world.claude)}, clock)


def archives(world: World) -> list[Path]:
    return sorted((world.claude / "runs").glob("*/*.json"))


async def test_the_archive_reads_back_and_the_live_files_are_gone(run: Run, world: World) -> None:
    path = await finish(conductor(run, world), "success")
    assert archives(world) == [path]
    verify_archive(path, "run-1")
    assert (path.with_suffix("") / "notes.md").read_text() == "kept\n"
    assert not run.store.path.exists()
    assert not (run.store.run_dir / "notes.md").exists()


async def test_an_archive_that_was_begun_is_completed_in_its_place(
    run: Run, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver died with the archive written and the state file still there; the next one comes an hour later."""

    class Died(BaseException):
        pass

    def die(*_: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(Store, "remove", die)
        with pytest.raises(Died):
            await finish(conductor(run, world), "success")
    (first,) = archives(world)
    assert await finish(conductor(run, world, later_s=3600), "success") == first
    assert archives(world) == [first]


async def test_a_place_that_was_only_meant_is_the_place(run: Run, world: World) -> None:
    place = world.claude / "runs/2026-01/widget-one-loop-01T00-00-00.json"
    run.tell(changes.completed(), changes.effect_intended(Effect(id=EFFECT, kind=EFFECT, intent={"path": str(place)})))
    assert await finish(conductor(run, world), "success") == place
    assert archives(world) == [place]


async def test_the_state_file_stays_when_the_archive_does_not_read_back(
    run: Run, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(path: Path, *rest: object, **more: object) -> object:
        proof = write_archive(path, *rest, **more)  # type: ignore[arg-type]
        (path.with_suffix("") / "notes.md").write_text("something else\n")
        return proof

    with monkeypatch.context() as patch:
        patch.setattr(artifacts, "write_archive", damaged)
        with pytest.raises(Problem, match="cannot be verified"):
            await finish(conductor(run, world), "success")
    assert run.store.path.exists()
    assert (run.store.run_dir / "notes.md").read_text() == "kept\n"
    verify_archive(await finish(conductor(run, world), "success"), "run-1")
    assert len(archives(world)) == 1


@pytest.mark.parametrize("note", [True, False], ids=["with the note", "without the note"])
async def test_an_archived_run_that_is_put_back_does_not_run_again(run: Run, world: World, note: bool) -> None:
    """All of its files are whole, its own and signed: the archive knows that it is over."""
    kept = run.project.parent / "kept"
    shutil.copytree(run.project, kept)
    path = await finish(conductor(run, world), "success")
    finished = (run.store.run_dir / "finished.json").read_bytes()
    shutil.rmtree(run.project)
    kept.rename(run.project)
    if note:
        (run.store.run_dir / "finished.json").write_bytes(finished)
    again = conductor(run, world)
    with pytest.raises(Problem, match="this run has ended") as caught:
        await drive(LOOP, again.options, again.ports, environment={}, runners=again.runners, packs=again.packs)
    assert caught.value.code is Code.NOT_ALLOWED
    assert str(path) in caught.value.what
    assert archives(world) == [path]
    assert run.store.path.exists(), "whoever put it back finds it as it was"
