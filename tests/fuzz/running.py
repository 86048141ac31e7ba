"""Giving each kind of file its damaged contents, and counting what must never come of it."""

import contextlib
import os
import signal
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from loop_tui.model.problem import Problem
from loop_tui.model.text import clean

from .kinds import Kind, Look, Yard
from .mutate import mutated

HANG_S = 10.0
"""How long all that looks at one file may take."""
_OLD_NS = 1_700_000_000 * 10**9
"""When the files were written, as they say themselves: what was written just now is given time to become whole."""
MOST_KEPT = 20


class Hang(BaseException):
    """A look took too long; no `except Exception` may hold it up."""


@dataclass
class Count:
    """What came of the inputs of one kind."""

    inputs: int = 0
    refused: int = 0
    crashes: int = 0
    hangs: int = 0
    changed: int = 0
    escapes: int = 0
    slowest_s: float = 0.0
    told: list[str] = field(default_factory=list)

    @property
    def bad(self) -> int:
        """How many inputs led to what must never be."""
        return self.crashes + self.hangs + self.changed + self.escapes

    def tell(self, what: str) -> None:
        """Keep some examples."""
        if len(self.told) < MOST_KEPT:
            self.told.append(what)


def fuzz(root: Path, inputs: int, seed: int, only: str = "", first: int = 0) -> Iterator[tuple[str, Count]]:
    """The counts of each kind, as they come; the inputs are shared among the kinds evenly."""
    yard = Yard(root)
    kinds = [kind for kind in yard.kinds() if not only or kind.name == only]
    for number, kind in enumerate(kinds):
        share = inputs // len(kinds) + (number < inputs % len(kinds))
        yield kind.name, _all_of(kind, range(first, first + share), seed)


def _all_of(kind: Kind, numbers: Iterable[int], seed: int) -> Count:
    count = Count()
    before = kind.path.read_bytes() if kind.path.is_file() else None
    with _watchdog():
        for number in numbers:
            random = Random(f"{seed}/{kind.name}/{number}")
            data = mutated(random.choice(kind.samples), random, kind.flavour)
            # The first look is had of each input, of the others one: what they share is the reading.
            looks = [kind.looks[0], *random.sample(list(kind.looks[1:]), min(1, len(kind.looks) - 1))]
            _one(kind, looks, data, f"{kind.name} --seed {seed} --first {number}", count)
    if before is None:
        kind.path.unlink(missing_ok=True)
    else:
        kind.path.write_bytes(before)
    return count


def _one(kind: Kind, looks: Sequence[Look], data: bytes, name: str, count: Count) -> None:
    count.inputs += 1
    kind.path.write_bytes(data)
    os.utime(kind.path, ns=(_OLD_NS, _OLD_NS))
    beside = _names(kind.path.parent)
    began = time.monotonic()
    signal.setitimer(signal.ITIMER_REAL, HANG_S)
    refused = False
    texts: list[str] = []
    try:
        for look in looks:
            try:
                texts += _texts(look())
            except Problem as problem:
                refused = True
                texts += [str(problem)]
    except Hang:
        count.hangs += 1
        count.tell(f"{name}: hangs\n{traceback.format_exc(limit=-6)}")
    except Exception:
        count.crashes += 1
        count.tell(f"{name}: {traceback.format_exc(limit=-8)}")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    count.slowest_s = max(count.slowest_s, time.monotonic() - began)
    count.refused += refused
    raw = next((text for text in texts if clean(text) != text), None)
    if raw is not None:
        count.escapes += 1
        count.tell(f"{name}: raw: {raw[:300]!r}")
    if kind.path.read_bytes() != data or _names(kind.path.parent) != beside:
        count.changed += 1
        count.tell(f"{name}: changed: {set(_names(kind.path.parent)) ^ set(beside)}")


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _texts(value: object) -> Iterator[str]:
    """Every text in what a look gives: what a person may get to see of the file."""
    if isinstance(value, str | Problem):
        yield str(value)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


@contextlib.contextmanager
def _watchdog() -> Iterator[None]:
    def late(*_: object) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, late)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, before)
