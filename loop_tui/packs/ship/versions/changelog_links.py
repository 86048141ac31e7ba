"""The link references at the end of a changelog: `[unreleased]: …/compare/v1.0.0...HEAD`, kept in step. Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from loop_tui.model.regex import regex

from .text_edits import TextEdit

_REFERENCE = regex(r" {0,3}\[(?P<label>[^\]]+)\](?P<colon>:[ \t]*)(?P<bracket><?)(?P<url>[^\s<>]+)>?.*")
_OPEN_END = regex(r"(?P<base>\S*/compare/)(?P<last>\S+?)(?P<dots>\.{2,3})(?P<head>\S+)")
_CLOSED = regex(r"(?P<base>\S*/compare/)(?P<first>\S+?)(?P<dots>\.{2,3})(?P<last>\S+)")
_AT_TAG = regex(r"(?P<base>\S*/(?:releases/tag|tags|-/tags|tree)/)(?P<last>\S+)")
_LONGEST = 2_000


class ReferenceLine(Protocol):
    """A line of the file."""

    @property
    def start(self) -> int:
        """Where it starts."""

    @property
    def stop(self) -> int:
        """Where its text ends."""

    @property
    def text(self) -> str:
        """What it says."""

    @property
    def end(self) -> str:
        """Its line end."""


class _Reference(Struct, frozen=True):
    line: ReferenceLine
    label: str
    colon: str
    is_angled: bool
    url: str
    url_at: int

    def another(self, label: str, url: str) -> str:
        return f"[{label}]{self.colon}<{url}>" if self.is_angled else f"[{label}]{self.colon}{url}"


def link_edits(text: str, lines: Sequence[ReferenceLine], version: str, known: Sequence[str]) -> Iterator[TextEdit]:
    """The edits for a version that is new; none where the file has no such references, or none that are understood.

    `known` are the versions that the file has, newest first.
    """
    found = [_read(line) for line in lines]
    references = [each for each in found if each is not None]
    if any(_bare(each.label) == version for each in references):
        return
    end = next((line.end for line in lines if line.end), "\r\n" if "\r\n" in text else "\n")
    open_end = next((each for each in references if each.label.lower() == "unreleased"), None)
    newest = next((each for v in known for each in references if _bare(each.label) == v), None)
    match = _OPEN_END.fullmatch(open_end.url) if open_end is not None else None
    # Up to another version it is none that stays open.
    is_open = match is not None and _tag_after(match["head"], version) is None
    tag = _tag_after(match["last"], version) if match is not None and is_open else None
    if open_end is not None and match is not None and tag is not None:
        yield TextEdit(open_end.url_at + len(match["base"]), match["last"], tag)
        label = _label(newest, version)
        url = f"{match['base']}{match['last']}{match['dots']}{tag}"
        if newest is not None and (at := _AT_TAG.fullmatch(newest.url)):
            url = f"{at['base']}{tag}"
        yield _placed(open_end, open_end.another(label, url), references, end)
    elif newest is not None and (next_url := _following(newest.url, version)):
        yield TextEdit(newest.line.start, "", newest.another(_label(newest, version), next_url) + end)


def _placed(open_end: _Reference, line: str, references: Sequence[_Reference], end: str) -> TextEdit:
    """Below what is unreleased; above it, where it is the last of several."""
    if len(references) > 1 and references[-1] is open_end:
        return TextEdit(open_end.line.start, "", line + end)
    return TextEdit(open_end.line.stop, "", end + line)


def _following(url: str, version: str) -> str:
    """The link of the version after the one that a link is for; empty where its form is not known."""
    if at := _AT_TAG.fullmatch(url):
        tag = _tag_after(at["last"], version)
        return f"{at['base']}{tag}" if tag else ""
    if closed := _CLOSED.fullmatch(url):
        tag = _tag_after(closed["last"], version)
        return f"{closed['base']}{closed['last']}{closed['dots']}{tag}" if tag else ""
    return ""


def _tag_after(last: str, version: str) -> str | None:
    """The tag of a version in the form of another one's; None for what is no tag of a version."""
    found = re.fullmatch(r"(?P<prefix>.*?)\d+\.\d+\.\d+[0-9A-Za-z.+-]*", last)
    return f"{found['prefix']}{version}" if found else None


def _label(newest: _Reference | None, version: str) -> str:
    return f"v{version}" if newest is not None and newest.label.startswith("v") else version


def _bare(label: str) -> str:
    return label.removeprefix("v")


def _read(line: ReferenceLine) -> _Reference | None:
    # No address is longer, and the search in one is not linear.
    found = _REFERENCE.fullmatch(line.text) if len(line.text) <= _LONGEST else None
    if found is None:
        return None
    at = line.start + found.start("url")
    return _Reference(line, found["label"], found["colon"], bool(found["bracket"]), found["url"], at)
