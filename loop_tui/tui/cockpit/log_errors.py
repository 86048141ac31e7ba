"""Where in the output of a command that failed its first error stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, islice

from loop_tui.model.regex import regex
from loop_tui.model.text import uncoloured

_SCANNED = 2_000
"""Lines that are looked through, from the end."""
_LOOKED_AT = 200
"""Characters of a line."""
_MOST_READ = 200
"""Lines with a telling word that are read; whoever prints more of them prints errors."""
_BEFORE_END = 20
_WORDS = ("error", "fail", "not ok", "exception", "panicked", "traceback", "✖", "✗", "✕", "×")
_ERROR = regex(
    r"\berror\b|\bnot ok\b|\bfail(?:ed|ing|ure)?\b|^\s*[×✕]|[✖✗]|\bpanicked\b|traceback|\w(?:error|exception)\b",
    re.IGNORECASE,
)
_PASSED = regex(r"\s*(?:[✓✔√]|ok \d|PASS\b|--- PASS|test .* \.\.\. ok$|.* PASSED\b)")
_NONE = regex(r"\b(?:0|no) (?:errors?|fail(?:ed|ures?|ing)?)\b|\b(?:fail|failed|errors?|failures)[:=]? ?0\b", re.I)


def first_error(line: Callable[[int], str], spans: Sequence[tuple[int, int]]) -> int | None:
    """The number of that line in spans of lines; where none looks like an error some lines before their end.

    None where there are no lines. `line` gives a raw line of an output log by its number.
    """
    numbers = list(islice((n for start, end in reversed(spans) for n in range(end - 1, start - 1, -1)), _SCANNED))
    numbers.reverse()
    texts = [line(number).split("\t", 3)[-1][:_LOOKED_AT] for number in numbers]
    for at in islice(_telling(texts), _MOST_READ):
        if is_error(texts[at]):
            return numbers[at]
    return numbers[max(0, len(numbers) - _BEFORE_END)] if numbers else None


def _telling(texts: Sequence[str]) -> Iterator[int]:
    """Which texts hold a word that an error may have: found in all of them at once, as that is twenty times faster."""
    lowered = [text.lower() for text in texts]
    whole = "\n".join(lowered)
    ends = list(accumulate(len(text) + 1 for text in lowered))
    found: set[int] = set()
    for word in _WORDS:
        at = whole.find(word)
        while at >= 0:
            row = bisect_right(ends, at)
            found.add(row)
            at = whole.find(word, ends[row])
    return iter(sorted(found))


def is_error(text: str) -> bool:
    """True when a line of a program says that something failed: not one that counts none, and no test that passed."""
    plain = uncoloured(text)
    if not _ERROR.search(plain) or _PASSED.match(plain):
        return False
    return bool(_ERROR.search(_NONE.sub("", plain)))
