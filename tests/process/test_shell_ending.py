"""However a program ends: by time, by cancelling, by a callback that raises; and what it leaves behind."""

import asyncio
import os
import signal
from pathlib import Path

import psutil
import pytest

from loop_tui.model.lease import CHILD_VARIABLE
from loop_tui.process import cleanup, shell
from loop_tui.process.environment import started_by
from loop_tui.process.shell import end_leftovers, run, start

from .programs import Seen, hold, is_running, python, until, until_gone

# Prints its own id and that of a child that does not listen to TERM, then both go on for ever.
STUBBORN_FAMILY = """
import os, signal, time
child = os.fork()
if not child:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.write(1, b'%d\\n' % os.getpid())
else:
    os.write(1, b'%d\\n' % os.getpid())
while True: time.sleep(60)
"""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """KILL comes half a second after TERM instead of five."""
    monkeypatch.setattr(cleanup, "TERM_S", 0.5)


async def test_a_program_that_never_ends_is_ended_when_its_time_is_up(tmp_path: Path) -> None:
    result = await run(["sh", "-c", "echo $$; sleep 600"], cwd=tmp_path, timeout_s=0.5)
    assert result.timed_out
    assert not result.ok
    assert result.exit_code == -signal.SIGTERM
    assert not is_running(int(result.tail[0]))


@pytest.mark.usefixtures("impatient")
async def test_cancelling_ends_the_whole_family_also_who_ignores_term(tmp_path: Path) -> None:
    seen = Seen()
    running = asyncio.create_task(run(python(STUBBORN_FAMILY), cwd=tmp_path, on_lines=seen))
    family = [int(text) for text in await seen.count(2)]
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert [is_running(pid) for pid in family] == [False, False]


@pytest.mark.usefixtures("impatient")
async def test_cancelling_again_meanwhile_still_ends_it(tmp_path: Path) -> None:
    seen = Seen()
    running = asyncio.create_task(run(python(STUBBORN_FAMILY), cwd=tmp_path, on_lines=seen))
    family = [int(text) for text in await seen.count(2)]
    for _ in range(5):
        running.cancel()
        await asyncio.sleep(0.02)
    with pytest.raises(asyncio.CancelledError):
        await running
    assert [is_running(pid) for pid in family] == [False, False]


async def test_cancelling_at_any_moment_of_the_start_leaves_nothing(tmp_path: Path) -> None:
    mark = "cancelled-at-the-start"
    for steps in range(12):
        running = asyncio.create_task(run(["sleep", "600"], cwd=tmp_path, env={"LOOP_TUI_CHILD": mark}))
        for _ in range(steps):
            await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert end_leftovers(mark) == []


async def test_term_comes_first_so_that_it_can_clean_up(tmp_path: Path) -> None:
    source = """
import signal, sys, time
def clean_up(*_):
    print('cleaned up')
    sys.exit(0)
signal.signal(signal.SIGTERM, clean_up)
print('ready')
while True: time.sleep(60)
"""
    seen = Seen()
    stop = asyncio.Event()
    running = asyncio.create_task(run(python(source), cwd=tmp_path, on_lines=seen, stop=stop))
    await seen.count(1)
    stop.set()
    result = await running
    assert result.tail == ("ready", "cleaned up")
    assert result.cancelled
    assert not result.ok
    assert (result.exit_code, result.timed_out) == (0, False)


async def test_a_stopped_program_is_ended_too(tmp_path: Path) -> None:
    seen = Seen()
    stop = asyncio.Event()
    running = asyncio.create_task(run(["sh", "-c", "echo $$; kill -STOP $$"], cwd=tmp_path, on_lines=seen, stop=stop))
    (pid,) = await seen.count(1)
    await until(lambda: bool(psutil.Process(int(pid)).status() == psutil.STATUS_STOPPED))
    stop.set()
    assert (await running).exit_code == -signal.SIGTERM


async def test_groups_that_were_made_in_the_session_are_ended(tmp_path: Path) -> None:
    seen = Seen()
    source = """
import os, time
for _ in range(2):
    if not os.fork():
        os.setpgid(0, 0)
        os.write(1, b'%d\\n' % os.getpid())
        break
time.sleep(600)
"""
    running = asyncio.create_task(run(python(source), cwd=tmp_path, on_lines=seen))
    jobs = [int(text) for text in await seen.count(2)]
    assert [os.getpgid(pid) for pid in jobs] == jobs
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await until_gone(*jobs)


async def test_a_grandchild_that_holds_the_output_open_does_not_hang_us(tmp_path: Path) -> None:
    script = "(echo started; sleep 600) & echo $!; echo done"
    result = await run(["sh", "-c", script], cwd=tmp_path)
    assert (result.exit_code, result.ok, result.left_behind) == (0, True, True)
    assert {"started", "done"} < set(result.tail)
    pid = next(int(text) for text in result.tail if text.isdigit())
    await until_gone(pid)


async def test_output_that_a_grandchild_prints_within_the_grace_is_kept(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    script = f"({hold(gate)}; echo late) & echo done; (sleep 0.1; touch '{gate}') >/dev/null 2>&1 &"
    result = await run(["sh", "-c", script], cwd=tmp_path)
    assert result.tail == ("done", "late")
    assert not result.left_behind


async def test_who_has_left_the_session_with_our_pipe_does_not_hang_us(tmp_path: Path) -> None:
    source = """
import os, time
if not os.fork():
    os.setsid()
    os.write(1, b'%d\\n' % os.getpid())
    time.sleep(600)
time.sleep(0.3)
"""
    result = await run(python(source), cwd=tmp_path)
    assert result.left_behind
    pid = int(result.tail[0])
    assert is_running(pid)
    os.kill(pid, signal.SIGKILL)


async def test_a_grandchild_that_let_go_of_the_output_may_stay(tmp_path: Path) -> None:
    result = await run(["sh", "-c", "sleep 600 >/dev/null 2>&1 & echo $!"], cwd=tmp_path)
    assert (result.ok, result.left_behind) == (True, False)
    assert is_running(int(result.text))
    os.kill(int(result.text), signal.SIGKILL)


async def test_a_callback_that_raises_ends_the_program_and_is_heard(tmp_path: Path) -> None:
    pids: list[int] = []

    def fail(lines: object) -> None:
        pids.append(int(lines[0]))  # type: ignore[index]
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await run(["sh", "-c", "echo $$; sleep 600"], cwd=tmp_path, on_lines=fail)
    assert not is_running(pids[0])


async def test_a_callback_that_raises_at_the_last_line_is_heard(tmp_path: Path) -> None:
    def fail(lines: object) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await run(["printf", "unfinished"], cwd=tmp_path, on_lines=fail)


async def test_a_stall_callback_that_raises_ends_the_program_and_is_heard(tmp_path: Path) -> None:
    def fail(silent_s: float) -> None:
        raise LookupError("mine")

    seen = Seen()
    with pytest.raises(LookupError, match="mine"):
        await run(["sh", "-c", "echo $$; sleep 600"], cwd=tmp_path, stall_s=0.1, on_stall=fail, on_lines=seen)
    assert not is_running(int(seen.texts[0]))


async def test_a_service_runs_until_it_is_stopped(tmp_path: Path) -> None:
    seen = Seen()
    script = "echo up; sleep 600 & echo $!; wait"
    async with await start(["sh", "-c", script], cwd=tmp_path, on_lines=seen) as service:
        _, child = await seen.count(2)
        assert service.exit_code is None
        assert is_running(service.pid)
        assert os.getsid(service.pid) == service.pid
        assert service.tail == ("up", child)
    assert service.exit_code == -signal.SIGTERM
    await until_gone(service.pid, int(child))
    await service.stop()


async def test_a_service_that_ends_by_itself_says_so(tmp_path: Path) -> None:
    service = await start(["sh", "-c", "echo no port; exit 4"], cwd=tmp_path)
    assert await service.wait() == 4
    assert (service.exit_code, service.tail, service.line_count) == (4, ("no port",), 1)
    await service.stop()


async def test_a_service_whose_callback_raises_is_ended(tmp_path: Path) -> None:
    def fail(lines: object) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        async with await start(["sh", "-c", "echo up; sleep 600"], cwd=tmp_path, on_lines=fail) as service:
            await until_gone(service.pid)
    assert isinstance(service.failure, LookupError)


async def left_over(seen: Seen, argv: list[str], cwd: Path, token: str) -> asyncio.Task[shell.Result]:
    """A program that carries a driver's token, running."""
    already = len(seen.texts)
    running = asyncio.create_task(run(argv, cwd=cwd, on_lines=seen, env={"LOOP_TUI_CHILD": token}))
    await seen.count(already + 1)
    return running


async def test_what_a_dead_driver_left_is_found_by_its_token_and_ended(tmp_path: Path) -> None:
    seen = Seen()
    ours = await left_over(seen, ["sh", "-c", "echo on; sleep 600"], tmp_path, "dead-1")
    escaped = python("import os, time; os.fork() and os._exit(0); os.setsid(); print(os.getpid()); time.sleep(600)")
    daemon = await left_over(seen, escaped, tmp_path, "dead-1")
    node = "process.title = 'x'.repeat(200); console.log('on'); setTimeout(() => {}, 600000)"
    title = await left_over(seen, ["node", "-e", node], tmp_path, "dead-1")
    other = await left_over(seen, ["sh", "-c", "echo on; sleep 600"], tmp_path, "alive-2")
    ended = await asyncio.to_thread(end_leftovers, "dead-1")
    for task in (ours, daemon, title):
        await task
    assert len(ended) == 4  # sh, its sleep, the one in a session of its own, node
    assert any(said.startswith("sh (process ") for said in ended)
    assert not other.done()
    assert await asyncio.to_thread(end_leftovers, "alive-2")
    await other
    assert await asyncio.to_thread(end_leftovers, "dead-1") == []


async def test_we_ourselves_and_our_ancestors_are_spared(tmp_path: Path) -> None:
    source = "from loop_tui.process.cleanup import end_leftovers; print(end_leftovers('mine'))"
    argv = [python("")[0], "-c", source]
    result = await run(
        ["sh", "-c", '"$@"; echo still here', "sh", *argv],
        cwd=Path(__file__).parents[2],
        env={"LOOP_TUI_CHILD": "mine"},
    )
    assert result.tail == ("[]", "still here")


async def test_git_may_finish_and_what_it_started_too(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    seen = Seen()
    slow = f"alias.slow=!echo on; {hold(gate)}; echo finished"
    running = await left_over(seen, ["git", "-c", slow, "slow"], tmp_path, "dead-3")
    other = await left_over(seen, ["sh", "-c", "echo on; sleep 600"], tmp_path, "dead-3")
    ending = asyncio.create_task(asyncio.to_thread(end_leftovers, "dead-3"))
    await other  # ended while git is still at work
    assert not running.done()
    gate.touch()
    ended = await ending
    assert (await running).tail == ("on", "finished")
    assert not any("git" in said for said in ended)


async def test_a_git_that_does_not_finish_is_ended(tmp_path: Path) -> None:
    running = await left_over(Seen(), ["git", "-c", "alias.slow=!echo on; sleep 600", "slow"], tmp_path, "dead-4")
    ended = await asyncio.to_thread(end_leftovers, "dead-4", git_s=0.2)
    await running
    assert any(said.startswith("git (process ") for said in ended)


async def test_what_git_runs_without_the_token_is_found_by_its_keeper(tmp_path: Path) -> None:
    gate, note = tmp_path / "gate", tmp_path / "pids"
    seen = f"env | grep -c ^{CHILD_VARIABLE}= > '{note}.new'; echo $$ >> '{note}.new'; mv '{note}.new' '{note}'"
    slow = f"alias.slow=!{seen}; {hold(gate)}; echo finished"
    with started_by("dead-5"):
        running = asyncio.create_task(shell.capture(["git", "-c", slow, "slow"], cwd=tmp_path, plain=True, kept=True))
        await until(note.exists)
    assert note.read_text().split()[0] == "0", "a hook sees nothing of ours"
    ending = asyncio.create_task(asyncio.to_thread(end_leftovers, "dead-5"))
    gate.touch()
    assert not any("git" in said for said in await ending)
    assert (await running).stdout == "finished\n"


async def test_what_does_not_finish_is_ended_with_its_keeper(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    slow = f"alias.slow=!echo $$ > '{note}.new'; mv '{note}.new' '{note}'; sleep 600"
    with started_by("dead-6"):
        running = asyncio.create_task(shell.capture(["git", "-c", slow, "slow"], cwd=tmp_path, plain=True, kept=True))
        await until(note.exists)
    ended = await asyncio.to_thread(end_leftovers, "dead-6", git_s=0.2)
    assert (await running).exit_code != 0
    assert any(said.startswith("git (process ") for said in ended)
    await until_gone(int(note.read_text()))


@pytest.mark.parametrize(("script", "code"), [("exit 7", 7), ("kill -9 $$", -9), ("kill -15 $$", -15)])
async def test_a_keeper_ends_as_what_it_keeps(tmp_path: Path, script: str, code: int) -> None:
    with started_by("alive-7"):
        answer = await shell.capture(["sh", "-c", script], cwd=tmp_path, plain=True, kept=True)
    assert answer.exit_code == code


def test_no_token_ends_nothing() -> None:
    assert end_leftovers("") == []
    assert end_leftovers("nobody-has-this") == []
