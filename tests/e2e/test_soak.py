"""The short form of `make soak`."""

from pathlib import Path

import pytest

from tests.soak import soak


@pytest.mark.parametrize("seed", [1, pytest.param(4, marks=pytest.mark.long)])
def test_random_keys_break_nothing_and_decide_nothing_by_chance(tmp_path: Path, seed: int) -> None:
    done = soak(seed, tmp_path, keys=400)
    assert done.pressed
    assert done.screens
