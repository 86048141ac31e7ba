"""Files that are not what they should be: one clear line each, and the file stays as it is."""

import json
import os
import socket
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loop_tui.fs.atomic import revision
from loop_tui.fs.limits import STATE
from loop_tui.model.problem import Problem
from loop_tui.storage.state.reader import NotALoopState, read_state

SAMPLES = Path(__file__).parents[1] / "samples" / "states"
GOOD = (SAMPLES / "release-v2.json").read_bytes()


def told(path):
    """The one line that a person gets; the file must not have changed."""
    before = path.read_bytes() if os.path.isfile(path) and os.access(path, os.R_OK) else None  # noqa: PTH113
    with pytest.raises(Problem) as caught:
        read_state(path)
    line = str(caught.value)
    assert line.isprintable()
    assert "\n" not in line
    assert before is None or path.read_bytes() == before
    return line


@pytest.fixture
def state(tmp_path):
    return tmp_path / "distribution-state.json"


@pytest.mark.parametrize(
    ("data", "place", "said"),
    [
        (b"", "", "is empty"),
        (b" \r\n\t ", "", "is empty"),
        (b"\xef\xbb\xbf", "", "is empty"),
        (b"\xef\xbb\xbf\n", "", "is empty"),
        (GOOD[:700], "21:70", "ends too early (in gates.readiness-gate.checks[1])"),
        (b'{"loop": "distribution-loop", "phases": {', "1:42", "ends too early (in phases)"),
        (b'{"loop": "a",\n "phases": {"A": }}', "2:18", "is not JSON: expecting value (in phases.A)"),
        (b'{"loop": "a", "phases": {}, "n": NaN}', "1:34", "NaN is not a JSON number (in n)"),
        (b'{"loop": "a", // why\n "phases": {}}', "1:15", "is not JSON"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "3:1", "is binary: it holds a NUL byte"),
        (b'{"loop": "a\0", "phases": {}}', "1:12", "is binary: it holds a NUL byte"),
        (b"\0" * 4096, "1:1", "is binary"),
        ('{"loop": "l"}'.encode("utf-16"), "", "UTF-16"),
        ('{"loop": "l"}'.encode("utf-16-le"), "1:2", "is binary"),
        ('{"loop": "l"}'.encode("utf-32"), "", "UTF-32"),
        ('{\n "loop": "caf\xe9"}'.encode("latin-1"), "2:14", "is not UTF-8: byte 0xe9"),
        ('{\n "löüp": "\x80"}'.encode() + b"\xff", "2:14", "is not UTF-8: byte 0xff"),
        (b"\x1f\x8b\x08 gzip", "1:2", "is not UTF-8: byte 0x8b"),
        (b'{"loop": "\xed\xa0\x80"}', "1:11", "is not UTF-8"),
        (b"[" * 100_000, "", "nested too deeply"),
        (b'{"loop":' * 100_000, "", "nested too deeply"),
        (b'{"loop": "a", "phases": []}', "1:25", "phases is a list, must be an object"),
        (b'\xef\xbb\xbf{"loop": 5, "phases": {}}', "1:10", "loop is a number, must be text"),
        (
            b'{"loop": "a", "phases": {"A": {},\n "B": {"skills": ["x", null]}}}',
            "2:24",
            "phases.B.skills[1] is null, must be text or an object",
        ),
        (b'{"loop": "a", "phases": {}, "gates": 5}', "1:38", "gates is a number, must be an object"),
        (b'{"loop": "a", "phases": {"A": {"status": true}}}', "1:42", "phases.A.status is true or false, must be text"),
    ],
    ids=range(26),
)
def test_damage_is_one_clear_line(state, data, place, said):
    state.write_bytes(data)
    line = told(state)
    assert line.removesuffix(" (save it as UTF-8)").endswith(f": {state}:{place}" if place else f": {state}"), line
    assert said in line


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"[]", "it holds a list, not an object"),
        (b"null", "it holds null, not an object"),
        (b'"x"', "it holds a string, not an object"),
        (b"1e999", "it holds a number, not an object"),
        (b"true", "it holds true or false, not an object"),
        (b"{}", "it is empty"),
        (b'{"name": "left-pad", "\\u001b[31m": 1}', "its keys are name, "),
        (b'{"loopId": "a", "phases": {}}', "its keys are loopId, phases"),
    ],
)
def test_what_is_no_loop_state_is_said_with_the_reason(state, data, said):
    state.write_bytes(data)
    line = told(state)
    assert line.startswith(f"{state.name} is not a loop state: ")
    assert line.endswith(f": {state}")
    assert said in line
    with pytest.raises(NotALoopState):
        read_state(state)


def test_a_huge_file_is_refused_unread(state):
    with state.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    with pytest.raises(Problem) as caught:
        read_state(state)
    assert (
        str(caught.value) == f"{state.name} cannot be read: it has 50 MB, and a state file has at most 16 MB: {state}"
    )
    assert state.stat().st_size == 50 * 1024 * 1024


def test_a_file_at_the_limit_is_read(state):
    body = b'{"loop": "l", "phases": {}, "pad": "%s"}'
    state.write_bytes(body % (b"x" * (STATE.most - len(body) + 2)))
    assert state.stat().st_size == STATE.most
    assert read_state(state).state.loop == "l"
    with state.open("ab") as file:
        file.write(b" ")
    assert "a state file has at most" in told(state)


def test_a_byte_order_mark_is_read_and_kept_in_the_text(state):
    state.write_bytes(b"\xef\xbb\xbf" + GOOD)
    loaded = read_state(state)
    assert loaded.state == read_state(SAMPLES / "release-v2.json").state
    assert loaded.text.encode("utf-8") == state.read_bytes()
    assert loaded.revision == revision(state.read_bytes())


def test_nothing_there(state):
    assert told(state) == f"there is no such file: {state}"


def test_a_folder(state):
    state.mkdir()
    assert told(state) == f"{state.name} cannot be read: it is a folder, not a file: {state}"


def test_a_pipe_that_nobody_writes_into(state):
    os.mkfifo(state)
    assert told(state) == f"{state.name} cannot be read: it is a pipe, not a file: {state}"


def test_a_device():
    assert told(Path("/dev/zero")) == "zero cannot be read: it is a device, not a file: /dev/zero"


def test_a_socket(state, monkeypatch):
    monkeypatch.chdir(state.parent)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(state.name)
        assert told(state).startswith(f"{state.name} cannot be read: ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_we_may_not_read(state):
    state.write_bytes(GOOD)
    state.chmod(0)
    assert told(state) == f"{state.name} cannot be read: Permission denied: {state}"


def test_links_into_nothing_and_in_circles(state):
    state.symlink_to("nowhere.json")
    assert "there is no such file" in told(state)
    state.unlink()
    state.symlink_to(state.name)
    assert "cannot be read" in told(state)


def test_a_path_that_cannot_be(state):
    assert "cannot be read" in told(Path("a\0b"))
    assert "cannot be read" in told(state.with_name("x" * 5000))


def test_hostile_names_do_not_reach_the_terminal(tmp_path):
    path = tmp_path / "\x1b]52;c;eA==\x07[red]-state.json"
    path.write_bytes(b"{")
    assert "\x1b" not in told(path)


def test_an_error_far_inside_a_large_file_is_found(state):
    items = ",\n".join(json.dumps({"skill": f"s{i}", "status": "complete"}) for i in range(100_000))
    state.write_text('{"loop": "l", "phases": {}, "skillsLog": [\n' + items + "\n, oops]}")
    assert told(state).startswith(f"{state.name} is not JSON: expecting value")


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(GOOD)), st.binary(max_size=4), st.integers(0, 40))
def test_no_damage_ends_in_a_traceback(state, at, junk, lost):
    data = GOOD[:at] + junk + GOOD[at + lost :]
    state.write_bytes(data)
    try:
        read_state(state)
    except Problem as problem:
        line = str(problem)
    else:
        line = ""
    assert line == "" or (str(state) in line and line.isprintable())
    assert state.read_bytes() == data


def test_being_deep_in_the_stack_is_no_excuse(state):
    nested = 400
    state.write_text('{"loop": "l", "phases": {}, "x": ' + "[" * nested + "]" * nested + "}")

    def dive(depth):
        if depth:
            return dive(depth - 1)
        try:
            return read_state(state).state.loop
        except Problem as problem:
            return str(problem)

    here = len(list(_frames(sys._getframe())))
    assert dive(sys.getrecursionlimit() - here - 250) in ("l", f"{state.name} is nested too deeply to be read: {state}")


def _frames(frame):
    while frame:
        yield frame
        frame = frame.f_back
