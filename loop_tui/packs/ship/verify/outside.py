"""What is changed beside a package of a repository, and can have a part in what the package's checks find."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from pathlib import Path, PurePosixPath

from msgspec import Struct

from loop_tui.fs.limits import MANIFEST
from loop_tui.fs.plain import read_text
from loop_tui.model.regex import regex
from loop_tui.services.git import git
from loop_tui.services.toolchains.dependencies import dependencies_of, linked_place

_MANIFEST = "package.json"
TEXTS = frozenset({".md", ".txt", ".rst", ".adoc"})
"""What no build, test or lint of another folder reads."""
_PLAIN = ("license", "licence", "changelog", "authors", "notice", "codeowners", ".gitignore", ".mailmap")
# What servers and editors read, and no check of a package.
_OF_HOSTS = frozenset({".github", ".gitlab", ".circleci", ".vscode", ".idea", ".devcontainer"})
_TSCONFIG = "[tj]sconfig*.json"
_BASE_URL = regex(r'"baseUrl"\s*:\s*"([^"]*)"')
_PATHS = regex(r'"([^"\n]+)"\s*:\s*\[([^\]]*)\]')
_TEXT = regex(r'"([^"\n]+)"')
_QUOTES = ("'", '"')
_ENDS = ("/", *_QUOTES)


class Dependence(Struct, frozen=True):
    """A changed file outside of a package, and why what the package's checks find may rest on it."""

    path: str
    why: str


async def depended_upon(project: Path, root: Path, paths: Sequence[str]) -> tuple[Dependence, ...]:
    """Which of these changed paths, from the repository's top, the package in that folder depends on.

    It does on files of the packages that its package.json names, directly or through others, whether by name or by
    place; on files that lie directly in a folder above it, where tools look for settings; on what its own files name
    by a relative path, by a package's name or by an alias of a tsconfig; and, as there is no telling by which settings
    it may be reached, on what lies in no package's folder and is no text for people.
    """
    folder = PurePosixPath(project.resolve().relative_to(root.resolve()).as_posix())
    tracked = git.fields(await git.ask(root, "ls-files", "-z"))
    places = {PurePosixPath(path).parent for path in (*tracked, *paths) if PurePosixPath(path).name == _MANIFEST}
    manifests = {place: _read(root / place / _MANIFEST) for place in sorted(places)}
    # One that only says how its folder's files are to be read (`"type": "module"`) makes no package of it.
    packages = {place for place, manifest in manifests.items() if not manifest or "name" in manifest}
    needed = _needed(folder, manifests)
    others = packages - {folder, *folder.parents}
    reasons = {path: _why(PurePosixPath(path), folder, needed, others) for path in paths}
    aliases = [alias for path in tracked if _is_shared(path, others) for alias in _aliases(root, path)]
    terms = {path: _terms(folder, path, manifests, aliases) for path, why in reasons.items() if not why}
    named = {term for term in set(terms.values()) if await _is_named(root, folder, term)}
    reasons |= {path: f"named in files of {folder.name}" for path, term in terms.items() if term in named}
    return tuple(Dependence(path, why) for path, why in reasons.items() if why)


def _why(
    path: PurePosixPath, folder: PurePosixPath, needed: Mapping[PurePosixPath, str], others: Set[PurePosixPath]
) -> str:
    owner = next((place for place in path.parents if place in needed), None)
    if owner is not None and owner not in folder.parents:
        return needed[owner]
    plain = path.suffix.lower() in TEXTS or path.name.lower().startswith(_PLAIN)
    if plain or any(place in others for place in path.parents):
        return ""
    if path.parent in folder.parents:
        return "in a parent folder"
    return "" if path.parts[0] in _OF_HOSTS else "in no package's folder"


def _needed(folder: PurePosixPath, manifests: Mapping[PurePosixPath, Mapping[str, object]]) -> dict[PurePosixPath, str]:
    """The folders of the packages of this repository that a package needs, each with why."""
    named = {name: place for place, manifest in manifests.items() if isinstance(name := manifest.get("name"), str)}
    found: dict[PurePosixPath, str] = {}
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        for _, name, wanted in dependencies_of(manifests.get(here) or {}):
            place = linked_place(here, wanted) or named.get(name)
            if place is not None and place != folder and place not in found:
                through = "" if here == folder else f", through {here.name}"
                found[place] = f"{folder.name} needs {name}{through}"
                waiting.append(place)
    return found


def _read(path: Path) -> Mapping[str, object]:
    """A package.json, or nothing where it cannot be read: its own package's checks say so."""
    try:
        document = json.loads(read_text(path, MANIFEST, follow=True).removeprefix("\ufeff"))
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


# --- what its own files name ----------------------------------------------------------------------------------------


def _is_shared(path: str, others: Set[PurePosixPath]) -> bool:
    """True for a tsconfig that may apply to the package: in its folder, or in no other package's."""
    place = PurePosixPath(path)
    return place.match(_TSCONFIG) and not any(above in others for above in place.parents)


def _aliases(root: Path, file: str) -> Iterator[tuple[str, str]]:
    """The `paths` of a tsconfig, which may have comments: `@x/*`, and the place from the top, `libs/x/*`."""
    try:
        text = read_text(root / file, MANIFEST)
    except (OSError, ValueError):
        return
    base = _BASE_URL.search(text)
    folder = PurePosixPath(file).parent / (base[1] if base else "")
    for name, targets in _PATHS.findall(text):
        for target in _TEXT.findall(targets):
            yield name, os.path.normpath(folder / target)


def _terms(
    folder: PurePosixPath,
    path: str,
    manifests: Mapping[PurePosixPath, Mapping[str, object]],
    aliases: Iterable[tuple[str, str]],
) -> tuple[str, ...]:
    """How a file of the package would begin to name that file, or what lies beside it."""
    found = [_relative(folder, path)]
    owner = next((place for place in PurePosixPath(path).parents if place in manifests), None)
    name = manifests[owner].get("name") if owner is not None and owner not in folder.parents else None
    words = [f"{name}{end}" for end in _ENDS] if isinstance(name, str) and name else []
    for alias, target in aliases:
        start, star, _ = target.partition("*")
        if star and path.startswith(start):
            words.append(alias.replace("*", PurePosixPath(path[len(start) :]).parts[0].partition(".")[0]))
        elif not star and path.startswith(f"{PurePosixPath(target).parent}/"):
            words.append(alias)
    return (*found, *(f"{quote}{word}" for word in words for quote in _QUOTES))


def _relative(folder: PurePosixPath, path: str) -> str:
    """`../b` for all that lies in `../b`."""
    parts = PurePosixPath(os.path.relpath(path, folder)).parts
    ups = parts.count("..")
    first = parts[ups] if len(parts) > ups + 1 else PurePosixPath(parts[ups]).stem
    return "/".join((*parts[:ups], first))


async def _is_named(root: Path, folder: PurePosixPath, terms: Sequence[str]) -> bool:
    """True when a file of the package that is no text for people holds one of those beginnings."""
    words = ["--files-with-matches", "-z", "-I", "--fixed-strings", *(part for term in terms for part in ("-e", term))]
    done = await git.call(root, "grep", *words, "--", str(folder))
    return any(PurePosixPath(path).suffix.lower() not in TEXTS for path in git.fields(git.text_of(done)))
