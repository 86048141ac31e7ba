"""What goes into a commit, and on whose word: secrets that are added, and evidence that is none."""

from pathlib import Path

import pytest

from loop_tui.packs.ship.commit.git_workflow import run
from loop_tui.runners.context import EvidenceVoid, SkillFailed

from .shipyard import Yard, new_yard

pytestmark = pytest.mark.usefixtures("quick_npm")


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
    """Only a person can have passed such a gate: what is committed then was this commit was not checked."""
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
    assert "this commit was not checked" in yard.log
    assert "passed on this tree" not in yard.text("git-summary.md")


async def test_what_is_staged_beside_the_package_stays_staged(yard: Yard) -> None:
    yard.write("packages/demo/package.json", '{"name": "demo", "version": "1.0.0"}\n')
    yard.write("packages/demo/local.js", "1\n")
    yard.write("beside.js", "1\n")
    yard.git("add", ".")
    yard.git("commit", "-qm", "chore: packages")
    yard.git("push", "-q")
    top = yard.project
    yard.project = top / "packages/demo"
    yard.git("rm", "-q", "--cached", "local.js")
    yard.git("rm", "-q", "--cached", "beside.js", cwd=top)
    (top / "new.js").write_text("new\n")
    yard.git("add", "new.js", cwd=top)
    await yard.verify()
    await yard.run(run, "git-workflow")
    assert yard.git("show", "--format=", "--name-status", "HEAD") == "D\tpackages/demo/local.js"
    assert yard.git("diff", "--cached", "--name-status").splitlines() == ["D\tbeside.js", "A\tnew.js"]


@pytest.mark.parametrize("taken_out", [False, True], ids=["plain", "with a file taken out of the index"])
@pytest.mark.parametrize("text", ["new", "tracked"])
async def test_what_a_hook_adds_to_the_commit_is_in_the_index(yard: Yard, text: str, taken_out: bool) -> None:
    yard.write("tracked", "1\n")
    yard.write("local", "1\n")
    yard.git("add", "tracked", "local")
    yard.git("commit", "-qm", "chore: files")
    yard.git("push", "-q")
    hook = yard.write(".git/hooks/pre-commit", f"#!/bin/sh\necho made > {text}\ngit add {text}\n")
    hook.chmod(0o755)
    if taken_out:
        yard.git("rm", "-q", "--cached", "local")
        (yard.project / ".git/info/exclude").open("a").write("local\n")
    yard.bump()
    await yard.verify()
    with pytest.raises(EvidenceVoid, match=text):
        await yard.run(run, "git-workflow")
    assert yard.git("show", f"HEAD:{text}") == "made"
    assert yard.git("status", "--porcelain") == ""
    await yard.verify()
    await yard.run(run, "git-workflow")
    assert yard.remote_head() == yard.git("rev-parse", "HEAD")
    assert ("local" in yard.git("ls-tree", "--name-only", "HEAD").splitlines()) is not taken_out
