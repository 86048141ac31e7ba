"""How long things usually take, learnt from the archive and never invented (SCREEN "Progress")."""

import json
from datetime import datetime, timedelta
from pathlib import Path

from loop_tui.control.snapshot import Running, Snapshot
from loop_tui.engine import changes
from loop_tui.model.clock import stamp
from loop_tui.model.stats.usual import Usual
from loop_tui.storage.definitions.catalog import builtin
from loop_tui.storage.state.leases import acquire
from loop_tui.tui.cockpit.bars import status_text
from tests.conftest import World

from .runs import DISTRIBUTION, NARROW, NOW, WIDE, Run, Screen, new_run, on_screen

_LOOP = builtin(DISTRIBUTION)
assert _LOOP is not None
PLANNED = [skill.id for phase in _LOOP.phases for skill in phase.skills]


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


def usual_picture(project: Path, minutes: float, usual: Usual | None) -> Snapshot:
    """A run whose planner has worked so long."""
    run = running(project)
    since = stamp(NOW - timedelta(minutes=minutes))
    return Snapshot(
        project=project,
        loop=DISTRIBUTION,
        opened=True,
        state=run.state,
        definition=run.definition,
        running=Running("INIT", "release-planner", since),
        usual=usual,
    )


ALL = Usual(dict.fromkeys(PLANNED, 60000), 600_000, dict.fromkeys(PLANNED, 3))


async def test_three_times_its_usual_is_a_warning(tmp_path: Path, world: World) -> None:
    for number in (1, 2, 3):
        archived(world, 600_000, number)
    run = running(tmp_path)
    held = acquire(run.store.run_dir, "driver")

    async def use(screen: Screen) -> None:
        await screen.until(lambda: "usually 10m00s" in screen.text(), "what the archive says")
        assert "slow" not in screen.text()
        since = next(row.since for row in screen.tree.rows if row.kind == "note")
        for minutes, is_slow in ((29.9, False), (30, True)):
            screen.tree.tick(datetime.fromisoformat(since) + timedelta(minutes=minutes))
            await screen.until(lambda slow=is_slow: ("slow: usually 10m00s" in screen.text()) == slow, "the warning")  # type: ignore[misc]

    await on_screen(use, tmp_path, size=NARROW)
    held.release()  # type: ignore[union-attr]


def test_the_time_left_is_shown_where_earlier_runs_tell_all_of_it(tmp_path: Path) -> None:
    known = usual_picture(tmp_path / "a", 0.5, ALL)
    left = len([skill for phase in known.state.phases for skill in phase.skills])  # type: ignore[union-attr]
    assert f"usually 10m00s, {left}m left" in status_text(known, NOW, 200).plain
    assert "left" not in status_text(known, NOW, 90).plain
    part = Usual({"release-planner": 60_000}, 600_000)
    assert "usually 10m00s" in (said := status_text(usual_picture(tmp_path / "b", 0.5, part), NOW, 200).plain)
    assert "left" not in said
    assert "usually" not in status_text(usual_picture(tmp_path / "c", 0.5, None), NOW, 200).plain
