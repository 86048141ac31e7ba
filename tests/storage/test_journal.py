"""The journal: one event a line, durable, tolerant of torn lines."""

import errno
import json
import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from pydantic import JsonValue

from loop_tui.fs import whole_lines
from loop_tui.model.events import Category, Event
from loop_tui.model.problem import Problem
from loop_tui.storage.state.journal import Journal, decode, encode


def event(number: int, *, subject: str = "", **context: JsonValue) -> Event:
    return Event(
        id=f"e{number}",
        run="r1",
        timestamp="2026-01-02T03:04:05.678Z",
        category=Category.SKILL,
        action="completed",
        subject=subject,
        context=context,
    )


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.jsonl")


def test_the_form_of_a_line(journal: Journal) -> None:
    told = event(1, subject="déploy ☃", n=1).model_copy(update={"duration_ms": 12, "outcome": "ok"})
    journal.append([told])
    text = journal.path.read_bytes()
    assert text.endswith(b"\n")
    assert text.isascii()
    assert json.loads(text) == {
        "id": "e1",
        "run": "r1",
        "timestamp": "2026-01-02T03:04:05.678Z",
        "category": "skill",
        "action": "completed",
        "subject": "déploy ☃",
        "context": {"n": 1},
        "duration": 12,
        "outcome": "ok",
    }
    assert journal.read() == [told]


def test_nothing_there_and_nothing_to_add(journal: Journal) -> None:
    assert journal.read() == []
    assert journal.read_from(99) == ([], 0)
    journal.append([])
    assert not journal.path.exists()


def test_a_torn_last_line_is_passed_over_and_then_left_on_its_own(journal: Journal) -> None:
    journal.append([event(1), event(2)])
    torn = journal.path.read_bytes()[:-30]
    journal.path.write_bytes(torn)
    assert [e.id for e in journal.read()] == ["e1"]
    journal.append([event(3)])
    assert [e.id for e in journal.read()] == ["e1", "e3"]
    assert journal.path.read_bytes().startswith(torn + b"\n")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"[]",
        b"17",
        b'{"id": "x"}',
        b'{"id": 1, "run": "r", "timestamp": "t", "category": "skill", "action": "a"}',
        b'{"id": "x", "run": "r", "timestamp": "t", "category": "weather", "action": "a"}',
        b"[" * 100_000,
        b'{"id": "' + b"9" * 5_000,
    ],
)
def test_lines_that_are_no_events_are_passed_over(journal: Journal, line: bytes) -> None:
    journal.append([event(1)])
    with journal.path.open("ab") as file:
        file.write(line + b"\n")
    journal.append([event(2)])
    assert [e.id for e in journal.read()] == ["e1", "e2"]


def test_events_of_other_writers_may_say_more_and_less() -> None:
    found = decode(
        b'{"id":"x","run":"r","timestamp":"t","category":"gate","action":"a","subject":null,"mood":1,"duration":7}'
    )
    assert found is not None
    assert (found.subject, found.context, found.duration_ms) == ("", {}, 7)


def test_reading_on_from_where_we_were(journal: Journal) -> None:
    journal.append([event(1)])
    first, place = journal.read_from(0)
    assert [e.id for e in first] == ["e1"]
    assert journal.read_from(place) == ([], place)
    with journal.path.open("ab") as file:
        file.write(encode(event(2)).encode()[:20])
    assert journal.read_from(place) == ([], place)
    with journal.path.open("ab") as file:
        file.write(encode(event(2)).encode()[20:] + b"\n")
    journal.append([event(3)])
    found, end = journal.read_from(place)
    assert [e.id for e in found] == ["e2", "e3"]
    assert end == journal.path.stat().st_size


def test_a_journal_made_anew_is_read_from_its_start(journal: Journal) -> None:
    journal.append([event(n) for n in range(9)])
    _, place = journal.read_from(0)
    journal.path.unlink()
    assert journal.read_from(place) == ([], 0)
    journal.append([event(99)])
    found, _ = journal.read_from(place)
    assert [e.id for e in found] == ["e99"]


def test_lines_longer_than_a_block(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_lines, "_CHUNK", 64)
    journal.append([event(n, text="x" * (n * 40)) for n in range(12)])
    assert [e.id for e in journal.read()] == [f"e{n}" for n in range(12)]
    assert journal.read_from(0)[1] == journal.path.stat().st_size


def test_a_huge_journal_is_read(journal: Journal) -> None:
    line = encode(event(1, text="x" * 1000)).encode() + b"\n"
    journal.path.write_bytes(line * 20_000)
    assert len(journal.read()) == 20_000


def test_secrets_do_not_reach_the_file(tmp_path: Path) -> None:
    secret = 'p"ss\\wörd'
    journal = Journal(tmp_path / "j", secrets=(secret,))
    told = event(1, subject=f"push {secret}", deep={"list": [f"x {secret}", {"k": "ghp_" + "a" * 36}]}).model_copy(
        update={"outcome": f"failed: {secret}"}
    )
    journal.append([told, event(2, url="//registry/:_authToken=abc")])
    text = journal.path.read_text()
    assert json.dumps(secret)[1:-1] not in text
    assert "ghp_a" not in text
    assert "abc" not in text
    first, second = journal.read()
    assert first.subject == "push [masked]"
    assert first.outcome == "failed: [masked]"
    assert first.context == {"deep": {"list": ["x [masked]", {"k": "[masked]"}]}}
    assert second.context == {"url": "//registry/:_authToken=[masked]"}


def test_a_secret_that_is_a_key_does_not_reach_the_file_either(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j", secrets=("hunter2hunter2",))
    journal.append([event(1, deep=[{"for hunter2hunter2": 1, "ghp_" + "a" * 36: 2}])])
    text = journal.path.read_text()
    assert "hunter2" not in text
    assert "ghp_a" not in text
    assert text.count("[masked]") == 2


def test_what_was_appended_is_on_the_disk_before_anybody_goes_on(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[int, int]] = []

    def sync(handle: int) -> None:
        found = os.fstat(handle)
        synced.append((found.st_ino, found.st_size if stat.S_ISREG(found.st_mode) else 0))

    for name in ("fsync", "fdatasync"):
        monkeypatch.setattr(os, name, sync, raising=False)
    journal.append([event(1)])
    file, folder = journal.path.stat(), journal.path.parent.stat()
    assert synced == [(file.st_ino, file.st_size), (folder.st_ino, 0)], "its content, then its name"
    synced.clear()
    journal.append([event(2), event(3)])
    assert synced == [(file.st_ino, journal.path.stat().st_size)]


def test_control_sequences_of_other_writers_are_taken_out(journal: Journal) -> None:
    evil = "a\x1b]52;c;eA==\x07b\x1b[2Jc\u202ed"
    journal.append([event(1, subject=evil, text=[evil])])
    (found,) = journal.read()
    assert found.subject == "abcd"
    assert found.context == {"text": ["abcd"]}


def test_a_disk_full_in_the_middle_adds_nothing(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    journal.append([event(1)])
    before = journal.path.read_bytes()
    real, calls = os.write, 0

    def half(handle: int, data: bytes) -> int:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(handle, data[: len(data) // 2])

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(Problem, match="the disk is full"):
        journal.append([event(2), event(3)])
    monkeypatch.undo()
    assert calls == 2
    assert journal.path.read_bytes() == before


def test_many_processes_append_at_once(journal: Journal) -> None:
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        from loop_tui.storage.state.journal import Journal
        from loop_tui.model.events import Category, Event
        journal = Journal(Path(sys.argv[1]))
        sys.stdin.readline()
        for n in range(40):
            journal.append([
                Event(id=f"{sys.argv[2]}.{n}.{part}", run="r", timestamp="t", category=Category.SYSTEM,
                      action="a", context={"text": "x" * 3000})
                for part in range(3)
            ])
    """)
    writers = [
        subprocess.Popen([sys.executable, "-c", script, str(journal.path), str(n)], stdin=subprocess.PIPE)
        for n in range(6)
    ]
    for writer in writers:
        writer.communicate(b"go\n")
        assert writer.returncode == 0
    ids = [e.id for e in journal.read()]
    assert sorted(ids) == sorted(f"{w}.{n}.{part}" for w in range(6) for n in range(40) for part in range(3))
    batches = [ids[i : i + 3] for i in range(0, len(ids), 3)]
    assert all(len({i.rsplit(".", 1)[0] for i in batch}) == 1 for batch in batches)
