"""The sample project as somebody's own: without the mark of a demo, which has a home of its own."""

from pathlib import Path

from loop_tui.fs.demo import MARKER
from loop_tui.packs.ship.sample import SampleProject, make_sample


def own_sample(folder: Path) -> SampleProject:
    """The sample project in a new folder."""
    made = make_sample(folder, say=lambda _: None)
    (folder / MARKER).unlink()
    return made
