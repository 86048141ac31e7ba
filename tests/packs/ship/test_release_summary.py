"""What the archive says of a release: versions, commit, tag, and how far each target got; nothing where none was."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import JsonValue

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.evidence import Check, Effect, Question
from loop_tui.model.runs import RunSummary
from loop_tui.model.state import RunState, SkillRun
from loop_tui.model.status import CheckStatus
from loop_tui.packs.ship.release_summary import read_summary, release_in, release_words, summary
from loop_tui.runners.pack_api import SummarySection
from loop_tui.storage.archive.query import read_runs
from loop_tui.storage.archive.reader import read_body
from loop_tui.storage.archive.writer import build_body, write_archive

from .shipyard import definition

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TARGETS = (
    TargetDefinition(id="local", kind="local", title="Local build"),
    *(TargetDefinition(id=name, kind="tarball") for name in ("tarball", "ci", "railway", "vercel")),
)
SHA = "a" * 40


def effect(
    kind: str, at: str = "2026-01-01T00:00:00Z", intent: dict[str, JsonValue] | None = None, **proof: str
) -> Effect:
    return Effect(id=f"{kind}-{at}", kind=kind, intent=intent or {}, proof={**proof}, proven_at=at)


def state(*effects: Effect, **summaries: str) -> RunState:
    checks = tuple(
        Check(name=name, status=CheckStatus.PASSED, summary=text, commit=SHA) for name, text in summaries.items()
    )
    log = (SkillRun(skill="distribute", phase="SHIP", checks=checks),) if checks else ()
    return RunState(run="r", loop="distribution-loop", effects=effects, skill_log=log)


WRITTEN = effect("version-write", intent={"from": "0.7.0", "to": "0.8.0"})
PUSHED = effect("push", sha=SHA)


@pytest.mark.parametrize(
    ("effects", "release"),
    [
        ((WRITTEN, PUSHED), {"from": "0.7.0", "to": "0.8.0", "commit": SHA, "tag": ""}),
        (
            (WRITTEN, PUSHED, effect("tag", intent={"tag": "v0.8.0"}, sha=SHA)),
            {"from": "0.7.0", "to": "0.8.0", "commit": SHA, "tag": "v0.8.0"},
        ),
        (
            (PUSHED, effect("release", version="0.7.0", commit=SHA)),
            {"from": "0.7.0", "to": "0.7.0", "commit": SHA, "tag": "", "new": "no"},
        ),
        (
            (
                WRITTEN,
                effect("version-write", "2026-01-01T00:01:00Z", {"from": "0.8.0", "to": "0.8.1"}),
                PUSHED,
                effect("push", "2026-01-01T00:02:00Z", sha="b" * 40),
            ),
            {"from": "0.7.0", "to": "0.8.1", "commit": "b" * 40, "tag": ""},
        ),
        ((PUSHED, effect("commit", sha=SHA)), {"from": "", "to": "", "commit": SHA, "tag": ""}),
        (
            (PUSHED, effect("release", version="1.0.0"), effect("publish-attempt", answer="done")),
            {"from": "", "to": "1.0.0", "commit": SHA, "tag": ""},
        ),
        (
            (PUSHED, effect("release", version="1.0.0"), effect("changelog", intent={"from": "1.0.0", "to": "1.0.0"})),
            {"from": "", "to": "1.0.0", "commit": SHA, "tag": ""},
        ),
        ((WRITTEN,), None),
        ((WRITTEN, Effect(id="push-1", kind="push", intent={"sha": SHA})), None),
        ((), None),
    ],
)
def test_the_release_of_a_run(effects: tuple[Effect, ...], release: dict[str, str] | None) -> None:
    assert summary(state(*effects), definition()).get("release") == release


def test_a_commit_of_others_that_was_pushed_is_new() -> None:
    asked = Question(id=f"push-unchanged-{SHA[:12]}", text="?", answer="y")
    run = state(PUSHED, effect("release", version="0.7.0", commit=SHA)).model_copy(update={"questions": (asked,)})
    assert "new" not in summary(run, definition())["release"]  # type: ignore[operator]


def test_a_run_in_which_nothing_was_new_says_what_stands() -> None:
    told = summary(state(PUSHED, effect("release", version="0.7.0", commit=SHA)), definition())
    (section,) = read_summary(told).sections
    assert section.lines == ("nothing was released, because nothing is new; what stands is 0.7.0, aaaaaaa",)


def test_how_far_each_target_got() -> None:
    found = summary(
        state(
            local="confirmed: build: exit 0; server: up",
            tarball="skipped: not now (chosen by ann)",
            ci="job-green (asked for: confirmed)",
            railway="not configured",
            other="confirmed",
        ),
        definition(*TARGETS),
    )
    assert found["targets"] == [
        {"id": "local", "title": "Local build", "level": "confirmed", "proof": "build: exit 0; server: up"},
        {"id": "tarball", "title": "tarball", "level": "skipped", "proof": "not now (chosen by ann)"},
        {"id": "ci", "title": "ci", "level": "job-green", "proof": "(asked for: confirmed)"},
        {"id": "railway", "title": "railway", "level": "not configured", "proof": ""},
    ]


def test_what_others_report_reached_nothing() -> None:
    checks = (Check(name="ci", status=CheckStatus.PASSED, summary="confirmed", reported_by="bob"),)
    run = RunState(loop="x", skill_log=(SkillRun(skill="distribute", checks=checks),))
    assert summary(run, definition(*TARGETS)) == {}


@pytest.mark.parametrize(
    ("release", "words"),
    [
        ({"from": "0.7.0", "to": "0.8.0", "commit": SHA, "tag": "v0.8.0"}, "0.7.0 -> 0.8.0, aaaaaaa, tag v0.8.0"),
        ({"from": "0.7.0", "to": "0.7.0", "commit": SHA, "tag": ""}, "0.7.0, aaaaaaa"),
        ({"commit": SHA}, "no version, aaaaaaa"),
        ({"to": "1.0.0\x1b[2J\n"}, "1.0.0"),
    ],
)
def test_a_release_on_one_line(release: dict[str, str], words: str) -> None:
    assert release_words(release).rstrip() == words


def test_archives_new_and_old_are_read(tmp_path: Path) -> None:
    told = summary(state(WRITTEN, PUSHED, local="confirmed: up"), definition(*TARGETS))
    folder = tmp_path / "runs/2026-01"
    new = build_body(state(WRITTEN, PUSHED), {"loop": "distribution-loop"}, archived_at=NOW, told=told)
    write_archive(folder / "widget-distribution-loop-02T03-04-05.json", new, {})
    old = build_body(state(WRITTEN), {"loop": "distribution-loop"}, archived_at=NOW)
    write_archive(folder / "widget-distribution-loop-02T03-04-06.json", old, {})
    found, problems = read_runs(tmp_path, limit=None)
    assert problems == []
    by_path = {Path(run.path).stem[-2:]: run for run in found}
    release = {"from": "0.7.0", "to": "0.8.0", "commit": SHA, "tag": ""}
    targets = [{"id": "local", "title": "Local build", "level": "confirmed", "proof": "up"}]
    assert by_path["05"].told == {"release": release, "targets": targets}
    assert read_summary(by_path["05"].told).facts == {"release": release, "targets": targets}
    assert read_summary(by_path["05"].told).sections == (
        SummarySection("Release", ("0.7.0 -> 0.8.0, aaaaaaa",)),
        SummarySection("Targets", ("Local build: confirmed, up",)),
    )
    assert by_path["06"].told == {}
    assert read_summary({}).facts == {"release": {}, "targets": []}
    assert read_summary({}).sections == ()


def test_the_release_of_an_archive_that_does_not_tell_it_is_read_from_its_effects() -> None:
    told = summary(state(WRITTEN, PUSHED), definition())
    run = RunSummary(completed_at="2026-01-01T00:00:00Z", effects=(WRITTEN, PUSHED))
    assert release_in(run) == told["release"]
    assert release_in(run.model_copy(update={"told": {"release": {"to": "9.0.0"}}})) == {"to": "9.0.0"}
    assert release_in(run.model_copy(update={"effects": (WRITTEN,)})) == {}


@pytest.mark.parametrize("wrong", [3, [], {"from": 1}, "x", {"from": ["a"]}, None])
def test_what_others_wrote_there_leaves_it_out(wrong: JsonValue) -> None:
    body: dict[str, JsonValue] = {"summary": {"loop": "x", "release": wrong, "targets": wrong}}
    run = read_body(body, Path("/none/x.json"), NOW)
    assert read_summary(run.told).facts == {"release": {}, "targets": []}


def test_what_packs_tell_replaces_nothing_of_ours() -> None:
    body = build_body(state(), {}, archived_at=NOW, told={"outcome": "mine", "release": {"to": "1.0.0"}})
    assert isinstance(body["summary"], dict)
    assert body["summary"]["outcome"] != "mine"
    assert body["summary"]["release"] == {"to": "1.0.0"}
