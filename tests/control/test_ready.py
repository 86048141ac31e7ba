"""What packs say that starting a run would do: a process, while somebody looks, and again when something changed."""

import asyncio
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loop_tui.control import ready
from loop_tui.control.ready import DeepTree, ReadyLines, ground_of
from loop_tui.model.panel import PanelLine
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

NOW = datetime(2026, 1, 2, 3, 10, 4, tzinfo=UTC)
LINES = (PanelLine("version", "0.7.0 -> 0.8.0"),)


class Pack:
    """Answers when it is told to, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.ended = 0
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.problem: Problem | None = None

    async def __call__(self) -> tuple[PanelLine, ...]:
        self.asked += 1
        try:
            await self.may_answer.wait()
        finally:
            self.ended += 1
        if self.problem is not None:
            raise self.problem
        return LINES


class Asked:
    """Lines of a pack, with the moment that they are there to wait for."""

    def __init__(self) -> None:
        self.pack = Pack()
        self.came = asyncio.Event()
        self.lines = ReadyLines(self.pack, self.came.set, lambda: NOW)

    async def look(self, ground: tuple[object, ...]) -> None:
        self.came.clear()
        self.lines.look(ground)
        await asyncio.wait_for(self.came.wait(), 60)

    def is_asked(self, ground: tuple[object, ...]) -> bool:
        """Whether a look begins to ask."""
        self.lines.look(ground)
        return self.lines._asking is not None


@pytest.fixture
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "_REST", 0)


@pytest.mark.usefixtures("no_rest")
async def test_it_is_asked_once_for_what_lies_there() -> None:
    asked = Asked()
    asked.lines.show(True)
    assert not asked.lines.told.is_told
    await asked.look(("a",))
    assert asked.lines.told.lines == LINES
    assert asked.lines.told.at == "2026-01-02T03:10:04.000Z"
    assert not asked.is_asked(("a",))
    await asked.look(("b",))
    assert asked.pack.asked == 2


async def test_nobody_is_asked_while_nobody_looks() -> None:
    asked = Asked()
    assert not asked.is_asked(("a",))
    asked.lines.show(True)
    asked.lines.show(False)
    assert not asked.is_asked(("a",))
    assert asked.pack.asked == 0
    unable = ReadyLines(None, lambda: None, lambda: NOW)
    unable.show(True)
    assert not unable.wanted


@pytest.mark.parametrize("leave", [lambda lines: lines.show(False), lambda lines: lines.forget(), ReadyLines.close])
async def test_one_that_nobody_waits_for_is_ended(leave: Callable[[ReadyLines], None]) -> None:
    asked = Asked()
    asked.pack.may_answer.clear()
    asked.lines.show(True)
    assert asked.is_asked(("a",))
    await asyncio.sleep(0)
    assert (asked.pack.asked, asked.pack.ended) == (1, 0)
    assert asked.is_asked(("b",)), "the first is still under way"
    await asyncio.sleep(0)
    assert asked.pack.asked == 1, "one at a time"
    leave(asked.lines)
    await asyncio.sleep(0)
    assert asked.pack.ended == 1
    asked.lines.show(True)
    asked.pack.may_answer.set()
    await asked.look(("a",))
    assert asked.pack.asked == 2


async def test_what_cannot_be_told_is_said() -> None:
    asked = Asked()
    asked.pack.problem = Problem("it cannot be read", "package.json", code=Code.PACK_INVALID)
    asked.lines.show(True)
    await asked.look(("a",))
    assert asked.lines.told.lines == (PanelLine("ready", "! unknown: it cannot be read: package.json"),)


async def test_a_run_makes_it_old_and_who_comes_back_gets_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "_REST", 0)
    asked = Asked()
    asked.lines.show(True)
    await asked.look(("a",))
    asked.lines.refresh()
    assert not asked.is_asked(("a",)), "it was told a moment ago"
    monkeypatch.setattr(ready, "STALE_S", -1.0)
    asked.lines.refresh()
    await asked.look(("a",))
    asked.lines.forget()
    assert not asked.lines.told.is_told
    await asked.look(("a",))
    assert asked.pack.asked == 3


async def test_after_a_slow_answer_there_is_a_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: moment[0])
    asked = Asked()
    asked.lines.show(True)
    asked.pack.may_answer.clear()
    asked.lines.look(("a",))
    await asyncio.sleep(0)
    moment[0] += 2
    asked.pack.may_answer.set()
    await asked.came.wait()
    moment[0] += 7
    assert not asked.is_asked(("b",))
    moment[0] += 2
    assert asked.is_asked(("b",))
    asked.lines.close()


def test_what_it_depends_on(tmp_path: Path) -> None:
    seen = [ground_of(tmp_path, "main 1")]

    def changed() -> bool:
        seen.append(ground_of(tmp_path, "main 1"))
        return seen[-1] != seen[-2]

    assert not changed()
    (tmp_path / "package.json").write_text("{}")
    assert changed()
    (tmp_path / "package.json").write_text("[]")
    os.utime(tmp_path / "package.json", ns=(1, 1))
    assert changed()
    (tmp_path / ".loops").mkdir()
    (tmp_path / ".git").mkdir()
    assert changed()
    (tmp_path / ".loops/targets.toml").write_text("")
    assert changed()
    (tmp_path / ".git/index").write_text("")
    assert not changed(), "whoever asks git for the status writes there"
    (tmp_path / "broken").symlink_to("nowhere")
    assert changed()
    assert ground_of(tmp_path, "main 2") != seen[-1]
    assert ground_of(tmp_path / "nowhere", 1) == (1,)


def test_what_changes_deep_in_the_tree_is_seen_too_but_not_looked_for_all_the_time(tmp_path: Path) -> None:
    now = [100.0]
    tree = DeepTree(tmp_path, lambda: now[0])

    def changed() -> bool:
        before = tree.look()
        now[0] += 10
        return tree.look() != before

    deep = tmp_path / "src/parts/one.ts"
    for folder in ("src/parts", "node_modules/left", ".git/refs"):
        (tmp_path / folder).mkdir(parents=True)
    deep.write_text("1")
    tree.look()
    assert not changed()
    deep.write_text("12")
    assert changed()
    (tmp_path / "node_modules/left/pad.js").write_text("")
    (tmp_path / ".git/refs/main").write_text("")
    assert not changed(), "installed files, and what git keeps"
    deep.write_text("123")
    before = tree.look()
    deep.write_text("1234")
    assert tree.look() == before, "not yet"


def test_of_a_huge_tree_the_first_files_count(tmp_path: Path) -> None:
    now = [0.0]
    tree = DeepTree(tmp_path, lambda: now[0], most=2)
    for name in "abc":
        (tmp_path / name).write_text("")
    seen = tree.look()
    (tmp_path / "c").write_text("more")
    now[0] += 10
    assert tree.look() == seen
    (tmp_path / "a").write_text("more")
    now[0] += 10
    assert tree.look() != seen
