"""The documents of a run as they lie there now: in the run folder, else in the project (SPEC section 2)."""

import hashlib
from pathlib import Path

from loop_tui.fs.limits import DELIVERABLE, PACKED
from loop_tui.fs.plain import digest_of, read_plain
from loop_tui.model.evidence import Deliverable
from loop_tui.model.names import deliverable_names
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secret_files import looks_secret
from loop_tui.model.text import one_line

DELIVERABLES = "deliverables"


def find_deliverable(run_dir: Path, project: Path, name: str) -> Deliverable | None:
    """The document of that name, or of another name for it; None when it is missing, empty, or no plain file.

    In the project a link counts where it leads to a file inside of it; in the run folder none does.
    """
    for known in deliverable_names(name):
        if Path(known).is_absolute() or ".." in Path(known).parts:
            continue
        ours, theirs = run_dir / DELIVERABLES / known, project / known
        for data, shown in ((_own(ours), f"{DELIVERABLES}/{known}"), (_of_project(theirs, project), known)):
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
        raise Problem("is not a plain path", name, todo, code=Code.PATH_UNSAFE)
    try:
        real = path.resolve(strict=True)
        root = project.resolve()
        if not real.is_relative_to(root):
            raise Problem("leads out of the project", name, "remove the link", code=Code.PATH_UNSAFE)
        for each in (Path(name), real.relative_to(root)):
            _refuse_hidden(each, name)
        digest, size = digest_of(real, PACKED)
    except (OSError, RuntimeError) as error:
        what = getattr(error, "strerror", None) or str(error)
        raise Problem(f"cannot be read: {what}", name, code=Code.FILE_UNREADABLE) from error
    if not size:
        raise Problem("is empty", name, "write it first", code=Code.DELIVERABLE_MISSING)
    return Deliverable(name=Path(name).name, path=Path(name).as_posix(), size_bytes=size, sha256=digest)


def _refuse_hidden(inner: Path, name: str) -> None:
    """Raise Problem for what git keeps, and for a file whose name says that it holds a secret."""
    if any(part.casefold() == ".git" for part in inner.parts):
        raise Problem("belongs to git", one_line(name), "name a file of the project", code=Code.PATH_UNSAFE)
    if looks_secret(inner.as_posix()):
        todo = "name a file that may be shown and archived"
        raise Problem("looks like a file with secrets", one_line(name), todo, code=Code.PATH_UNSAFE)


def _own(path: Path) -> bytes:
    try:
        return read_plain(path, DELIVERABLE)
    except OSError:
        return b""


def _of_project(path: Path, project: Path) -> bytes:
    try:
        real = path.resolve()
        return read_plain(real, DELIVERABLE) if real.is_relative_to(project.resolve()) else b""
    except (OSError, ValueError, RuntimeError):
        return b""
