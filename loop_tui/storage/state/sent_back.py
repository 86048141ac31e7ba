"""The documents of a gate as they were when changes were asked for: the next ones are compared with them."""

import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from loop_tui.fs.atomic import write_atomic
from loop_tui.fs.limits import DELIVERABLE
from loop_tui.fs.paths import SENT_BACK
from loop_tui.fs.plain import read_plain

from .deliverables import DELIVERABLES, find_deliverable


def documents_now(run_dir: Path, project: Path, names: Iterable[str]) -> dict[str, bytes]:
    """What stands in the documents of these names, of those that can be read."""
    found: dict[str, bytes] = {}
    for name in names:
        entry = find_deliverable(run_dir, project, name)
        if entry is None:
            continue
        folder = run_dir if entry.path.startswith(f"{DELIVERABLES}/") else project
        with contextlib.suppress(OSError):
            found[name] = read_plain((folder / entry.path).resolve(), DELIVERABLE)
    return found


def keep_sent_back(run_dir: Path, documents: Mapping[str, bytes]) -> None:
    """Keep them in the run folder, in place of those of an earlier time. What cannot be written is not kept."""
    for name, data in documents.items():
        path = run_dir / SENT_BACK / DELIVERABLES / name
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(path, data)
