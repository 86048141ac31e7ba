"""Finding the state files below some folders, without going where no project keeps one (SCREEN "Home")."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from loop_tui.fs.demo import MARKER, is_made_here, is_other_demo
from loop_tui.fs.paths import is_state_name

DEPTH = 4
"""How many folders below a watched one are looked into."""

MOST_FOLDERS = 50_000
"""How many folders are looked into at most: a wrong folder such as `/` must not take for ever."""

IGNORED = frozenset(
    {
        "node_modules", "bower_components", "vendor", "venv", "env", "__pycache__", "target", "dist", "build", "out",
        "coverage", "site-packages",
    }
)  # fmt: skip
"""Names of folders that hold what was installed or built. Hidden folders are left out as well."""


class Finder(Struct):
    """Looks for state files below `roots`. Called again and again, it is the `folders` that `watch` asks for.

    `full` says that the last look was cut off at `MOST_FOLDERS`, and `looked` which folders it went into.
    """

    roots: tuple[Path, ...]
    depth: int = DEPTH
    files: frozenset[Path] = frozenset()
    full: bool = False
    looked: frozenset[Path] = frozenset()

    def __call__(self) -> frozenset[Path]:
        """Look, and give the folders worth watching: those with a state file, and those that may get one."""
        files: set[Path] = set()
        folders: set[Path] = set(self.roots)
        looked: set[Path] = set()
        self.full = False
        for count, (folder, found, below) in enumerate(walk(self.roots, self.depth)):
            files |= found
            looked.add(folder)
            # A folder that holds other folders is where a project may appear; a leaf without a file is none of it.
            if found or below:
                folders.add(folder)
            if count >= MOST_FOLDERS:
                self.full = True
                break
        self.files, self.looked = frozenset(files), frozenset(looked)
        return frozenset(folders)

    def looks_into(self, folder: Path) -> bool:
        """True for the path of a folder that the next look goes into, if it is a folder."""
        for root in self.roots:
            if folder.is_relative_to(root):
                below = folder.relative_to(root).parts
                return len(below) <= self.depth and not any(name[:1] == "." or name in IGNORED for name in below)
        return False


def walk(roots: Iterable[Path], depth: int) -> Iterator[tuple[Path, set[Path], bool]]:
    """Each folder with its state files, and whether folders below it are looked into; nearest first.

    Links to folders are not followed, so that no folder is met twice; what cannot be read is left out, and so is a
    demo of this person below a root: it is nobody's work. A root is named by a person, and never left out.
    """
    named = level = list(dict.fromkeys(roots))
    for left in range(depth, -1, -1):
        deeper: list[Path] = []
        for folder in level:
            files, below = _entries(folder, demo=level is named)
            yield folder, files, bool(below) and left > 0
            deeper += below
        level = deeper


def _entries(folder: Path, *, demo: bool) -> tuple[set[Path], list[Path]]:
    """State files and folders in a folder; with `demo` also in that of a demo."""
    files: set[Path] = set()
    below: list[Path] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name == MARKER and not demo and is_other_demo(folder) and is_made_here(folder):
                    return set(), []
                if is_state_name(entry.name):
                    files.add(folder / entry.name)
                elif entry.name[:1] != "." and entry.name not in IGNORED and entry.is_dir(follow_symlinks=False):
                    below.append(folder / entry.name)
    except OSError:
        pass
    return files, sorted(below)
