"""Durable writes: the journal and the state file, against the bare system calls for the same bytes."""

import json
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.measure import Budget, NotAvailable, Row, Setting, medians, ms_of
from loop_tui.model.clock import stamp
from loop_tui.model.events import Category, Change, Event

_SIZES = ((20_000, Budget(1, "ours")), (2_000_000, Budget(60, "ours")))


def journal(where: Setting) -> Iterator[Row]:
    """One event appended to a journal of 1,000; PERF has no budget for it."""
    from loop_tui.storage.state.journal import Journal

    folder = where.place("journal")
    event = Event(
        id="e" * 16,
        run="r" * 16,
        timestamp=stamp(datetime.now(UTC)),
        category=Category.SKILL,
        action="complete",
        subject="code-verification",
        context={"phase": "VERIFY", "summary": "build, test and lint passed"},
        duration_ms=1234,
        outcome="success",
    )
    ours_at, bare_at = Journal(folder / "ours.jsonl"), folder / "bare.jsonl"
    ours_at.append([event] * 1000)
    line = ours_at.path.read_bytes().splitlines(keepends=True)[-1]
    bare_at.write_bytes(line * 1000)

    def append_bare() -> None:
        with bare_at.open("ab", buffering=0) as file:
            file.write(line)
            os.fsync(file.fileno())

    ours, bare = medians(
        [lambda: ms_of(lambda: ours_at.append([event])), lambda: ms_of(append_bare)], where.times(300, 20), warm=5
    )
    yield Row("journal: append an event, durable", "ms", ours, bare, None, "open, write, fsync of the same line")


def state(where: Setting) -> Iterator[Row]:
    """A durable cycle: lock, read, decide, write, journal, last good copy. Budget: PERF "State file"."""
    for size, budget in _SIZES:
        yield _state_row(where, size, budget)


def _state_row(where: Setting, size: int, budget: Budget) -> Row:
    from loop_tui.model.state import RunState
    from loop_tui.model.status import RunStatus
    from loop_tui.model.transaction import Stamp
    from loop_tui.ports import Committed
    from loop_tui.storage.state.store import Store

    folder = where.place(f"state-{size}")
    write_state(folder, size)
    store = Store(folder, "distribution-loop", definition=None)

    def toggle(now: RunState, mark: Stamp) -> tuple[RunState, Sequence[Event]]:
        paused = now.status is RunStatus.PAUSED
        change = Change(category=Category.DECISION, action="resume" if paused else "pause")
        after = now.model_copy(update={"status": RunStatus.ACTIVE if paused else RunStatus.PAUSED})
        return after, [mark(change)]

    def cycle() -> None:
        if not isinstance(store.transact(toggle), Committed):
            raise NotAvailable("the store refused a change")

    before = store.path.read_bytes()
    cycle()
    if store.path.read_bytes() == before:
        raise NotAvailable("the store wrote nothing")
    data = store.path.read_bytes()
    ours, bare = medians(
        [lambda: ms_of(cycle), lambda: ms_of(lambda: _replace(folder / "bare.json", data))],
        where.times(60, 5),
        warm=3,
    )
    words = f"{size // 1000} KB" if size < 1_000_000 else f"{size // 1_000_000} MB"
    return Row(f"state of {words}: durable cycle", "ms", ours, bare, budget, "write, fsync, rename, fsync folder")


def write_state(folder: Path, size: int) -> None:
    """A state file of the distribution loop with so many bytes of notes that are not ours."""
    phases = {
        name: {"status": status, "skills": [skill]}
        for name, status, skill in (
            ("INIT", "complete", "release-planner"),
            ("VERIFY", "active", "code-verification"),
            ("SHIP", "pending", "git-workflow"),
            ("COMPLETE", "pending", "retrospective"),
        )
    }
    note = {"at": "2026-01-02T03:04:05.678Z", "by": "somebody", "text": "what was seen on the way, " * 4}
    document = {
        "loop": "distribution-loop",
        "version": "2.0.0",
        "phase": "VERIFY",
        "status": "active",
        "context": {"tier": "system", "organization": None, "system": "bench", "module": None},
        "gates": {},
        "phases": phases,
        "notes": [note] * (size // (len(json.dumps(note, indent=2)) + 20)),
        "started_at": "2026-01-02T03:04:05.678Z",
        "last_updated": "2026-01-02T03:04:05.678Z",
    }
    (folder / "distribution-state.json").write_text(json.dumps(document, indent=2) + "\n", "utf-8")


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_suffix(".tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.write(handle, data)
    os.fsync(handle)
    os.close(handle)
    temporary.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
