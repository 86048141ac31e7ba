"""Which files of a repository a package answers for: checks, evidence and commit cover these, and no others (SHIP)."""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from loop_tui.services.toolchains.locks import LOCKS

from .git import ChangedPath, Status


class PackageScope(Struct, frozen=True):
    """A folder of the repository, with a slash at its end, and files beside it; an empty folder is all of it."""

    folder: str = ""
    beside: frozenset[str] = frozenset()

    def holds(self, path: str) -> bool:
        """True for a path, from the repository's top, that the package answers for."""
        if not self.folder or path.startswith(self.folder) or path in self.beside:
            return True
        place = PurePosixPath(path)
        return place.name in LOCKS and (str(place.parent) == "." or self.folder.startswith(f"{place.parent}/"))

    def split(self, status: Status) -> tuple[Status, tuple[ChangedPath, ...]]:
        """What a status says of these files, and every other change; a file that is not tracked has the letter `?`.

        A file that was moved over the border is a new one on the one side and gone on the other.
        """
        if not self.folder:
            return status, ()
        staged, out_staged = self._parted(status.staged)
        unstaged, out_unstaged = self._parted(status.unstaged)
        untracked = tuple(path for path in status.untracked if self.holds(path))
        others = tuple(ChangedPath(path, "?") for path in status.untracked if not self.holds(path))
        inside = replace(
            status,
            staged=staged,
            unstaged=unstaged,
            untracked=untracked,
            unknown=tuple(entry for entry in status.unknown if self.holds(entry.path)),
        )
        found = {entry.path: entry for entry in (*out_staged, *out_unstaged, *others)}
        return inside, tuple(entry for _, entry in sorted(found.items()))

    def _parted(self, entries: Iterable[ChangedPath]) -> tuple[tuple[ChangedPath, ...], tuple[ChangedPath, ...]]:
        inside, outside = [], []
        for entry in entries:
            here, from_here = self.holds(entry.path), bool(entry.original) and self.holds(entry.original)
            if entry.original and here != from_here:
                moved = ChangedPath(entry.path, "A")
                gone = [ChangedPath(entry.original, "D")] if entry.code == "R" else []
                inside += [moved] if here else gone
                outside += gone if here else [moved]
            else:
                (inside if here else outside).append(entry)
        return tuple(inside), tuple(outside)


WHOLE = PackageScope()
"""All of the repository."""


def package_folder(project: Path, root: Path) -> str:
    """The folder of the repository that a project is: `packages/demo`; empty when it is the repository's top."""
    inner = project.resolve().relative_to(root.resolve()).as_posix()
    return "" if inner == "." else inner


def scope_of(project: Path, root: Path, written: Iterable[str] = ()) -> PackageScope:
    """What the package in a folder answers for: that folder, the locks of the folders above, and what its run wrote.

    `written` are the run's files wherever they lie, from the repository's top: those of other packages that it raised
    a range in are its own, too.
    """
    inside = project.resolve().is_relative_to(root.resolve())
    folder = package_folder(project, root) if inside else ""
    return PackageScope(f"{folder}/", frozenset(written)) if folder else WHOLE
