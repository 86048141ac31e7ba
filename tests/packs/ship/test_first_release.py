"""A release that keeps the version of package.json, as a first one does: changelog, commit, tag, dry run and undo."""

import pytest

from loop_tui.model.status import SkillStatus
from loop_tui.packs.ship.commit.git_workflow import run as ship
from loop_tui.packs.ship.dry_run.changelog import changelog_outlook
from loop_tui.packs.ship.preflight.preflight import preflight
from loop_tui.packs.ship.release_planner.planner import read_scope
from loop_tui.packs.ship.release_planner.skill import run
from loop_tui.packs.ship.undo.undo import undo
from loop_tui.packs.ship.versions.changelog import release_notes
from loop_tui.runners.context import Asked

from .shipyard import Killed, Yard
from .test_changelog_writing import SKILL, day, questions, text
from .test_version_writing import commit

pytestmark = pytest.mark.usefixtures("quick_npm")
FIRST = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- all of it\n"


@pytest.fixture
def first(start: Yard) -> Yard:
    """A project at 0.7.0 that was never released: it has one section, and a chore since its first commit."""
    commit(start, "chore: a changelog", CHANGELOG__md=FIRST)
    return start


def raised(yard: Yard, before: str = FIRST) -> str:
    return before.replace("## [Unreleased]\n", f"## [Unreleased]\n\n## [0.7.0] - {day(yard)}\n")


async def outlook(yard: Yard) -> tuple[str, bool]:
    ctx = yard.context(SKILL)
    ground = await preflight(ctx)
    assert ground.root is not None
    scope = await read_scope(ctx, ground, ground.root)
    return await changelog_outlook(ctx, ground.root, scope, None)


async def shipped(yard: Yard, **settings: object) -> None:
    await yard.verify()
    yard.state = yard.state.model_copy(update={"phase": "SHIP"})
    await yard.run(ship, "git-workflow", settings)


async def test_what_is_unreleased_becomes_the_version_that_stays(first: Yard) -> None:
    assert await outlook(first) == ("unreleased becomes 0.7.0; you are shown the diff and asked", True)
    await first.run(run, SKILL)
    assert text(first) == raised(first)
    assert first.acted == ["changelog"]
    assert len(questions(first)) == 1
    # Planned again, it is neither asked nor written again.
    await first.run(run, SKILL)
    assert (text(first), first.acted, len(set(questions(first)))) == (raised(first), ["changelog"], 1)


async def test_it_is_in_a_commit_and_a_tag_of_that_version(first: Yard) -> None:
    await first.run(run, SKILL)
    await shipped(first, tag=True)
    assert first.commits()[0] == "chore(release): v0.7.0"
    assert first.git("show", "--format=", "--name-only", "HEAD") == "CHANGELOG.md"
    said = first.git("for-each-ref", "--format=%(contents)", "refs/tags/v0.7.0")
    assert "- all of it" in said
    assert "chore: a changelog" not in said


async def test_asked_first_and_a_no_leaves_every_byte(first: Yard) -> None:
    first.unanswered = True
    with pytest.raises(Asked, match=r"CHANGELOG\.md: unreleased becomes 0\.7\.0, with its existing entries"):
        await first.run(run, SKILL)
    first.answers["changelog"] = "n"
    await first.run(run, SKILL)
    assert (text(first), first.acted) == (FIRST, [])


async def test_a_bump_that_is_declined_proposes_what_the_commits_say(start: Yard) -> None:
    commit(start, "feat: a", CHANGELOG__md="# Changelog\n\n## [Unreleased]\n")
    start.answers |= {"version-": "n", "same-version-": "y"}
    await start.run(run, SKILL)
    assert f"## [0.7.0] - {day(start)}\n\n### Added\n\n- a\n" in text(start)


@pytest.mark.parametrize("why", ["tag", "section", "nothing to say", "none"])
async def test_what_was_released_or_says_nothing_is_left_alone(first: Yard, why: str) -> None:
    kept = FIRST
    match why:
        case "tag":
            first.git("tag", "v0.7.0", "HEAD~1")
        case "section":
            kept = f"{FIRST}\n## [0.7.0]\n\n- by hand\n"
            commit(first, "docs: by hand", CHANGELOG__md=kept)
        case "nothing to say":
            kept = "# Changelog\n\n## [Unreleased]\n"
            commit(first, "docs: nothing", CHANGELOG__md=kept)
        case "none":
            first.git("rm", "-q", "CHANGELOG.md")
            first.git("commit", "-qm", "chore: none")
    assert not (await outlook(first))[1]
    await first.run(run, SKILL)
    assert first.acted == []
    if why != "none":
        assert text(first) == kept


async def test_a_version_that_is_chosen_after_all_takes_the_section_along(first: Yard) -> None:
    await first.run(run, SKILL)
    assert first.git("status", "--porcelain") == "M CHANGELOG.md"
    first.git("stash", "-q")
    commit(first, "feat: more")
    first.git("stash", "pop", "-q")
    await first.run(run, SKILL)
    assert text(first).count("## [0.8.0]") == 1
    assert "## [0.7.0]" not in text(first)


@pytest.mark.parametrize("committed", [False, True])
async def test_an_undo_takes_it_back(first: Yard, *, committed: bool) -> None:
    await first.run(run, SKILL)
    if committed:
        first.kill.add("push:intent")
        with pytest.raises(Killed):
            await shipped(first)
    undone = await undo(first.run_.store, first.definition, first.run_.place, "ann")
    assert (text(first), undone.version, undone.files) == (FIRST, "", ("CHANGELOG.md",))
    assert first.git("status", "--porcelain") == ""
    assert first.state.phases[0].skills[0].status is SkillStatus.PENDING


async def test_without_a_section_the_notes_are_a_list_of_the_commits(start: Yard) -> None:
    commit(start, "feat: a | b_c")
    commit(start, "fix: d")
    await start.run(run, SKILL)
    ctx = start.context("git-workflow")
    head = start.git("rev-parse", "HEAD")
    sha, parent = start.git("log", "-2", "--format=%h", "--abbrev=7").split()
    notes = await release_notes(ctx, start.project, "0.8.0", head)
    assert notes == f"- fix: d (`{sha}`)\n- feat: a \\| b_c (`{parent}`)"


async def test_where_there_are_no_commits_the_notes_say_nothing(start: Yard) -> None:
    await start.run(run, SKILL)
    assert await release_notes(start.context("git-workflow"), start.project, "0.7.0", "HEAD") == ""
