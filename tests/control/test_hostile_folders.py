"""Nothing below a watched folder hangs, blanks or crashes the list of runs or the screen (SPEC sections 3, 8)."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loop_tui.control.attention import attention_of
from loop_tui.control.board import Board
from loop_tui.control.client import RunClient
from loop_tui.control.run_reader import RunReader
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import clean
from loop_tui.storage.state.store import Store
from tests.tui.runs import human_gate

LOOP = "infra-loop"
NAMES = (
    "lease.json", "owner.json", "claims.json", "last-good.json", "definition.json", "foreign-write.json",
    "finished.json", "notified.json", "journey-log.jsonl", "output.log", "driver.log", "driver.lock", "state.lock",
)  # fmt: skip

Attack = Callable[[Path], None]


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)
    os.chdir(here)


def _folder(path: Path) -> None:
    path.mkdir()


def _link(target: str) -> Attack:
    return lambda path: path.symlink_to(target)


def _sparse(size: int) -> Attack:
    def make(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(size)

    return make


def _bytes(data: bytes) -> Attack:
    def make(path: Path) -> None:
        path.write_bytes(data)

    return make


UNPLAIN: dict[str, Attack] = {
    "pipe": _pipe,
    "socket": _socket,
    "folder": _folder,
    "zero": _link("/dev/zero"),
    "terminal": _link("/dev/tty"),
    "kernel log": _link("/proc/kmsg"),
    "itself": _link("lease.json"),
    "nowhere": _link("nowhere"),
    "shell start file": _link("../../../precious"),
}
CONTENTS: dict[str, Attack] = {
    "10 GB": _sparse(10 * 1024**3),
    "300 MB": _sparse(300 * 1024**2),
    "deep": _bytes(b"[" * 100_000),
    "deep and whole": _bytes(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "a million digits": _bytes(b'{"pid": ' + b"9" * 1_000_000 + b"}"),
    "NUL": _bytes(b"\0" * 4096),
    "byte order mark": _bytes(b"\xef\xbb\xbf"),
    "UTF-16": _bytes('{"pid": 1}'.encode("utf-16")),
    "surrogates": _bytes(b'{"pid": 1, "host": "\\ud800", "name": "\\udfff\\ud800", "loop": "\\ud800"}'),
    "escapes": _bytes(b'{"pid": 1, "host": "\\u001b[2J", "heartbeat": 1e400, "loop": "\\u001b]0;x\\u0007"}'),
}


@pytest.fixture(autouse=True)
def _nothing_hangs() -> Iterator[None]:
    def late(*_: object) -> None:
        raise AssertionError("it hangs")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """A watched folder with a good run in it, and a run that something is done to."""
    watched = tmp_path / "watched"
    human_gate(watched / "good")
    human_gate(watched / "bad")
    (tmp_path / "precious").write_text("precious")
    return watched


def of_long_ago(project: Path) -> None:
    """What was written a moment ago may become whole, and is waited for; nothing here will."""
    for path in project.glob("*state.json"):
        os.utime(path, (1, 1), follow_symlinks=False)


def looked(watched: Path, project: Path) -> list[str]:
    """What the list, the screen and a command that writes say; whatever is wrong is a Problem."""
    picture = Board([watched], None).look()
    assert "good" in {row.project.name for row in picture.rows}, "the good run is shown"
    said = [text for row in picture.rows for text in (row.name, row.headline, row.trouble, row.by, row.word)]
    reader = RunReader(project, LOOP)
    reader.open()
    shot = reader.look()
    said += [attention_of(shot).headline, str(shot.trouble or "")]
    store = Store(project, LOOP, definition=reader.store.definition)
    try:
        store.load()
        RunClient(store, None, "ann").pause()  # type: ignore[arg-type]
    except Problem as problem:
        said.append(str(problem))
    assert all(clean(text) == text and text.isprintable() for text in said)
    return said


@pytest.mark.sampled(4)
@pytest.mark.parametrize("attack", UNPLAIN)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_file_in_a_run_folder_is_one_clear_line(folders: Path, name: str, attack: str) -> None:
    project = folders / "bad"
    path = project / ".loop" / LOOP / name
    path.unlink(missing_ok=True)
    UNPLAIN[attack](path)
    mode = path.lstat().st_mode
    said = looked(folders, project)
    assert any(name in text and "remove it" in text for text in said), said
    assert path.lstat().st_mode == mode, "it is left as it is"
    assert (folders.parent / "precious").read_text() == "precious"


@pytest.mark.sampled(4)
@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("name", NAMES)
def test_what_a_file_of_a_run_folder_holds_hangs_and_crashes_nobody(folders: Path, name: str, content: str) -> None:
    path = folders / "bad/.loop" / LOOP / name
    path.unlink(missing_ok=True)
    CONTENTS[content](path)
    of_long_ago(folders / "bad")
    looked(folders, folders / "bad")


@pytest.mark.sampled(4)
@pytest.mark.parametrize("attack", UNPLAIN | CONTENTS)
@pytest.mark.parametrize("name", ["infra-state.json", "state.json", "x-state.json", "loop-state.json"])
def test_what_lies_where_a_state_file_is_due(folders: Path, name: str, attack: str) -> None:
    path = folders / "bad" / name
    path.unlink(missing_ok=True)
    (UNPLAIN | CONTENTS)[attack](path)
    of_long_ago(folders / "bad")
    looked(folders, folders / "bad")
    assert (folders.parent / "precious").read_text() == "precious"


@pytest.mark.parametrize("attack", UNPLAIN)
@pytest.mark.parametrize("which", [".loop", f".loop/{LOOP}"])
def test_what_is_no_run_folder(folders: Path, which: str, attack: str) -> None:
    if attack == "folder":
        pytest.skip("that is what it should be")
    (folders / "bad" / which).rename(folders.parent / "elsewhere")
    UNPLAIN[attack](folders / "bad" / which)
    said = looked(folders, folders / "bad")
    assert any(which.rpartition("/")[2] in text and "remove it" in text for text in said), said


def test_a_run_folder_that_leads_to_another_one_is_refused(folders: Path) -> None:
    """What it leads to is whole, and its own: it is the link that is refused."""
    run_dir = folders / "bad/.loop" / LOOP
    run_dir.rename(folders.parent / "elsewhere")
    run_dir.symlink_to(folders.parent / "elsewhere")
    before = {path: path.read_bytes() for path in (folders.parent / "elsewhere").iterdir() if path.is_file()}
    assert any("is a link where a run folder is expected" in text for text in looked(folders, folders / "bad"))
    assert {path: path.read_bytes() for path in (folders.parent / "elsewhere").iterdir() if path.is_file()} == before


def test_names_of_folders_reach_nothing_raw_and_hide_nothing(folders: Path) -> None:
    for number, name in enumerate((b"\x1b]0;x\x07", b"a\nb", b"\xff\xfe", b"n" * 255, b"[red]", "\u202etxt".encode())):
        folder = os.fsencode(folders) + b"/" + name
        os.mkdir(folder)  # noqa: PTH102
        with open(folder + b"/infra-state.json", "wb") as file:  # noqa: PTH123
            file.write(b'{"loop": "infra-loop", "phases": {}}' if number % 2 else b"{")
    deep = folders / "deep"
    for _ in range(60):
        deep /= "d"
    deep.mkdir(parents=True)
    (folders / "around").symlink_to(folders)
    looked(folders, folders / "bad")


def test_the_state_is_read_through_a_link_and_written_only_inside_the_project(folders: Path) -> None:
    project = folders / "bad"
    state = project / "infra-state.json"
    inside, outside = project / "kept/real.json", folders.parent / "outside.json"
    inside.parent.mkdir()
    state.rename(outside)
    before = outside.read_bytes()
    state.symlink_to(outside)
    store = Store(project, LOOP, definition=RunReader(project, LOOP).store.definition)
    assert store.load() is not None
    assert any("link out of the project" in text for text in looked(folders, project))
    assert outside.read_bytes() == before
    with pytest.raises(Problem, match="link out of the project"):
        store.restore_last_good()
    state.unlink()
    outside.rename(inside)
    state.symlink_to(inside)
    looked(folders, project)
    assert state.is_symlink()
    assert inside.read_bytes() != before, "the pause is in it"


@pytest.mark.parametrize("target", ["config", "hooks/pre-commit"])
def test_what_git_keeps_is_not_inside_the_project(folders: Path, target: str) -> None:
    project = folders / "bad"
    state, place = project / "infra-state.json", project / ".git" / target
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("damaged on purpose")
    state.unlink()
    state.symlink_to(place)
    with pytest.raises(Problem) as caught:
        Store(project, LOOP).restore_last_good()
    assert caught.value.code is Code.PATH_UNSAFE
    assert place.read_text() == "damaged on purpose"
