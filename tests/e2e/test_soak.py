"""The short form of `make soak`."""

import random
from pathlib import Path

import pytest

from tests import typing_soak
from tests.openings import open_once
from tests.soak import ground, soak

pytestmark = pytest.mark.usefixtures("quick_npm")


@pytest.mark.parametrize("seed", [1, pytest.param(4, marks=pytest.mark.long)])
def test_random_keys_break_nothing_and_decide_nothing_by_chance(tmp_path: Path, seed: int) -> None:
    done = soak(seed, tmp_path, keys=400)
    assert done.pressed
    assert done.screens


@pytest.mark.parametrize(
    ("place", "delays"),
    [
        ("gate", True),
        pytest.param("gate", False, marks=pytest.mark.long),
        *(pytest.param(p, True, marks=pytest.mark.long) for p in typing_soak.PLACES if p != "gate"),
    ],
)
def test_what_is_typed_behind_a_key_that_opens_a_prompt_never_runs(tmp_path: Path, place: str, delays: bool) -> None:
    only = ("search", "skip by its command", "changes", "an editor") if place == "gate" and delays else ()
    assert typing_soak.soak(place, 7, tmp_path, keys=1, delays=delays, only=only).wrong == []


def test_the_screen_ends_by_term_whenever_it_comes_and_whatever_the_window_does(tmp_path: Path) -> None:
    chance, runs = random.Random(3), ground(tmp_path)
    opened = [open_once(chance, runs, tmp_path) for _ in range(6)]
    assert [each.problem for each in opened] == [""] * 6
    assert any(each.painted for each in opened)
