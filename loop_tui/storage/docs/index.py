"""The index between its two comments (SPEC section 7): every other byte of the document stays."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from loop_tui.fs.atomic import replace_if, revision
from loop_tui.fs.folder_lock import lock_folder
from loop_tui.model.docs.aligned import DocEdit
from loop_tui.model.docs.document import MarkdownDocument
from loop_tui.model.docs.listing import listing
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex

from .alignment import ProjectDocuments, Unread, read_text
from .places import root_of

BEGIN = "<!-- loop-tui docs index -->"
END = "<!-- /loop-tui docs index -->"
_LINES = regex(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_FENCE = regex(r" {0,3}(`{3,}|~{3,})([^\r\n]*)[\r\n]*")


class IndexEdits(Struct, frozen=True):
    """The documents with an index, and what changes in them; an index that is right has no edit."""

    places: tuple[str, ...]
    edits: tuple[DocEdit, ...]
    problems: tuple[Problem, ...]


def index_edits(found: ProjectDocuments, read: Callable[[Path], str] = read_text) -> IndexEdits:
    """What changes in the indexes of a project, whose texts `read` gives. Nothing is written; never raises."""
    places: list[str] = []
    edits: list[DocEdit] = []
    problems: list[Problem] = []
    if found.is_cut:
        what = "the project has too many documents for an index"
        return IndexEdits((), (), (Problem(what, str(found.top), code=Code.FILE_INVALID),))
    for document in found.documents:
        root = root_of(document.path)
        if root is None or document.path.count("/") != root.count("/") + 1:
            continue
        try:
            text = read(found.top / document.path)
            after = with_index(text, document.path, _below(found.documents, root))
        except Problem as problem:
            problems.append(problem)
            continue
        except (Unread, FileNotFoundError):  # It was changed just now.
            continue
        if after is not None:
            places.append(document.path)
            edits += [DocEdit(document.path, text, after)] if after != text else []
    return IndexEdits(tuple(places), tuple(edits), tuple(problems))


def with_index(text: str, path: str, documents: Iterable[MarkdownDocument]) -> str | None:
    """The text with an index of these documents between the comments; None where it has none of them.

    Raises Problem where a comment has no counterpart, or there is more than one pair.
    """
    marks = list(_marks(text))
    if not marks:
        return None
    if [is_end for is_end, _, _, _ in marks] != [False, True]:
        todo = f"keep one line {BEGIN} and one line {END} below it"
        raise Problem("the index needs two comments", f"{path}:{marks[0][3]}", todo, code=Code.FILE_INVALID)
    (_, _, start, _), (_, end, _, _) = marks
    line_end = "\r\n" if text[:start].endswith("\r\n") else "\r" if text[:start].endswith("\r") else "\n"
    return text[:start] + "".join(f"{line}{line_end}" for line in listing(documents, path)) + text[end:]


def _marks(text: str) -> Iterator[tuple[bool, int, int, int]]:
    """The comments that stand alone on a line outside of fences: whether it ends the index, its place, its line."""
    at, number, fence = 0, 0, ""
    while at < len(text):
        found = _LINES.match(text, at)
        assert found is not None
        number += 1
        line = found[0].rstrip()
        opened = _FENCE.fullmatch(found[0])
        if fence:
            closes = opened is not None and opened[1].startswith(fence) and not opened[2].strip()
            fence = "" if closes else fence
        elif opened is not None and not (opened[1][0] == "`" and "`" in opened[2]):
            fence = opened[1]
        elif line in (BEGIN, END):
            yield line == END, at, found.end(), number
        at = found.end()


def _below(documents: Iterable[MarkdownDocument], root: str) -> tuple[MarkdownDocument, ...]:
    return tuple(document for document in documents if document.path.startswith(f"{root}/"))


def write_edit(top: Path, edit: DocEdit) -> None:
    """Write an edit, durably, unless the document has changed since it was read. Raises Problem."""
    path = top / edit.path
    try:
        unlock = lock_folder(path.parent)
    except OSError as error:
        raise Problem(f"cannot be written: {error.strerror}", str(path), code=Code.NOT_WRITABLE) from error
    if unlock is None:
        raise Problem("another process edits it", str(path), "try again", code=Code.STATE_BUSY)
    try:
        before, after = (text.encode("utf-8", "surrogateescape") for text in (edit.before, edit.after))
        if not replace_if(path, after, revision(before)):
            raise Problem("changed while it was edited", str(path), "try again", code=Code.STATE_BUSY)
    finally:
        unlock()
