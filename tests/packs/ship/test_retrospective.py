"""retrospective: durations against earlier runs, failures, skips, gates and evidence, all as plain text."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from loop_tui.model.evidence import Check
from loop_tui.model.state import Failure, GateState, PhaseState, RunState, SkillRun, SkillState
from loop_tui.model.status import CheckStatus, GateStatus, PhaseStatus, SkillStatus
from loop_tui.packs.ship.retrospective import Took, durations, run
from loop_tui.packs.ship.run_durations import RunDurations, earlier_runs
from loop_tui.storage.archive.query import ArchiveFiles
from loop_tui.storage.archive.writer import archive_path, build_body, write_archive

from .shipyard import Yard, new_yard


@pytest.fixture
def yard(world: object, tmp_path: Path) -> Yard:
    return new_yard(tmp_path / "yard", tmp_path / "world/claude")


def archive(yard: Yard, minute: int, build_ms: int) -> None:
    entry = SkillRun(skill="deploy", phase="SHIP", duration_ms=build_ms)
    state = RunState(
        run=f"old-{minute}",
        loop="distribution-loop",
        system="widget",
        phases=(PhaseState(id="SHIP", status=PhaseStatus.COMPLETE),),
        skill_log=(entry,),
        started_at=f"2026-01-01T00:{minute:02d}:00Z",
    )
    moment = datetime(2026, 1, 1, 0, minute, 30, tzinfo=UTC)
    body = build_body(state, {}, archived_at=moment)
    write_archive(archive_path(yard.home, "widget", "distribution-loop", moment), body, {})


def ship(yard: Yard) -> None:
    check = Check(name="test", status=CheckStatus.PASSED, summary="42/42", command="npm test", commit="c" * 40)
    skipped = Check(name="lint", status=CheckStatus.SKIPPED, summary="skipped (no lint script)")
    yard.state = yard.state.model_copy(
        update={
            "started_at": "2026-01-02T03:00:00Z",
            "skill_log": (
                SkillRun(skill="deploy", phase="SHIP", duration_ms=900, status=SkillStatus.FAILED),
                SkillRun(skill="deploy", phase="SHIP", duration_ms=60_000),
                SkillRun(skill="code-verification", phase="VERIFY", duration_ms=2000, checks=(check, skipped)),
            ),
            "failures": (
                Failure(stage="SHIP", skill="deploy", error="port | taken\nat x", resolution="freed <b>it</b>"),
                Failure(stage="VERIFY", error="\x1b[31mred\x1b[0m"),
            ),
            "gates": (
                GateState(id="readiness-gate", status=GateStatus.APPROVED, by="auto", checks=(check,)),
                GateState(id="distribution-gate", status=GateStatus.APPROVED, by="ann"),
            ),
            "phases": tuple(
                p
                if p.id != "SHIP"
                else p.model_copy(
                    update={"skills": (SkillState(id="distribute", status=SkillStatus.SKIPPED, reason="no network"),)}
                )
                for p in yard.state.phases
            ),
        }
    )


async def test_the_whole_story(yard: Yard) -> None:
    for minute, build_ms in ((1, 9000), (2, 10_000), (3, 30_000)):
        archive(yard, minute, build_ms)
    ship(yard)
    result = await yard.run(run, "retrospective")
    text = yard.text("retrospective.md")
    assert "| deploy | SHIP | 2 | 1m00s | 10.0s | slower |" in text
    assert "| code-verification | VERIFY | 1 | 2.0s | first time |  |" in text
    assert "3 earlier runs" in text
    assert "| Working time | 1m03s (usually 10.0s), waiting time " in text
    assert "port \\| taken" in text
    assert "freed \\<b>it\\</b>" in text
    assert "| distribute | SHIP | no network |" in text
    assert "| distribution-gate | passed | ann |" in text
    assert "| VERIFY | test | passed | 42/42 | `npm test` |" in text
    assert "\x1b" not in text
    assert "- VERIFY failed, and no resolution was recorded: red" in text
    assert "- distribute was skipped: no network" in text
    assert "- lint: skipped (no lint script)" in text
    assert "- deploy took 1m00s, usually 10.0s" in text
    first, second = "VERIFY failed, and no resolution was recorded: red", "distribute was skipped: no network"
    assert result.summary == f"to follow up: {first}, {second} and 2 more"


async def test_no_history_and_no_trouble(yard: Yard) -> None:
    result = await yard.run(run, "retrospective")
    assert result.summary == "nothing to follow up"
    assert "Nothing: all failures were resolved" in yard.text("retrospective.md")


async def test_a_damaged_archive_is_named_and_hides_nothing(yard: Yard) -> None:
    archive(yard, 1, 9000)
    (yard.home / "runs/2026-01/broken.json").write_text("{")
    earlier = earlier_runs(ArchiveFiles(yard.home), yard.state)
    assert earlier.usual.skills == {"deploy": 9000}
    await yard.run(run, "retrospective")
    assert "broken.json" in yard.text("retrospective.md")


def test_slower_needs_a_ratio_and_an_amount() -> None:
    assert not Took("a", "P", 1, 900, 100).slower
    assert not Took("a", "P", 1, 70_000, 60_000).slower
    assert Took("a", "P", 1, 70_000, 15_000).slower
    assert not Took("a", "P", 1, 70_000).slower


def test_what_never_completed_has_no_duration() -> None:
    entry = SkillRun(skill="a", phase="P", duration_ms=5, status=SkillStatus.FAILED)
    (took,) = durations(RunState(loop="x", skill_log=(entry,)), RunDurations())
    assert took.duration_ms is None


async def test_what_is_stale_in_documents_is_to_follow_up(yard: Yard) -> None:
    links = "".join(f"[x](gone-{number:02d}.md)\n\n" for number in range(25))
    yard.run_.docs.documents = {"docs/guide.md": f"# Guide\n\n{links}"}
    result = await yard.run(run, "retrospective")
    text = yard.text("retrospective.md")
    assert result.summary.endswith("and 19 more")
    assert "docs/guide.md:3: link gone-00.md: no such file" in text.replace("\\", "")
    assert "gone-20.md" not in text.replace("\\", "")
    assert "5 more findings" in text
    assert yard.run_.docs.written == []
