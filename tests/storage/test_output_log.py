"""The output log: batches of lines, read on while they are written."""

import errno
import os
from pathlib import Path

import pytest

from loop_tui.fs import whole_lines as grown
from loop_tui.model.log import LogLevel, LogLine
from loop_tui.model.problem import Problem
from loop_tui.storage.log.line import decode
from loop_tui.storage.log.output_log import OutputLog, read_from, read_raw, tail_offset


def line(number: int, text: str = "", skill: str = "deploy", level: LogLevel = LogLevel.OUT) -> LogLine:
    return LogLine(at_ms=1_700_000_000_000 + number, skill=skill, level=level, text=text or f"line {number}")


@pytest.fixture
def log(tmp_path: Path) -> OutputLog:
    return OutputLog(tmp_path / "output.log")


def test_the_form_of_a_line(log: OutputLog) -> None:
    log.add([line(1, "hello\tworld ☃", level=LogLevel.ERR)])
    log.flush()
    assert log.path.read_text("utf-8") == "1700000000001\tdeploy\terr\thello\tworld ☃\n"


@pytest.mark.parametrize("level", list(LogLevel))
def test_every_level_is_read_as_it_was_written(log: OutputLog, level: LogLevel) -> None:
    written = [line(1, level=level), line(2, " indented  \t", skill="", level=level)]
    log.add(written)
    log.flush()
    assert read_from(log.path, 0) == (written, log.path.stat().st_size)


def test_a_text_of_several_lines_becomes_several_lines(log: OutputLog) -> None:
    log.add([line(1, "one\ntwo"), line(2, "three")])
    log.flush()
    assert [found.text for found in read_from(log.path, 0)[0]] == ["one", "two", "three"]


@pytest.mark.parametrize("skill", ["a\tb", "a\nb", "a\n1\tx\tok\tpassed"])
def test_the_name_of_a_skill_cannot_forge_a_line(log: OutputLog, skill: str) -> None:
    log.add([line(1, "said", skill=skill), line(2, "a\tb")])
    log.flush()
    found = read_from(log.path, 0)[0]
    assert [(f.at_ms, f.text) for f in found] == [(1_700_000_000_001, "said"), (1_700_000_000_002, "a\tb")]


def test_lines_wait_for_company_but_not_long(log: OutputLog, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 100.0
    monkeypatch.setattr("loop_tui.storage.log.output_log.time.monotonic", lambda: clock)
    log.add([line(1)])
    assert not log.pending
    clock += 0.01
    log.add([line(2)])
    assert log.pending
    assert len(read_from(log.path, 0)[0]) == 1
    clock += 0.03
    log.add([line(3)])
    assert not log.pending
    assert len(read_from(log.path, 0)[0]) == 3
    log.add([line(4, "x" * 70_000)])
    assert not log.pending


def test_flush_writes_what_waits_once(log: OutputLog) -> None:
    log.add([line(1)])
    log.add([line(2)])
    log.flush()
    log.flush()
    assert read_from(log.path, 0)[0] == [line(1), line(2)]


def test_what_could_not_be_written_still_waits(log: OutputLog, monkeypatch: pytest.MonkeyPatch) -> None:
    log.add([line(1)])

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    log.add([line(2)])
    with pytest.raises(Problem, match="the disk is full"):
        log.flush()
    monkeypatch.undo()
    log.flush()
    assert read_from(log.path, 0)[0] == [line(1), line(2)]


def test_reading_on_while_a_line_is_being_written(log: OutputLog) -> None:
    log.add([line(1)])
    log.flush()
    _, place = read_from(log.path, 0)
    with log.path.open("ab") as file:
        file.write(b"1700000000002\tdeploy\tout\tcaf\xc3")
    assert read_from(log.path, place) == ([], place)
    with log.path.open("ab") as file:
        file.write(b"\xa9\n")
    found, place = read_from(log.path, place)
    assert [f.text for f in found] == ["café"]
    assert place == log.path.stat().st_size


def test_a_writer_that_was_killed_in_a_line_does_not_spoil_the_next(log: OutputLog) -> None:
    log.path.write_bytes(b"1700000000000\tdeploy\tout\thalf")
    log.add([line(1)])
    log.flush()
    assert [f.text for f in read_from(log.path, 0)[0]] == ["half", "line 1"]


def test_a_log_made_anew_is_read_from_its_start(log: OutputLog) -> None:
    log.add([line(n) for n in range(9)])
    log.flush()
    _, place = read_from(log.path, 0)
    os.truncate(log.path, 0)
    log.add([line(42)])
    log.flush()
    assert read_from(log.path, place)[0] == [line(42)]
    log.path.unlink()
    assert read_from(log.path, place) == ([], 0)


@pytest.mark.parametrize(
    "raw", ["plain words", "x\ty\tz\tw", "1\t2", "1\tskill\tloud\ttext", "٣\ts\tout\tt", "9" * 5000 + "\ts\tout\tt"]
)
def test_what_others_write_is_shown_as_it_is(raw: str) -> None:
    found = decode(raw)
    assert (found.text, found.level, found.skill) == (raw, LogLevel.OUT, "")


def test_what_others_write_is_cleaned(log: OutputLog) -> None:
    log.path.write_bytes(b"1\ts\x1b[2Jk\tout\ta\x1b]52;c;eA==\x07b\xff\nraw \x1b[31mred\r\n")
    first, second = read_from(log.path, 0)[0]
    assert (first.skill, first.text) == ("sk", "ab\ufffd")
    assert second.text == "raw red"


def test_reading_in_portions(log: OutputLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grown, "_CHUNK", 500)
    written = [line(n) for n in range(100)]
    log.add(written)
    log.flush()
    found: list[LogLine] = []
    place, portions = 0, 0
    while place < log.path.stat().st_size:
        some, place = read_from(log.path, place, limit_bytes=1000)
        found += some
        portions += 1
    assert found == written
    assert portions > 2


def test_raw_lines_decode_to_the_same(log: OutputLog) -> None:
    log.add([line(n) for n in range(5)])
    log.flush()
    raw, place = read_raw(log.path, 0)
    assert ([decode(r) for r in raw], place) == read_from(log.path, 0)


def test_a_late_screen_begins_at_a_whole_line(log: OutputLog) -> None:
    written = [line(n) for n in range(100)]
    log.add(written)
    log.flush()
    size = log.path.stat().st_size
    one = size // 100
    assert tail_offset(log.path, size) == 0
    assert tail_offset(log.path, 10 * size) == 0
    for most in (1, one - 1, one, one + 1, 5 * one):
        found, _ = read_from(log.path, tail_offset(log.path, most))
        assert found == written[100 - len(found) :]
        assert len(found) == sum(1 for k in range(1, 6) if _size_of(log.path, k) <= most)
    assert tail_offset(log.path.with_name("gone"), 10) == 0


def _size_of(path: Path, last: int) -> int:
    """How many bytes the last lines of a file take."""
    return sum(len(raw) + 1 for raw in path.read_bytes().splitlines()[-last:])
