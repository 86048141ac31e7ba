"""The one way to open a file: plain, bounded, through no link, and never so that it blocks."""

import contextlib
import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loop_tui.fs import whole_lines
from loop_tui.fs.atomic import replace_if, revision, temp_of, write_atomic, write_new
from loop_tui.fs.limits import Limit
from loop_tui.fs.plain import (
    NotPlain,
    copy_plain,
    digest_of,
    folder_handle,
    open_new,
    open_plain,
    parse_json,
    read_plain,
    read_start,
)
from loop_tui.fs.run_tree import check_run_folder
from loop_tui.fs.whole_lines import append_whole, tail, whole_blocks
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

SMALL = Limit(1000, "sample")


def pipe(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def unix_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # Its path may be too long for a socket.
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)
    os.chdir(here)


def link_to(target: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.symlink_to(target)

    make.__name__ = f"link_to_{Path(target).name}"
    return make


def link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def link_to_a_file(path: Path) -> None:
    target = path.parent.parent / "precious"
    target.write_bytes(b"precious")
    path.symlink_to(target)


BAD = [
    pipe, folder, unix_socket, link_to("/dev/zero"), link_to("/dev/tty"), link_to("/proc/kmsg"), link_to("nowhere"),
    link_to_itself, link_to_a_file,
]  # fmt: skip
READERS: dict[str, Callable[[Path], object]] = {
    "read_plain": lambda path: read_plain(path, SMALL),
    "read_start": lambda path: read_start(path, 10),
    "open_plain": lambda path: open_plain(path).close(),
    "digest_of": lambda path: digest_of(path, SMALL),
    "whole_blocks": lambda path: list(whole_blocks(path, 0)),
    "tail": lambda path: tail(path, 10),
    "copy_plain": lambda path: copy_plain(path, path.with_name("copy"), SMALL),
}
WRITERS: dict[str, Callable[[Path], object]] = {
    "write_atomic": lambda path: write_atomic(path, b"new"),
    "append_whole": lambda path: append_whole(path, b"new\n", durable=False),
    "open_new": lambda path: open_new(path).close(),
    "replace_if": lambda path: replace_if(path, b"new", revision(b"precious")),
    "replace_if_within": lambda path: replace_if(path, b"new", revision(b"precious"), within=path.parent),
    "write_within": lambda path: write_atomic(path, b"new", within=path.parent),
}


@pytest.fixture(autouse=True)
def _nothing_hangs() -> Iterator[None]:
    """A call that blocks ends the test, not the suite."""

    def late(*_: object) -> None:
        raise AssertionError("it blocks")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where something else than a file is to lie, in a run folder."""
    made = tmp_path / ".loop" / "a-loop"
    made.mkdir(parents=True)
    return made / "it.json"


@pytest.mark.parametrize("bad", BAD, ids=lambda each: each.__name__)
@pytest.mark.parametrize("name", READERS)
def test_what_is_no_plain_file_is_not_read(place: Path, name: str, bad: Callable[[Path], None]) -> None:
    bad(place)
    with pytest.raises(OSError, match="it is a") as caught:
        READERS[name](place)
    assert isinstance(caught.value, NotPlain)


@pytest.mark.parametrize("bad", BAD, ids=lambda each: each.__name__)
@pytest.mark.parametrize("name", WRITERS)
def test_what_is_no_plain_file_is_not_written(place: Path, name: str, bad: Callable[[Path], None]) -> None:
    bad(place)
    kind = place.lstat().st_mode
    if name == "write_within" and bad is link_to_itself:
        pytest.skip("a link that leads nowhere is itself where it leads")
    if name.endswith("within") and place.is_symlink() and place.readlink() == Path("nowhere"):
        pytest.skip("its target would lie within")
    with pytest.raises((OSError, Problem)):
        WRITERS[name](place)
    assert place.lstat().st_mode == kind
    assert not (place.parent / "nowhere").exists()
    assert [p.name for p in place.parent.iterdir()] == [place.name], "nothing is left"
    if bad is link_to_a_file:
        assert place.read_bytes() == b"precious"


@pytest.mark.parametrize("name", WRITERS)
def test_nothing_is_written_into_a_file_of_two_names(place: Path, tmp_path: Path, name: str) -> None:
    """A hard link is as good a way to somebody's file as any, and looks like a file."""
    precious = tmp_path / "precious"
    precious.write_bytes(b"precious")
    precious.chmod(0o640)
    place.hardlink_to(precious)
    with contextlib.suppress(OSError, Problem):
        WRITERS[name](place)
    assert precious.read_bytes() == b"precious"
    assert precious.stat().st_mode & 0o777 == 0o640
    assert [p.name for p in place.parent.iterdir()] == [place.name], "nothing is left"


def test_who_keeps_a_file_locked_is_not_waited_for_without_end(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To lock a file it is enough to be able to read it."""
    monkeypatch.setattr(whole_lines, "_PATIENCE_S", 0.0)
    place.write_bytes(b"one\n")
    with open_plain(place) as somebody:
        fcntl.flock(somebody, fcntl.LOCK_EX)
        with pytest.raises(OSError, match="another process has held its lock"):
            append_whole(place, b"two\n", durable=False)
        assert place.read_bytes() == b"one\n"
    append_whole(place, b"two\n", durable=False)
    assert place.read_bytes() == b"one\ntwo\n"


def test_the_temporary_file_of_a_state_is_nobody_elses(place: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"precious")
    place.write_bytes(b"old")
    temp_of(place).hardlink_to(precious)
    assert replace_if(place, b"new", revision(b"old"))
    assert place.read_bytes() == b"new"
    assert precious.read_bytes() == b"precious"


@pytest.mark.parametrize("bad", BAD, ids=lambda each: each.__name__)
def test_a_new_file_is_not_made_where_something_is(place: Path, bad: Callable[[Path], None]) -> None:
    bad(place)
    assert not write_new(place, b"new")
    assert [p.name for p in place.parent.iterdir()] == [place.name]


@pytest.mark.parametrize("which", [".loop", ".loop/a-loop", ".loop/a-loop/deliverables"])
@pytest.mark.parametrize("name", [*READERS, *WRITERS])
def test_no_folder_from_the_run_folders_on_is_a_link(tmp_path: Path, name: str, which: str) -> None:
    """What lies in the folder that the link names is neither read nor written nor added to."""
    outside = tmp_path / "outside" / "rest"
    inner = tmp_path / ".loop/a-loop/deliverables/it.json"
    real = outside / inner.relative_to(tmp_path / which)
    real.parent.mkdir(parents=True)
    real.write_bytes(b"precious")
    (tmp_path / which).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / which).symlink_to(outside)
    with pytest.raises((OSError, Problem), match="link"):
        (READERS | WRITERS)[name](inner)
    assert real.read_bytes() == b"precious"
    assert [p for p in outside.rglob("*") if p.is_file()] == [real]
    with pytest.raises((OSError, Problem)):
        write_new(inner.with_name("other.json"), b"new")
    with pytest.raises(OSError, match="link"):
        folder_handle(inner.parent)


def test_links_that_the_caller_names_are_followed_to_files_alone(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"text")
    link = tmp_path / "link"
    link.symlink_to(target)
    assert read_plain(link, SMALL, follow=True) == b"text"
    for bad in ("/dev/zero", "/proc/kmsg", "/proc/self/environ", "/sys/kernel/notes", str(tmp_path), "nowhere"):
        other = tmp_path / f"link{len(bad)}"
        other.symlink_to(bad)
        with pytest.raises(OSError):  # noqa: PT011
            read_plain(other, SMALL, follow=True)


def test_no_part_of_a_path_leads_to_what_the_system_makes_up(tmp_path: Path) -> None:
    (tmp_path / "process").symlink_to("/proc/self")
    (tmp_path / "system").symlink_to("/sys/kernel")
    (tmp_path / "file").symlink_to("process/environ")
    for path in (tmp_path / "process/environ", tmp_path / "system/uevent_seqnum", tmp_path / "file"):
        with pytest.raises(NotPlain, match="a special file of the system"):
            read_plain(path, SMALL, follow=True)


def test_a_terminal_that_lies_there_does_not_become_ours() -> None:
    """A session without a terminal gets the first one that it opens."""
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom loop_tui.fs.plain import NotPlain, open_handle\n"
        "try:\n    open_handle(Path(sys.argv[1]), os.O_RDONLY)\nexcept NotPlain as error:\n    print(error.strerror)\n"
        "try:\n    os.open('/dev/tty', os.O_RDONLY)\nexcept OSError:\n    print('none')"
    )
    ours, theirs = os.openpty()
    argv = [sys.executable, "-c", code, os.ttyname(theirs)]
    done = subprocess.run(
        argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, start_new_session=True
    )
    os.close(ours)
    os.close(theirs)
    assert done.stdout.splitlines() == ["it is a device, not a file", "none"], done.stderr


@pytest.mark.parametrize("data", ["[" * 100_000, b"\xff", "", "{"], ids=["nested", "bytes", "empty", "cut off"])
def test_what_is_no_json_is_a_value_error(data: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_json(data)


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, "/" * 9 + "x/" * 4000])
def test_a_path_that_no_file_has_is_an_os_error(path: str) -> None:
    with pytest.raises(OSError):  # noqa: PT011
        read_plain(Path(path), SMALL)


@pytest.mark.parametrize("size", [1001, 10 * 1024**3])
def test_what_is_too_large_is_not_read(tmp_path: Path, size: int) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(size)
    for read in (read_plain, digest_of):
        with pytest.raises(NotPlain, match="a sample has at most 1,000 bytes") as caught:
            read(path, SMALL)
        assert caught.value.errno == errno.EFBIG
    with pytest.raises(NotPlain, match="a sample has at most"):
        list(whole_blocks(path, 0, SMALL))
    assert len(read_start(path, 10)) == 10
    assert len(tail(path, 10)) == 10


def test_a_line_without_an_end_is_not_gathered(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    path.write_bytes(b"one\n")
    with path.open("r+b") as file:
        file.truncate(10 * 1024**3)
    blocks = whole_blocks(path, 0)
    assert next(blocks) == (b"one\n", 4)
    with pytest.raises(NotPlain, match="a line of a log has at most 16 MB"):
        next(blocks)


def test_a_file_that_grows_is_read_no_further_than_it_may_be_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "grows"
    path.write_bytes(b"x" * 2000)
    real = os.fstat

    def before(handle: int) -> os.stat_result:
        found = list(real(handle))
        found[6] = 10
        return os.stat_result(found)

    monkeypatch.setattr(os, "fstat", before)
    with pytest.raises(NotPlain, match="a sample has at most"):
        read_plain(path, SMALL)


# --- the run folder -------------------------------------------------------------------------------------------------


def test_a_run_folder_of_files_and_folders_is_one(place: Path) -> None:
    place.write_text("{}")
    (place.parent / "deliverables").mkdir()
    check_run_folder(place.parent)
    check_run_folder(place.parent.parent / "none")


@pytest.mark.parametrize("bad", BAD, ids=lambda each: each.__name__)
@pytest.mark.parametrize("name", ["lease.json", "journey-log.jsonl", "state.lock", "driver.log"])
def test_a_run_folder_that_holds_something_else_is_refused_by_name(
    place: Path, name: str, bad: Callable[[Path], None]
) -> None:
    bad(place.with_name(name))
    with pytest.raises(Problem, match="remove it") as caught:
        check_run_folder(place.parent)
    assert caught.value.code is Code.PATH_UNSAFE
    assert caught.value.where == str(place.with_name(name))


@pytest.mark.parametrize("which", [".loop", ".loop/a-loop", ".loop/a-loop/deliverables", ".loop/.gitignore"])
def test_a_run_folder_that_is_or_holds_a_link_is_refused_by_name(tmp_path: Path, which: str) -> None:
    (tmp_path / "outside/a-loop").mkdir(parents=True)
    (tmp_path / which).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / which).symlink_to(tmp_path / "outside")
    (tmp_path / ".loop/a-loop").mkdir(exist_ok=True)
    with pytest.raises(Problem, match="is a link") as caught:
        check_run_folder(tmp_path / ".loop/a-loop")
    assert caught.value.where == str(tmp_path / which)


def test_names_in_a_run_folder_reach_no_terminal_raw(place: Path) -> None:
    place.with_name("a\x1b]0;x\x07\nb").symlink_to("nowhere")
    with pytest.raises(Problem) as caught:
        check_run_folder(place.parent)
    assert str(caught.value).isprintable()
