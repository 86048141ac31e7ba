"""Asking the archive: always the true newest, in every form, whatever else lies there."""

import json
import os
import random
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from loop_tui.model.clock import stamp
from loop_tui.model.problem import Problem
from loop_tui.model.runs import RunOutcome, RunSummary
from loop_tui.model.state import PhaseState, RunState, SkillRun
from loop_tui.model.stats.usual import Usual
from loop_tui.model.status import PhaseStatus
from loop_tui.storage.archive.query import read_runs, usual_durations
from loop_tui.storage.archive.reader import named_run, read_body
from loop_tui.storage.archive.writer import MARKER, archive_path, build_body, write_archive

DAY = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def put(home: Path, name: str, document: object, month: str = "2026-03", touched: datetime | None = None) -> Path:
    path = home / "runs" / month / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    if touched:
        os.utime(path, (touched.timestamp(), touched.timestamp()))
    return path


def summary(when: str, system: str = "widget", loop: str = "a-loop", **more: object) -> dict[str, object]:
    return {"summary": {"loop": loop, "system": system, "completed_at": when, "outcome": "success", **more}}


def when(run: RunSummary) -> str:
    return run.completed_at


def test_what_was_archived_reads_back(tmp_path: Path) -> None:
    state = RunState(
        run="r",
        loop="a-loop",
        system="widget",
        module="m",
        phases=(PhaseState(id="P", status=PhaseStatus.COMPLETE),),
        skill_log=(SkillRun(skill="s", duration_ms=1500),),
        started_at="2026-03-04T05:00:07Z",
    )
    path = archive_path(tmp_path, "widget", "a-loop", DAY)
    write_archive(path, build_body(state, {"loop": "a-loop"}, archived_at=DAY), {"x.md": b"x"})
    runs, problems = read_runs(tmp_path, include_state=True)
    assert problems == []
    (run,) = runs
    assert (run.path, run.folder, run.run) == (str(path), str(path.with_suffix("")), "r")
    assert (run.loop, run.system, run.module, run.outcome) == ("a-loop", "widget", "m", RunOutcome.SUCCESS)
    assert (run.phases_completed, run.duration_ms, run.durations) == (("P",), 360_000, {"s": 1500})
    assert run.completed_at == "2026-03-04T05:06:07.000Z"
    assert run.state == {"loop": "a-loop"}
    assert read_runs(tmp_path)[0][0].state is None


def test_no_archive_is_no_runs(tmp_path: Path) -> None:
    assert read_runs(tmp_path) == ([], [])
    assert usual_durations(tmp_path, "a-loop") == Usual()


def test_the_newest_are_found_by_completion_not_by_name(tmp_path: Path) -> None:
    order = random.Random(7)
    times = [DAY - timedelta(hours=7 * n) for n in range(60)]
    for n, moment in enumerate(times):
        # Names sort by system first, and their clock is off by up to half a day, as local time is.
        named = moment + timedelta(hours=order.randint(-12, 12))
        name = f"{order.choice('abcxyz')}-a-loop-{named:%dT%H-%M-%S}-{n + 2}.json"
        put(tmp_path, name, summary(stamp(moment)), f"{named:%Y-%m}", touched=moment)
    runs, problems = read_runs(tmp_path)
    assert [when(r) for r in runs] == [stamp(m) for m in times[:10]]
    assert problems == []
    assert [when(r) for r in read_runs(tmp_path, limit=None)[0]] == [stamp(m) for m in times]
    assert len(read_runs(tmp_path, limit=3)[0]) == 3
    assert read_runs(tmp_path, limit=0)[0] == []


def test_an_old_file_copied_in_late_does_not_come_first(tmp_path: Path) -> None:
    put(tmp_path, "w-a-loop-01T10-00-00.json", summary("2020-01-01T10:00:00Z"))
    put(tmp_path, "w-a-loop-02T10-00-00.json", summary("2026-03-02T10:00:00Z"), touched=DAY - timedelta(days=2))
    put(tmp_path, "w-a-loop-03T10-00-00.json", summary("2026-05-05T10:00:00Z"), "2020-02")
    assert [when(r)[:4] for r in read_runs(tmp_path, limit=2)[0]] == ["2026", "2026"]
    assert when(read_runs(tmp_path, limit=1)[0][0]) == "2026-05-05T10:00:00Z"


def test_a_clock_that_was_behind_hides_nothing(tmp_path: Path) -> None:
    for hours in (1, 2, 3):
        moment = DAY - timedelta(hours=hours)
        put(tmp_path, f"w-a-loop-{moment:%dT%H-%M-%S}.json", summary(stamp(moment)), touched=moment)
    behind = DAY - timedelta(hours=20)
    put(tmp_path, f"w-a-loop-{behind:%dT%H-%M-%S}.json", summary(stamp(DAY)), touched=behind)
    assert [when(r) for r in read_runs(tmp_path, limit=1)[0]] == [stamp(DAY)]


def test_old_months_are_not_read_when_the_answer_is_known(tmp_path: Path) -> None:
    for n in range(10):
        moment = DAY - timedelta(hours=n)
        put(tmp_path, f"w-a-loop-{moment:%dT%H-%M-%S}.json", summary(stamp(moment)), touched=moment)
    long_ago = DAY - timedelta(days=400)
    put(tmp_path, f"w-a-loop-{long_ago:%dT%H-%M-%S}.json", "{ broken", f"{long_ago:%Y-%m}", touched=long_ago)
    assert read_runs(tmp_path)[1] == []
    assert len(read_runs(tmp_path, limit=11)[1]) == 1


def test_filters(tmp_path: Path) -> None:
    put(tmp_path, "w-a-loop-01T10-00-00.json", summary("2026-03-01T10:00:00Z", module="core"))
    put(tmp_path, "w-infra-loop-02T10-00-00.json", summary("2026-03-02T10:00:00Z", loop="infrastructure-loop"))
    put(tmp_path, "v-a-loop-03T10-00-00.json", summary("2026-03-03T23:59:59Z", "V \u00fc", outcome="aborted"))

    def ids(**filters: object) -> list[str]:
        runs, problems = read_runs(tmp_path, **filters)  # type: ignore[arg-type]
        assert problems == []
        return [when(r)[8:10] for r in runs]

    assert ids() == ["03", "02", "01"]
    assert ids(loop="a-loop") == ["03", "01"]
    assert ids(loop="infra-loop") == ids(loop="infrastructure-loop") == ["02"]
    assert ids(system="widget") == ["02", "01"]
    assert ids(system="V ü") == ["03"]
    assert ids(system="w") == []
    assert ids(module="core") == ["01"]
    assert ids(outcome="abandoned") == ids(outcome=RunOutcome.ABANDONED) == ["03"]
    assert ids(since="2026-03-02") == ["03", "02"]
    assert ids(until="2026-03-02") == ["02", "01"]
    assert ids(since="2026-03-02T10:00:00Z", until="2026-03-03") == ["03", "02"]
    assert ids(until=datetime(2026, 3, 2, 9, tzinfo=UTC)) == ["01"]
    assert ids(system="widget", limit=1) == ["02"]


def test_filters_that_mean_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="not a date"):
        read_runs(tmp_path, since="soon")
    with pytest.raises(Problem, match="not an outcome"):
        read_runs(tmp_path, outcome="great")


def test_flat_lists_and_plain_counts(tmp_path: Path) -> None:
    flat: dict[str, Any] = {
        "phases_completed": ["A", "B"],
        "gates_passed": ["g"],
        "deliverables": ["X.md"],
        "duration_minutes": 270,
    }
    put(tmp_path, "w-a-loop-01T10-00-00.json", summary("2026-03-01T10:00:00Z", **flat))
    counts: dict[str, Any] = {
        "phases_completed": 10,
        "gates_passed": 6,
        "deliverables": 3,
        "checklist_items_completed": 5,
    }
    put(tmp_path, "w-a-loop-02T10-00-00.json", summary("2026-03-02T10:00:00Z", **counts))
    second, first = read_runs(tmp_path)[0]
    assert (first.phases_completed, first.phases_completed_count) == (("A", "B"), 2)
    assert (first.gates_passed, first.deliverables, first.duration_ms) == (("g",), ("X.md",), 16_200_000)
    assert (second.phases_completed, second.phases_completed_count, second.gates_passed_count) == ((), 10, 6)
    assert (second.deliverables_count, second.checklist_completed) == (3, 5)


def test_the_nested_form_of_the_architecture(tmp_path: Path) -> None:
    nested: dict[str, Any] = {
        "phases": {"completed": ["A"], "skipped": ["B"]},
        "gates": {"passed": ["g"], "failed": ["h"], "skipped": ["i"]},
        "checklist": {"items_completed": 5, "items_total": 8, "items": []},
    }
    put(tmp_path, "w-a-loop-01T10-00-00.json", summary("2026-03-01T10:00:00Z", **nested))
    (run,) = read_runs(tmp_path)[0]
    assert (run.phases_completed, run.phases_skipped) == (("A",), ("B",))
    assert (run.gates_passed, run.gates_failed, run.gates_skipped) == (("g",), ("h",), ("i",))
    assert (run.checklist_completed, run.checklist_total) == (5, 8)


def test_a_state_file_that_was_moved_there_as_it_is(tmp_path: Path) -> None:
    document = {
        "loop": "a-loop",
        "status": "complete",
        "context": {"system": "kit"},
        "phases": {"A": {"status": "done"}, "B": {"status": "pending"}},
        "gates": {"g": {"status": "passed"}},
        "skillsLog": [{"skill": "s", "durationMs": 20, "status": "complete"}, {"skill": "t", "durationMs": "x"}],
    }
    put(tmp_path, "kit-a-loop-29T14-30.json", document, "2025-01")
    (run,) = read_runs(tmp_path)[0]
    assert (run.system, run.outcome, run.phases_completed, run.gates_passed) == (
        "kit",
        RunOutcome.SUCCESS,
        ("A",),
        ("g",),
    )
    assert run.completed_at == "2025-01-29T14:30:00.000Z"
    assert run.durations == {"s": 20}


def test_folders_without_a_json(tmp_path: Path) -> None:
    month = tmp_path / "runs" / "2025-01"
    bare = month / "my-kit-infra-loop-20250129-1430"
    bare.mkdir(parents=True)
    (bare / "RETROSPECTIVE.md").write_text("x")
    told = month / "other-infra-loop-20250130-0900"
    told.mkdir()
    (told / "infra-state.json").write_text(
        json.dumps({"loop": "infra-loop", "status": "complete", "last_updated": "2025-01-30T08:59:00Z"})
    )
    put(tmp_path, "w-a-loop-28T10-00-00.json", summary("2025-01-28T10:00:00Z"), "2025-01")
    (month / "w-a-loop-28T10-00-00").mkdir()
    unfinished = month / "w-a-loop-31T10-00-00"
    unfinished.mkdir()
    (unfinished / MARKER).write_text("r")
    runs, problems = read_runs(tmp_path)
    assert problems == []
    assert [(r.system, r.loop, when(r)) for r in runs] == [
        ("other", "infra-loop", "2025-01-30T08:59:00Z"),
        ("my-kit", "infra-loop", "2025-01-29T14:30:00.000Z"),
        ("widget", "a-loop", "2025-01-28T10:00:00Z"),
    ]
    assert [(r.path, r.folder, r.outcome) for r in runs[:2]] == [
        ("", str(told), RunOutcome.SUCCESS),
        ("", str(bare), RunOutcome.PARTIAL),
    ]
    assert runs[1].deliverables == ("RETROSPECTIVE.md",)
    assert [r.system for r in read_runs(tmp_path, system="my/kit")[0]] == ["my-kit"]


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", "{}", '{"summary": 5}', "\x00", "[" * 100_000, '{"summary": {"a": NaN}']
)
def test_one_bad_file_is_reported_and_hides_nothing(tmp_path: Path, content: str) -> None:
    bad = put(tmp_path, "bad.json", content)
    put(tmp_path, "w-a-loop-01T10-00-00.json", summary("2026-03-01T10:00:00Z"))
    for filters in ({}, {"system": "widget", "loop": "a-loop"}):
        runs, problems = read_runs(tmp_path, **filters)  # type: ignore[arg-type]
        assert len(runs) == 1
        if not content.endswith("}") or not filters:
            assert [p.where.startswith(str(bad)) for p in problems] == [True]


def test_strange_things_in_the_archive(tmp_path: Path) -> None:
    good = put(tmp_path, "w-a-loop-01T10-00-00.json", summary("2026-03-01T10:00:00Z"))
    month = good.parent
    (month / "notes.txt").write_text("x")
    (month / ".w.json.tmp").write_text("{")
    (month / "latin.json").write_bytes(b'{"summary": "\xff"}')
    os.mkfifo(month / "pipe.json")
    (month / "dangling.json").symlink_to(tmp_path / "nowhere")
    (tmp_path / "runs" / "9999-12").mkdir()
    (tmp_path / "runs" / "0000-01").mkdir()
    (tmp_path / "runs" / "notes").mkdir()
    (tmp_path / "runs" / "2026-02").write_text("a file")
    (tmp_path / "runs" / "2026-04").symlink_to("2026-04")
    runs, problems = read_runs(tmp_path)
    assert [r.path for r in runs] == [str(good)]
    assert sorted(Path(p.where).name for p in problems) == ["dangling.json", "latin.json"]


def test_text_from_an_archive_is_cleaned(tmp_path: Path) -> None:
    put(tmp_path, "x.json", summary("2026-03-01T10:00:00Z", "w\x1b[31m\x1b]52;c;x\x07!", deliverables=["a\u202eb"]))
    (run,) = read_runs(tmp_path)[0]
    assert (run.system, run.deliverables) == ("w!", ("ab",))


def test_usual_durations_are_medians_of_the_last_runs(tmp_path: Path) -> None:
    for n, took in enumerate([100, 300, 200, 90_000]):
        put(
            tmp_path,
            f"w-a-loop-0{n + 1}T10-00-00.json",
            summary(f"2026-03-0{n + 1}T10:00:00Z", durations={"build": took, f"only-{n}": took}),
        )
    put(tmp_path, "v.json", summary("2026-03-09T10:00:00Z", "other", durations={"build": 1}))
    usual = usual_durations(tmp_path, "a-loop", "widget").skills
    assert usual["build"] == 250
    assert usual["only-3"] == 90_000
    assert usual_durations(tmp_path, "a-loop", "widget", limit=1).skills["build"] == 90_000


@pytest.mark.parametrize(
    ("name", "system", "loop", "time"),
    [
        ("2025-01/hub-engineering-loop-29T14-30-00.json", "hub", "engineering-loop", "2025-01-29T14:30"),
        ("2025-01/my-kit-infra-loop-29T14-30.json", "my-kit", "infra-loop", "2025-01-29T14:30"),
        ("2025-01/my-kit-infra-loop-29T14-30-00-2.json", "my-kit", "infra-loop", "2025-01-29T14:30"),
        ("2025-01/kit-infra-loop-20250203-0405", "kit", "infra-loop", "2025-02-03T04:05"),
        ("2025-02/kit-infra-loop-31T04-05-06.json", "kit", "infra-loop", ""),
        ("2025-02/whatever.json", "whatever", "", ""),
    ],
)  # fmt: skip
def test_what_a_name_says(name: str, system: str, loop: str, time: str) -> None:
    told = named_run(Path("runs") / name)
    assert (told.system, told.loop) == (system, loop)
    assert (stamp(told.when)[:16] if told.when else "") == time


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.datetimes().map(str)
    | st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "complete"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["loop", "system", "module", "completed_at", "started_at", "phases", "completed", "gates",
                         "passed", "deliverables", "durations", "evidence", "effects", "checklist", "items_total",
                         "outcome", "duration_minutes", "skillsLog", "skill", "durationMs", "status", "context"]),
        inner,
        max_size=6,
    ),
    max_leaves=25,
)  # fmt: skip


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(["summary", "state", "meta", "loop"]), JSON))
@example(
    {"summary": {"loop": "a", "started_at": "0001-01-01T00:00:00+14:00", "completed_at": "9999-12-31T23:59:59-12:00"}}
)
@example({"summary": {"loop": "a", "durations": {"s": float("inf")}, "duration_minutes": float("nan")}})
def test_no_document_breaks_the_reader(document: dict[str, object]) -> None:
    try:
        run = read_body(document, Path("2026-01/x.json"), DAY)  # type: ignore[arg-type]
    except Problem:
        return
    assert datetime.fromisoformat(run.completed_at)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents=st.lists(JSON.map(lambda s: {"summary": {"loop": "a-loop", "x": 1}, "state": s}), max_size=3))
def test_whatever_the_state_the_run_is_listed(tmp_path: Path, documents: list[dict[str, object]]) -> None:
    home = Path(tempfile.mkdtemp(dir=tmp_path))
    for n, document in enumerate(documents):
        put(home, f"{n}.json", json.dumps(document))
    runs, problems = read_runs(home, include_state=True)
    assert (len(runs), problems) == (len(documents), [])
