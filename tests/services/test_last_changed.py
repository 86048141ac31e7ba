"""The days on which files were last committed; a file that differs from its commit was changed today."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from loop_tui.services.git import last_changed as looked
from loop_tui.services.git.last_changed import last_changed

from .test_git import repo as repo
from .test_git import run, save


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands of git that were run."""
    commands: list[str] = []
    ask = looked.ask

    async def noted(root: Path, command: str, *args: str) -> str:
        commands.append(command)
        return await ask(root, command, *args)

    monkeypatch.setattr(looked, "ask", noted)
    return commands


def committed(repo: Path) -> date:
    """The day of the newest commit."""
    return datetime.fromtimestamp(int(run(repo, "log", "-1", "--format=%ct")), UTC).date()


async def test_what_was_committed_and_what_differs(repo: Path) -> None:
    for name in ("a.md", "b.md"):
        save(repo, name, "1\n", f"docs: {name}")
    then = committed(repo)
    today = then + timedelta(days=400)
    (repo / "b.md").write_text("2\n")
    (repo / "c.md").write_text("not committed\n")
    assert await last_changed(repo, ["a.md", "b.md", "c.md"], today) == {"a.md": then, "b.md": today}


async def test_of_young_commits_it_is_not_asked_whether_files_differ(repo: Path, asked: list[str]) -> None:
    save(repo, "a.md", "1\n", "docs: a")
    then = committed(repo)
    (repo / "a.md").write_text("2\n")
    assert await last_changed(repo, ["a.md"], then + timedelta(days=90), 90) == {"a.md": then}
    assert asked == ["log"]
    later = then + timedelta(days=91)
    assert await last_changed(repo, ["a.md"], later, 90) == {"a.md": later}
    assert asked == ["log", "log", "diff"]


async def test_outside_a_repository_none_is_known(tmp_path: Path) -> None:
    assert await last_changed(tmp_path, ["a.md"], date(2026, 1, 1)) == {}
