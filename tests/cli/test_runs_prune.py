"""`loop-tui runs prune`: says what goes, asks, and never does anything by itself."""

import json
from pathlib import Path

import pytest

from loop_tui.__main__ import main
from loop_tui.cli import runs_prune
from loop_tui.fs.homes import claude_home
from loop_tui.storage.archive.listing import list_runs
from loop_tui.storage.archive.named import MARKER
from tests.many_runs import write_runs

COUNT, BAD = 120, 8


@pytest.fixture(autouse=True)
def many() -> None:
    write_runs(claude_home(), COUNT, BAD)


def count() -> int:
    return len(list_runs(claude_home(), limit=None, most=None).runs)


def files() -> int:
    return sum(1 for _ in (claude_home() / "runs").rglob("*"))


def test_it_says_what_would_go_and_removes_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs_prune, "_NAMED", 5)
    before = files()
    assert main(("runs", "prune", "--keep", "0", "--dry-run")) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[0].split() == ["Completed", "System", "Version", "Loop", "Outcome", "Archive", "Size"]
    (line,) = [line for line in lines if line.endswith("`--dry-run --json` lists all")]
    more = int(line.split()[1])
    assert any(line.startswith("kept: ") and "newest of its system and loop" in line for line in lines)
    assert said.err.splitlines()[-1].startswith(f"would remove {more + 5} archived runs (")
    assert (files(), count()) == (before, COUNT - BAD)


def test_without_a_yes_nothing_goes(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    before = files()
    assert main(("runs", "prune", "--keep", "1")) == 3
    assert "This cannot be undone. Use --yes to answer yes." in capsys.readouterr().err
    monkeypatch.setattr(runs_prune, "interactive", lambda: True)
    asked: list[str] = []
    monkeypatch.setattr(runs_prune, "agreed", lambda text: asked.append(text) or False)
    assert main(("runs", "prune", "--keep", "1")) == 3
    assert asked[0].startswith("Remove ")
    assert files() == before
    monkeypatch.setattr(runs_prune, "agreed", lambda text: True)
    assert main(("runs", "prune", "--keep", "1")) == 0
    assert files() < before


def test_what_was_shown_is_what_goes(capsys: pytest.CaptureFixture[str]) -> None:
    rule = ("runs", "prune", "--keep", "0", "--system", "widget", "--json")
    assert main((*rule, "--dry-run")) == 0
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {(each["action"], each["system"]) for each in shown} == {("would remove", "widget")}
    assert main((*rule, "--yes")) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {each["action"] for each in said} == {"removed"}
    assert {each["path"] or each["folder"] for each in said} == {each["path"] or each["folder"] for each in shown}
    assert all(each["bytes"] > 0 for each in said)
    assert count() == COUNT - BAD - len(said)
    assert main((*rule, "--yes")) == 0
    told = capsys.readouterr()
    assert told.out == "", "a script reads an object in each line"
    assert told.err.splitlines()[-1] == "no archived runs to remove"


def test_bad_files_stay() -> None:
    bad = {*(claude_home() / "runs").glob("*/bad-*.json")}
    assert main(("runs", "prune", "--older-than", "1h", "--yes")) == 0
    assert {*(claude_home() / "runs").glob("*/bad-*.json")} == bad
    assert count() < COUNT - BAD
    assert len(list_runs(claude_home(), limit=None, most=None).problems) == BAD


def test_what_cannot_be_removed_is_named_and_the_rest_goes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("runs", "prune", "--keep", "0", "--dry-run", "--json")) == 0
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    folder = next(Path(each["folder"]) for each in shown if each["path"] and each["folder"])
    (folder / MARKER).write_text("the-run")
    assert main(("runs", "prune", "--keep", "0", "--yes")) == 1
    said = capsys.readouterr()
    assert f"is being archived: it stays: {folder}" in said.err
    assert f"removed {len(shown) - 1} archived runs (" in said.out


@pytest.mark.parametrize("age", ["90", "d", "-3d", "90 m", "1e5d"])
def test_an_age_that_is_none_is_refused(age: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("runs", "prune", f"--older-than={age}")) == 2
    assert "is not an age (write it like 36h, 90d, 12w or 2y)" in capsys.readouterr().err


def test_a_rule_is_due(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("runs", "prune", "--yes")) == 2
    assert "use --keep N or --older-than 90d" in capsys.readouterr().err
    assert count() == COUNT - BAD
