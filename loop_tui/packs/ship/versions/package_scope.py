"""What belongs to a package in a folder of a repository: its folder, and what its own files name outside of it."""

import posixpath
from collections.abc import Iterable
from pathlib import Path

from loop_tui.fs.limits import MANIFEST
from loop_tui.fs.plain import read_text
from loop_tui.model.regex import regex
from loop_tui.services.toolchains.dependencies import LINKS

_NAMING = ("package.json", "tsconfig*.json")
"""The files of a package that name others by their place: local dependencies, and what a build is configured by."""

_OUTSIDE = regex(rf'"(?:{"|".join(LINKS)})?(?P<path>(?:\.\./)+[^"\\*?]+)"')


def named_outside(project: Path, folder: str) -> tuple[str, ...]:
    """The places of the repository that a package in that folder builds on though they lie outside, sorted.

    `"extends": "../../tsconfig.base.json"` and `"lib": "file:../lib"` are such; a name alone (of a sibling in the
    registry) is none: that one is released by itself. Installed packages are none either.
    """
    found = set()
    for pattern in _NAMING:
        for file in sorted(project.glob(pattern)):
            try:
                text = read_text(file, MANIFEST)
            except (OSError, ValueError):
                continue
            found |= {posixpath.normpath(f"{folder}/{match['path']}") for match in _OUTSIDE.finditer(text)}
    return tuple(
        sorted(
            place
            for place in found
            if place != "." and not place.startswith("..") and "node_modules" not in place.split("/")
        )
    )


def touches(paths: Iterable[str], places: Iterable[str]) -> bool:
    """True when one of these paths is one of the places, or lies below it."""
    wanted = tuple(places)
    return any(path == place or path.startswith(f"{place}/") for path in paths for place in wanted)
