"""`capture`: answers that a machine reads."""

import asyncio
import os
from pathlib import Path

import pytest

from loop_tui.model.problem import Problem
from loop_tui.process import capture as module
from loop_tui.process.shell import TimedOut, capture, end_leftovers

from .programs import is_running, python, until, until_gone


async def test_stdout_is_raw_and_apart_stderr_is_clean_and_masked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEPLOY_TOKEN", "very-secret")
    source = (
        r"import os; os.write(1, b'a\0b\x1b[31m\r\n\xff\n'); os.write(2, b'\x1b]0;x\x07bad very-secret\n'); os._exit(3)"
    )
    answer = await capture(python(source), cwd=tmp_path)
    assert answer.raw == b"a\0b\x1b[31m\r\n\xff\n"
    assert answer.stdout == "a\0b\x1b[31m\r\n\ufffd\n"
    assert answer.stderr == "bad [masked]\n"
    assert (answer.exit_code, answer.ok) == (3, False)


async def test_it_may_be_given_input(tmp_path: Path) -> None:
    data = bytes(range(256)) * 8000
    assert (await capture(["cat"], cwd=tmp_path, input=data)).raw == data
    assert (await capture(["cat"], cwd=tmp_path, input=b"")).raw == b""


async def test_who_does_not_read_its_input_is_no_trouble(tmp_path: Path) -> None:
    answer = await capture(["sh", "-c", "exec <&-; echo x"], cwd=tmp_path, input=b"y" * 1_000_000)
    assert (answer.exit_code, answer.stdout) == (0, "x\n")


async def test_without_input_there_is_nothing_to_read_and_no_terminal(tmp_path: Path) -> None:
    source = "import os, sys; print(repr(sys.stdin.read()), os.isatty(1), os.isatty(2), os.getsid(0) == os.getpid())"
    assert (await capture(python(source), cwd=tmp_path)).stdout == "'' False False True\n"


async def test_it_has_the_clean_environment_with_extras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_INDEX_FILE", "/elsewhere")
    answer = await capture(["sh", "-c", 'echo "$CI|$GIT_INDEX_FILE|$X|$PWD"'], cwd=tmp_path, env={"X": "y"})
    assert answer.stdout == f"1||y|{tmp_path}\n"


async def test_death_by_a_signal_is_told(tmp_path: Path) -> None:
    assert (await capture(["sh", "-c", "kill -9 $$"], cwd=tmp_path)).exit_code == -9


async def test_too_late_is_a_problem_and_ends_the_family(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    with pytest.raises(TimedOut, match="within"):
        await capture(["sh", "-c", f"sleep 600 & echo $! $$ > '{note}'; wait"], cwd=tmp_path, timeout_s=0.5)
    await until_gone(*map(int, note.read_text().split()))


async def test_cancelling_ends_the_family(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    script = f"sleep 600 & echo $! $$ > '{note}.new'; mv '{note}.new' '{note}'; wait"
    running = asyncio.create_task(capture(["sh", "-c", script], cwd=tmp_path))
    await until(note.exists)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await until_gone(*map(int, note.read_text().split()))


async def test_cancelling_at_any_moment_of_the_start_leaves_nothing(tmp_path: Path) -> None:
    for steps in range(12):
        argv = ["sh", "-c", "sleep 600 & wait"]
        running = asyncio.create_task(capture(argv, cwd=tmp_path, env={"LOOP_TUI_CHILD": "cancelled-capture"}))
        for _ in range(steps):
            await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert end_leftovers("cancelled-capture") == []


async def test_a_grandchild_that_holds_the_pipes_does_not_hang_us(tmp_path: Path) -> None:
    answer = await capture(["sh", "-c", "sleep 600 & echo $!"], cwd=tmp_path)
    assert answer.exit_code == 0
    # Such a one is often meant to stay (ssh that keeps its connection): nobody but us waits for it.
    assert is_running(int(answer.stdout))
    os.kill(int(answer.stdout), 9)


async def test_an_endless_answer_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 2**20)
    with pytest.raises(Problem, match="more than 1 MB"):
        await capture(["yes"], cwd=tmp_path)


async def test_much_on_stderr_is_bounded(tmp_path: Path) -> None:
    argv = ["sh", "-c", "echo first >&2; yes | head -c 5000000 >&2; echo the reason >&2; echo x"]
    answer = await capture(argv, cwd=tmp_path)
    assert answer.stdout == "x\n"
    assert len(answer.stderr) < 300_000
    assert answer.stderr.startswith("first\n")
    assert answer.stderr.endswith("the reason\n"), "a program says last why it fails"


async def test_many_at_once(tmp_path: Path) -> None:
    answers = await asyncio.gather(*(capture(["echo", str(i)], cwd=tmp_path) for i in range(60)))
    assert [answer.stdout for answer in answers] == [f"{i}\n" for i in range(60)]
