"""The lines of a changelog: which of them Markdown reads as Markdown, and what of them is no comment. Pure.

Each line is read once, whatever stands in it: a changelog is as long as somebody made it.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator

from msgspec import Struct

from loop_tui.model.regex import regex

_LINE = regex(r"(?P<text>[^\r\n]*)(?P<end>\r\n|\n|\r|\Z)")
_HEADING = regex(r"\ufeff? {0,3}(?P<level>#{1,6})[ \t]+(?P<title>.*)")
_UNDERLINE = regex(r" {0,3}(?:=+|-+)[ \t]*")
_HTML_HEADING = regex(r"[ \t]{0,3}<h[1-6](?:[ \t][^>]*)?>(?P<title>.*)", re.IGNORECASE)
_TAG = regex(r"<[^<>]*>")
_FENCE = regex(r" {0,3}(?P<fence>`{3,}|~{3,})")
_TICKS = regex(r"`+")
# Outside of code: what is escaped is none of the others.
_OPENING = regex(r"\\.|(?P<ticks>`+)|(?P<comment><!--)")


class ChangelogLine(Struct, frozen=True):
    """A line of the file: where it starts, its text, its line end, and whether Markdown reads it as Markdown."""

    start: int
    text: str
    end: str
    is_markdown: bool
    said: str
    """Its text without comments."""

    @property
    def stop(self) -> int:
        """Where its text ends."""
        return self.start + len(self.text)

    @property
    def after(self) -> int:
        """Where the next line starts."""
        return self.stop + len(self.end)

    @property
    def level(self) -> int:
        """The level of the heading that it is; 0 for none."""
        found = _HEADING.fullmatch(self.text) if self.is_markdown else None
        return len(found["level"]) if found else 0

    @property
    def title(self) -> str:
        """What it says as a heading, without comments and the signs around it; empty where it is none."""
        found = _HEADING.fullmatch(self.said) if self.is_markdown else None
        title = found["title"].rstrip(" \t") if found else ""
        inner = title.rstrip("#")
        return inner.rstrip(" \t") if inner.endswith((" ", "\t")) else title


def read_lines(text: str) -> tuple[tuple[ChangelogLine, ...], str]:
    """The lines, and what is open at the end of the file: `a comment`, `code`, or empty."""
    found, fence, commented = [], "", False
    for start, line, end in _split(text):
        said, is_code = line, bool(fence) or commented
        if fence:
            closing = _FENCE.match(line)
            if closing and closing["fence"].startswith(fence) and not line[closing.end() :].strip():
                fence = ""
        elif not commented and (opening := _FENCE.match(line)):
            fence, is_code = opening["fence"], True
        else:
            said, commented = _uncommented(line, commented)
        found.append(ChangelogLine(start, line, end, not is_code, said))
    return tuple(found), "a comment" if commented else "code" if fence else ""


def other_headings(lines: tuple[ChangelogLine, ...]) -> Iterator[tuple[ChangelogLine, str]]:
    """The headings that are not `## Title`, with what they say: of other levels, underlined, and those of HTML."""
    before = None
    for line in lines:
        if line.is_markdown and line.level not in (0, 2):
            yield line, line.title
        elif line.is_markdown and (found := _HTML_HEADING.fullmatch(line.said)):
            yield line, _TAG.sub("", found["title"]).strip()
        elif line.is_markdown and before is not None and _UNDERLINE.fullmatch(line.text):
            yield before, before.said.strip()
        before = line if line.is_markdown else None


def _split(text: str) -> Iterator[tuple[int, str, str]]:
    for found in _LINE.finditer(text):
        if found.start() == len(text):
            return
        yield found.start(), found["text"], found["end"]


def _uncommented(line: str, commented: bool) -> tuple[str, bool]:
    """The line without comments, and whether one goes on behind it. `<!--` inside of a code span begins none."""
    pieces, kept, at = [], 0, 0
    if commented:
        stop = line.find("-->")
        if stop < 0:
            return "", True
        kept = at = stop + 3
    ticks = _runs(line)
    while opening := _OPENING.search(line, at):
        at = opening.end()
        if opening["ticks"]:
            at = _after_code(ticks.get(len(opening["ticks"]), []), at, len(opening["ticks"]))
        elif opening["comment"]:
            pieces.append(line[kept : opening.start()])
            # `<!-->` is a whole one.
            stop = line.find("-->", opening.start() + 2)
            if stop < 0:
                return "".join(pieces), True
            kept = at = stop + 3
    return "".join((*pieces, line[kept:])), False


def _runs(line: str) -> dict[int, list[int]]:
    """Where backticks stand in a row, by how many they are."""
    found: dict[int, list[int]] = {}
    for run in _TICKS.finditer(line):
        found.setdefault(len(run[0]), []).append(run.start())
    return found


def _after_code(closing: list[int], at: int, length: int) -> int:
    """Where a code span ends that begins before `at`; `at` where nothing closes it, which makes it plain text."""
    index = bisect_left(closing, at)
    return closing[index] + length if index < len(closing) else at
