"""Lists of archived runs, for faces that know no storage. Nothing heavy is imported here."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from loop_tui.storage.archive.filters import Filters as Filters
from loop_tui.storage.archive.filters import searched as searched
from loop_tui.storage.archive.listing import FEW as FEW
from loop_tui.storage.archive.listing import Listed as Listed
from loop_tui.storage.archive.listing import count_runs as count_runs
from loop_tui.storage.archive.listing import list_runs as list_runs

if TYPE_CHECKING:
    from loop_tui.storage.archive.grep import Grepped as Grepped
    from loop_tui.storage.archive.grep import Hit as Hit


def grep_runs(home: Path, text: str, limit: int, *, of_each: int, progress: Callable[[int, int], None]) -> "Grepped":
    """The first lines with a text, whatever its capital letters (`storage.archive.grep`). Raises Problem."""
    from loop_tui.storage.archive.grep import grep_runs

    return grep_runs(home, text, limit=limit, ignore_case=True, of_each=of_each, progress=progress)


def index_sizes(home: Path) -> tuple[int, int]:
    """How many entries the index of the archive has, and about how many it misses; 0 where there can be no index."""
    try:
        from loop_tui.storage.archive.index_building import index_sizes
    except ImportError:
        return 0, 0  # A Python without SQLite.
    return index_sizes(home)


def keep_index_open() -> None:
    """From now on the index of the archive stays open between two questions."""
    try:
        from loop_tui.storage.archive.index_file import keep_index_open
    except ImportError:
        return  # A Python without SQLite.
    keep_index_open()
