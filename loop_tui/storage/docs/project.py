"""What a project has that documents may refer to: its files, the targets of its Makefile, its scripts, its version."""

import json
import os
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct

from loop_tui.fs.limits import MANIFEST, Limit
from loop_tui.fs.plain import parse_json, read_plain
from loop_tui.model.docs.known import KnownReferents
from loop_tui.model.regex import regex

from .places import ProjectFiles

_TARGETS = regex(r"^([A-Za-z0-9_.][\w./ -]*?)[ \t]*::?(?![:=])", 8)
_UNREADABLE = regex(r"^(?:-?include|sinclude)\b|^[^\t#\n]*%[^\n:=]*:|^\$\(eval\b", 8)
"""A Makefile with these has targets that its text does not name."""
_VERSION = regex(r"""^(?:__version__|VERSION|version)\s*(?::\s*str\s*)?=\s*["']([^"']{1,50})["']""", 8)
_MOST_MONTHS = 1200


class Manifest(Struct, frozen=True):
    """Name and version of a project, and the scripts of its package.json; empty and None where not known."""

    name: str = ""
    version: str = ""
    scripts: frozenset[str] | None = None


def known_of(
    top: Path,
    files: ProjectFiles,
    home: Path,
    anchors: Callable[[str], frozenset[str] | None],
    commands: frozenset[str] | None,
) -> KnownReferents:
    """What exists in a project, and in the archive of runs below `home`. Never raises."""
    manifest = read_manifest(top)
    months = _months(home / "runs")
    return KnownReferents(
        is_there=lambda path: _is_there(top, path),
        is_folder=lambda path: _is_folder(top, path),
        named=files.named(),
        anchors=anchors,
        make=read_targets(top),
        scripts=manifest.scripts,
        commands=commands,
        archived=lambda stem: any(_is_there(month, f"{stem}.json") or _is_there(month, stem) for month in months),
        name=manifest.name,
        version=manifest.version,
    )


def read_manifest(top: Path) -> Manifest:
    """What package.json, pyproject.toml and Cargo.toml say, the first that names a version before the others."""
    package, python, rust = (_data(top / name) for name in ("package.json", "pyproject.toml", "Cargo.toml"))
    scripts = package.get("scripts")
    names = frozenset(map(str, scripts)) if isinstance(scripts, dict) else (frozenset() if package else None)
    project = _table(python, "project")
    dynamic = _text(_table(_table(_table(python, "tool"), "hatch"), "version").get("path"))
    found = (
        (package.get("name"), package.get("version")),
        (project.get("name"), project.get("version") or (_version_in(top, dynamic) if dynamic else "")),
        (_table(rust, "package").get("name"), _table(rust, "package").get("version")),
    )
    named = [(_text(name), _text(version)) for name, version in found if _text(name)]
    name, version = next((each for each in named if each[1]), named[0] if named else ("", ""))
    return Manifest(name, version, names)


def read_targets(top: Path) -> frozenset[str] | None:
    """The targets of the Makefile; None without one, and where rules or other files make more."""
    text = next((text for name in ("GNUmakefile", "makefile", "Makefile") if (text := _read(top / name))), "")
    if not text or _UNREADABLE.search(text):
        return None
    return frozenset(word for names in _TARGETS.findall(text) for word in names.split())


def _version_in(top: Path, path: str) -> str:
    file = os.path.normpath(path)
    if file.startswith(("..", "/")):
        return ""
    found = _VERSION.search(_read(top / file))
    return found[1] if found is not None else ""


def _months(runs: Path) -> tuple[Path, ...]:
    try:
        with os.scandir(runs) as entries:
            return tuple(runs / name for name in sorted(each.name for each in entries)[-_MOST_MONTHS:])
    except OSError:
        return ()


def _is_there(top: Path, path: str) -> bool:
    try:
        return os.path.lexists(top / path)
    except ValueError:
        return False


def _is_folder(top: Path, path: str) -> bool:
    try:
        return (top / path).is_dir()
    except (OSError, ValueError):
        return False


def _read(path: Path, limit: Limit = MANIFEST) -> str:
    """The text of a file; empty where it cannot be read."""
    try:
        return read_plain(path, limit, follow=True).decode("utf-8", "replace")
    except OSError:
        return ""


def _data(path: Path) -> dict[str, Any]:
    """What a file of a project's tools says; empty where that cannot be read."""
    text = _read(path)
    try:
        found = parse_json(text) if path.suffix == ".json" else tomllib.loads(text)
    except (json.JSONDecodeError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _table(data: dict[str, Any], key: str) -> dict[str, Any]:
    found = data.get(key)
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    return value.strip()[:200] if isinstance(value, str) else ""
