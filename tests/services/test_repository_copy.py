"""A repository in a copy of a tree: its history can be asked, whatever its objects are named by."""

from pathlib import Path

import pytest

from loop_tui.services.git import repository_copy, trees
from tests.packs.ship.shipyard import git


@pytest.mark.parametrize("form", ["sha1", "sha256"])
async def test_the_history_of_the_repository_can_be_asked_in_the_copy(world: object, tmp_path: Path, form: str) -> None:
    root, copy = tmp_path / "root", tmp_path / "copy"
    root.mkdir()
    git("init", "-q", "-b", "main", f"--object-format={form}", cwd=root)
    for text in ("one", "two"):
        (root / "a.txt").write_text(text)
        git("add", "a.txt", cwd=root)
        git("commit", "-q", "-m", f"feat: {text}", cwd=root)
    git("tag", "v1.0.0", "HEAD~1", cwd=root)
    head = git("rev-parse", "HEAD", cwd=root)
    await trees.export(root, head, copy)
    await repository_copy.begin(root, copy, head)
    assert git("rev-parse", "HEAD", cwd=copy) == head
    assert git("log", "--format=%s", cwd=copy).splitlines() == ["feat: two", "feat: one"]
    assert git("describe", "--tags", cwd=copy).startswith("v1.0.0-1-g")
    assert git("status", "--porcelain", cwd=copy) == ""
    assert git("rev-parse", "--show-object-format", cwd=copy) == form
