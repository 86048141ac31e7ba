"""The documents of a project read and held against what exists (SPEC section 7): nothing is written here.

Bounded whatever lies there: the number of files and documents, their size, all of it together.
"""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from time import monotonic

from msgspec import Struct

from loop_tui.fs.limits import DOCUMENT
from loop_tui.fs.plain import NotPlain, read_plain
from loop_tui.model.docs.ages import too_old
from loop_tui.model.docs.aligned import Alignment
from loop_tui.model.docs.document import DocFinding, FindingKind, MarkdownDocument
from loop_tui.model.docs.judging import findings
from loop_tui.model.text import one_line

from .places import MOST_DOCUMENTS, ProjectFiles, find_files, is_ours
from .project import known_of
from .reading import read_document

_MOST_BYTES = 8 * 1024 * 1024
_MOST_FINDINGS = 5000
_MOST_SECONDS = 30.0
"""Between documents: one of brackets alone takes as long as a hundred others."""
Changed = Callable[[tuple[str, ...]], Mapping[str, date]]
"""When documents were last changed, by git; a path that it does not name is taken from its file."""


class ProjectDocuments(Struct, frozen=True):
    """The documents of a project. `unread` says of some why they could not be read; `is_cut`, that more exist."""

    top: Path
    files: ProjectFiles
    documents: tuple[MarkdownDocument, ...]
    unread: tuple[DocFinding, ...]
    is_cut: bool = False


class Unread(Exception):
    """A document that cannot be read, and why."""


FileStamp = tuple[int, ...]
"""What tells a file from what it was before: times of content and of the file in ns, bytes, number."""
ParsedFiles = dict[str, tuple[FileStamp, MarkdownDocument]]
"""Documents by their paths, each with the stamp of the file that it was read from."""


def read_documents(top: Path, before: ParsedFiles | None = None) -> ProjectDocuments:
    """The documents of a project. What `before` has is not read again, and it keeps what is read. Never raises."""
    parsed = {} if before is None else before
    files = find_files(top)
    ours = [path for path in files.paths if is_ours(path)]
    read: list[MarkdownDocument] = []
    unread: list[DocFinding] = []
    left, late = _MOST_BYTES, False
    began = monotonic()
    for path in ours[:MOST_DOCUMENTS]:
        if late := monotonic() - began > _MOST_SECONDS:
            break
        try:
            stamp = stamp_of(top / path)
            if path not in parsed or parsed[path][0] != stamp:
                parsed[path] = stamp, _parsed(read_text(top / path), path)
            left -= stamp[2]
            if left < 0:
                break
            read.append(parsed[path][1])
        except FileNotFoundError:
            continue
        except Unread as why:
            unread.append(DocFinding(path, 1, FindingKind.UNREAD, "", str(why)))
    is_cut = files.is_cut or late or left < 0 or len(ours) > MOST_DOCUMENTS
    return ProjectDocuments(top, files, tuple(read), tuple(unread), is_cut)


def align(
    found: ProjectDocuments,
    home: Path,
    today: date,
    commands: frozenset[str] | None = None,
    changed: Changed = lambda _: {},
) -> Alignment:
    """What is stale in documents. `home` is the folder of archives, `commands` those of loop-tui. Never raises."""
    anchors = {document.path: document.anchors for document in found.documents}

    def anchors_of(path: str) -> frozenset[str] | None:
        if path not in anchors:
            try:
                anchors[path] = _parsed(read_text(found.top / path), path).anchors
            except (FileNotFoundError, Unread):
                return None
        return anchors[path]

    known = known_of(found.top, found.files, home, anchors_of, commands)
    dates = changed(tuple(document.path for document in found.documents))
    stale = list(found.unread)
    for document in found.documents:
        if len(stale) > _MOST_FINDINGS:
            break
        # Where not all files are known, one of that name may be among the others.
        said = (each for each in findings(document, known) if not (found.is_cut and each.kind is FindingKind.PATH))
        stale += said
        old = too_old(document, dates.get(document.path) or _written(found.top / document.path), today)
        stale += [old] if old is not None else []
    is_cut = found.is_cut or len(stale) > _MOST_FINDINGS
    return Alignment(tuple(sorted(stale)[:_MOST_FINDINGS]), len(found.documents) + len(found.unread), is_cut)


def stamp_of(path: Path) -> FileStamp:
    """The stamp of a file that is there. Raises FileNotFoundError."""
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        raise FileNotFoundError(str(path)) from None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def read_text(path: Path) -> str:
    """The text of a document; bytes that are no UTF-8 stay what they are when it is written again.

    Raises FileNotFoundError where it is gone, and Unread.
    """
    try:
        data = read_plain(path, DOCUMENT)
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(str(path)) from None
    except NotPlain as error:
        raise Unread(one_line(error.strerror or str(error), 200)) from None
    except OSError as error:
        raise Unread(f"cannot be read: {one_line(error.strerror or str(error), 200)}") from None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unread("is UTF-16, not UTF-8: save it as UTF-8")
    return data.decode("utf-8", "surrogateescape")


def _parsed(text: str, path: str) -> MarkdownDocument:
    try:
        return read_document(text, path)
    except RecursionError:
        raise Unread("is nested too deeply") from None


def _written(path: Path) -> date | None:
    try:
        return datetime.fromtimestamp(os.lstat(path).st_mtime, UTC).date()
    except (OSError, OverflowError, ValueError):
        return None
