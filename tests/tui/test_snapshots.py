"""Pictures of every screen at the sizes that are designed, compared with the ones that were looked at (SCREEN).

`pytest tests/tui/test_snapshots.py --snapshot-update` takes them anew; look at them before they are kept.
"""

from pathlib import Path
from typing import Any

import pytest

from .scenes import PLACES, SCENES, app_of, bring, go_to, place_app

SIZES = ((80, 24), (120, 40))
EDGES = ((200, 60), (50, 12))
"""The most and the least room there is. Only the cockpit has another form there: a preview, and one pane at a time."""

COCKPIT = (
    "idle",
    "running",
    "gate-waits",
    "gate-open",
    "failed",
    "blocked",
    "complete",
    "elsewhere",
    "quiet",
    "elsewhere-gate",
)


def _id(value: object) -> str:
    return f"{value[0]}x{value[1]}" if isinstance(value, tuple) else str(value)


@pytest.fixture(autouse=True)
def fixed_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that stands on the screen is the same one every time; nothing is there."""
    monkeypatch.setenv("XDG_CONFIG_HOME", "/nowhere")


@pytest.mark.parametrize(
    ("name", "size"),
    [*((name, size) for name in PLACES for size in SIZES), ("eleven", EDGES[0]), ("dream", EDGES[0])],
    ids=_id,
)
def test_other_screens_look_as_they_did(snap_compare: Any, tmp_path: Path, name: str, size: tuple[int, int]) -> None:
    place = PLACES[name]
    assert snap_compare(place_app(place, tmp_path / "runs"), terminal_size=size, run_before=go_to(name, place))


@pytest.mark.parametrize(
    ("name", "size"),
    [(name, size) for name in SCENES for size in (*SIZES, *(EDGES if name in COCKPIT else ()))],
    ids=_id,
)
def test_it_looks_as_it_did(snap_compare: Any, tmp_path: Path, name: str, size: tuple[int, int]) -> None:
    scene = SCENES[name]
    app = app_of(scene, tmp_path / "widget-gauge")
    assert snap_compare(app, terminal_size=size, run_before=bring(scene))
