"""The texts in the folder of an archived run: its deliverables, journal and logs, as a person may see them."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from loop_tui.fs.plain import read_start
from loop_tui.model.secrets import mask
from loop_tui.model.text import clean

MOST_BYTES = 4 * 1024 * 1024
"""So much of a file is searched: what a log says beyond it is not found."""
MOST_FILES = 1_000
"""So many files of a run are searched, those first that come first by name."""
MOST_RUN_BYTES = 32 * 1024 * 1024
"""So much of a run is searched."""
_STATE = "state.json"


class RunText(NamedTuple):
    """A text by its path in the folder, cleaned, secrets masked, line by line."""

    name: str
    lines: list[str]


def documents(folder: Path) -> Iterator[RunText]:
    """Every text of a run. Links, hidden files, its state file and what is no text are passed over."""
    left = MOST_RUN_BYTES
    for name in sorted(_names(folder))[:MOST_FILES]:
        if left > 0 and (found := document(folder, name)):
            left -= sum(map(len, found.lines))
            yield found


def document(folder: Path, name: str) -> RunText | None:
    """One of them; None for what is no text, is gone, or cannot be read."""
    try:
        data = read_start(folder / name, MOST_BYTES)
    except (OSError, ValueError):
        return None
    if not data or b"\0" in data:
        return None
    return RunText(name, mask(clean(data.decode("utf-8", "replace"))).split("\n"))


def _names(folder: Path) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(place, name)
            if name.startswith(".") or name.endswith(_STATE) or not _is_plain(path):
                continue
            yield str(path.relative_to(folder))


def _is_plain(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False
