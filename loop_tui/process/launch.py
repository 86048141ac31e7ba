"""Starting a driver: the detached process that works on a run (DESIGN "Crash-only"), and asking what it would do."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from loop_tui.fs.paths import DRIVER_LOG, ensure_run_folder
from loop_tui.model.lease import CHILD_VARIABLE
from loop_tui.model.problem import Problem
from loop_tui.model.text import one_line

PLAN_TIMEOUT_S = 120


def driver_argv(project: Path, loop: str, *, options: Sequence[str] = ()) -> list[str]:
    """The command that drives a loop in a project.

    `-P` keeps Python from importing modules of the folder it is started in, which is the project's.
    """
    return [sys.executable, "-P", "-m", "loop_tui", "drive", loop, "--project", str(project), *options]


def spawn_driver(project: Path, loop: str, *, options: Sequence[str] = ()) -> int:
    """Start a driver that outlives us and our terminal, and give its process id.

    It has a session of its own, no input, none of our open files, and says what goes wrong in the run folder's
    `driver.log`. Whether it gets to drive is decided by the lease: starting two is harmless. Raises Problem when it
    cannot be started.
    """
    log = ensure_run_folder(project, loop) / DRIVER_LOG
    try:
        handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError as error:
        raise Problem(f"cannot be written: {error.strerror}", str(log)) from error
    # A driver that another driver's program starts is no leftover of that one.
    environment = {name: value for name, value in os.environ.items() if name != CHILD_VARIABLE}
    try:
        process = subprocess.Popen(
            driver_argv(project.absolute(), loop, options=options),
            cwd=project,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=handle,
            start_new_session=True,
            close_fds=True,
        )
    except OSError as error:
        raise Problem(f"the driver cannot be started: {error.strerror}", sys.executable) from error
    finally:
        os.close(handle)
    # Collects the driver when it ends before us, so that it does not stay a zombie; when we end first, the system's
    # first process does it. A second fork would do without the thread, but would hide the process id.
    threading.Thread(target=process.wait, name=f"driver-{process.pid}", daemon=True).start()
    return process.pid


def plan_argv(project: Path, loop: str) -> list[str]:
    """The command that tells what a run would do and does nothing."""
    return [sys.executable, "-P", "-m", "loop_tui", "run", loop, "--dry-run", "--project", str(project)]


async def read_plan(project: Path, loop: str) -> str:
    """What a run of the loop would do, as text for people (SPEC section 5 `--dry-run`).

    Raises Problem with the words of the command when it cannot tell. The command ends with whoever waits for it.
    """
    return await _told(plan_argv(project.absolute(), loop), project, "the dry run")


async def read_diff(project: Path, loop: str, skill: str, phase: str = "", run: str = "") -> str:
    """Which files a skill of the run changed, as text for people; `run` is the path of an archived run.

    Raises Problem with the words of the command when it cannot tell. The command ends with whoever waits for it.
    """
    argv = [sys.executable, "-P", "-m", "loop_tui", "diff", f"--project={project.absolute()}", f"--loop={loop}"]
    argv += [f"--phase={phase}"] if phase else []
    argv += [f"--run={run}"] if run else []
    return await _told([*argv, "--", skill], project, "the comparison")


async def _told(argv: Sequence[str], project: Path, what: str) -> str:
    """What a command of ours prints. Raises Problem with what it complains about."""
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            cwd=project,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise Problem(f"{what} cannot be started: {one_line(str(error), 200)}", sys.executable) from error
    try:
        output, errors = await asyncio.wait_for(process.communicate(), PLAN_TIMEOUT_S)
    except TimeoutError as error:
        raise Problem(f"{what} did not end within {PLAN_TIMEOUT_S} s", str(project)) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        words = one_line(errors.decode("utf-8", "replace"), 400).removeprefix("loop-tui: ")
        raise Problem(words or f"{what} ended with exit code {process.returncode}")
    return output.decode("utf-8", "replace")
