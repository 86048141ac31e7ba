"""What becomes of a file that the infra loop wants in a project, and why; nothing is written here.

A file belongs to whoever changed it last. What we wrote last is the base of a merge of three; without one, and with
another content than ours, a file is the person's and stays.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path, PurePosixPath

from msgspec import Struct

from loop_tui.fs.limits import Limit
from loop_tui.fs.plain import NotPlain, read_plain
from loop_tui.model.diff_lines import diff_lines
from loop_tui.model.problem import Problem
from loop_tui.model.text import one_line
from loop_tui.services.git.merge_file import merge_texts

TEXT = Limit(1024 * 1024, "file of the platform")
_NEVER = frozenset({".git", ".hg", ".svn"})


class PlannedFile(Struct, frozen=True):
    """A file that is wanted: its path from the project folder with `/`, its text with `\\n`, and why."""

    path: str
    text: str
    why: str
    executable: bool = False


class FileStanding(StrEnum):
    """How a wanted file stands to what lies there."""

    NEW = "new"
    """Nothing lies there."""
    SAME = "same"
    """It has the text already."""
    UPDATE = "update"
    """It is as we wrote it last, and we want another text now."""
    MERGE = "merge"
    """A person changed it since, elsewhere than we do now: both can be had."""
    CONFLICT = "conflict"
    """A person changed it since, in the same places."""
    KEPT = "kept"
    """A person changed it since, and we want nothing else than before."""
    REMOVED = "removed"
    """A person removed it since."""
    FOREIGN = "foreign"
    """It is not ours."""
    UNUSABLE = "unusable"
    """It cannot be read, or must not be written; `note` says why."""


OFFERED = frozenset({FileStanding.NEW, FileStanding.UPDATE, FileStanding.MERGE})
"""What is written unless a person says no."""
ON_REQUEST = frozenset({FileStanding.FOREIGN, FileStanding.REMOVED})
"""What is written only when a person says so."""


class FileStep(Struct, frozen=True):
    """What becomes of one file. `before` is None where nothing lies there; `after` is what would be written.

    Of a conflict `after` shows both variants between marks, and is never written.
    """

    wanted: PlannedFile
    standing: FileStanding
    before: bytes | None = None
    after: bytes = b""
    conflicts: int = 0
    note: str = ""

    @property
    def path(self) -> str:
        """The path of the file from the project folder."""
        return self.wanted.path

    def diff(self) -> tuple[str, ...]:
        """The change as lines of a diff, for people; empty where nothing would be written or shown."""
        if self.standing in (FileStanding.SAME, FileStanding.KEPT, FileStanding.UNUSABLE):
            return ()
        return diff_lines(_text(self.before or b""), _text(self.after), self.path)


async def plan_files(project: Path, wanted: Iterable[PlannedFile], written: Mapping[str, str]) -> tuple[FileStep, ...]:
    """The steps by path. `written` has the text that we wanted when a file of ours was written last.

    Raises Problem where two texts are wanted for one path, or git is needed for a merge and is missing.
    """
    files: dict[str, PlannedFile] = {}
    for each in wanted:
        if files.setdefault(each.path, each).text != each.text:
            raise ValueError(f"two texts for {each.path}")
    return tuple([await _step(project, files[path], written.get(path)) for path in sorted(files)])


async def _step(project: Path, wanted: PlannedFile, base: str | None) -> FileStep:
    if why := unusable(project, wanted.path):
        return FileStep(wanted, FileStanding.UNUSABLE, note=why)
    new = wanted.text.encode()
    try:
        before = read_plain(project / wanted.path, TEXT)
    except FileNotFoundError:
        removed = base is not None
        return FileStep(wanted, FileStanding.REMOVED if removed else FileStanding.NEW, after=new)
    except OSError as error:
        words = error.strerror if isinstance(error, NotPlain) else f"cannot be read: {error.strerror}"
        return FileStep(wanted, FileStanding.UNUSABLE, note=one_line(words or str(error), 200))
    try:
        there = before.decode("utf-8")
    except UnicodeDecodeError:
        return FileStep(wanted, FileStanding.UNUSABLE, before, note="is not UTF-8 text")
    return await _beside(wanted, base, before, there)


async def _beside(wanted: PlannedFile, base: str | None, before: bytes, there: str) -> FileStep:
    """The step of a file that lies there as text. Its line ends stay what they are."""
    end, current = _line_end(there), there.replace("\r\n", "\n")
    new = _with_ends(wanted.text, end)
    if current == wanted.text:
        return FileStep(wanted, FileStanding.SAME, before, before)
    if _with_ends(current, end) != before:
        # Ends of both kinds: made alike, lines would change that nobody meant.
        return FileStep(wanted, FileStanding.UNUSABLE, before, note="has line ends of two kinds: make them alike")
    if base is None:
        return FileStep(wanted, FileStanding.FOREIGN, before, new)
    if base == wanted.text:
        return FileStep(wanted, FileStanding.KEPT, before, before)
    if current == base:
        return FileStep(wanted, FileStanding.UPDATE, before, new)
    try:
        merged = await merge_texts(base, current, wanted.text, ("what was written last", "yours", "what is wanted now"))
    except Problem as problem:
        return FileStep(wanted, FileStanding.UNUSABLE, before, note=f"cannot be merged: {problem.what}")
    if merged.conflicts:
        return FileStep(wanted, FileStanding.CONFLICT, before, _with_ends(merged.text, end), merged.conflicts)
    after = _with_ends(merged.text, end)
    # The person made the same change by hand.
    return FileStep(wanted, FileStanding.SAME if after == before else FileStanding.MERGE, before, after)


def unusable(project: Path, path: str) -> str:
    """Why nothing may be written at a path: out of the project, through a link, into version control; empty if it may.

    A path comes from our own templates and from answers: it is not trusted either.
    """
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\0" in path or "\\" in path or not path.isprintable():
        return "is not a path inside the project"
    if _NEVER.intersection(part.lower() for part in parts):
        return "belongs to version control"
    place = project
    for part in parts[:-1]:
        place /= part
        if place.is_symlink():
            return f"{one_line(str(place.relative_to(project)), 100)} is a link"
        if place.exists() and not place.is_dir():
            return f"{one_line(str(place.relative_to(project)), 100)} is not a folder"
    return "is a link" if (place / parts[-1]).is_symlink() else ""


def _line_end(text: str) -> str:
    return "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"


def _with_ends(text: str, end: str) -> bytes:
    return text.replace("\n", end).encode()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\r\n", "\n")
