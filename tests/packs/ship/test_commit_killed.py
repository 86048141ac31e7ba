"""A driver that dies between a commit and what belongs to it."""

from pathlib import Path

import pytest

from loop_tui.packs.ship.commit.git_workflow import run
from loop_tui.runners.context import EvidenceVoid

from .shipyard import Killed, Yard, new_yard

pytestmark = pytest.mark.usefixtures("quick_npm")


@pytest.fixture
def yard(world: object, tmp_path: Path) -> Yard:
    return new_yard(tmp_path / "yard", tmp_path / "world/claude")


async def test_the_index_follows_a_commit_that_a_hook_changed(yard: Yard) -> None:
    """The hook's change would otherwise stand in the index as taken back, and the next commit would do so."""
    path = yard.project / ".git/hooks/pre-commit"
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\necho >> package.json; git add package.json\n")
    path.chmod(0o755)
    yard.bump()
    await yard.verify()
    yard.kill.add("commit:act")
    with pytest.raises(Killed):
        await yard.run(run, "git-workflow")
    with pytest.raises(EvidenceVoid):
        await yard.run(run, "git-workflow")
    assert yard.git("diff", "--cached", "--name-only") == ""
    await yard.verify()
    await yard.run(run, "git-workflow")
    assert len(yard.commits()) == 2
    assert yard.remote_head() == yard.git("rev-parse", "HEAD")
