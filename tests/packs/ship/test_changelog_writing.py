"""The changelog of a run: asked about, written once with the version, in the commit, and taken back by an undo."""

from pathlib import Path

import pytest

from loop_tui.model.problem import Problem
from loop_tui.packs.ship.commit.git_workflow import run as ship
from loop_tui.packs.ship.effects import CHANGELOG
from loop_tui.packs.ship.evidence import release_files
from loop_tui.packs.ship.preflight.preflight import preflight
from loop_tui.packs.ship.release_planner.changelog_writing import ask_about_changelog, write_changelog
from loop_tui.packs.ship.release_planner.planner import read_scope
from loop_tui.packs.ship.release_planner.scope_report import Scope
from loop_tui.packs.ship.release_planner.skill import run
from loop_tui.packs.ship.undo.undo import undo
from loop_tui.runners.context import Asked, SkillFailed

from .shipyard import Killed, Yard
from .test_version_writing import commit, release, scripts

pytestmark = pytest.mark.usefixtures("quick_npm")

SKILL = "release-planner"
EMPTY = "# Changelog\n\n## [Unreleased]\n\n## [0.7.0] - 2025-01-02\n\n- b\n"
FULL = EMPTY.replace("## [0.7.0]", "### Added\n\n- mine\n\n## [0.7.0]")


def text(yard: Yard) -> str:
    return (yard.project / "CHANGELOG.md").read_bytes().decode()


def day(yard: Yard) -> str:
    """The local day of the run's clock."""
    return yard.run_.clock.now().astimezone().date().isoformat()


def questions(yard: Yard) -> list[str]:
    return [q.id for q in yard.asked if q.id.startswith("changelog-")]


@pytest.fixture
def kept(start: Yard) -> Yard:
    """A project with entries of its own, and a feature since the last release."""
    commit(start, "feat: a", CHANGELOG__md=FULL)
    return start


@pytest.fixture
def bare(start: Yard) -> Yard:
    """A project that wrote nothing down."""
    commit(start, "feat: a <b>", CHANGELOG__md=EMPTY)
    return start


async def test_what_is_unreleased_becomes_the_version(kept: Yard) -> None:
    await kept.run(run, SKILL)
    assert text(kept) == FULL.replace("## [Unreleased]\n", f"## [Unreleased]\n\n## [0.8.0] - {day(kept)}\n")
    (question,) = (q for q in kept.asked if q.id.startswith("changelog-"))
    assert f"+## [0.8.0] - {day(kept)}" in question.detail
    assert f"+## [0.8.0] - {day(kept)}" in kept.log
    assert kept.acted == ["version-write", "changelog"]
    assert set(release_files(kept.context(SKILL))) == {"package.json", "CHANGELOG.md"}


async def test_entries_are_proposed_from_the_commits(bare: Yard) -> None:
    await bare.run(run, SKILL)
    section = f"## [0.8.0] - {day(bare)}\n\n### Added\n\n- a \\<b>\n\n"
    assert text(bare) == EMPTY.replace("## [0.7.0]", f"{section}## [0.7.0]")


async def test_a_no_leaves_every_byte(kept: Yard) -> None:
    kept.answers["changelog"] = "n"
    await kept.run(run, SKILL)
    assert text(kept) == FULL
    assert "CHANGELOG.md is not changed, as answered" in kept.log


async def test_without_an_answer_nothing_is_written_yet(kept: Yard) -> None:
    kept.unanswered = True
    kept.answers["version"] = "y"
    with pytest.raises(Asked, match="unreleased becomes 0"):
        await kept.run(run, SKILL)
    assert text(kept) == FULL
    assert kept.acted == []
    kept.answers["changelog"] = "y"
    await kept.run(run, SKILL)
    assert "## [0.8.0]" in text(kept)


async def test_a_draft_that_was_edited_is_what_is_written(bare: Yard) -> None:
    bare.unanswered = True
    bare.answers |= {"version": "y"}
    with pytest.raises(Asked) as asked:
        await bare.run(run, SKILL)
    line = asked.value.question.detail.splitlines()[-1]
    draft = Path(line.removeprefix("to change it: edit ").partition(", then answer")[0])
    assert draft.read_text() == "### Added\n\n- a \\<b>\n"
    draft.write_text("### Added\n\n- in my words\n")
    bare.answers[asked.value.question.id] = "edited"
    with pytest.raises(Asked, match="unreleased becomes") as again:
        await bare.run(run, SKILL)
    assert "+- in my words" in again.value.question.detail
    bare.answers[again.value.question.id] = "y"
    await bare.run(run, SKILL)
    assert "- in my words" in text(bare)
    assert "<b" not in text(bare)


@pytest.mark.parametrize("instant", ["intent", "act", "observe", "proof"])
@pytest.mark.parametrize("effect", ["version-write", "changelog"])
async def test_killed_at_any_instant_it_is_written_once(bare: Yard, effect: str, instant: str) -> None:
    bare.kill.add(f"{effect}:{instant}")
    with pytest.raises(Killed):
        await bare.run(run, SKILL)
    assert text(bare).count("## [0.8.0]") <= 1
    await bare.run(run, SKILL)
    assert text(bare).count("## [0.8.0]") == 1
    assert text(bare).count("## [Unreleased]") == 1
    assert bare.acted.count("changelog") == 1
    assert len(set(questions(bare))) == 1


async def test_running_again_asks_and_writes_nothing(kept: Yard) -> None:
    for _ in range(2):
        await kept.run(run, SKILL)
    assert text(kept).count("## [0.8.0]") == 1
    assert kept.acted.count("changelog") == 1
    assert len(questions(kept)) == 1


async def test_a_version_that_is_planned_anew_takes_the_section_along(bare: Yard) -> None:
    await bare.run(run, SKILL)
    bare.git("commit", "-q", "--allow-empty", "-m", "feat!: c")
    await bare.run(run, SKILL)
    assert text(bare).count("## [") == 3
    assert f"## [1.0.0] - {day(bare)}\n\n### Added\n\n- a \\<b>\n\n### Changed\n\n- Breaking: c" in text(bare)
    assert "0.8.0" not in text(bare)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"CHANGELOG.md": "# 0.7.0\n\n- b\n"}, "not in the form of Keep a Changelog"),
        ({"CHANGELOG.md": FULL, ".changeset/config.json": "{}"}, ".changeset/ is there"),
        ({"CHANGELOG.md": FULL, ".gitignore": "CHANGELOG.md\ndist/\n.loop/\n"}, "git does not track it"),
    ],
)
async def test_what_a_program_writes_is_left_alone(start: Yard, files: dict[str, str], words: str) -> None:
    commit(start, "feat: a", **files)
    before = text(start)
    await start.run(run, SKILL)
    assert text(start) == before
    assert questions(start) == []
    assert start.log.count(words) == 1


async def test_a_version_script_that_writes_it_is_left_alone(start: Yard) -> None:
    scripts(start, version="node -e 0 CHANGELOG.md")
    commit(start, "feat: a", CHANGELOG__md=FULL)
    await start.run(run, SKILL)
    assert text(start) == FULL
    assert "the version script of package.json writes it" in start.log


async def test_a_setting_turns_it_off(kept: Yard) -> None:
    kept.definition = release(kept.definition, changelog=False)
    await kept.run(run, SKILL)
    assert text(kept) == FULL
    assert questions(kept) == []


async def test_it_is_in_the_commit(kept: Yard) -> None:
    await kept.run(run, SKILL)
    await kept.verify()
    kept.state = kept.state.model_copy(update={"phase": "SHIP"})
    await kept.run(ship, "git-workflow")
    assert kept.git("show", "--format=", "--name-only", "HEAD").splitlines() == ["CHANGELOG.md", "package.json"]
    assert "## [0.8.0]" in kept.git("show", "HEAD:CHANGELOG.md")


@pytest.mark.parametrize("committed", [False, True])
async def test_an_undo_takes_it_back(kept: Yard, committed: bool) -> None:
    if not committed:
        kept.write("CHANGELOG.md", FULL + "not committed yet\n")
    before = text(kept)
    await kept.run(run, SKILL)
    if committed:
        await kept.verify()
        kept.kill.add("push:intent")
        with pytest.raises(Killed):
            await kept.run(ship, "git-workflow")
        assert kept.git("status", "--porcelain") == ""
    undone = await undo(kept.run_.store, kept.definition, kept.run_.place, "ann")
    assert text(kept) == before
    assert "CHANGELOG.md" in undone.files
    assert kept.git("status", "--porcelain") == ("" if committed else "M CHANGELOG.md")
    assert not [e for e in kept.state.effects if e.kind == CHANGELOG and e.proven]


async def test_an_undo_refuses_a_section_that_somebody_changed(kept: Yard) -> None:
    await kept.run(run, SKILL)
    kept.write("CHANGELOG.md", text(kept).replace("- mine", "- mine, said better"))
    with pytest.raises(Problem, match=r"changed since its section 0\.8\.0 was written"):
        await undo(kept.run_.store, kept.definition, kept.run_.place, "ann")
    assert "said better" in text(kept)
    assert "0.8.0" in (kept.project / "package.json").read_text()


async def test_what_changed_while_it_was_asked_about_is_not_written_over(kept: Yard) -> None:
    kept.kill.add("changelog:intent")
    with pytest.raises(Killed):
        await kept.run(run, SKILL)
    root = kept.project
    write = await ask_about_changelog(kept.context(SKILL), root, await scope_now(kept), "0.8.0")
    assert write is not None
    kept.write("CHANGELOG.md", FULL.replace("- mine", "- theirs"))
    with pytest.raises(SkillFailed, match="changed while you were asked"):
        await write_changelog(kept.context(SKILL), write)
    assert text(kept) == FULL.replace("- mine", "- theirs")
    await kept.run(run, SKILL)
    assert "0.8.0" in text(kept)
    assert "- theirs" in text(kept)


async def scope_now(yard: Yard) -> Scope:
    ctx = yard.context(SKILL)
    ground = await preflight(ctx)
    assert ground.root is not None
    return await read_scope(ctx, ground, ground.root)
