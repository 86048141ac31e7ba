"""The documents of a run as they lie there now: in the run folder, else in the project (SPEC section 2)."""

import hashlib
from pathlib import Path

from loop_tui.fs.plain import read_plain
from loop_tui.model.evidence import Deliverable
from loop_tui.model.names import deliverable_names

DELIVERABLES = "deliverables"
_LARGEST_BYTES = 64 * 1024 * 1024


def find_deliverable(run_dir: Path, project: Path, name: str) -> Deliverable | None:
    """The document of that name, or of another name for it; None when it is missing, empty, or no plain file.

    A link counts where it leads to a file inside the project.
    """
    for known in deliverable_names(name):
        if Path(known).is_absolute() or ".." in Path(known).parts:
            continue
        for path, shown in ((run_dir / DELIVERABLES / known, f"{DELIVERABLES}/{known}"), (project / known, known)):
            data = _content(path, project)
            if data:
                digest = hashlib.sha256(data).hexdigest()
                return Deliverable(name=name, path=shown, size_bytes=len(data), sha256=digest)
    return None


def _content(path: Path, project: Path) -> bytes:
    try:
        real = path.resolve()
        return read_plain(real, _LARGEST_BYTES) if real.is_relative_to(project.resolve()) else b""
    except (OSError, ValueError, RuntimeError):
        return b""
