"""Files are opened in one place: the lint that says so finds every other way."""

import pytest

from .opening import ALLOWED, calls, found, wrong


def test_nobody_else_opens_a_file() -> None:
    assert wrong(found()) == []


@pytest.mark.parametrize(
    "line",
    [
        "open('x')",
        "with open('x', 'wb') as f: pass",
        "do(open)",
        "path.open()",
        "path.read_text()",
        "path.read_bytes()",
        "path.write_text('')",
        "path.write_bytes(b'')",
        "path.touch()",
        "to_thread(path.read_bytes)",
        "import os; os.open('x', 0)",
        "import os as o; o.open('x', 0)",
        "import os; os.fdopen(1)",
        "from os import open as get; get('x', 0)",
        "import shutil; shutil.copy('a', 'b')",
        "import shutil; to_thread(shutil.copy2, 'a', 'b')",
        "from shutil import copyfile; copyfile('a', 'b')",
        "import shutil; shutil.copytree('a', 'b')",
        "import shutil; shutil.move('a', 'b')",
        "import json; json.load(stream)",
        "import tomllib; tomllib.load(stream)",
        "import io; io.open('x')",
        "import tarfile; tarfile.open('x')",
        "import codecs; codecs.open('x')",
    ],
)
def test_each_way_to_open_one_is_found(line: str) -> None:
    there = list(calls(line, "tui/x.py"))
    assert there
    assert wrong([*there])[0].startswith("loop_tui/tui/x.py:1: ")


@pytest.mark.parametrize("line", ["if gate.open: pass", "import json; json.loads('')", "state.read()", "x.copy()"])
def test_what_opens_nothing_is_left_alone(line: str) -> None:
    assert not list(calls(line, "tui/x.py"))


def test_what_is_allowed_and_not_there_any_more_is_named() -> None:
    there = [call for call in found() if call.file != "process/shell.py"]
    assert ("process/shell.py", ".open") in ALLOWED
    assert any("process/shell.py" in line for line in wrong(there))
