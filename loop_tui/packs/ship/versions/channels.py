"""What a branch says about versions: maintenance branches (`1.x`) and channels (`next`), and the dist-tag. Pure.

The names are those that users of semantic-release know; the rules are SHIP's "What users of such tools reported".
"""

from msgspec import Struct
from semver import Version

from loop_tui.model.regex import regex

from .prerelease import name_of

LATEST = "latest"
"""The dist-tag of what everybody gets."""

_MAINTENANCE = regex(
    r"(?:(?:releases?|support|maintenance|maint|stable|hotfix)[/-])?v?(?P<major>\d{1,9})(?:\.(?P<minor>\d{1,9}))?\.x(?:\.x)?"
)
_CHANNELS = frozenset(("next", "next-major", "alpha", "beta"))


class Channel(Struct, frozen=True):
    """A branch that is not the main one. `low` and `below` bound the versions of a maintenance branch."""

    name: str = ""
    low: Version | None = None
    below: Version | None = None

    @property
    def is_maintenance(self) -> bool:
        """True for a branch that keeps to a range of versions."""
        return self.below is not None

    def holds(self, version: Version) -> bool:
        """True when a version may be released from here. Pre-releases of what lies beyond the range may not."""
        if self.low is None or self.below is None:
            return True
        return self.low <= version.replace(prerelease=None) and version.replace(prerelease=None) < self.below

    @property
    def words(self) -> str:
        """What is said of it; empty for the main branch."""
        if self.is_maintenance:
            return f"{self.name} is a maintenance branch: its versions are from {self.low} to below {self.below}"
        return f"{self.name} is a channel: its releases get the dist-tag {self.name}" if self.name else ""


def channel_of(branch: str) -> Channel:
    """What a branch's name says; one that says nothing is the main one."""
    if found := _MAINTENANCE.fullmatch(branch):
        major, minor = int(found["major"]), found["minor"]
        if minor is None:
            return Channel(f"{major}.x", Version(major), Version(major + 1))
        return Channel(f"{major}.{minor}.x", Version(major, int(minor)), Version(major, int(minor) + 1))
    return Channel(branch) if branch in _CHANNELS else Channel()


def dist_tag(version: Version, channel: Channel) -> str:
    """The dist-tag that a version is to be published with.

    A pre-release goes by its name; what a maintenance branch releases never becomes what everybody gets.
    """
    if version.prerelease:
        return name_of(version)
    return f"release-{channel.name}" if channel.is_maintenance else channel.name or LATEST
