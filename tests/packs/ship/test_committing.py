"""What goes into a commit, and on whose word: secrets that are added, and evidence that is none."""

from pathlib import Path

import pytest

from loop_tui.packs.ship.commit.git_workflow import run
from loop_tui.runners.context import SkillFailed

from .shipyard import Yard, new_yard


@pytest.fixture
def yard(world: object, tmp_path: Path) -> Yard:
    return new_yard(tmp_path / "yard", tmp_path / "world/claude")


@pytest.mark.parametrize("staged", [False, True])
async def test_a_secret_that_is_new_is_committed_only_on_a_yes(yard: Yard, staged: bool) -> None:
    include = {"include": ["keys/*"]}
    yard.bump()
    yard.write("keys/server.pem", "key\n")
    if staged:
        yard.git("add", "keys/server.pem")
    await yard.verify()
    yard.answers["commit-secrets-"] = "no"
    with pytest.raises(SkillFailed, match=r"keys/server\.pem") as failed:
        await yard.run(run, "git-workflow", include)
    assert failed.value.kind == "security"
    assert yard.commits() == ["feat: begin"]
    yard.state = yard.state.model_copy(update={"questions": ()})
    yard.answers["commit-secrets-"] = "yes"
    await yard.run(run, "git-workflow", include)
    assert "keys/server.pem" in yard.git("ls-tree", "-r", "--name-only", "HEAD")


async def test_a_secret_that_goes_is_no_question(yard: Yard) -> None:
    yard.write("server.pem", "key\n")
    yard.git("add", "server.pem")
    yard.git("commit", "-qm", "chore: key")
    (yard.project / "server.pem").unlink()
    await yard.verify()
    await yard.run(run, "git-workflow")
    assert [question.id.split("-")[1] for question in yard.asked] == ["message"]
    assert "server.pem" not in yard.git("ls-tree", "-r", "--name-only", "HEAD")


async def test_checks_of_two_trees_verify_neither(yard: Yard) -> None:
    """Only a person can have passed such a gate: what is committed then was checked by nobody."""
    yard.bump()
    await yard.verify()
    gate = yard.state.gate("readiness-gate")
    assert gate is not None
    first, *others = gate.checks
    mixed = (first.model_copy(update={"tree": "0" * 40}), *others)
    yard.state = yard.state.model_copy(
        update={"gates": (gate.model_copy(update={"checks": mixed, "by": "ann", "feedback": "it will do"}),)}
    )
    await yard.run(run, "git-workflow")
    assert "checked by nobody" in yard.log
    assert "passed on this tree" not in yard.text("git-summary.md")
