"""Which of the files that git ignores belong into the package: those that npm packs where the project lies.

Mostly package.json tells. Where it may not, npm is asked: it reads no excludes but `.gitignore` and `.npmignore`, of
which one in a folder takes the place of the other, and packs some files whatever they say.
"""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from loop_tui.fs.paths import is_state_name
from loop_tui.services.git import git
from loop_tui.services.toolchains.npm import Package
from loop_tui.services.toolchains.would_pack import would_pack

_RULES = (".npmignore", ".gitignore")
_NEVER = frozenset({"node_modules", ".git", ".loop"})
_NO_PART = frozenset({"coverage"})
_NO_PART_ENDS = (".log", ".tgz", ".tsbuildinfo")


async def ignored_here(root: Path, inner: str) -> tuple[str, ...]:
    """What git ignores below the project's folder and a package may hold; as `git.ignored` names it.

    Of what only the person's own excludes hide nothing with a dot before its name: there lie their editors' files.
    """
    shared, every = await asyncio.gather(git.ignored(root), git.ignored(root, personal=True))
    found = (*shared, *(entry for entry in every if not any(part.startswith(".") for part in entry.split("/"))))
    return tuple(dict.fromkeys(e for e in found if e.startswith(inner) and not is_never_packed(e, inner)))


def is_never_packed(path: str, inner: str) -> bool:
    """True for what is part of no package: installed packages, git's folder, and the files of runs."""
    own = path.removeprefix(inner)
    return not _NEVER.isdisjoint(own.split("/")) or is_state_name(own)


def is_npm_to_be_asked(package: Package, ignored: Iterable[str], known: Iterable[str]) -> bool:
    """True when something that git ignores could be packed, and is not among what package.json tells to be."""
    beginnings = tuple(known)
    named = isinstance(package.document.get("files"), list)
    for entry in ignored:
        path = entry.rstrip("/")
        name = path.rpartition("/")[2]
        if any(path == each or path.startswith(f"{each}/") for each in beginnings):
            continue
        if not (named and (name.startswith(".") or name in _NO_PART or name.endswith(_NO_PART_ENDS))):
            return True
    return False


async def listed_by_npm(package: Package, inner: str) -> tuple[str, ...]:
    """What npm would pack as the project lies there, from the repository's top; nothing where npm does not tell."""
    found = await would_pack(package)
    paths = (f"{inner}{path}" for path, _ in found.files) if found else ()
    return tuple(path for path in paths if not is_never_packed(path, inner))


def ignored_among(paths: Iterable[str], ignored: Iterable[str]) -> tuple[str, ...]:
    """Those of the paths that are ignored, or lie in an ignored folder."""
    entries = tuple(ignored)
    folders, plain = tuple(entry for entry in entries if entry.endswith("/")), frozenset(entries)
    return tuple(path for path in paths if path in plain or path.startswith(folders))


def ignored_rules(ignored: Iterable[str]) -> tuple[str, ...]:
    """The files that say what is packed, where git ignores them."""
    return tuple(path for path in ignored if Path(path).name in _RULES)
