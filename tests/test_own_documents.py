"""The documents of this project: nothing in them is stale, and their index is up to date."""

import json
import subprocess
from datetime import date
from pathlib import Path

import pytest

from loop_tui.__main__ import main

ROOT = Path(__file__).parents[1]


def newest() -> date:
    """The day of the newest commit, so that these tests do not fail by the calendar."""
    found = subprocess.run(["git", "log", "-1", "--format=%cs"], cwd=ROOT, capture_output=True, text=True, check=False)
    return date.fromisoformat(found.stdout.strip()) if found.stdout.strip() else date.today()


def test_nothing_in_them_is_stale(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["docs", "stale", "--project", str(ROOT), "--json", "--today", newest().isoformat()])
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [f"{each['path']}:{each['line']}: {each['reference']}: {each['why']}" for each in found] == []
    assert code == 0


def test_their_index_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["docs", "index", "--check", "--project", str(ROOT)])
    assert code == 0, capsys.readouterr().out
