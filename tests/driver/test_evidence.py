"""Checks speak for the tree that they ran on, and for no other (SPEC section 4)."""

from pathlib import Path

import pytest

from loop_tui.driver.evidence import evidence_still_holds
from loop_tui.services.git.workspace import GitWorkspace
from tests.packs.ship.shipyard import Yard, new_yard


@pytest.fixture
async def yard(world: object, tmp_path: Path) -> Yard:
    """A bump that was checked and not committed."""
    yard = new_yard(tmp_path / "yard", tmp_path / "claude")
    yard.bump()
    await yard.verify()
    return yard


async def why_not(yard: Yard) -> str:
    gate = yard.definition.gate("readiness-gate")
    assert gate is not None
    return await evidence_still_holds(
        yard.state, gate, GitWorkspace(yard.project, yard.project / "distribution-state.json")
    )


async def test_it_holds_while_that_tree_lies_there_or_is_committed(yard: Yard) -> None:
    assert await why_not(yard) == ""
    yard.write("notes.txt", "untracked\n")
    yard.write("distribution-state.json", '{"changed": true}\n')
    assert await why_not(yard) == "", "neither untracked files nor the state file are part of the tree"
    yard.git("commit", "-qam", "chore(release): v0.8.0")
    yard.write("server.js", "// after the commit\n")
    assert await why_not(yard) == "", "what was checked is committed"


async def test_it_is_void_as_soon_as_a_tracked_file_differs(yard: Yard) -> None:
    yard.write("server.js", "// after the checks\n")
    assert await why_not(yard) == "tracked files changed after the checks: server.js"
    yard.git("commit", "-qam", "feat: not what was checked")
    assert await why_not(yard) == "tracked files changed after the checks: server.js"


async def test_a_checked_tree_that_is_gone_is_void_all_the_same(yard: Yard) -> None:
    gate = yard.state.gate("readiness-gate")
    assert gate is not None
    checks = tuple(check.model_copy(update={"tree": "0" * 39 + "1"}) for check in gate.checks)
    log = tuple(entry.model_copy(update={"checks": checks}) for entry in yard.state.skill_log)
    yard.state = yard.state.model_copy(update={"skill_log": log})
    assert await why_not(yard) == "tracked files changed after the checks"
