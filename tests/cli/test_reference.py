"""The key reference, the table of error codes and the manual page say what the program does today."""

import subprocess
from pathlib import Path

import pytest

from loop_tui.cli.entry import COMMANDS
from loop_tui.cli.reference import ERRORS, KEYS, MANUAL, errors_page, keys_page, manual_page
from loop_tui.tui.actions import ACTIONS, use_keys

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(autouse=True)
def shipped_keys() -> None:
    use_keys({})


def test_they_are_current() -> None:
    assert (DOCS / KEYS).read_text() == keys_page(), "run `make docs`"
    assert (DOCS / ERRORS).read_text() == errors_page(), "run `make docs`"
    assert (DOCS / MANUAL).read_text() == manual_page(), "run `make docs`"


def test_every_action_stands_in_it() -> None:
    page = keys_page()
    assert all(f"| {entry.id} |" in page for entry in ACTIONS)


def test_every_command_stands_in_it() -> None:
    page = manual_page()
    names = {name for names in COMMANDS.values() for name in names} - {
        "drive",
        "panel",
        "sample",
        "verbs",
        "changed-since",
    }
    assert [name for name in names if f"fB{name}" not in page.replace("\\-", "-")] == []


def test_arguments_stand_in_it_as_in_usage_texts() -> None:
    page = manual_page()
    for usage in (r"\fBapprove\fR [GATE]", r"\fBskip\fR SKILL", r"\fBwatch\fR [DIR]...", r"\fBloops check\fR FILES..."):
        assert usage in page


@pytest.mark.needs("man")
def test_man_can_read_it() -> None:
    done = subprocess.run(["man", "-l", str(DOCS / MANUAL)], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert not done.stderr
