"""Versions before a version: `2.0.0-beta.1`, how it is counted on, and what is no version at all. Pure.

Rules: SHIP "What users of such tools reported" (pre-releases, tags against package.json); order: semver.org 2.0.0, 11.
"""

from semver import Version

from loop_tui.model.regex import regex
from loop_tui.services.toolchains.semantic_version import no_version as no_version
from loop_tui.services.toolchains.semantic_version import read_version as read_version

NEXT = "next"
"""The dist-tag of a pre-release that has no name of its own (`2.0.0-0`)."""

_COUNTED = regex(r"(?P<name>[A-Za-z-]*[A-Za-z])(?P<count>\d{1,3})")
_RANGE_LIKE = regex(r"v?\d.*|[vVxX*]")


def is_placeholder(version: Version) -> bool:
    """True for `0.0.0-development` and its like: the true version stands elsewhere, in the tags or at the registry.

    What counts its pre-releases (`0.0.0-alpha.1`) is a version.
    """
    if (version.major, version.minor, version.patch) != (0, 0, 0) or not version.prerelease:
        return False
    last = version.prerelease.split(".")[-1]
    return not (last.isdigit() or _COUNTED.fullmatch(last))


def name_of(version: Version) -> str:
    """The name of a pre-release, which is its dist-tag: `beta` for `2.0.0-beta.1`; empty for a version without one."""
    if not version.prerelease:
        return ""
    first = version.prerelease.split(".")[0]
    counted = _COUNTED.fullmatch(first)
    name = counted["name"] if counted else first
    return NEXT if _RANGE_LIKE.fullmatch(name) else name


def following(version: Version, level: str, first: int = 1) -> Version:
    """The version after this one for a change of that level: `major`, `minor` or `patch`.

    A pre-release is followed by the next one of its name, never by the version that it leads to. A change that is too
    large for that version leads to a larger one: after `1.2.3-rc.1` a feature gives `1.3.0-rc.N`, N being `first`.
    """
    if not version.prerelease:
        return version.next_version(level)
    if _leads_to(version, level):
        return _counted_on(version)
    core = version.bump_major() if level == "major" else version.bump_minor()
    return core.replace(prerelease=f"{name_of(version)}.{first}")


def counts_from(version: Version) -> int | None:
    """The number of a pre-release (`1` for `2.0.0-beta.1`), or None for anything else."""
    last = (version.prerelease or "").split(".")[-1]
    return int(last) if last.isdigit() else None


def _leads_to(version: Version, level: str) -> bool:
    """True when the version that a pre-release leads to is large enough for the change."""
    return level == "patch" or (version.patch == 0 and (level == "minor" or version.minor == 0))


def _counted_on(version: Version) -> Version:
    parts = (version.prerelease or "").split(".")
    counted = _COUNTED.fullmatch(parts[-1])
    if parts[-1].isdigit():
        parts[-1] = str(int(parts[-1]) + 1)
    elif counted:
        parts[-1] = f"{counted['name']}{int(counted['count']) + 1:0{len(counted['count'])}}"
    after = version.replace(prerelease=".".join(parts))
    # `rc9` cannot be counted on: as text `rc10` comes before it. A further part always comes behind.
    return after if after > version else version.replace(prerelease=f"{version.prerelease}.1")
