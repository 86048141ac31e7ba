"""The row of a release in a committed Dream State: written before the checks, in its commit, taken back by an undo."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_tui.model.evidence import Effect
from loop_tui.packs.ship.effects import DREAM_STATE, VERSION, dream_state_left_behind
from loop_tui.packs.ship.evidence import release_files
from loop_tui.packs.ship.release_planner.dream_writing import edits_between, recorded_in
from loop_tui.packs.ship.release_planner.skill import run
from loop_tui.packs.ship.undo.changelog import changed_since, texts_before
from loop_tui.packs.ship.versions.text_edits import apply_edits, taken_back
from loop_tui.storage.dream.states import DreamFiles

from .shipyard import Yard
from .test_version_writing import commit

pytestmark = pytest.mark.usefixtures("quick_npm")
SKILL = "release-planner"
DOCUMENT = ".claude/DREAM-STATE.md"
BEFORE = "# System Dream State: widget\r\n\r\n## Recent Completions\r\n\r\n- 2026-01-01 — audit-loop — success\r\n"


def furnished(start: Yard, subject: str) -> Yard:
    """A project whose Dream State is committed, with a commit of that subject since the last release."""
    (start.project / ".claude").mkdir()
    (start.project / DOCUMENT).write_bytes(BEFORE.encode())
    commit(start, subject)
    start.run_.dreams = DreamFiles(start.project, {"LOOP_TUI_HOME": str(start.run_.place.home)}, lambda: asks[0])  # type: ignore[assignment]

    async def tracked(paths: Sequence[Path]) -> frozenset[Path]:
        return frozenset(path for path in paths if path == start.project / DOCUMENT and committed[0])

    asks, committed = [False], [True]
    start.run_.workspace.tracked = tracked  # type: ignore[method-assign]
    start.asks, start.committed = asks, committed  # type: ignore[attr-defined]
    return start


@pytest.fixture
def yard_(start: Yard) -> Yard:
    """Such a project with a feature since the last release."""
    return furnished(start, "feat: a")


def text(yard: Yard) -> str:
    return (yard.project / DOCUMENT).read_bytes().decode()


def effects(yard: Yard) -> tuple[Effect, ...]:
    return tuple(effect for effect in yard.state.effects if effect.kind == DREAM_STATE)


async def test_the_row_is_written_with_the_version(yard_: Yard) -> None:
    await yard_.run(run, SKILL)
    assert text(yard_).startswith(BEFORE)
    (row,) = text(yard_).removeprefix(BEFORE).splitlines()
    assert "— shipped — 0.8.0 <!-- run " in row
    assert yard_.acted[-1] == "dream-state"
    assert yard_.acted.index(VERSION) < yard_.acted.index("dream-state")
    assert DOCUMENT in release_files(yard_.context(SKILL))
    assert f"+{row}" in yard_.log


async def test_doing_it_again_changes_nothing(yard_: Yard) -> None:
    await yard_.run(run, SKILL)
    once = text(yard_)
    await yard_.run(run, SKILL)
    assert text(yard_) == once
    assert len(effects(yard_)) == 1


async def test_a_document_that_is_not_committed_is_left_for_the_end(yard_: Yard) -> None:
    yard_.committed[0] = False  # type: ignore[attr-defined]
    await yard_.run(run, SKILL)
    assert text(yard_) == BEFORE
    assert effects(yard_) == ()


@pytest.mark.parametrize("changed", [True, False])
async def test_without_a_version_the_row_goes_along_with_what_is_committed(start: Yard, changed: bool) -> None:
    yard = furnished(start, "chore: tidy up")
    if changed:
        package = json.loads((yard.project / "package.json").read_text())
        yard.write("package.json", json.dumps({**package, "description": "tidier"}, indent=2))
    recorded = await recorded_in(yard.context(SKILL), yard.project, "0.7.0")
    assert recorded == (DOCUMENT,)
    await yard.run(run, SKILL)
    assert VERSION not in yard.acted
    if not changed:
        assert text(yard) == BEFORE, "a commit that is shipped as it is gets no second one"
        return
    (row,) = text(yard).removeprefix(BEFORE).splitlines()
    assert "— shipped — 0.7.0 <!-- run " in row
    assert DOCUMENT in release_files(yard.context(SKILL))
    once = text(yard)
    await yard.run(run, SKILL)
    assert text(yard) == once
    assert texts_before(yard.project, effects(yard)) == {DOCUMENT: BEFORE.encode()}


async def test_who_wants_to_be_asked_is_asked(yard_: Yard) -> None:
    yard_.asks[0] = True  # type: ignore[attr-defined]
    await yard_.run(run, SKILL)
    (question,) = (each for each in yard_.asked if "dream-state" in each.id)
    assert "shipped" in question.detail


async def test_an_undo_takes_the_row_back_and_nothing_else(yard_: Yard) -> None:
    await yard_.run(run, SKILL)
    assert texts_before(yard_.project, effects(yard_)) == {DOCUMENT: BEFORE.encode()}
    assert changed_since(yard_.project, effects(yard_)) == ()
    (yard_.project / DOCUMENT).write_text(f"{text(yard_)}\nmine\n")
    assert texts_before(yard_.project, effects(yard_)) == {}, "what somebody changed since is theirs"
    assert changed_since(yard_.project, effects(yard_)) == (DOCUMENT,), "and it is said"
    (yard_.project / DOCUMENT).write_bytes(BEFORE.encode())
    assert changed_since(yard_.project, effects(yard_)) == (), "it was taken back already"


async def test_what_an_aborted_run_leaves_is_said_until_it_is_committed(yard_: Yard) -> None:
    await yard_.run(run, SKILL)
    (effect,) = effects(yard_)
    assert "git checkout -- .claude/DREAM-STATE.md" in dream_state_left_behind(effect, [effect])
    assert dream_state_left_behind(effect, [effect, Effect(id="commit-1", kind="commit")]) == ""


@given(st.text("ab\r\n|\u2028", max_size=40), st.text("ab\r\n|\u2028", max_size=40))
def test_edits_lead_from_one_text_to_the_other_and_back(before: str, after: str) -> None:
    edits = edits_between(before, after)
    assert apply_edits(before, edits) == after
    assert taken_back(after, edits) == before


async def test_a_dry_run_names_the_document_and_writes_nothing(yard_: Yard) -> None:
    assert await recorded_in(yard_.context(SKILL), yard_.project, "0.8.0") == (DOCUMENT,)
    assert text(yard_) == BEFORE
    yard_.committed[0] = False  # type: ignore[attr-defined]
    assert await recorded_in(yard_.context(SKILL), yard_.project, "0.8.0") == ()
