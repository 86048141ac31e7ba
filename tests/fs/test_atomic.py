"""Files that are written whole or not at all."""

import errno
import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from loop_tui.fs import atomic
from loop_tui.fs.atomic import exchange, replace_if, revision, temp_of, write_atomic, write_new, write_over
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.name != "world")


def test_new_and_replaced(tmp_path: Path) -> None:
    file = tmp_path / "f.json"
    write_atomic(file, b"one")
    assert file.read_bytes() == b"one"
    write_atomic(file, b"two", durable=False)
    assert file.read_bytes() == b"two"
    assert names(tmp_path) == ["f.json"]


def test_a_new_file_has_the_mode_that_the_user_gives_new_files(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_atomic(tmp_path / "f", b"x")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == 0o640


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o664])
def test_the_mode_is_kept(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"x")
    file.chmod(mode)
    write_atomic(file, b"y")
    assert stat.S_IMODE(file.stat().st_mode) == mode
    assert replace_if(file, b"z", revision(b"y"))
    assert stat.S_IMODE(file.stat().st_mode) == mode


def test_a_symbolic_link_stays_one_and_its_target_is_written(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target, link = tmp_path / "real" / "f", tmp_path / "link"
    target.write_bytes(b"x")
    link.symlink_to("real/f")
    write_atomic(link, b"y", follow=True)
    assert link.is_symlink()
    assert target.read_bytes() == b"y"
    assert replace_if(link, b"z", revision(b"y"), within=tmp_path)
    assert link.is_symlink()
    assert target.read_bytes() == b"z"
    assert names(tmp_path / "real") == ["f"]


@pytest.mark.parametrize("call", ["write", "fsync", "fchmod"])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"old")

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, full)
    for write in (lambda: write_atomic(file, b"new"), lambda: replace_if(file, b"new", revision(b"old"))):
        with pytest.raises(Problem) as caught:
            write()
        assert "the disk is full" in str(caught.value)
        assert caught.value.code is Code.DISK_FULL
        assert str(file) in str(caught.value)
        assert file.read_bytes() == b"old"
        assert names(tmp_path) == ["f"]


def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    """A limit on the size of files makes the kernel itself refuse in the middle of a write."""
    file = tmp_path / "f"
    file.write_bytes(b"old")
    script = textwrap.dedent("""
        import resource, signal, sys
        from pathlib import Path
        from loop_tui.fs.atomic import write_atomic
        from loop_tui.model.problem import Problem
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            write_atomic(Path(sys.argv[1]), b"n" * 500_000)
        except Problem as problem:
            print(problem)
    """)
    done = subprocess.run([sys.executable, "-c", script, str(file)], capture_output=True, text=True, check=True)
    assert "cannot be written" in done.stdout
    assert file.read_bytes() == b"old"
    assert names(tmp_path) == ["f"]


def test_a_folder_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="cannot be written"):
        write_atomic(tmp_path / "gone" / "f", b"x")


def test_an_interrupted_write_leaves_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(tmp_path / "f", b"x")
    assert names(tmp_path) == []


def test_a_new_file_never_takes_the_place_of_another(tmp_path: Path) -> None:
    file = tmp_path / "f"
    assert write_new(file, b"one")
    assert not write_new(file, b"two")
    assert file.read_bytes() == b"one"
    assert names(tmp_path) == ["f"]


@pytest.fixture(params=["exchange", "rename"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of replacing: by exchanging names, and by comparing and renaming where the system has no exchange."""
    if request.param == "rename":
        monkeypatch.setattr(atomic, "exchange", lambda *_: False)
    elif not sys.platform.startswith("linux"):
        pytest.skip("names are exchanged on Linux only")
    return str(request.param)


@pytest.mark.usefixtures("way")
def test_a_file_is_replaced_only_when_it_is_as_it_was_read(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"old")
    assert replace_if(file, b"new", revision(b"old"))
    assert file.read_bytes() == b"new"
    assert not replace_if(file, b"newer", revision(b"old"))
    assert file.read_bytes() == b"new"
    assert names(tmp_path) == ["f"]


@pytest.mark.usefixtures("way")
def test_a_file_that_is_gone_is_not_brought_back(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="removed"):
        replace_if(tmp_path / "f", b"new", revision(b"old"))
    assert names(tmp_path) == []


@pytest.mark.usefixtures("way")
def test_a_link_that_lies_where_the_temporary_file_goes_is_not_followed(tmp_path: Path) -> None:
    """Its name is known, so anybody who may write there could have us write into a file of the person."""
    file, theirs = tmp_path / "f", tmp_path / "theirs"
    file.write_bytes(b"old")
    theirs.write_bytes(b"theirs")
    temp_of(file).symlink_to(theirs)
    with pytest.raises(Problem, match="cannot be written"):
        replace_if(file, b"new", revision(b"old"))
    assert theirs.read_bytes() == b"theirs"
    assert file.read_bytes() == b"old"
    assert names(tmp_path) == ["f", "theirs"]


@pytest.mark.usefixtures("way")
def test_what_a_killed_process_left_behind_is_no_obstacle(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"old")
    atomic.temp_of(file).write_bytes(b"left over, and longer than what comes")
    assert replace_if(file, b"new", revision(b"old"))
    assert file.read_bytes() == b"new"
    assert names(tmp_path) == ["f"]


def test_writes_that_land_in_the_moment_of_ours_are_put_back_newest_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who knows no lock replaces the file right before our exchange, and again while we put it back."""
    file = tmp_path / "f"
    file.write_bytes(b"old")
    foreign = iter([b"theirs 1", b"theirs 2", b"theirs 3"])

    def late(first: Path, second: Path) -> bool:
        content = next(foreign, None)
        if content is not None:
            other = tmp_path / "other"
            other.write_bytes(content)
            other.replace(file)
        return exchange(first, second)

    monkeypatch.setattr(atomic, "exchange", late)
    assert not replace_if(file, b"ours", revision(b"old"))
    assert next(foreign, None) is None
    assert file.read_bytes() == b"theirs 3"
    assert names(tmp_path) == ["f"]


def test_readers_see_the_old_or_the_new_and_never_half(tmp_path: Path) -> None:
    """A writer is killed at any moment, again and again: what stands there is always whole."""
    file = tmp_path / "f"
    file.write_bytes(b"0" * 200_000)
    script = textwrap.dedent("""
        import itertools, sys
        from pathlib import Path
        from loop_tui.fs.atomic import write_atomic
        print("go", flush=True)
        for n in itertools.count():
            write_atomic(Path(sys.argv[1]), str(n % 10).encode() * 200_000)
    """)
    for round_ in range(6):
        writer = subprocess.Popen([sys.executable, "-c", script, str(file)], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        with writer, writer.stdout as out:
            out.readline()
            for _ in range(20 + 13 * round_):
                data = file.read_bytes()
                assert len(data) == 200_000
                assert len(set(data)) == 1
            writer.kill()
        data = file.read_bytes()
        assert (len(data), len(set(data))) == (200_000, 1)


def test_what_a_killed_attempt_left_beside_a_file_goes_with_the_next_one(tmp_path: Path) -> None:
    file, left = tmp_path / "package-lock.json", tmp_path / ".package-lock.json.43e8333c.tmp"
    file.write_text("old")
    left.write_text("half")
    os.utime(left, (1, 1))
    other = tmp_path / ".package.json.43e8333c.tmp"
    other.write_text("of another file")
    write_over(file, b"new")
    assert file.read_text() == "new"
    assert (left.exists(), other.exists()) == (False, True)
