"""What is changed beside a package of a repository, and can have a part in what the package's checks find."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from loop_tui.fs.limits import MANIFEST
from loop_tui.fs.plain import read_text
from loop_tui.services.git import git

_MANIFEST = "package.json"
_RANGES = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
_LINKS = ("file:", "link:", "portal:")
# What no build, test or lint of another folder reads.
_TEXTS = frozenset({".md", ".txt", ".rst", ".adoc"})
_PLAIN = ("license", "licence", "changelog", "authors", "notice", "codeowners", ".gitignore", ".mailmap")


@dataclass(frozen=True)
class Dependence:
    """A changed file outside of a package, and why what the package's checks find may rest on it."""

    path: str
    why: str


async def depended_upon(project: Path, root: Path, paths: Sequence[str]) -> tuple[Dependence, ...]:
    """Which of these changed paths, from the repository's top, the package in that folder depends on.

    It does on files of the packages that its package.json names, directly or through others, whether by name or by
    place; on files that lie directly in a folder above it, where tools look for settings; and on what its own files
    name by a relative path.
    """
    folder = PurePosixPath(project.resolve().relative_to(root.resolve()).as_posix())
    tracked = git.fields(await git.ask(root, "ls-files", "-z"))
    places = [PurePosixPath(path).parent for path in tracked if PurePosixPath(path).name == _MANIFEST]
    needed = _needed(root, folder, places)
    reasons = {path: _why(PurePosixPath(path), folder, needed) for path in paths}
    terms = {path: _term(folder, path) for path, why in reasons.items() if not why}
    named = {term for term in set(terms.values()) if await _is_named(root, folder, term)}
    reasons |= {path: f"named in files of {folder.name}" for path, term in terms.items() if term in named}
    return tuple(Dependence(path, why) for path, why in reasons.items() if why)


def _why(path: PurePosixPath, folder: PurePosixPath, needed: Mapping[PurePosixPath, str]) -> str:
    owner = next((place for place in path.parents if place in needed), None)
    if owner is not None and owner not in folder.parents:
        return needed[owner]
    if path.parent in folder.parents:
        plain = path.suffix.lower() in _TEXTS or path.name.lower().startswith(_PLAIN)
        return "" if plain else "in a folder above it"
    return ""


def _needed(root: Path, folder: PurePosixPath, places: Iterable[PurePosixPath]) -> dict[PurePosixPath, str]:
    """The folders of the packages of this repository that a package needs, each with why."""
    manifests = {place: _read(root / place / _MANIFEST) for place in places}
    named = {name: place for place, manifest in manifests.items() if isinstance(name := manifest.get("name"), str)}
    found: dict[PurePosixPath, str] = {}
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        for name, wanted in _ranges(manifests.get(here) or {}).items():
            place = _linked(here, wanted) or named.get(name)
            if place is not None and place != folder and place not in found:
                through = "" if here == folder else f", through {here.name}"
                found[place] = f"{folder.name} needs {name}{through}"
                waiting.append(place)
    return found


def _ranges(manifest: Mapping[str, object]) -> dict[str, str]:
    tables = (manifest.get(key) for key in _RANGES)
    return {str(name): str(value) for table in tables if isinstance(table, dict) for name, value in table.items()}


def _linked(here: PurePosixPath, wanted: str) -> PurePosixPath | None:
    for start in _LINKS:
        if wanted.startswith(start):
            place = os.path.normpath(here / wanted.removeprefix(start))
            return None if place.startswith("..") else PurePosixPath(place)
    return None


def _read(path: Path) -> Mapping[str, object]:
    """A package.json, or nothing where it cannot be read: its own package's checks say so."""
    try:
        document = json.loads(read_text(path, MANIFEST, follow=True).removeprefix("\ufeff"))
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _term(folder: PurePosixPath, path: str) -> str:
    """How a file of the package would begin to name that file: `../b` for all that lies in `../b`."""
    parts = PurePosixPath(os.path.relpath(path, folder)).parts
    ups = parts.count("..")
    first = parts[ups] if len(parts) > ups + 1 else PurePosixPath(parts[ups]).stem
    return "/".join((*parts[:ups], first))


async def _is_named(root: Path, folder: PurePosixPath, term: str) -> bool:
    """True when a file of the package that is no text for people holds that beginning of a path."""
    words = ("--files-with-matches", "-z", "-I", "--fixed-strings", "-e", term)
    done = await git.call(root, "grep", *words, "--", str(folder))
    return any(PurePosixPath(path).suffix.lower() not in _TEXTS for path in git.fields(git.text_of(done)))
