"""The short form of `make fuzz`: every kind of file, a few dozen contents each."""

from pathlib import Path

import pytest

from .kinds import Yard
from .mutate import mutated
from .running import HANG_S, fuzz

INPUTS = 2_000


@pytest.mark.slow
def test_nothing_that_a_file_holds_crashes_hangs_writes_or_reaches_a_terminal(tmp_path: Path) -> None:
    counts = dict(fuzz(tmp_path, INPUTS, seed=20260102))
    assert [each for count in counts.values() for each in count.told] == []
    assert sum(count.inputs for count in counts.values()) == INPUTS
    assert sum(count.refused for count in counts.values()) > INPUTS / 20, "the contents are damaged"
    assert max(count.slowest_s for count in counts.values()) < HANG_S


def test_every_kind_has_samples_that_read(tmp_path: Path) -> None:
    """Else all that follows would only ever be refused."""
    kinds = list(Yard(tmp_path).kinds())
    assert len({kind.name for kind in kinds}) == len(kinds) >= 30
    for kind in kinds:
        assert kind.samples
        assert all(kind.samples)
        kind.path.write_bytes(kind.samples[0])
        for look in kind.looks:
            look()


def test_what_looks_sees_a_crash_a_hang_a_write_and_an_escape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program that counts can count."""
    from . import running

    kind = next(kind for kind in Yard(tmp_path).kinds() if kind.name == "hints")

    def crash() -> None:
        raise KeyError("x")

    def hang() -> None:
        while True:
            pass

    def write() -> None:
        kind.path.write_bytes(b"other")

    monkeypatch.setattr(running, "HANG_S", 0.1)
    for look, field in ((crash, "crashes"), (hang, "hangs"), (write, "changed"), (lambda: "\x1b[2J", "escapes")):
        count = running._all_of(kind._replace(looks=[look]), range(1), 1)
        assert (getattr(count, field), count.bad) == (1, 1)


def test_the_same_numbers_make_the_same_bytes() -> None:
    from random import Random

    for flavour in ("json", "lines", "toml", "text"):
        first, second = ([mutated(b'{"a": 1}', Random(n), flavour) for n in range(50)] for _ in range(2))
        assert first == second
        assert len(set(first)) > 25
