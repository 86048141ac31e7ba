"""What masking costs on text that is made to cost: run as a program of its own, since an expression holds the lock.

`python -m tests.linear sample` takes a part of the combinations, `whole` all of them. It prints each that takes more
than twice the time for twice the text, and ends with 1 then; one that does not end is ended by the system, and is the
last that was begun (`trying`). CPU time of this process is compared with itself: no machine is too slow for that.
"""

import re
import resource
import sys
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from loop_tui.model import secret_places, secrets, text
from loop_tui.model.secret_places import mask_blocks, mask_places
from loop_tui.model.secrets import mask, masked
from loop_tui.model.text import clean, one_line
from loop_tui.process import output_lines
from loop_tui.process.output_lines import LineSplitter
from tests.secret_rows import ROWS

SECONDS = 60
"""CPU seconds that one combination may take before the system ends this process."""
SIZE = 200_000
FLOOR = 0.02
"""What takes less, in seconds of CPU, is not compared: it would be the clock that is measured."""
_FIRST = 64_000
"""What is below the floor at this size is no cost at all: the whole form looks no further."""
_SAMPLED = 40
# Used with `match` at a place that another expression found, or on a name of at most 64 characters: never a search.
_AT_A_PLACE = frozenset(("_START", "_REST", "_PARAMETER", "_NO_VALUE", "_HEAD", "_NAME", "_UPPER"))

_DEEP = re.compile(r"[A-Za-z0-9]{20}\Z")

KNOWN = (
    *(".eyJ", "eyJ", ".eyJa", "eyJaaaaaaaa.", "@://a:b", "://a:b", "://a:b/", "://a/:1/", "://a:", "://@", "@:// "),
    *("-----BEGIN PRIVATE KEY-----\n" + "-" * 150 + "!\n", "-----BEGIN PRIVATE KEY-----\n" + "+ |" * 50 + "!\n"),
    *("-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\n", "-----END ", "-----BEGIN A A"),
    *("?key=$", "&token=$", "?key=null?", "?token=x", "'authorization: bearer' ", '"authorization": "bearer", '),
    *("authorization: bearer ", 'token="$\\"', "token='$", "token=\\'$", 'x_token="\\', "password ", "password\t \t"),
    *("machine password ", "\x9d", "\x9da", "\x90", "\x9d\x90", "\x1b]", "\x1bP", "\x1b[0", "\x1b[0;", "\x9b", "\x1b "),
    *("SG.", "SG.aaaaaaaaaaaaaaaa.", "/api/v1", "discord.com/api/v1", "gldt-", "sk-", "_[masked]", "KEY=", "A_KEY: "),
)  # fmt: skip
"""Pieces that were once dear, and such as are nearly so."""
SEPARATORS = ("", " ", "\n", '"', "'", ":", "=", "@", "/", "-", ".", "\\", "://", "!\n")
_OPENED = f"_{'a' * 16} -{'a' * 16} .eyJ //0{'a' * 16} /api/webhooks/ @:// AGSc: = passwd a\n"
"""Stands at the beginning: all that makes masking try its dearer expressions at all."""
_ENDS = ("!", "\x1bx", "")


class Try(NamedTuple):
    """One function and the text that it gets, as a piece that is repeated and what stands at the end."""

    name: str
    run: Callable[[str], object]
    piece: str
    end: str

    def cost(self, size: int) -> float:
        """CPU seconds for that many characters."""
        given = _OPENED + (self.piece * (size // len(self.piece) + 1))[:size] + self.end
        begun = time.process_time()
        self.run(given)
        return time.process_time() - begun


def _split(given: str) -> object:
    splitter = LineSplitter(["s3cret-value"], colours=True)
    data = given.encode("utf-8", "surrogatepass")
    for start in range(0, len(data), 65536):
        splitter.feed(data[start : start + 65536])
        splitter.flush()
    return splitter.finish()


PATHS: dict[str, Callable[[str], object]] = {
    "mask": mask,
    "mask_places": mask_places,
    "mask_blocks": mask_blocks,
    "mask_blocks inside": lambda given: mask_blocks(given, inside=True),
    "masked": lambda given: masked({"token": given, given: [given]}),
    "one_line": lambda given: one_line(given, 200),
    "clean": clean,
    "LineSplitter": _split,
}


def expressions() -> dict[str, Callable[[str], object]]:
    """Every expression of these modules, as what finds all of it in a text (or matches at its beginning)."""
    found: dict[str, re.Pattern[str]] = {}
    secret_places.mask_places("token=a token: a")
    for sign, gate, patterns in secrets._GROUPS:
        found |= {f"shape {sign} {at}": re.compile(each) for at, each in enumerate((*patterns, gate or "(?!)"))}
    for module in (secrets, secret_places, text, output_lines):
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                found[name] = re.compile(value.pattern.decode()) if isinstance(value.pattern, bytes) else value
    found |= {f"behind {sign}": value for sign, value in secret_places._BEHIND.items()}
    runs = {name: _all_of(value) if name not in _AT_A_PLACE else value.match for name, value in found.items()}
    return runs | {f"quoted {mark}": value.match for mark, value in secret_places._QUOTED.items()}


def _all_of(pattern: re.Pattern[str]) -> Callable[[str], object]:
    return lambda given: sum(1 for _ in pattern.finditer(given))


def pieces() -> list[str]:
    """Every beginning of every sample, and every character, each once.

    Of those that end with many letters of a secret only some: the next letter is one more of the same kind.
    """
    starts = ((row.text[:length], length) for row in ROWS for length in range(1, len(row.text) + 1))
    found = {start: None for start, length in starts if length % 16 == 0 or not _DEEP.search(start)}
    return [*found, *map(chr, range(0x100)), *(chr(at) for at in (0x202E, 0x2028, 0xFEFF, 0x1F600))]


def sample(random: Random) -> Iterator[Try]:
    """All that is known, on what does all the work; every expression and path with a few pieces."""
    for piece in KNOWN:
        yield Try("mask", mask, piece, "!")
    every = pieces()
    for name, run in expressions().items():
        for piece in random.sample(every, 4):
            yield Try(name, run, piece + random.choice(SEPARATORS), random.choice(_ENDS))
    for name in PATHS:
        for piece in random.sample(KNOWN, 3):
            yield Try(name, PATHS[name], piece, "!")
    for control in "\x90\x98\x9b\x9d\x9e\x9f\x1b":
        yield Try("clean", clean, control, "\x1bx")
    for piece in random.sample(every, _SAMPLED):
        yield Try("mask", mask, piece + random.choice(SEPARATORS), random.choice(_ENDS))


def whole() -> Iterator[Try]:
    """Every piece with every separator through `mask`; in turn, every third through each path and each expression."""
    every = [*KNOWN, *pieces()]
    for piece in every:
        for separator in SEPARATORS:
            yield Try("mask", mask, piece + separator, "!")
    for name, run in (PATHS | expressions()).items():
        for at, piece in enumerate(KNOWN):
            yield Try(name, run, piece, _ENDS[at % 2])
        for at, piece in enumerate(every[::3]):
            yield Try(name, run, piece + SEPARATORS[at % len(SEPARATORS)], _ENDS[at % 3])


def is_superlinear(attempt: Try) -> bool:
    """True when twice the text costs more than three times as much, however often it is measured."""
    for _ in range(3):
        double = attempt.cost(2 * SIZE)
        if double < FLOOR or double < 3 * attempt.cost(SIZE):
            return False
    return True


def main(form: str, at: int = 0, of: int = 1) -> int:
    """Tries what there is, each under a limit of its own; the number of those that are too dear decides the end."""
    bad = 0
    for number, attempt in enumerate(whole() if form == "whole" else sample(Random(7))):
        if number % of != at:
            continue
        print(f"trying {attempt.name}: {attempt.piece!r} … {attempt.end!r}", flush=True)
        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime) + SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        if form == "whole" and attempt.cost(_FIRST) < FLOOR:
            continue
        if is_superlinear(attempt):
            bad += 1
            print(f"superlinear {attempt.name}: {attempt.piece!r} … {attempt.end!r}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(int, sys.argv[2:])))
