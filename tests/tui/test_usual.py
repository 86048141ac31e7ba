"""How long things usually take, learnt from the archive and never invented (SCREEN "Progress")."""

import json
from pathlib import Path

from loop_tui.engine import changes
from loop_tui.storage.state.leases import acquire
from tests.conftest import World

from .runs import DISTRIBUTION, WIDE, Run, Screen, new_run, on_screen


def archived(world: World, took_ms: int, number: int = 1) -> None:
    """A run of the past, with how long its planner took."""
    log = [{"skill": "release-planner", "phase": "INIT", "durationMs": took_ms, "status": "complete"}]
    state = {"loop": DISTRIBUTION, "phase": "COMPLETE", "status": "complete", "phases": {}, "skillsLog": log}
    folder = world.claude / "runs" / "2026-01"
    folder.mkdir(parents=True, exist_ok=True)
    body = {
        "meta": {"archived_at": f"2026-01-0{number}T00:00:00Z", "archive_version": "1.0.0"},
        "summary": {"loop": DISTRIBUTION, "system": "widget-gauge", "outcome": "success"},
        "state": state,
    }
    (folder / f"widget-gauge-{DISTRIBUTION}-0{number}T00-00-00.json").write_text(json.dumps(body))


def running(project: Path) -> Run:
    run = new_run(project)
    run.tell(changes.phase_entered("INIT"), changes.skill_started("INIT", "release-planner"))
    return run


async def test_a_running_skill_shows_how_long_it_usually_takes(tmp_path: Path, world: World) -> None:
    for number, took_ms in enumerate((100_000, 130_000, 999_000), start=1):
        archived(world, took_ms, number)
    run = running(tmp_path)
    held = acquire(run.store.run_dir, "driver")

    async def use(screen: Screen) -> None:
        await screen.until(lambda: "usually 2m10s" in screen.text(), "what the archive says")
        assert [row.name for row in screen.tree.rows if row.kind == "note"] == ["usually 2m10s"]
        held.release()  # type: ignore[union-attr]
        await screen.until(lambda: not [r for r in screen.tree.rows if r.kind == "note"], "nothing runs")

    await on_screen(use, tmp_path, size=WIDE)


async def test_without_past_runs_nothing_is_said(tmp_path: Path, world: World) -> None:
    folder = world.claude / "runs" / "2026-01"
    folder.mkdir(parents=True)
    (folder / "broken.json").write_text("{")
    run = running(tmp_path)
    held = acquire(run.store.run_dir, "driver")

    async def use(screen: Screen) -> None:
        await screen.until(lambda: any(row.look.word == "running" for row in screen.tree.rows), "it runs")
        assert "usually" not in screen.text()

    await on_screen(use, tmp_path)
    held.release()  # type: ignore[union-attr]
