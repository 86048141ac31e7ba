"""Which files of a project are documents: Markdown at its top, below `docs` and `.claude/docs`, and in `.claude`.

Links are never followed, folders of programs are passed over, and a project that is too large is looked at in part.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from loop_tui.model.docs.known import MADE

ROOTS = (".claude/docs", "docs")
"""The folders that have an index."""
_BESIDE = ("", ".claude")
_ENDINGS = ("md", "markdown")
_HISTORY = frozenset({"changelog", "changes", "history", "news", "releases", "release-notes"})
"""What was so once is what these tell."""
MOST_FILES = 50_000
MOST_DOCUMENTS = 2000
_DEEPEST = 20


class ProjectFiles(Struct, frozen=True):
    """The files of a project by their paths from the top, without what programs make; `is_cut` says that more exist."""

    paths: tuple[str, ...]
    is_cut: bool = False

    def documents(self) -> tuple[str, ...]:
        """Those that are documents."""
        return tuple(path for path in self.paths if is_document(path))

    def named(self) -> dict[str, tuple[str, ...]]:
        """Their paths by their names."""
        found: dict[str, list[str]] = {}
        for path in self.paths:
            found.setdefault(path.rpartition("/")[2], []).append(path)
        return {name: tuple(paths) for name, paths in found.items()}


def is_document(path: str) -> bool:
    """True for the path of a document; a list of changes is none."""
    stem, _, ending = path.rpartition("/")[2].lower().rpartition(".")
    return ending in _ENDINGS and stem.replace("_", "-") not in _HISTORY


def is_ours(path: str) -> bool:
    """True for the path of a document that is looked after."""
    folder = path.rpartition("/")[0]
    return is_document(path) and (folder in _BESIDE or root_of(path) is not None)


def root_of(path: str) -> str | None:
    """The folder with an index that a path lies in, or None."""
    return next((root for root in ROOTS if path.startswith(f"{root}/")), None)


def find_files(top: Path) -> ProjectFiles:
    """The files of a project, by path. Never raises: what may not be read is passed over."""
    found: list[str] = []
    for path in _walk(top):
        if len(found) >= MOST_FILES:
            return ProjectFiles(tuple(sorted(found)), is_cut=True)
        found.append(path)
    return ProjectFiles(tuple(sorted(found)))


def _is_linked(top: Path, root: str) -> bool:
    """True where a link leads to a folder of documents: what it leads to may be another project's."""
    return any((top / part).is_symlink() for part in (root, root.partition("/")[0]))


def _walk(top: Path) -> Iterator[str]:
    """The folders of documents come first, so that they are complete where the whole is not."""
    waiting = [("", 0), *((root, _DEEPEST // 2) for root in reversed(ROOTS) if not _is_linked(top, root))]
    seen: set[str] = set()
    while waiting:
        folder, depth = waiting.pop()
        if folder in seen:
            continue
        seen.add(folder)
        try:
            with os.scandir(top / folder) as entries:
                listed = sorted(
                    (each.name, each.is_dir(follow_symlinks=False), each.is_file(follow_symlinks=False))
                    for each in entries
                )
        except OSError:
            continue
        if folder and any(name == ".git" for name, _, _ in listed):
            continue  # Another repository.
        prefix = f"{folder}/" if folder else ""
        for name, is_folder, is_file in listed:
            if is_file:
                yield f"{prefix}{name}"
            elif is_folder and name not in MADE and depth < _DEEPEST:
                waiting.append((f"{prefix}{name}", depth + 1))
