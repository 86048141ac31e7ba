"""What a run shipped, from its archive, and how long it worked beside what it waited."""

from pathlib import Path

import pytest

from loop_tui.control.shipped import Reached, last_shipped, of_folder, shipped_in
from loop_tui.engine.begin import fresh_state
from loop_tui.model.runs import RunOutcome, RunSummary
from loop_tui.model.state import SkillRun
from loop_tui.model.stats.usual import usual_of
from loop_tui.model.working_time import times_of
from loop_tui.storage.definitions.catalog import builtin
from loop_tui.tui.cockpit.panel_shipped import last_time, shipped_fields, where_it_is
from loop_tui.tui.widgets.words import lines_of

TOLD = {
    "release": {"from": "0.7.0", "to": "0.8.0", "commit": "3f2a1bcd99e0", "tag": "v0.8.0"},
    "targets": [
        {"id": "npm-registry", "title": "npm registry", "level": "confirmed", "proof": "widget@0.8.0"},
        {"id": "tarball"},
        "junk",
        {},
    ],
}


def a_run(**more: object) -> RunSummary:
    fields: dict[str, object] = {
        "system": "widget",
        "loop": "distribution-loop",
        "completed_at": "2026-01-02T03:10:04.000Z",
        "outcome": RunOutcome.SUCCESS,
        "duration_ms": 3_600_000,
        "working_ms": 90_000,
        **more,
    }
    return RunSummary.model_validate(fields).model_copy(update={"told": more.get("told", TOLD)})


def test_version_place_and_times_are_told() -> None:
    shipped = shipped_in(a_run())
    assert (shipped.what, shipped.before, shipped.tag) == ("widget 0.8.0", "0.7.0", "v0.8.0")
    assert shipped.places == (Reached("npm-registry", "confirmed", "widget@0.8.0", "npm registry"), Reached("tarball"))
    text = lines_of(*shipped_fields(shipped), *where_it_is(shipped)).plain
    for words in ("version   0.8.0  was 0.7.0", "commit    3f2a1bc\n", "worked    1m30s  and waited 58m30s"):
        assert words in text
    assert "✓ confirmed  npm registry\n  widget@0.8.0" in text
    last = lines_of(*last_time(shipped)).plain
    assert "Last shipped: widget 0.8.0" in last
    assert "✓ npm registry  widget@0.8.0" in last, "as the panel of the run called it"


@pytest.mark.parametrize(
    ("release", "headline"),
    [
        ({"from": "0.7.0", "to": "0.8.0"}, "shipped widget 0.8.0"),
        ({"from": "0.8.0", "to": "0.8.0", "tag": "v0.8.0"}, "shipped widget 0.8.0"),
        ({"from": "0.8.0", "to": "0.8.0", "commit": "3f2a1bcd99e0"}, "widget 0.8.0 is out, unchanged"),
        ({"from": "", "to": "0.8.0", "commit": "3f2a1bcd99e0"}, "shipped widget 0.8.0"),
        (
            {"from": "0.8.0", "to": "0.8.0", "commit": "3f2a1bcd99e0", "new": "no"},
            "nothing was released: widget 0.8.0 is out, unchanged",
        ),
    ],
)
def test_without_a_new_version_nothing_is_said_to_be_shipped(release: dict[str, str], headline: str) -> None:
    shipped = shipped_in(a_run(told={"release": release}))
    assert shipped.headline == headline
    assert ("unchanged" in lines_of(*shipped_fields(shipped)).plain) == ("unchanged" in headline)


def test_what_others_wrote_in_another_shape_is_not_said() -> None:
    for told in ({}, {"release": "0.8.0", "targets": {"id": "x"}}, {"release": {"to": 8}, "targets": [3]}):
        shipped = shipped_in(a_run(told=told))
        assert (shipped.version, shipped.places) == ("", ())
    hostile = shipped_in(a_run(told={"release": {"to": "0.8.0\x1b]52;c;x\x07\n[red]"}}))
    assert "\x1b" not in hostile.version


def test_the_last_release_counts_before_a_later_run_without_one() -> None:
    failed, bare, released = a_run(outcome="failed"), a_run(told={}), a_run()
    assert last_shipped([failed, bare, released]) == shipped_in(released)
    assert last_shipped([failed, bare]) == shipped_in(bare)
    assert last_shipped([failed]) is None


def test_working_time_is_that_of_the_skills_and_usual_times_are_of_it_alone() -> None:
    definition = builtin("distribution-loop")
    assert definition is not None
    state = fresh_state(definition, run="r", system="s", at="").model_copy(
        update={"started_at": "2026-01-02T03:00:00Z", "skill_log": (SkillRun(skill="a", duration_ms=2000),)}
    )
    assert times_of(state, "2026-01-02T03:01:00Z") == (2000, 58_000)
    assert times_of(state, "2026-01-02T03:01:00Z", "2026-01-02T03:00:57Z") == (5000, 55_000)
    assert times_of(state.model_copy(update={"skill_log": ()}), "2026-01-02T03:01:00Z") == (None, 60_000)
    assert usual_of([a_run(), a_run(working_ms=30_000, duration_ms=99_000_000)]).whole == 60_000


def test_another_project_of_the_same_name_shipped_nothing_here(tmp_path: Path) -> None:
    here, link = tmp_path / "widget", tmp_path / "link"
    here.mkdir()
    link.symlink_to(here)
    ours, theirs, unsaid = a_run(project=str(here)), a_run(project=str(tmp_path / "other" / "widget")), a_run()
    assert of_folder([theirs, ours, unsaid], here) == [ours, unsaid]
    assert of_folder([theirs, ours], link) == [ours]
