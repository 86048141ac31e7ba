"""`loop-tui runs grep`: lines with file and number, what is hostile in them cleaned."""

import json
from pathlib import Path

import pytest

from loop_tui.__main__ import main
from loop_tui.storage.archive import text_rows
from tests.tui.past import archive


@pytest.fixture(autouse=True)
def two_runs(tmp_path: Path) -> None:
    for day in (2, 3):
        path = archive(tmp_path / str(day), day=day, system="widget" if day == 2 else "gadget")
        (path.with_suffix("") / "NOTES.md").write_text(f"# Notes\nThe \x1b[31mgate\x1b[0m of {day} failed [/x]\n")


def test_lines_stand_below_their_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("runs", "grep", "gate of")) == 0
    newest, line, older, other = capsys.readouterr().out.splitlines()
    assert newest.startswith("2026-01-03 04:00  gadget  ")
    assert newest.endswith("  run-1"), "by which `runs show` finds it"
    assert line == "  NOTES.md:2: The gate of 3 failed [/x]"
    assert older.startswith("2026-01-02 04:00  widget  ")
    assert other == "  NOTES.md:2: The gate of 2 failed [/x]"


def test_options_are_those_of_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    for options in (["--system", "widget"], ["--until", "2026-01-02"]):
        assert main(("runs", "grep", "failed", *options)) == 0
        assert "of 2 failed" in capsys.readouterr().out
    assert main(("runs", "grep", "--json", "-i", "GATE OF", "-n", "1")) == 0
    said = capsys.readouterr()
    (record,) = map(json.loads, said.out.splitlines())
    assert (record["system"], record["file"], record["line"]) == ("gadget", "NOTES.md", 2)
    assert record["text"] == "The gate of 3 failed [/x]"
    assert "more lines have it than these 1" in said.err


def test_nothing_found_is_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("runs", "grep", "no such text")) == 1
    assert capsys.readouterr().out == "no archived run has that text\n"
    assert main(("runs", "grep", "")) == 2


def test_a_fallback_is_said_once(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    other = text_rows.TEXT_INDEX._replace(tables="CREATE VIRTUAL TABLE words USING fts99 (body);")
    monkeypatch.setattr(text_rows, "TEXT_INDEX", other)
    assert main(("runs", "grep", "failed")) == 0
    said = capsys.readouterr()
    assert said.out.count("failed") == 2
    assert said.err.count("no full-text search") == 1
