"""Whoever opens a file for writing in the moment in which another takes its place loses nothing."""

import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from loop_tui.fs import atomic
from loop_tui.fs.atomic import exchange, replace_if, revision
from loop_tui.fs.file_lease import leased
from tests.crash.worlds import wait_for

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone leases files")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "f"
    found.write_bytes(b"old")
    return found


@contextmanager
def writer(file: Path) -> Iterator[Future[int]]:
    """Somebody who writes the file in place, in a thread of its own."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(file.write_bytes, b"theirs")


def test_a_writer_waits_for_the_lease(file: Path) -> None:
    with leased(file) as lease:
        assert lease.held
        assert not lease.writer_waits()
        assert file.read_bytes() == b"old", "readers do not wait"
        assert not lease.writer_waits()
        with writer(file) as written:
            wait_for(lease.writer_waits, "the system to hold the writer up")
            assert not written.done()
            lease.file.close()
            assert written.result() == len(b"theirs")
    assert file.read_bytes() == b"theirs"


def test_a_file_that_somebody_has_open_for_writing_is_not_leased(file: Path) -> None:
    with file.open("ab"), leased(file) as lease:
        assert not lease.held
        assert not lease.writer_waits()


def test_what_is_written_in_the_moment_of_our_exchange_is_in_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(p.name for p in file.parent.iterdir())
    with ThreadPoolExecutor(1) as pool:
        theirs: list[Future[int]] = []

        def late(first: Path, second: Path) -> bool:
            if not theirs:
                theirs.append(pool.submit(file.write_bytes, b"theirs"))
                wait_for(lambda: "BREAKING" in Path("/proc/locks").read_text("utf-8"), "the writer to be held up")
            return exchange(first, second)

        monkeypatch.setattr(atomic, "exchange", late)
        # As it looks when we are quicker than whoever was held up.
        monkeypatch.setattr(atomic, "_settle", lambda *_: True)
        assert not replace_if(file, b"ours", revision(b"old"))
        theirs[0].result()
    assert file.read_bytes() == b"theirs"
    assert sorted(p.name for p in file.parent.iterdir()) == before
