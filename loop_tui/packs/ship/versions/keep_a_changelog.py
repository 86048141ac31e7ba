"""CHANGELOG.md in the form of Keep a Changelog 1.x (https://keepachangelog.com): reading it, and raising it. Pure.

What is unreleased becomes a version, as edits that can be taken back: not a character beside them changes. Headings
inside of code and of comments are none.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from msgspec import Struct

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line

from .changelog_dates import HeadingDate, read_date
from .changelog_lines import ChangelogLine, other_headings, read_lines
from .changelog_links import link_edits
from .text_edits import TextEdit

_UNRELEASED = regex(r"unreleased|\[unreleased\]", re.IGNORECASE)
_VERSION = regex(r"(?P<open>\[?)(?P<v>v?)(?P<version>\d+\.\d+\.\d+[0-9A-Za-z.+-]*)(?P<close>\]?)(?P<rest>.*)")
_REFERENCE = regex(r" {0,3}\[[^\]]+\]:[ \t]*\S.*")
_TIGHT = regex(r"^###[ \t].*(?:\r\n|\n|\r)[-*+][ \t]", re.MULTILINE)
_LOOSE = regex(r"^###[ \t].*(?:\r\n|\n|\r){2}[-*+][ \t]", re.MULTILINE)
_BULLET = regex(r"^([-*+])[ \t]", re.MULTILINE)


class VersionHeading(Struct, frozen=True):
    """The heading of a version: `## [1.2.3] - 2026-01-02`."""

    line: ChangelogLine
    version: str
    bracketed: bool
    v: str
    rest: str


class Changelog(Struct, frozen=True):
    """A file of that form. `unreleased` is the line of its heading, `versions` are those below it, newest first."""

    text: str
    lines: tuple[ChangelogLine, ...]
    unreleased: ChangelogLine
    versions: tuple[VersionHeading, ...]

    def has(self, version: str) -> bool:
        """True when there is a section of that version."""
        return any(found.version == version for found in self.versions)

    @property
    def notes(self) -> str:
        """What stands below the heading of what is unreleased, without empty lines around it; line ends are `\\n`."""
        start, stop = self._span(self.unreleased)
        return _plain(self.text[start:stop])

    @property
    def is_empty(self) -> bool:
        """True when nothing is said there: only comments, and headings without entries."""
        start, stop = self._span(self.unreleased)
        said = (line.said.strip() for line in self.lines if start <= line.start < stop)
        return all(line.startswith("###") for line in said if line)

    def section(self, version: str) -> str:
        """What is said of a version, as `notes`; empty without such a section."""
        for found in self.versions:
            if found.version == version:
                start, stop = self._span(found.line)
                return _plain(self.text[start:stop])
        return ""

    def raised(self, version: str, day: date, notes: str | None = None) -> tuple[TextEdit, ...]:
        """The edits that make what is unreleased the section of a version, with `notes` instead of what stands there.

        A heading for what is unreleased stays above it, with its comments where nothing was said. Links at the end of
        the file go along.
        """
        end = self.unreleased.end or self._line_end
        title = f"{end}{end}{self._title(version, day)}"
        return (*self._of_section(title, notes, end), *link_edits(self.text, self._links(), version, self._known))

    def entries(self, groups: Sequence[tuple[str, Sequence[str]]]) -> str:
        """Entries under their headings, with the bullets and empty lines that the file has elsewhere."""
        gap = "\n" if _TIGHT.search(self.text) and not _LOOSE.search(self.text) else "\n\n"
        found = _BULLET.search(self.text, self.unreleased.after)
        bullet = found[1] if found else "-"
        parts = ["\n".join(f"{bullet} {entry}" for entry in entries) for _, entries in groups]
        return "\n\n".join(f"### {group}{gap}{part}" for (group, _), part in zip(groups, parts, strict=True))

    # --- what it is made of

    @property
    def _line_end(self) -> str:
        return next((line.end for line in self.lines if line.end), "\n")

    @property
    def _known(self) -> tuple[str, ...]:
        return tuple(found.version for found in self.versions)

    def _title(self, version: str, day: date) -> str:
        newest = self.versions[0] if self.versions else None
        bracketed = newest.bracketed if newest else "[" in self.unreleased.text
        name = f"{newest.v if newest else ''}{version}"
        dates = [found for each in self.versions if (found := read_date(each.rest))]
        form = dates[0] if dates else HeadingDate(" - ")
        dated = "" if newest and not any(each.rest for each in self.versions) else form.of(day)
        return f"## [{name}]{dated}" if bracketed else f"## {name}{dated}"

    def _of_section(self, title: str, notes: str | None, end: str) -> Iterator[TextEdit]:
        start, stop = self._span(self.unreleased)
        own = self.text[start:stop]
        said = "" if notes is None else notes.replace("\n", end)
        if self.is_empty:
            # A template of empty headings stays where it is, for what comes next.
            at = start + len(own.rstrip()) if own.strip() else self.unreleased.stop
            yield TextEdit(at, "", f"{title}{end}{end}{said}" if said else title)
            return
        yield TextEdit(self.unreleased.stop, "", title)
        if notes is not None and notes != self.notes:
            first = start + len(own) - len(own.lstrip())
            yield TextEdit(first, own.strip(), said)

    def _span(self, heading: ChangelogLine) -> tuple[int, int]:
        """Where the section below a heading starts and ends."""
        stop = self._end
        for line in self.lines:
            if line.start > heading.start and line.level in (1, 2):
                stop = min(stop, line.start)
                break
        return heading.after, max(stop, heading.after)

    @property
    def _end(self) -> int:
        """Where the references at the end of the file begin."""
        found = self._references()
        return found[0].start if found else len(self.text)

    def _references(self) -> list[ChangelogLine]:
        """The block of link references at the end of the file, in its order."""
        found: list[ChangelogLine] = []
        for line in reversed(self.lines):
            if line.is_markdown and _REFERENCE.fullmatch(line.text):
                found.append(line)
            elif line.text.strip():
                break
        return found[::-1]

    def _links(self) -> list[ChangelogLine]:
        """The references that may be for versions: those at the end, else all below what is unreleased."""
        _, stop = self._span(self.unreleased)
        below = (line for line in self.lines if line.is_markdown and line.start >= stop)
        return self._references() or [line for line in below if _REFERENCE.fullmatch(line.text)]


def read_changelog(data: bytes, where: str) -> Changelog:
    """The file as it is. Raises Problem, which says why, for one that is not of this form."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise _not_of_the_form("it is not UTF-8", where) from None
    lines, left_open = read_lines(text)
    if left_open:
        raise _not_of_the_form(f"{left_open} in it is not closed", where)
    titles = [(line, line.title) for line in lines if line.level == 2]
    unreleased = [line for line, title in titles if _UNRELEASED.fullmatch(title)]
    versions = [heading for line, title in titles if (heading := _version(line, title))]
    if len(unreleased) != 1:
        raise _not_of_the_form("it does not have exactly one heading `## [Unreleased]`", where)
    if versions and versions[0].line.start < unreleased[0].start:
        raise _not_of_the_form("a version is above the unreleased section", where)
    if any(heading.rest.lstrip().startswith("(http") for heading in versions):
        raise _not_of_the_form("its headings are links, as a program writes them", where)
    for line, title in other_headings(lines):
        if line.start > unreleased[0].start and _is_of_version(_version(line, title)):
            raise _not_of_the_form(f"a version has a heading other than `## `: {one_line(line.text, 60)}", where)
    return Changelog(text, lines, unreleased[0], tuple(versions))


def _is_of_version(heading: VersionHeading | None) -> bool:
    """True for a heading that says a version and nothing else, or its date; not for `### 1.0.0 and before`."""
    rest = heading.rest.strip().removesuffix("[YANKED]") if heading else "-"
    return not rest or rest.startswith("(http") or read_date(rest) is not None


def _not_of_the_form(why: str, where: str) -> Problem:
    return Problem(f"is not in the form of Keep a Changelog: {why}", where, code=Code.FILE_INVALID)


def _version(line: ChangelogLine, title: str) -> VersionHeading | None:
    found = _VERSION.fullmatch(title)
    if found is None or bool(found["open"]) != bool(found["close"]):
        return None
    return VersionHeading(line, found["version"], bool(found["open"]), found["v"], found["rest"])


def _plain(text: str) -> str:
    return text.strip().replace("\r\n", "\n").replace("\r", "\n")
