"""Statistics of archives that are written by hand: known times in, known medians out."""

import json
from pathlib import Path

import pytest

from loop_tui.control.stats import Filters, read_stats
from loop_tui.control.usual import usual_here
from loop_tui.model.problem import Problem
from loop_tui.model.runs import RunOutcome, RunSummary
from loop_tui.model.stats.usual import Usual
from loop_tui.model.stats.values import LoopStats, Rate, Spread
from tests.past_runs import put, worked

MINUTE, HOUR = 60_000, 3_600_000


def one(home: Path) -> LoopStats:
    (found,) = read_stats(home, Filters()).loops
    return found


def test_working_times_are_medians_and_quartiles_of_what_was_done(tmp_path: Path) -> None:
    for day, took_ms in enumerate((1000, 4000, 2000, 9000, 3000)):
        put(tmp_path, worked([("INIT", "release-planner", took_ms), ("INIT", "preflight", 500)], day=day))
    stats = one(tmp_path)
    assert (stats.loop, stats.system, stats.runs) == ("distribution-loop", "widget", 5)
    assert stats.whole.spread == Spread(median_ms=3500, lower_ms=2500, upper_ms=4500)
    assert stats.whole.took_ms == (1500, 4500, 2500, 9500, 3500)
    (phase,) = stats.phases
    assert (phase.name, phase.spread) == ("INIT", stats.whole.spread)
    planner, preflight = stats.skills
    assert (planner.times.name, planner.phase) == ("release-planner", "INIT")
    assert planner.times.spread == Spread(median_ms=3000, lower_ms=2000, upper_ms=4000)
    assert preflight.times.spread == Spread(500, 500, 500)
    assert planner.times.trend is None


def test_waiting_is_not_working_and_is_told_by_gate_and_person(tmp_path: Path) -> None:
    for day, (who, waited_ms) in enumerate((("ada", HOUR), ("ada", 3 * HOUR), ("bob", 5 * HOUR), ("ada", 2 * HOUR))):
        run = worked([("INIT", "preflight", 2000)], day=day, waits=[("readiness-gate", who, waited_ms)])
        put(tmp_path, run)
    stats = one(tmp_path)
    assert stats.whole.spread == Spread(2000, 2000, 2000)
    told = {each.by: each.times for each in stats.gates}
    assert {each.gate for each in stats.gates} == {"readiness-gate"}
    assert told[""].spread == Spread(round(2.5 * HOUR), round(1.75 * HOUR), round(3.5 * HOUR))
    assert told["ada"].took_ms == (HOUR, 3 * HOUR, 2 * HOUR)
    assert told["bob"].spread is None


def test_a_gate_that_follows_another_waits_from_its_answer_on_and_checks_wait_for_nobody(tmp_path: Path) -> None:
    waits = [
        ("readiness-gate", "checks", 10),
        ("release-gate", "ada", MINUTE),
        ("distribution-gate", "bob", 2 * MINUTE),
    ]
    put(tmp_path, worked([("INIT", "preflight", 2000)], waits=waits))
    found = {(each.gate, each.by): each.times.took_ms for each in one(tmp_path).gates}
    assert found == {("release-gate", "ada"): (MINUTE,), ("distribution-gate", "bob"): (2 * MINUTE,)}


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_runs_give_no_number(tmp_path: Path, count: int) -> None:
    for day in range(count):
        run = worked([("INIT", "preflight", 2000)], day=day, waits=[("readiness-gate", "ada", HOUR)])
        put(tmp_path, run)
    found = read_stats(tmp_path, Filters()).loops
    assert len(found) == min(count, 1)
    for stats in found:
        times = [stats.whole, *stats.phases, *(s.times for s in stats.skills), *(g.times for g in stats.gates)]
        assert len(times) == 4
        assert {(each.count, each.spread, each.trend) for each in times} == {(count, None, None)}
        assert not stats.success.tells
        assert not stats.skills[0].success.tells


def test_success_and_retries_are_counted_and_only_success_tells_how_long_the_whole_takes(tmp_path: Path) -> None:
    for day in range(6):
        failed = ["preflight"] if day in (1, 4) else []
        outcome = RunOutcome.SUCCESS if day < 4 else RunOutcome.FAILED if day < 5 else RunOutcome.ABANDONED
        put(tmp_path, worked([("INIT", "preflight", 1000 + day)], day=day, failed=failed), outcome)
    stats = one(tmp_path)
    assert stats.success == Rate(4, 6)
    assert stats.whole.took_ms == (1000, 1001, 1002, 1003)
    (skill,) = stats.skills
    assert (skill.success, skill.retried) == (Rate(6, 8), Rate(2, 6))


def test_the_trend_holds_the_last_five_against_those_before(tmp_path: Path) -> None:
    for day, took_ms in enumerate((1000, 1000, 1000, 2000, 2000, 2000, 2000, 2000)):
        put(tmp_path, worked([("INIT", "preflight", took_ms)], day=day))
    trend = one(tmp_path).whole.trend
    assert trend is not None
    assert (trend.last_ms, trend.before_ms, trend.last, trend.before, trend.change) == (2000, 1000, 5, 3, 1.0)


def test_a_check_that_passed_and_failed_on_one_tree_is_flaky(tmp_path: Path) -> None:
    told = (("a", True), ("a", False), ("b", True), ("b", True), ("c", False), ("d", True), ("a", True))
    for day, (tree, passed) in enumerate(told):
        put(tmp_path, worked([("VERIFY", "code-verification", 10)], day=day, tree=tree * 40, passed=passed))
    (check,) = one(tmp_path).flaky
    assert (check.name, check.flaky, check.passed, check.failed, check.tree) == ("lint", Rate(1, 2), 2, 1, "a" * 40)


def test_systems_and_loops_are_told_apart_and_filters_hold(tmp_path: Path) -> None:
    for day in range(3):
        put(tmp_path, worked([("INIT", "preflight", 1000)], day=day))
        put(tmp_path, worked([("INIT", "preflight", 9000)], day=day, system="gadget"))
    assert {each.system: each.whole.spread for each in read_stats(tmp_path, Filters()).loops} == {
        "widget": Spread(1000, 1000, 1000),
        "gadget": Spread(9000, 9000, 9000),
    }
    assert [each.system for each in read_stats(tmp_path, Filters(system="gadget")).loops] == ["gadget"]
    assert [each.runs for each in read_stats(tmp_path, Filters(since="2026-01-02")).loops] == [2, 2]
    assert read_stats(tmp_path, Filters(loop="other-loop")).loops == ()
    with pytest.raises(Problem, match="not a date"):
        read_stats(tmp_path, Filters(since="soon"))


def test_what_others_wrote_still_tells_what_it_tells(tmp_path: Path) -> None:
    month = tmp_path / "runs" / "2026-01"
    month.mkdir(parents=True)
    log = [{"skill": "preflight", "durationMs": 2000, "status": "complete"}]
    for day in range(1, 4):
        summary = {"loop": "audit-loop", "system": "kit", "completed_at": f"2026-01-0{day}T00:00:00Z"}
        body = {"summary": {**summary, "outcome": "success"}, "state": {"skillsLog": log, "phases": 7}}
        (month / f"kit-audit-loop-0{day}T00-00-00.json").write_text(json.dumps(body))
    (month / "bad.json").write_text("{")
    found = read_stats(tmp_path, Filters())
    (stats,) = found.loops
    assert (stats.whole.spread, stats.phases, stats.gates) == (Spread(2000, 2000, 2000), (), ())
    assert [Path(problem.where.partition(":")[0]).name for problem in found.problems] == ["bad.json"]


def test_a_calibration_stands_in_where_the_archive_tells_nothing(tmp_path: Path) -> None:
    project, home = tmp_path / "widget", tmp_path / "home"
    told = {
        "working_ms": {"median": 5000},
        "skills": {"preflight": {"median": 2000, "count": 4}, "odd": {"median": -1}},
    }
    path = project / ".claude" / "memory" / "calibration.json"
    above = home / "memory" / "calibration.json"
    for each in (path, above):
        each.parent.mkdir(parents=True)
    env = {"LOOP_TUI_HOME": str(home)}
    above.write_text(json.dumps({"systems": {"widget": {"loops": {"distribution-loop": told}}}}))
    path.write_text("{")
    expected = Usual({"preflight": 2000}, 5000, {"preflight": 4})
    assert usual_here([], project, "distribution-loop", "widget", env) == expected
    assert usual_here([], project, "other-loop", "widget", env) == Usual()
    path.write_text(json.dumps({"loops": {"distribution-loop": {"working_ms": {"median": 7}}}}))
    assert usual_here([], project, "distribution-loop", "widget", env) == Usual({}, 7)
    run = RunSummary(completed_at="", durations={"preflight": 9})
    assert usual_here([run], project, "distribution-loop", "widget", env).skills == {"preflight": 9}
    for hostile in (None, [], 5, {"loops": []}, {"loops": {"distribution-loop": {"skills": {"a": {"median": True}}}}}):
        path.write_text(json.dumps(hostile))
        assert usual_here([], project, "distribution-loop", "x", env) == Usual()


def test_targets_take_as_long_as_it_took_to_confirm_them(tmp_path: Path) -> None:
    month = tmp_path / "runs" / "2026-01"
    month.mkdir(parents=True)
    for day, took_ms in enumerate((9000, 3000, 6000), start=1):
        checks = [
            {"name": "npm", "status": "passed", "duration_ms": took_ms},
            {"name": "git", "status": "failed", "duration_ms": 1},
            {"name": "test", "status": "passed", "duration_ms": 5},
        ]
        summary = {
            "loop": "distribution-loop",
            "system": "widget",
            "completed_at": f"2026-01-0{day}T00:00:00Z",
            "outcome": "success",
            "evidence": {"distribution-gate": checks},
            "targets": [{"id": "npm", "level": "confirmed"}, {"id": "git", "level": "failed"}],
        }
        (month / f"widget-distribution-loop-0{day}T00-00-00.json").write_text(json.dumps({"summary": summary}))
    (target,) = one(tmp_path).targets
    assert (target.name, target.took_ms, target.spread) == ("npm", (9000, 3000, 6000), Spread(6000, 4500, 7500))
