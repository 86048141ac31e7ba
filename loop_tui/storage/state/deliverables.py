"""The documents of a run as they lie there now: in the run folder, else in the project (SPEC section 2)."""

import hashlib
from pathlib import Path

from loop_tui.fs.limits import DELIVERABLE
from loop_tui.fs.plain import open_plain, read_plain
from loop_tui.model.evidence import Deliverable
from loop_tui.model.names import deliverable_names
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

DELIVERABLES = "deliverables"


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


def project_file(project: Path, name: str) -> Deliverable:
    """The file of the project that somebody names by a plain relative path, with its size and hash.

    Raises Problem for a path that leads out of the project, for what is no file, and for an empty one.
    """
    path = project / name
    if not name or Path(name).is_absolute() or ".." in Path(name).parts or "\0" in name:
        todo = "name a file inside the project, by its path from there"
        raise Problem("is no plain path", name, todo, code=Code.PATH_UNSAFE)
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(project.resolve()):
            raise Problem("leads out of the project", name, "remove the link", code=Code.PATH_UNSAFE)
        with open_plain(real) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except (OSError, RuntimeError) as error:
        what = getattr(error, "strerror", None) or str(error)
        raise Problem(f"cannot be read: {what}", name, code=Code.FILE_UNREADABLE) from error
    if not size:
        raise Problem("is empty", name, "write it first", code=Code.DELIVERABLE_MISSING)
    return Deliverable(name=Path(name).name, path=Path(name).as_posix(), size_bytes=size, sha256=digest)


def _content(path: Path, project: Path) -> bytes:
    try:
        real = path.resolve()
        return read_plain(real, DELIVERABLE) if real.is_relative_to(project.resolve()) else b""
    except (OSError, ValueError, RuntimeError):
        return b""
