"""The short form of `make soak`."""

from pathlib import Path

import pytest

from tests.soak import soak


@pytest.mark.parametrize("seed", range(2))
async def test_random_keys_break_nothing_and_decide_nothing_by_chance(tmp_path: Path, seed: int) -> None:
    done = await soak(seed, tmp_path, keys=250)
    assert len(done.pressed) >= 1
    assert {"HomeScreen"} <= done.screens
