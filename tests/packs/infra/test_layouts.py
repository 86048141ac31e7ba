"""Detection against the labelled layouts: nothing is wrong, and what is not found is known (docs/infra.md)."""

from pathlib import Path

import pytest

from tests.layouts import FOLDER, Compared, Outcome, compared, layouts

ALL = layouts()

NOT_FOUND = {("bun-nest", "env")}
"""What the rules miss, each discussed in docs/infra.md."""
ASKED = {("bun-nest", "manager"), ("django-pip", "port"), ("django-pip", "start")}
"""What is asked although a person would know it."""


def rows(name: str, folder: Path) -> list[Compared]:
    return compared(next(label for label in ALL if label["name"] == name), folder)


@pytest.mark.parametrize("name", [label["name"] for label in ALL])
def test_what_is_found_is_true(name: str, tmp_path: Path) -> None:
    found = rows(name, tmp_path)
    assert [row for row in found if row.outcome is Outcome.WRONG] == []
    missed = {(row.layout, row.topic) for row in found if row.outcome is Outcome.MISSED}
    asked = {(row.layout, row.topic) for row in found if row.outcome is Outcome.ASKED}
    assert missed == {each for each in NOT_FOUND if each[0] == name}
    assert asked == {each for each in ASKED if each[0] == name}


def test_half_of_them_are_public_at_named_commits() -> None:
    public = [label for label in ALL if "repository" in label]
    assert (len(ALL), len(public)) == (20, 10)
    assert all(len(label["commit"]) == 40 for label in public)
    assert {path.stem for path in FOLDER.glob("*.toml")} == {label["name"] for label in ALL}
