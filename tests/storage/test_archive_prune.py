"""Removing archived runs: which ones are needed, and that no half of one is ever listed."""

import json
import os
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from loop_tui.model.archived_run import ArchivedRun
from loop_tui.model.outcome import RunOutcome
from loop_tui.model.problem import Problem
from loop_tui.storage.archive import index_refresh
from loop_tui.storage.archive.filters import Filters, ended_at, read_filters
from loop_tui.storage.archive.listing import list_runs
from loop_tui.storage.archive.named import MARKER
from loop_tui.storage.archive.prune import (
    ACTIVE,
    NEWEST,
    NEWEST_AT_TARGET,
    NEWEST_DONE,
    NEWEST_RELEASE,
    NOT_RELEASED,
    PrunePlan,
    PruneRule,
    needed_runs,
    prune_plan,
)
from loop_tui.storage.archive.removal import finish_removals, remove_run, size_of
from loop_tui.storage.archive.scan import scan
from tests.many_runs import write_runs

EVERYTHING = read_filters(Filters())
ALL_GO = PruneRule(0, None)


class Killed(BaseException):
    """As if the process had ended there."""


@pytest.fixture(autouse=True)
def everything_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_refresh, "SETTLED_S", -1.0)


def put(home: Path, number: int, *, folder: bool = True, **told: Any) -> Path:
    """A run that ended on that day of March."""
    path = home / f"runs/2026-03/w-a-loop-{number:02}T10-00-00.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    facts = {"loop": "a-loop", "system": "w", "completed_at": f"2026-03-{number:02}T10:00:00Z", "outcome": "success"}
    path.write_text(json.dumps({"summary": facts | told}))
    if folder:
        path.with_suffix("").mkdir()
        (path.with_suffix("") / "notes").mkdir()
        (path.with_suffix("") / "notes/RELEASE.md").write_text("# Release\n")
    return path


def listed(home: Path) -> list[ArchivedRun]:
    return [*list_runs(home, limit=None, most=None).runs]


def days(runs: list[ArchivedRun]) -> list[int]:
    return [int(run.completed_at[8:10]) for run in runs]


def reasons(home: Path) -> dict[int, str]:
    runs = {run.where: run for run in listed(home)}
    return {days([runs[where]])[0]: why for where, why in needed_runs(runs.values()).items()}


def plan(home: Path, rule: PruneRule, **told: Any) -> PrunePlan:
    return prune_plan(listed(home), read_filters(Filters(**told)), rule)


def test_what_the_next_run_rests_on_is_needed(tmp_path: Path) -> None:
    release: dict[str, Any] = {"release": {"to": "1.0.0"}}
    put(tmp_path, 1)
    put(tmp_path, 2, **release, targets=[{"id": "npm"}])
    put(tmp_path, 3, **release, targets=[{"id": "git"}])
    put(tmp_path, 4)
    put(tmp_path, 5, outcome="failed")
    put(tmp_path, 6, outcome="aborted")
    put(tmp_path, 7, outcome="aborted")
    assert reasons(tmp_path) == {
        2: NEWEST_AT_TARGET,
        3: NEWEST_RELEASE,
        4: NEWEST_DONE,
        6: NOT_RELEASED,
        7: NEWEST,
    }
    assert days(plan(tmp_path, ALL_GO).going) == [5, 1]


def test_each_loop_system_and_project_has_runs_of_its_own(tmp_path: Path) -> None:
    put(tmp_path, 1, project="/srv/a")
    put(tmp_path, 2, project="/srv/b")
    put(tmp_path, 3, project="/srv/b", system="x")
    put(tmp_path, 4, project="/srv/b", system="x", loop="b-loop")
    put(tmp_path, 5, project="/srv/b", system="x", loop="b-loop")
    assert days(plan(tmp_path, ALL_GO).going) == [4]


def test_the_rule_counts_within_a_system_and_loop(tmp_path: Path) -> None:
    for number in range(1, 9):
        put(tmp_path, number, system="w" if number % 2 else "x")
    assert days(plan(tmp_path, PruneRule(3, None)).going) == [2, 1]
    before = ended_at("2026-03-06T10:00:00Z")
    assert days(plan(tmp_path, PruneRule(None, before)).going) == [5, 4, 3, 2, 1]
    assert days(plan(tmp_path, PruneRule(2, before)).going) == [4, 3, 2, 1]
    assert days(plan(tmp_path, PruneRule(1, None), system="x").going) == [6, 4, 2]


def test_of_many_runs_only_those_go_that_nothing_needs(tmp_path: Path) -> None:
    write_runs(tmp_path, 400, 10)
    runs = listed(tmp_path)
    chance = random.Random(3)
    for _ in range(20):
        rule = PruneRule(chance.choice((None, 0, 1, 5)), chance.choice((None, ended_at("2026-06-28"))))
        if rule == PruneRule(None, None):
            continue
        found = prune_plan(runs, EVERYTHING, rule)
        left = [run for run in runs if run not in found.going]
        assert needed_runs(left).keys() == needed_runs(runs).keys()
        groups = {(run.system, run.loop) for run in found.going}
        for group in groups:
            kept = [run for run in left if (run.system, run.loop) == group]
            assert len(kept) >= (rule.keep or 0)


def test_a_run_whose_state_file_is_there_is_active(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    put(tmp_path, 1, project=str(project), run="run-one")
    put(tmp_path, 2, project=str(project), run="run-two")
    state = project / "a-state.json"
    for text, needed in (('{"executionId": "run-one"}', True), ('{"executionId": "run-two"}', False)):
        state.write_text(text)
        found = plan(tmp_path, ALL_GO)
        assert [(days([run]), why) for run, why in found.needed] == [([2], NEWEST)] + [([1], ACTIVE)] * needed
    state.unlink()
    state.mkdir()
    assert plan(tmp_path, ALL_GO).going == [], "what cannot be read may be of that run"


def test_a_run_goes_with_its_folder(tmp_path: Path) -> None:
    first, second = put(tmp_path, 1), put(tmp_path, 2, folder=False)
    runs = listed(tmp_path)
    assert size_of(runs[0]) == second.stat().st_size
    assert size_of(runs[1]) > first.stat().st_size + len("# Release\n")
    for run in runs:
        remove_run(tmp_path / "runs", run)
    assert [*(tmp_path / "runs/2026-03").iterdir()] == []
    assert listed(tmp_path) == []


def test_a_folder_without_a_file_goes(tmp_path: Path) -> None:
    folder = tmp_path / "runs/2026-03/w-a-loop-20260301-1000"
    folder.mkdir(parents=True)
    (folder / "RETROSPECTIVE.md").write_text("# Looking back\n")
    (run,) = listed(tmp_path)
    remove_run(tmp_path / "runs", run)
    assert [*folder.parent.iterdir()] == []


_STEPS = ("unlink", "rename", "write", "fsync", "rmdir")


def removed_until(monkeypatch: pytest.MonkeyPatch, most: int, work: Callable[[], None]) -> bool:
    """Do it until so many steps are done; True when it was killed there."""
    done = 0

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **named: Any) -> Any:
            nonlocal done
            if done == most:
                raise Killed
            done += 1
            return real(*args, **named)

        return step

    with monkeypatch.context() as patch:
        for name in _STEPS:
            patch.setattr(os, name, counted(getattr(os, name)))
        try:
            work()
        except Killed:
            return True
    return False


def test_a_kill_at_any_instant_leaves_a_whole_run_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instants = 0
    for most in range(100):
        home = tmp_path / str(most)
        put(home, 1)
        other = put(home, 2)
        before = listed(home)
        was_killed = removed_until(monkeypatch, most, partial(remove_run, home / "runs", before[1]))
        instants += was_killed
        after = listed(home)
        assert [run.where for run in after] == [
            run.path or run.folder for run in scan(home / "runs", EVERYTHING, None)[0]
        ]
        assert after in (before, before[:1])
        if after == before:
            assert (Path(after[1].folder) / "notes/RELEASE.md").read_text() == "# Release\n"
            remove_run(home / "runs", after[1])
        finish_removals(home / "runs")
        assert sorted(path.name for path in other.parent.iterdir()) == [other.stem, other.name]
        assert listed(home) == before[:1]
        if not was_killed:
            break
    assert instants > 5


def test_a_removal_that_was_cut_short_is_finished_wherever_it_was_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for most in range(12):
        home = tmp_path / str(most)
        put(home, 1)
        (run,) = listed(home)
        removed_until(monkeypatch, 4, partial(remove_run, home / "runs", run))
        removed_until(monkeypatch, most, partial(finish_removals, home / "runs"))
        assert listed(home) == []
        finish_removals(home / "runs")
        assert [*(home / "runs/2026-03").iterdir()] == []


def _month_is_a_link(home: Path, path: Path) -> None:
    aside = home / "elsewhere"
    path.parent.rename(aside)
    path.parent.symlink_to(aside)


def _file_is_a_link(home: Path, path: Path) -> None:
    path.rename(home / "elsewhere.json")
    path.symlink_to(home / "elsewhere.json")


def _folder_is_a_link(home: Path, path: Path) -> None:
    path.with_suffix("").rename(home / "elsewhere")
    path.with_suffix("").symlink_to(home / "elsewhere")


@pytest.mark.parametrize("harm", [_month_is_a_link, _file_is_a_link, _folder_is_a_link])
def test_nothing_behind_a_link_is_removed(tmp_path: Path, harm: Callable[[Path, Path], None]) -> None:
    path = put(tmp_path, 1)
    (run,) = listed(tmp_path)
    harm(tmp_path, path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(Problem):
        remove_run(tmp_path / "runs", next(iter(listed(tmp_path)), run))
    finish_removals(tmp_path / "runs")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_link_inside_a_run_goes_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    path = put(tmp_path, 1)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept.md").write_text("kept")
    (path.with_suffix("") / "link").symlink_to(outside)
    (run,) = listed(tmp_path)
    remove_run(tmp_path / "runs", run)
    assert (outside / "kept.md").read_text() == "kept"
    assert listed(tmp_path) == []


def test_what_is_being_archived_or_was_changed_stays(tmp_path: Path) -> None:
    path = put(tmp_path, 1)
    (run,) = listed(tmp_path)
    (path.with_suffix("") / MARKER).write_text("the-run")
    with pytest.raises(Problem, match="is being archived"):
        remove_run(tmp_path / "runs", run)
    (path.with_suffix("") / MARKER).unlink()
    path.write_text(path.read_text().replace('"w"', '"other"'))
    with pytest.raises(Problem, match="changed since it was indexed"):
        remove_run(tmp_path / "runs", run)
    assert path.exists()
    with pytest.raises(Problem, match="is not in the archive"):
        remove_run(tmp_path / "runs", replace(run, path=str(tmp_path / "w-a-loop-01T10-00-00.json")))


def test_a_folder_that_is_being_written_is_no_leftover(tmp_path: Path) -> None:
    folder = tmp_path / "runs/2026-03/w-a-loop-01T10-00-00"
    folder.mkdir(parents=True)
    (folder / MARKER).write_text("the-run")
    finish_removals(tmp_path / "runs")
    assert (folder / MARKER).exists()
    assert RunOutcome.ABANDONED not in {run.outcome for run in listed(tmp_path)}
