"""Full text over archived runs: what is found is what the files say, with an index and without one."""

import json
import os
import random
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from loop_tui.fs.homes import cache_dir
from loop_tui.fs.read_only_look import leaving_nothing
from loop_tui.model.problem import Problem
from loop_tui.storage.archive import documents, grep, index_refresh, text_rows
from loop_tui.storage.archive.filters import Filters
from loop_tui.storage.archive.grep import Grepped, grep_runs
from loop_tui.storage.archive.listing import list_runs
from loop_tui.storage.archive.named import MARKER
from loop_tui.storage.archive.removal import remove_run

WORDS = (
    "Build",
    "lint",
    "Straße",
    "ÄRGER",
    'say "yes"',
    "path/to/file.py:12",
    "50%",
    "日本語の文",
    "a b",
    "npm ERR!",
    "x",
)
SECRET = "ghp_" + "a1B2" * 9


@pytest.fixture(autouse=True)
def everything_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_refresh, "SETTLED_S", -1.0)


def put(home: Path, number: int, files: dict[str, str | bytes], **told: Any) -> Path:
    """A run that ended on that day of March, and its folder."""
    path = home / f"runs/2026-03/w-a-loop-{number:02}T10-00-00.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    facts = {"loop": "a-loop", "system": "w", "completed_at": f"2026-03-{number:02}T10:00:00Z", "outcome": "success"}
    path.write_text(json.dumps({"summary": facts | told}))
    for name, text in files.items():
        file = path.with_suffix("") / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def found(result: Grepped) -> list[tuple[int, str, int]]:
    return [(int(hit.run.completed_at[8:10]), hit.file, hit.line) for hit in result.hits]


def index_files() -> list[Path]:
    return sorted(cache_dir().glob("archive/*/texts-*.sqlite"))


def scanned(home: Path, text: str, **told: Any) -> Grepped:
    with leaving_nothing():
        return grep_runs(home, text, **told)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home, chance = tmp_path_factory.mktemp("texts"), random.Random(5)
    for number in range(1, 29):
        lines = ["".join(chance.choices([*WORDS, " ", "-", "e", "st"], k=6)) for _ in range(chance.randint(0, 30))]
        files: dict[str, str | bytes] = {
            "output.log": "\n".join(lines),
            "deliverables/RELEASE.md": "# Notes\n" + " ".join(lines),
        }
        put(home, number, files if number % 5 else {}, system=chance.choice(("w", "v")))
    return home


@pytest.mark.parametrize("ignore_case", [False, True])
def test_the_index_finds_what_the_files_have(many: Path, ignore_case: bool) -> None:
    chance = random.Random(9)
    asked = [
        *WORDS,
        "STRASSE",
        "ärger",
        "BUILD",
        "nothing",
        "no",
        *("".join(chance.choices(WORDS, k=2)) for _ in range(40)),
    ]
    total = 0
    for text in asked:
        told = Filters(system=chance.choice((None, "w", "v")), since=chance.choice((None, "2026-03-14")))
        result = grep_runs(many, text, told, 10_000, ignore_case=ignore_case)
        assert result == scanned(many, text, filters=told, limit=10_000, ignore_case=ignore_case), text
        total += len(result.hits)
    assert total > 500
    assert len(index_files()) == 1


def test_lines_come_newest_first_and_no_more_than_asked_for(tmp_path: Path) -> None:
    put(tmp_path, 1, {"output.log": "one\nneedle\n"})
    put(tmp_path, 3, {"b.md": "needle", "a.md": "a\nb\nneedle needle\nneedle"})
    put(tmp_path, 2, {"output.log": "Needle"})
    whole = [(3, "a.md", 3), (3, "a.md", 4), (3, "b.md", 1), (1, "output.log", 2)]
    result = grep_runs(tmp_path, "needle")
    assert (found(result), result.has_more) == (whole, False)
    result = grep_runs(tmp_path, "needle", limit=2)
    assert (found(result), result.has_more) == (whole[:2], True)
    assert (2, "output.log", 1) in found(grep_runs(tmp_path, "NEEDLE", ignore_case=True))


def test_what_comes_and_goes_is_seen(tmp_path: Path) -> None:
    put(tmp_path, 1, {"a.md": "needle"})
    assert found(grep_runs(tmp_path, "needle")) == [(1, "a.md", 1)]
    put(tmp_path, 2, {"a.md": "needle"})
    assert found(grep_runs(tmp_path, "needle")) == [(2, "a.md", 1), (1, "a.md", 1)]
    remove_run(tmp_path / "runs", list_runs(tmp_path).runs[0])
    assert found(grep_runs(tmp_path, "needle")) == [(1, "a.md", 1)]


def test_a_run_that_is_being_archived_is_searched_when_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "runs/2026-03/w-a-loop-01T10-00-00"
    folder.mkdir(parents=True)
    (folder / MARKER).write_text("r")
    (folder / "a.md").write_text("needle")
    assert found(grep_runs(tmp_path, "needle")) == []
    (folder / MARKER).unlink()
    assert [hit.file for hit in grep_runs(tmp_path, "needle").hits] == ["a.md"]


def test_what_is_no_text_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = tmp_path / "outside.md"
    outside.write_text("needle")
    path = put(
        tmp_path, 1, {"a.bin": b"needle\0", ".hidden": "needle", "w-state.json": "needle", "sub/.git/a": "needle"}
    )
    (path.with_suffix("") / "link.md").symlink_to(outside)
    (path.with_suffix("") / "folder").symlink_to(tmp_path)
    os.mkfifo(path.with_suffix("") / "pipe")
    assert found(grep_runs(tmp_path, "needle")) == found(scanned(tmp_path, "needle")) == []
    monkeypatch.setattr(documents, "MOST_BYTES", 10)
    monkeypatch.setattr(documents, "MOST_FILES", 3)
    put(tmp_path, 2, {"a": "012345 needle", "b": "needle", "c": "\xff needle", "d": "needle"})
    assert found(grep_runs(tmp_path, "needle")) == found(scanned(tmp_path, "needle")) == [(2, "b", 1), (2, "c", 1)]


def test_hostile_text_is_cleaned_and_secrets_stay_masked(tmp_path: Path) -> None:
    text = f"\x1b[31mnee\x1b[0mdle \x1b]52;c;x\x07 {SECRET} \u202ereversed\n" + "y" * 9_000 + "needle" + "z" * 9_000
    put(tmp_path, 1, {"output.log": text})
    first, second = grep_runs(tmp_path, "needle").hits
    assert first.excerpt == "needle [masked] reversed"
    assert "needle" in second.excerpt
    assert len(second.excerpt) < 210
    assert grep_runs(tmp_path, SECRET[:20]).hits == []
    assert SECRET[4:12].encode() not in b"".join(file.read_bytes() for file in cache_dir().rglob("*.sqlite*"))


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _half(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _other_version(file: Path) -> None:
    with closing(sqlite3.connect(file)) as index:
        index.execute("PRAGMA user_version = 999")


def _no_words(file: Path) -> None:
    with closing(sqlite3.connect(file)) as index:
        index.execute("DROP TABLE words")


@pytest.mark.parametrize("harm", [Path.unlink, _empty, _half, _other_version, _no_words])
def test_an_index_that_cannot_be_used_is_made_again(many: Path, harm: Callable[[Path], None]) -> None:
    expected = grep_runs(many, "Build")
    (file,) = index_files()
    harm(file)
    assert grep_runs(many, "Build", most=2) == expected, "too much to read by the way: the files answer"
    assert grep_runs(many, "Build") == expected
    assert len(index_files()) == 1


def test_an_index_full_of_what_is_gone_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_rows, "_MOST_LEFT", 2)
    put(tmp_path, 1, {"a.md": "needle"})
    for number in range(2, 7):
        put(tmp_path, number, {"a.md": "needle"})
        grep_runs(tmp_path, "needle")
        remove_run(tmp_path / "runs", list_runs(tmp_path).runs[0])
    before = index_files()
    for _ in range(2):
        assert found(grep_runs(tmp_path, "needle")) == [(1, "a.md", 1)]
    assert index_files() != before


def test_without_full_text_search_every_file_is_read(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = grep_runs(many, "Build")
    for file in index_files():
        file.unlink()
    other = text_rows.TEXT_INDEX._replace(tables=text_rows.TEXT_INDEX.tables.replace("fts5", "fts99"))
    monkeypatch.setattr(text_rows, "TEXT_INDEX", other)
    result = grep_runs(many, "Build")
    assert result == expected._replace(without_index=True)
    assert not expected.without_index


def test_lists_of_runs_need_no_index_of_texts(many: Path) -> None:
    list_runs(many)
    assert index_files() == []


@pytest.mark.parametrize("text", ["", " \n ", "x" * (grep.LONGEST + 1)])
def test_a_text_is_due(tmp_path: Path, text: str) -> None:
    with pytest.raises(Problem, match="characters is searched for"):
        grep_runs(tmp_path, text)


def test_many_at_once_get_right_answers(many: Path) -> None:
    expected = scanned(many, "Build")
    seen: list[Grepped] = []
    asking = [threading.Thread(target=lambda: seen.append(grep_runs(many, "Build"))) for _ in range(4)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert len(seen) == 4
    assert all(found == expected for found in seen)
    assert index_files()
