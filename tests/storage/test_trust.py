"""Definitions of a repository run only after the user agreed to them as they are."""

import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loop_tui.fs.paths import config_dir
from loop_tui.model.problem import Problem
from loop_tui.storage.definitions.catalog import FoundLoop, find
from loop_tui.storage.definitions.trust import is_trusted, may_run, needs_trust, read_trust, remember, trust_file

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TEXT = 'id = "a-loop"\n[[phases]]\nid = "P"\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / ".loops").mkdir(parents=True)
    (folder / ".loops" / "a.toml").write_text(TEXT)
    return folder


def agree(project: Path, found: FoundLoop) -> None:
    remember(project, found.path, found.sha256, NOW)


def test_only_a_repository_has_to_be_trusted(project: Path) -> None:
    user = config_dir() / "loops" / "u.toml"
    user.parent.mkdir(parents=True)
    user.write_text(TEXT.replace("a-loop", "u-loop"))
    assert needs_trust(find(project, "a-loop"))
    assert not needs_trust(find(project, "u-loop"))
    assert not needs_trust(find(project, "distribution-loop"))
    assert may_run(project, find(project, "u-loop"))
    assert not may_run(project, find(project, "a-loop"))


def test_asked_once_and_again_when_the_file_changes(project: Path) -> None:
    agree(project, find(project, "a-loop"))
    assert may_run(project, find(project, "a-loop"))
    (project / ".loops" / "a.toml").write_text(TEXT + "# more\n")
    assert not may_run(project, find(project, "a-loop"))
    agree(project, find(project, "a-loop"))
    assert may_run(project, find(project, "a-loop"))
    assert len(read_trust()[0]) == 1
    (project / ".loops" / "a.toml").write_text(TEXT)
    assert not may_run(project, find(project, "a-loop"))


def test_trust_is_for_that_repository_and_file(project: Path, tmp_path: Path) -> None:
    found = find(project, "a-loop")
    agree(project, found)
    other = tmp_path / "other"
    assert not is_trusted(other, found.path, found.sha256)
    assert not is_trusted(project, other / "a.toml", found.sha256)
    assert not is_trusted(project, found.path, "")


def test_another_spelling_of_the_path_is_the_same_place(project: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(project)
    found = find(project, "a-loop")
    agree(link, find(link, "a-loop"))
    assert is_trusted(project, found.path, found.sha256)


def test_the_record_is_private(project: Path) -> None:
    agree(project, find(project, "a-loop"))
    assert stat.S_IMODE(trust_file().stat().st_mode) == 0o600
    trust_file().chmod(0o666)
    agree(project, find(project, "a-loop"))
    assert stat.S_IMODE(trust_file().stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"trusted": 5}', b'{"trusted": [{"path": 1}]}', b"\xff\xfe", b"[" * 100_000]
)
def test_a_damaged_record_trusts_nothing_and_says_so(project: Path, content: bytes) -> None:
    found = find(project, "a-loop")
    agree(project, found)
    trust_file().write_bytes(content)
    entries, problem = read_trust()
    assert entries == []
    assert problem is not None
    assert problem.where == str(trust_file())
    assert not may_run(project, found)
    agree(project, found)
    assert may_run(project, found)
    assert read_trust()[1] is None
    assert trust_file().with_name("trust.json.damaged").read_bytes() == content


def test_no_record_is_no_problem() -> None:
    assert read_trust() == ([], None)


def test_answers_given_at_once_are_all_kept(project: Path) -> None:
    def one(number: int) -> None:
        remember(project, project / f"{number}.toml", f"{number:064}", NOW)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(24)))
    assert len(read_trust()[0]) == 24


def test_a_record_that_cannot_be_written_is_a_problem(project: Path) -> None:
    shutil.rmtree(trust_file().parent, ignore_errors=True)
    trust_file().parent.parent.mkdir(parents=True, exist_ok=True)
    trust_file().parent.write_text("a file where the folder should be")
    with pytest.raises(Problem):
        agree(project, find(project, "a-loop"))
