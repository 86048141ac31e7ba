"""The short form of `make soak`."""

import random
from pathlib import Path

import pytest

from tests.openings import open_once
from tests.soak import ground, soak


@pytest.mark.parametrize("seed", [1, pytest.param(4, marks=pytest.mark.long)])
def test_random_keys_break_nothing_and_decide_nothing_by_chance(tmp_path: Path, seed: int) -> None:
    done = soak(seed, tmp_path, keys=400)
    assert done.pressed
    assert done.screens


def test_the_screen_ends_by_term_whenever_it_comes_and_whatever_the_window_does(tmp_path: Path) -> None:
    chance, runs = random.Random(3), ground(tmp_path)
    opened = [open_once(chance, runs, tmp_path) for _ in range(6)]
    assert [each.problem for each in opened] == [""] * 6
    assert any(each.painted for each in opened)
