"""The release tags of a package: `v1.2.3`, `name@1.2.3`, `@scope/name@1.2.3`, `name-v1.2.3`, `name/v1.2.3`."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import semver
from msgspec import Struct

from loop_tui.services.git import history
from loop_tui.services.git.git import call

_FORM = "%(refname:strip=2)%00%(objectname)%00%(*objectname)"
_PLAIN = ("v", "")


class Tag(Struct, frozen=True):
    """A release tag and the commit that it names. `version` is what stands behind its prefix."""

    name: str
    version: str
    sha: str

    @property
    def prefix(self) -> str:
        """What stands before the version: `v`, `name@`, or nothing."""
        return self.name[: len(self.name) - len(self.version)]

    @property
    def order(self) -> semver.Version:
        """What tags are compared by."""
        return semver.Version.parse(self.version)


class ReleaseTags(Struct, frozen=True):
    """The release tags of a package, highest first: those that HEAD contains, and those that it does not.

    `first_prefix` stands before the version in the tag of a package that has none.
    """

    reachable: tuple[Tag, ...] = ()
    elsewhere: tuple[Tag, ...] = ()
    first_prefix: str = "v"

    @property
    def highest(self) -> Tag | None:
        """The highest release that HEAD contains."""
        return self.reachable[0] if self.reachable else None

    def taken(self) -> dict[str, Tag]:
        """Every version that has a tag, wherever it is."""
        return {tag.version: tag for tag in (*self.elsewhere, *self.reachable)}

    def name_for(self, version: str) -> str:
        """The tag that a version of this package gets: in the form of its highest one, or of its first."""
        known = self.reachable or self.elsewhere
        return (known[0].prefix if known else self.first_prefix) + version


async def release_tags(root: Path, name: str = "", folder: str = "") -> ReleaseTags:
    """The release tags of the package of that name in that folder of the repository (empty: its top).

    A package at the top has the plain ones and those with its name. One in a folder has those with its name; where
    there are none, the plain ones are its own when the repository releases all together: when package.json said, at
    the highest of them, that very version. Rolling tags and tags of other packages are none. The first tag of a package
    in a folder has its name, since a plain one would be that of the whole repository.
    """
    everywhere, contained = await asyncio.gather(_tags(root), _tags(root, "--merged", "HEAD"))
    merged = {tag for tag, _ in contained}
    named = _with_prefix(everywhere, _prefixes(name, folder))
    plain = _with_prefix(everywhere, _PLAIN)
    if not folder:
        return _sorted([*plain, *named], merged)
    if named:
        return _sorted(named, merged)
    none = ReleaseTags(first_prefix=f"{name or folder.rpartition('/')[2]}@")
    together = _sorted(plain, merged)
    if together.highest is None:
        return none
    there = await history.version_at(root, together.highest.sha, f"{folder}/package.json")
    return together if there == together.highest.version else none


async def _tags(root: Path, *which: str) -> list[tuple[str, str]]:
    """Names and the commits that they name, through annotated tags too."""
    done = await call(root, "for-each-ref", *which, f"--format={_FORM}", "refs/tags")
    rows = (line.split("\0") for line in done.stdout.splitlines()) if done.exit_code == 0 else ()
    return [(row[0], row[2] or row[1]) for row in rows if len(row) == 3]


def _prefixes(name: str, folder: str) -> tuple[str, ...]:
    """What may stand before the version in the tags of a package."""
    names = dict.fromkeys(word for word in (name, name.rpartition("/")[2], folder.rpartition("/")[2]) if word)
    return tuple(f"{word}{sign}" for word in names for sign in ("@", "@v", "-v", "/v"))


def _with_prefix(tags: Iterable[tuple[str, str]], prefixes: tuple[str, ...]) -> list[Tag]:
    found = []
    for name, sha in tags:
        for prefix in prefixes:
            version = name[len(prefix) :]
            if name.startswith(prefix) and "+" not in version and semver.Version.is_valid(version):
                found.append(Tag(name, version, sha))
                break
    return found


def _sorted(tags: list[Tag], merged: set[str]) -> ReleaseTags:
    ordered = sorted(tags, key=lambda tag: tag.order, reverse=True)
    here = tuple(tag for tag in ordered if tag.name in merged)
    return ReleaseTags(here, tuple(tag for tag in ordered if tag.name not in merged))
