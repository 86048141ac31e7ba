"""Which packages a package.json asks for, and where those lie that it names by their place. Pure."""

import os
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
"""The maps of package.json that name other packages."""
LINKS = ("file:", "link:", "portal:")
"""What stands before the place of a package that is taken from there, not from a registry."""


class Dependency(NamedTuple):
    """That a package.json asks for a package: in which map, by which name, and the range or the place."""

    key: str
    name: str
    wanted: str


def dependencies_of(document: Mapping[str, object]) -> Iterator[Dependency]:
    """What a package.json asks for, map by map; what is no text asks for nothing."""
    for key in DEPENDENCIES:
        named = document.get(key)
        for name, wanted in named.items() if isinstance(named, dict) else ():
            if isinstance(wanted, str):
                yield Dependency(key, str(name), wanted)


def linked_place(folder: PurePosixPath, wanted: str) -> PurePosixPath | None:
    """The folder that a package in that folder names: `file:../lib`; None where it names none in the repository.

    Both are from the repository's top.
    """
    for start in LINKS:
        if wanted.startswith(start):
            place = os.path.normpath(folder / wanted.removeprefix(start))
            return None if place.startswith("..") else PurePosixPath(place)
    return None
