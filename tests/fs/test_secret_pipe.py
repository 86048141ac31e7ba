"""The pipe that a secret takes: whole lines, to one reader of our own, and nothing else in its place."""

import asyncio
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from loop_tui.fs.plain import NotPlain
from loop_tui.fs.run_tree import check_run_folder
from loop_tui.fs.secret_pipe import NobodyReads, SecretPipe, hand_over, is_asked, name_of, sweep, understood
from loop_tui.model.problem import Problem


def lines(folder: Path, *writers: Callable[[], object]) -> list[bytes]:
    """What the reader of a pipe gets from writers, one after the other; the last line is `end`."""

    async def read() -> list[bytes]:
        found = list[bytes]()
        with SecretPipe(folder, "q") as pipe:

            def write() -> None:
                for writer in (*writers, lambda: put(folder, b"end\n")):
                    writer()

            writing = asyncio.create_task(asyncio.to_thread(write))
            async with asyncio.timeout(30):
                while b"end" not in found:
                    found.append(await pipe.line())
            await writing
        return found

    return asyncio.run(read())


def put(folder: Path, data: bytes) -> None:
    """Write as a process that is gone at once."""
    handle = os.open(folder / name_of("q"), os.O_WRONLY)
    os.write(handle, data)
    os.close(handle)


def test_a_frame_arrives_as_it_was_given(tmp_path: Path) -> None:
    (frame, _) = lines(tmp_path, lambda: hand_over(tmp_path, "q", "bob", 'sp ace"\u00e9', 0.01))
    assert understood(frame) == ("bob", 'sp ace"\u00e9')
    assert understood(b"{}") is understood(b'["bob"]') is understood(b"\xff") is None


def test_what_a_writer_did_not_finish_is_dropped(tmp_path: Path) -> None:
    half = b'["bob", "hal'
    found = lines(tmp_path, lambda: put(tmp_path, half), lambda: hand_over(tmp_path, "q", "bob", "whole", 0.01))
    assert [each for each in map(understood, found) if each] == [("bob", "whole")]
    assert understood(half) is None


def test_nobody_reads_where_no_driver_asks_or_one_was_killed(tmp_path: Path) -> None:
    with pytest.raises(NobodyReads):
        hand_over(tmp_path, "q", "bob", "x", 1)
    with pytest.raises(NobodyReads):
        hand_over(tmp_path / "gone", "q", "bob", "x", 1)
    os.mkfifo(tmp_path / name_of("q"), 0o600)
    assert is_asked(tmp_path, "q")
    with pytest.raises(NobodyReads):
        hand_over(tmp_path, "q", "bob", "x", 1)
    (tmp_path / name_of("q")).chmod(0o644)
    with SecretPipe(tmp_path, "q"):
        assert stat.S_IMODE((tmp_path / name_of("q")).stat().st_mode) == 0o600, "it is made anew"
    assert not is_asked(tmp_path, "q")


def test_what_killed_drivers_left_is_swept_away_and_nothing_else(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / name_of("q"), 0o600)
    os.mkfifo(tmp_path / "mine", 0o600)
    (tmp_path / name_of("r")).write_text("")
    sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "world") == [name_of("r"), "mine"]
    sweep(tmp_path / "gone")


def a_file(path: Path) -> None:
    path.write_text("")


def a_link(path: Path) -> None:
    os.mkfifo(path.with_name("elsewhere"), 0o600)
    path.symlink_to(path.with_name("elsewhere"))


def open_to_others(path: Path) -> None:
    os.mkfifo(path)
    path.chmod(0o620)


@pytest.mark.parametrize("made", [a_file, a_link, open_to_others])
def test_nothing_is_written_into_anything_else(tmp_path: Path, made: Callable[[Path], None]) -> None:
    path = tmp_path / name_of("q")
    made(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(OSError, match=r"symbolic links|not a (private )?pipe"):
        hand_over(tmp_path, "q", "bob", "a-secret", 0.01)
    assert os.read(reader, 100) == b""
    os.close(reader)


@pytest.mark.parametrize("made", [a_file, a_link])
def test_a_driver_takes_the_place_of_a_pipe_alone(tmp_path: Path, made: Callable[[Path], None]) -> None:
    made(tmp_path / name_of("q"))
    with pytest.raises(NotPlain), SecretPipe(tmp_path, "q"):
        pass
    assert (tmp_path / name_of("q")).lstat()


def test_a_run_folder_may_hold_that_pipe_and_no_other(tmp_path: Path) -> None:
    folder = tmp_path / ".loop" / "a-loop"
    folder.mkdir(parents=True)
    os.mkfifo(folder / name_of("q"), 0o600)
    check_run_folder(folder)
    (folder / name_of("q")).chmod(0o666)
    with pytest.raises(Problem, match="is a pipe"):
        check_run_folder(folder)
    (folder / name_of("q")).unlink()
    os.mkfifo(folder / ".secret-mine.tmp", 0o600)
    with pytest.raises(Problem, match="is a pipe"):
        check_run_folder(folder)
