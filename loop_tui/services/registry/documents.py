"""What a registry says of a package and of a version, read as foreign text."""

from collections.abc import Mapping

from msgspec import Struct, field
from pydantic import JsonValue

from loop_tui.model.regex import regex
from loop_tui.model.text import one_line

_LONGEST = 2000
"""So long is what a registry says of a tarball at most: it goes into the state of the run."""
_LONGEST_WORD = 256
"""As long is a version at most (node-semver)."""
_HASH = regex(r"sha(?:256|384|512)-[A-Za-z0-9+/=]{20,200}")


class PublishedVersion(Struct, frozen=True):
    """A version as a registry has it: the integrity of its tarball and where that is, each empty where unknown.

    `tags` is the version that each dist-tag of the package names at that moment.
    """

    integrity: str
    tarball: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


class KnownPackage(Struct, frozen=True):
    """What a registry has of a package: its versions, and the one that each dist-tag names; both empty for none."""

    versions: frozenset[str] = frozenset()
    tags: Mapping[str, str] = field(default_factory=dict)


def published(dist: Mapping[str, JsonValue], tags: Mapping[str, str]) -> PublishedVersion:
    """A version by what a registry says of its tarball (`dist`)."""
    return PublishedVersion(_integrity(dist.get("integrity")), _address(dist.get("tarball")), tags)


def tags_in(tags: JsonValue) -> Mapping[str, str]:
    """The version that each dist-tag names, as far as it can be one: what a registry says is foreign text."""
    named = tags.items() if isinstance(tags, dict) else ()
    return {tag: str(version) for tag, version in named if _is_word(tag) and _is_word(version)}


def _is_word(said: JsonValue) -> bool:
    return isinstance(said, str) and len(said) <= _LONGEST_WORD and said.isprintable() and " " not in said


def _integrity(said: JsonValue) -> str:
    """The strongest hash of those that a registry names, as npm chooses (ssri); empty for what is none."""
    hashes = said.split() if isinstance(said, str) and len(said) <= _LONGEST else []
    known = [one for one in hashes if _HASH.fullmatch(one)]
    # Their names sort by strength; of one strength it is the first.
    return max(known, key=lambda one: one[:6], default="")


def _address(said: JsonValue) -> str:
    fits = isinstance(said, str) and len(said) <= _LONGEST and said.startswith(("http://", "https://"))
    return one_line(str(said)) if fits else ""
