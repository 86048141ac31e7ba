"""Calibration and patterns in `memory`: what others wrote stays, byte for byte where it can be seen."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loop_tui.model.outcome import RunOutcome
from loop_tui.model.problem import Problem
from loop_tui.model.stats.facts import Attempts, RunMeasures, Verdict
from loop_tui.model.stats.measures import stats_of
from loop_tui.model.stats.memory import SOURCE, usual_in
from loop_tui.storage.memory import MemoryEdit, memory_edits, write_memory


def loop(count: int = 4, took_ms: int = 1000, flaky: bool = True) -> Any:
    verdicts = tuple(Verdict("lint", "", "a" * 40, is_passed, "") for is_passed in (True, not flaky))
    run = RunMeasures(
        loop="a-loop",
        system="widget",
        completed_at="2026-01-02T00:00:00Z",
        outcome=RunOutcome.SUCCESS,
        working_ms=took_ms,
        durations={"build": took_ms},
        phases={"INIT": took_ms},
        targets={"npm": took_ms},
        attempts={"build": Attempts(done=1, failed=1, again=1)},
        verdicts=verdicts,
    )
    return stats_of("a-loop", "widget", [run] * count)


def edits(folder: Path, stats: Any = None, *, by_system: bool = False) -> dict[str, MemoryEdit]:
    return {each.path.name: each for each in memory_edits(folder, [stats or loop()], by_system=by_system)}


LEAVES = st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=5)
VALUES = st.recursive(LEAVES, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=4), v, max_size=3))
OTHERS = st.dictionaries(st.text(max_size=6).filter(lambda key: key not in ("loops", "patterns")), VALUES, max_size=4)
SET = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


@SET
@given(others=OTHERS, within=OTHERS, entries=st.lists(VALUES, max_size=4), indent=st.sampled_from([None, 2, "\t"]))
def test_all_that_others_wrote_is_kept(
    others: dict[str, Any], within: dict[str, Any], entries: list[Any], indent: int | str | None
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        memory = folder / "memory"
        memory.mkdir()
        inner = {key: value for key, value in within.items() if key not in ("runs", "until")}
        calibration = {**others, "loops": {"b-loop": 1, "a-loop": inner}}
        (memory / "calibration.json").write_text(json.dumps(calibration, indent=indent))
        (memory / "patterns.json").write_text(json.dumps({**others, "patterns": entries}, indent=indent))
        found = edits(folder)
        told = json.loads(found["calibration.json"].after)
        assert {key: told[key] for key in others} == others
        assert told["loops"]["b-loop"] == 1
        assert {key: told["loops"]["a-loop"][key] for key in inner} == inner
        assert usual_in(told, "a-loop", "widget") is not None
        patterns = json.loads(found["patterns.json"].after)
        assert {key: patterns[key] for key in others} == others
        assert patterns["patterns"][: len(entries)] == entries
        for edit in found.values():
            write_memory(edit, folder)
        assert edits(folder) == {}


def test_only_the_numbers_that_changed_are_touched(tmp_path: Path) -> None:
    for edit in edits(tmp_path).values():
        write_memory(edit, tmp_path)
    before = (tmp_path / "memory" / "calibration.json").read_text()
    after = edits(tmp_path, loop(took_ms=2000))["calibration.json"].after
    assert len(before.splitlines()) == len(after.splitlines())
    assert before.replace("1000", "2000") == after


def test_patterns_that_hold_no_more_go_and_those_of_others_stay(tmp_path: Path) -> None:
    memory = tmp_path / "memory"
    memory.mkdir()
    (memory / "patterns.json").write_text('[{"name": "theirs"}, "a text"]')
    for edit in edits(tmp_path).values():
        write_memory(edit, tmp_path)
    theirs, text, *ours = json.loads((memory / "patterns.json").read_text())
    assert (theirs, text) == ({"name": "theirs"}, "a text")
    assert [each["name"] for each in ours] == ["flaky check lint", "often retried: build"]
    assert {each["source"] for each in ours} == {SOURCE}
    after = json.loads(edits(tmp_path, loop(flaky=False))["patterns.json"].after)
    assert [each if isinstance(each, str) else each["name"] for each in after] == [
        *("theirs", "a text", "often retried: build")
    ]


def test_too_few_runs_leave_no_number(tmp_path: Path) -> None:
    found = edits(tmp_path, loop(count=2, flaky=False))
    assert json.loads(found["calibration.json"].after) == {
        "loops": {"a-loop": {"runs": 2, "until": "2026-01-02T00:00:00Z"}}
    }
    assert "patterns.json" not in found


def test_an_organization_keeps_systems_apart(tmp_path: Path) -> None:
    told = json.loads(edits(tmp_path, by_system=True)["calibration.json"].after)
    assert list(told) == ["systems"]
    assert usual_in(told, "a-loop", "widget") is not None
    assert usual_in(told, "a-loop", "gadget") is None


@pytest.mark.parametrize("text", ["", "nonsense", "3", '{"patterns": {}}', '"x"'])
def test_another_shape_is_refused_by_name(tmp_path: Path, text: str) -> None:
    memory = tmp_path / "memory"
    memory.mkdir()
    (memory / "patterns.json").write_text(text)
    with pytest.raises(Problem, match=r"patterns\.json"):
        edits(tmp_path)


def test_a_file_that_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    found = edits(tmp_path)["calibration.json"]
    found.path.parent.mkdir()
    found.path.write_text('{"theirs": 1}')
    with pytest.raises(Problem, match="changed while it was edited"):
        write_memory(found, tmp_path)
    assert found.path.read_text() == '{"theirs": 1}'
