"""The files of a project, listed once and read within limits (SPEC section 8): no link is followed, nothing blocks.

The list is that of names only: 100,000 of them take a fraction of a second. Contents are read when they are asked for,
once each; what cannot be read is kept with the reason, and reads as nothing.
"""

import os
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from loop_tui.fs.limits import Limit
from loop_tui.fs.plain import read_plain
from loop_tui.model.regex import regex
from loop_tui.model.text import count_of

from .values import FilePlace

MANIFEST_LIMIT = Limit(512 * 1024, "file that is read for detection")
SOURCE_LIMIT = Limit(256 * 1024, "source file that is read for detection")
LONGEST_LINE = 2_000
"""The most characters of a line of a source that is read."""
MOST_MANIFESTS = 500
"""Folders with a manifest that are taken for projects, those that are least deep first."""
MOST_NAMES = 200_000
"""Names that are listed; what lies behind them is not looked at, which is said."""
_SKIPPED = frozenset(
    {
        *("node_modules", "bower_components", "vendor", "target", "dist", "build", "out", "coverage", "site-packages"),
        *(".git", ".hg", ".svn", ".venv", "venv", "__pycache__", ".tox", ".nox", ".mypy_cache", ".ruff_cache"),
        *(".pytest_cache", ".next", ".nuxt", ".turbo", ".cache", ".parcel-cache", ".yarn", ".pnpm-store", ".loop"),
        *(".gradle", ".idea", ".terraform", ".svelte-kit", ".output", "htmlcov"),
    }
)
"""Folders that tools fill: nothing in them was written by the people of the project."""
_LINE_END = regex(r"\n")
_TEMPLATES = ("{{", "{%", "<%")


class ListedFiles:
    """The names of a project's files by folder, and their texts."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.folders: dict[str, list[str]] = {}
        """The names of the plain files in each folder, by its path from the project's; `` is the project's own."""
        self.links: list[str] = []
        self.unread: dict[FilePlace, str] = {}
        """What could not be read, and why."""
        self.is_cut = False
        self._texts: dict[str, str | None] = {}
        self._list()

    def _list(self) -> None:
        """Breadth first, so that a limit takes what is deepest."""
        waiting, left = [""], MOST_NAMES
        for folder in waiting:
            names: list[str] = []
            below: list[str] = []
            try:
                with os.scandir(self.project / folder) as entries:
                    for entry in entries:
                        left -= 1
                        if left < 0:
                            self.is_cut = True
                            break
                        if entry.is_dir(follow_symlinks=False):
                            if entry.name not in _SKIPPED and not is_template(entry.name):
                                below.append(joined(folder, entry.name))
                        elif entry.is_symlink():
                            self.links.append(joined(folder, entry.name))
                        elif entry.is_file(follow_symlinks=False):
                            names.append(entry.name)
            except OSError as error:
                self.unread[FilePlace(folder or ".")] = error.strerror or "it cannot be listed"
            names.sort()
            below.sort()
            self.folders[folder] = names
            waiting += below

    def named(self, ending: str) -> Iterator[str]:
        """The files whose name ends so, those that are least deep first."""
        for folder, names in self.folders.items():
            for name in names:
                if name.endswith(ending):
                    yield joined(folder, name)

    def has(self, folder: str, name: str) -> bool:
        """True when a plain file of that name is in the folder."""
        return name in self.folders.get(folder, ())

    def holding(self, *names: str) -> list[str]:
        """The folders that hold one of these files, at most `MOST_MANIFESTS` of them, which is said."""
        found = [folder for folder, own in self.folders.items() if any(name in own for name in names)]
        if len(found) > MOST_MANIFESTS:
            left = len(found) - MOST_MANIFESTS
            self.unread[FilePlace(names[0])] = f"{count_of(left, 'folder')} with it beyond the limit"
        return found[:MOST_MANIFESTS]

    def text(self, path: str, limit: Limit = MANIFEST_LIMIT) -> str | None:
        """The text of a file; None where it cannot be read, which is kept in `unread`."""
        if path not in self._texts:
            self._texts[path] = self._read(path, limit)
        return self._texts[path]

    def _read(self, path: str, limit: Limit) -> str | None:
        try:
            return read_plain(self.project / path, limit).decode("utf-8-sig", "replace")
        except OSError as error:
            self.unread[FilePlace(path)] = error.strerror or "it cannot be read"
            return None


def joined(folder: str, name: str) -> str:
    """The path of a name in a folder, from the project's."""
    return f"{folder}/{name}" if folder else name


def inside(folder: str, path: str) -> str:
    """A path that a file of that folder names, from the project's; empty for one that leads out of it."""
    parts = folder.split("/") if folder else []
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return ""
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "" if path.startswith("/") else "/".join(parts)


def above(folder: str) -> Iterator[str]:
    """The folder and those above it, up to the project's own, which is empty."""
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
    yield ""


def is_template(text: str) -> bool:
    """True for what a generator still has to fill in: `{{ name }}` is no name, and no version."""
    return any(sign in text for sign in _TEMPLATES)


def line_of(text: str, at: int) -> int:
    """The line of a position, from 1."""
    return bisect_left(_line_ends(text), at) + 1


@lru_cache(maxsize=4)
def _line_ends(text: str) -> list[int]:
    """Where the lines of a text end: a source that names a thousand things is counted through once."""
    return [match.start() for match in _LINE_END.finditer(text)]


def without_long_lines(text: str) -> str:
    """A source without the lines that no person writes: what a tool packed into one line is not read."""
    if len(text) <= LONGEST_LINE:
        return text
    lines = text.split("\n")
    if all(len(line) <= LONGEST_LINE for line in lines):
        return text
    return "\n".join(line if len(line) <= LONGEST_LINE else "" for line in lines)
