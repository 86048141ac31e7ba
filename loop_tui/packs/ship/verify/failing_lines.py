"""What all runners print alike of a test that failed: messages, stacks, and where in the project's own files it was."""

import re
from collections.abc import Sequence

from msgspec import Struct

from loop_tui.model.regex import regex

MESSAGE_LINES = 3
_MOST_LINES = 40


class FailingTest(Struct, frozen=True):
    """One test that failed: its full name, what it said, and `file:line` of it; what is not told is empty."""

    name: str
    message: str = ""
    place: str = ""

    def __str__(self) -> str:
        """For people: `sum > adds (test/sum.test.js:4): expected 3, got -1`."""
        place = f" ({self.place})" if self.place else ""
        return f"{self.name}{place}" + (f": {self.message}" if self.message else "")


SOURCE = r"(?:file://)?[^\s()]+?\.(?:[cm]?[jt]sx?|py|vue|svelte)"
_FRAME = regex(rf"(?:^|[\s(])({SOURCE}):(\d+)(?::\d+)?\)?\s*{{?\s*$")
_STACK = regex(rf"^\s*(?:at |❯ |› ).*|^\s*\S+ \({SOURCE}:\d+:\d+\)$")
_CODE = regex(r"^\s*>?\s*\d+\s?[|:│]|^\s+\|[\s^]*$")
_AGAIN = regex(r"(?:[A-Z]\w*)?Error\b.*?: ")
_DIFF_HEAD = regex(r"[+-] (?:actual|expected|received):?(?: [+-] (?:actual|expected))?|[{}\[\]],?", re.IGNORECASE)
_DIFFERS = regex(r"[+-]\s+\S")
_CLASS = regex(r"^(?:Uncaught )?AssertionError(?: \[\w+\])?: ")


def frame(line: str) -> str:
    """The `file:line` of a line of a stack, of the project's own files; empty for any other."""
    match = _FRAME.search(line)
    if match is None or "node_modules/" in match[1] or match[1].startswith("node:"):
        return ""
    return f"{match[1]}:{match[2]}"


def first_frame(lines: Sequence[str]) -> str:
    """The first of the project's own files in a stack."""
    return next((place for line in lines if (place := frame(line))), "")


def message_of(lines: Sequence[str]) -> str:
    """What an error says: its first lines before the stack, without excerpts of code."""
    said: list[str] = []
    for line in lines:
        text = line.strip()
        # Some say the message by itself first, and then the whole error.
        if _STACK.match(line) or len(said) >= _MOST_LINES or (said and _AGAIN.match(text)):
            break
        if text and not _CODE.match(line) and not _DIFF_HEAD.fullmatch(text):
            said.append(text)
    # Of a long comparison what differs tells more than how it begins.
    differing = [text for text in said[1:] if _DIFFERS.match(text)]
    return _CLASS.sub("", " ".join([*said[:1], *(differing or said[1:])][:MESSAGE_LINES]))
