"""Versions of the project that documents name: behind is what is older in the parts that it names."""

from functools import lru_cache
from re import Pattern, compile, escape

from loop_tui.model.regex import regex

from .known import KnownReferents

_NUMBERS = regex(r"v?(\d+(?:\.\d+){0,3})")
_PARTS = r"v?(\d+(?:\.\d+){1,3})(?!\.?[\dx*])"


def is_behind(text: str, current: str) -> bool:
    """True where a version is older than the current one, compared in as many parts as both have."""
    said, now = _numbers(text), _numbers(current)
    count = min(len(said), len(now))
    return bool(count) and said[:count] < now[:count]


def stale_version(text: str, known: KnownReferents) -> str | None:
    """Why a pinned version of the project in a code text is behind: `NAME@1.2`, `NAME==1.2`, `NAME-1.2.0`."""
    if not known.name or not known.version:
        return None
    for found in _pins(known.name).finditer(text):
        if is_behind(found[1], known.version):
            return f"{found[1]} is behind: the version is {known.version}"
    return None


def _numbers(text: str) -> tuple[int, ...]:
    found = _NUMBERS.match(text.strip())
    # A number of a thousand digits is no version, and Python refuses to read it.
    return tuple(int(part[:9]) for part in found[1].split(".")) if found is not None else ()


@lru_cache(maxsize=8)
def _pins(name: str) -> Pattern[str]:
    """A name with a version behind it; the name may end a path, but not another name."""
    return compile(rf"(?<![\w@-]){escape(name)}(?:@|==|[-_]){_PARTS}")
