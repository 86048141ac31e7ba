"""A program that nobody waits for any more is killed and collected."""

import asyncio
import sys

import psutil
import pytest

from loop_tui.process.children import kill_and_wait


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_it_has_gone_however_often_we_are_cancelled(times: int) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "input()", stdin=asyncio.subprocess.PIPE)
    ending = asyncio.create_task(kill_and_wait(process))
    for _ in range(times):
        await asyncio.sleep(0)
        ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert process.returncode == -9
    assert not psutil.pid_exists(process.pid)


async def test_one_that_has_ended_is_left_alone() -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await process.wait()
    await kill_and_wait(process)
    assert process.returncode == 0
