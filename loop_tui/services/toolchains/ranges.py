"""Ranges of versions as npm reads them: what a range accepts, and the same range raised to a version. Pure.

After https://github.com/npm/node-semver, loose mode left out. A pre-release is accepted only where the range names one
of the same major.minor.patch, as npm does when it looks whether a linked package satisfies its dependents; or, where
that is asked for (`prereleases`, npm's includePrerelease), as any other version, as npm does when it deprecates.
"""

from msgspec import Struct
from semver import Version

from loop_tui.model.regex import regex

_PART = r"(?:0|[1-9]\d*|[xX*])"
_PARTIAL = regex(rf"[v=\s]*({_PART})(?:\.({_PART})(?:\.({_PART})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?)?)?")
_COMPARATOR = regex(r"(<=|>=|<|>|=|\^|~>?|)\s*(\S+)")
_HYPHEN = regex(r"\s*(\S+)\s+-\s+(\S+)\s*")
_SIMPLE = regex(r"(?P<sign>[~^]|)(?P<version>v?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)")
_PROTOCOL = "workspace:"
_ANY_WORKSPACE = ("", "*", "^", "~")


class _Bound(Struct, frozen=True):
    """One comparison with a version: `sign` is <, <=, > or >=."""

    sign: str
    version: Version

    def holds(self, version: Version) -> bool:
        found = version.compare(self.version)
        return {"<": found < 0, "<=": found <= 0, ">": found > 0, ">=": found >= 0}[self.sign]


class _Partial(Struct, frozen=True):
    """A version of which the later parts may be missing (None)."""

    major: int | None
    minor: int | None
    patch: int | None
    prerelease: str = ""

    @property
    def lowest(self) -> Version:
        return Version(self.major or 0, self.minor or 0, self.patch or 0, self.prerelease or None)

    def floor(self, prereleases: bool) -> Version:
        """The lowest version that it stands for: with pre-releases, where a part is left out, the first of those."""
        return self.lowest.replace(prerelease="0") if prereleases and self.patch is None else self.lowest

    @property
    def after(self) -> Version | None:
        """The first version beyond all that a part left out stands for; None when that is every version."""
        if self.major is None:
            return None
        if self.minor is None:
            return _first(self.major + 1)
        return _first(self.major, self.minor + 1)


def _first(major: int, minor: int = 0, patch: int = 0) -> Version:
    """The lowest version of that line, its pre-releases among them."""
    return Version(major, minor, patch, "0")


def accepts(spec: str, version: str, *, prereleases: bool = False) -> bool | None:
    """True when the version satisfies a dependency of that text; None for what is no range (a tag, a URL, a file).

    `workspace:` in front of it is pnpm's and yarn's: what follows is a range, or stands for whatever lies there.
    """
    text = spec.strip()
    if text.startswith(_PROTOCOL):
        text = text.removeprefix(_PROTOCOL).strip()
        if text in _ANY_WORKSPACE:
            return True
    sets = _read(text, prereleases)
    try:
        found = Version.parse(version)
    except ValueError:
        return None
    if sets is None:
        return None
    return any(_all_hold(bounds, found, prereleases) for bounds in sets)


def raised(spec: str, version: str) -> str | None:
    """The same kind of range for another version: `^1.2.0` becomes `^2.0.0`. None where that is a matter of choice."""
    protocol = _PROTOCOL if spec.startswith(_PROTOCOL) else ""
    match = _SIMPLE.fullmatch(spec.removeprefix(_PROTOCOL).strip())
    return f"{protocol}{match['sign']}{version}" if match else None


def _all_hold(bounds: tuple[_Bound, ...], version: Version, prereleases: bool) -> bool:
    if not all(bound.holds(version) for bound in bounds):
        return False
    if prereleases or not version.prerelease:
        return True
    same = (b.version for b in bounds if b.version.prerelease)
    return any((b.major, b.minor, b.patch) == (version.major, version.minor, version.patch) for b in same)


def _read(text: str, prereleases: bool) -> tuple[tuple[_Bound, ...], ...] | None:
    """The sets of bounds of a range, one of which has to hold as a whole; None when it is no range."""
    found = []
    for part in text.split("||"):
        bounds = _hyphen(part, prereleases) if _HYPHEN.fullmatch(part) else _comparators(part, prereleases)
        if bounds is None:
            return None
        found.append(bounds)
    return tuple(found)


def _hyphen(text: str, prereleases: bool) -> tuple[_Bound, ...] | None:
    match = _HYPHEN.fullmatch(text)
    low, high = (_partial(match[1]), _partial(match[2])) if match else (None, None)
    if low is None or high is None:
        return None
    first = low.lowest.replace(prerelease="0") if prereleases and not low.prerelease else low.lowest
    from_ = _Bound(">=", first)
    if high.patch is None:
        return (from_, *((_Bound("<", high.after),) if high.after else ()))
    last = high.lowest
    if prereleases and not high.prerelease:
        return (from_, _Bound("<", _first(last.major, last.minor, last.patch + 1)))
    return (from_, _Bound("<=", last))


def _comparators(text: str, prereleases: bool) -> tuple[_Bound, ...] | None:
    found: list[_Bound] = []
    rest = text.strip()
    while rest:
        match = _COMPARATOR.match(rest)
        partial = _partial(match[2]) if match else None
        if match is None or partial is None:
            return None
        found += _bounds(match[1], partial, prereleases)
        rest = rest[match.end() :].strip()
    return tuple(found)


def _partial(text: str) -> _Partial | None:
    match = _PARTIAL.fullmatch(text)
    if match is None:
        return None
    parts = [None if part is None or part in "xX*" else int(part) for part in match.groups()[:3]]
    for place in range(1, 3):
        parts[place] = None if parts[place - 1] is None else parts[place]
    return _Partial(parts[0], parts[1], parts[2], match[4] or "" if parts[2] is not None else "")


def _bounds(sign: str, partial: _Partial, prereleases: bool) -> tuple[_Bound, ...]:
    whole, low, after = partial.patch is not None, partial.floor(prereleases), partial.after
    if sign in ("", "=") and whole:
        return (_Bound(">=", low), _Bound("<=", low))
    if sign == ">":
        beyond = low if whole else after if prereleases or after is None else after.finalize_version()
        return (_Bound("<", _first(0)),) if beyond is None else (_Bound(">" if whole else ">=", beyond),)
    if sign == "<":
        return (_Bound("<", low if whole else _first(low.major, low.minor)),)
    if sign == "<=":
        return (_Bound("<=", low),) if whole else (_Bound("<", after),) if after else ()
    if sign == ">=":
        return (_Bound(">=", low),)
    if sign == "^":
        after = _caret(partial)
    return (_Bound(">=", low), *((_Bound("<", after),) if after else ()))


def _caret(partial: _Partial) -> Version | None:
    """The first version that `^` does not take: the next of the leftmost part that is not zero."""
    if partial.major is None:
        return None
    if partial.major > 0 or partial.minor is None:
        return _first(partial.major + 1)
    if partial.minor > 0 or partial.patch is None:
        return _first(0, partial.minor + 1)
    return _first(0, 0, partial.patch + 1)
