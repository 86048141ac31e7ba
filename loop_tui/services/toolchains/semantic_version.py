"""What is a version for npm, and what is none (semver.org 2.0.0, and the bounds of npm's own semver)."""

import re

from semver import Version

from loop_tui.model.text import one_line

_MOST_CHARACTERS = 256
_MOST = 2**53 - 1
"""`Number.MAX_SAFE_INTEGER`."""


def read_version(text: str) -> Version | None:
    """The semantic version of a text (a leading `v` is fine, build metadata is dropped), or None.

    As npm's semver reads it: of at most 256 characters, and no number of it above what JavaScript counts to.
    """
    try:
        found = Version.parse(text.strip().removeprefix("v")).replace(build=None)
    except (ValueError, TypeError):
        return None
    numbers = (found.major, found.minor, found.patch)
    return found if len(text.strip()) <= _MOST_CHARACTERS and max(numbers) <= _MOST else None


def no_version(text: str) -> str:
    """Why a text is no version for npm, as `read_version` reads it; empty when it is one."""
    if read_version(text) is not None:
        return ""
    large = any(int(part) > _MOST for part in re.findall(r"\d{1,300}", text.split("-")[0]))
    why = f": npm allows numbers up to {_MOST}" if large else ""
    return f"{one_line(text, 60)} is not a semantic version{why}"
