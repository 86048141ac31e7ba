"""Starting a driver: the detached process that works on a run (DESIGN "Crash-only"), and asking what it would do."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from loop_tui.fs.demo import demo_of
from loop_tui.fs.paths import DRIVER_LOG, ensure_run_folder
from loop_tui.fs.plain import open_handle
from loop_tui.model.lease import CHILD_VARIABLE
from loop_tui.model.panel import PanelLine
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line

from .children import kill_and_wait
from .environment import own_environment

PLAN_TIMEOUT_S = 120


def driver_argv(project: Path, loop: str, *, options: Sequence[str] = ()) -> list[str]:
    """The command that drives a loop in a project.

    `-P` keeps Python from importing modules of the folder it is started in, which is the project's.
    """
    return _ours("drive", loop, "--project", str(project), *options)


def demo_argv(project: Path) -> list[str]:
    """The command that opens the demo of a sample project: with a home of its own, which we have not."""
    return _ours("demo", str(demo_of(project) or project.parent))


def spawn_driver(project: Path, loop: str, *, options: Sequence[str] = ()) -> int:
    """Start a driver that outlives us and our terminal, and give its process id.

    It has a session of its own, no input, none of our open files, and says what goes wrong in the run folder's
    `driver.log`. Whether it gets to drive is decided by the lease: starting two is harmless. Raises Problem when it
    cannot be started.
    """
    log = ensure_run_folder(project, loop) / DRIVER_LOG
    try:
        handle = open_handle(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError as error:
        raise Problem(f"cannot be written: {error.strerror}", str(log), code=Code.NOT_WRITABLE) from error
    # A driver that another driver's program starts is no leftover of that one.
    environment = {name: value for name, value in own_environment().items() if name != CHILD_VARIABLE}
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
        raise Problem(
            f"the driver cannot be started: {error.strerror}", sys.executable, code=Code.PROGRAM_FAILED
        ) from error
    finally:
        os.close(handle)
    # Collects the driver when it ends before us, so that it does not stay a zombie; when we end first, the system's
    # first process does it. A second fork would do without the thread, but would hide the process id.
    threading.Thread(target=process.wait, name=f"driver-{process.pid}", daemon=True).start()
    return process.pid


async def read_plan(project: Path, loop: str) -> str:
    """What a run would do (SPEC section 5 `--dry-run`). Raises Problem with the words of the command."""
    argv = _ours("run", loop, "--dry-run", "--project", str(project.absolute()))
    return await _told(argv, project, "the dry run")


async def read_diff(project: Path, loop: str, skill: str, phase: str = "", run: str = "") -> str:
    """What a skill changed; `run` is the path of an archived run. Raises Problem with the words of the command."""
    options = [f"--project={project.absolute()}", f"--loop={loop}"]
    options += [f"--phase={phase}"] if phase else []
    options += [f"--run={run}"] if run else []
    return await _told(_ours("diff", *options, "--", skill), project, "the comparison")


async def read_changed(project: Path, since: str) -> tuple[str, ...]:
    """What changed in the tree since a moment, a line each. Raises Problem with the words of the command."""
    text = await _told(_ours("changed-since", since, "--project", str(project.absolute())), project, "what changed")
    return tuple(str(_object(line).get("text", "")) for line in text.splitlines())


async def read_panel(project: Path, loop: str) -> tuple[str, ...]:
    """What packs have to say of a run, a line each. Raises Problem with the words of the command."""
    return tuple(line.text for line in await _read_lines(project, loop))


async def read_ready(project: Path, loop: str) -> tuple[PanelLine, ...]:
    """What packs say that starting a run would do. Raises Problem with the words of the command."""
    return await _read_lines(project, loop)


async def _read_lines(project: Path, loop: str) -> tuple[PanelLine, ...]:
    text = await _told(_ours("panel", loop, "--project", str(project.absolute())), project, "the panel of packs")
    told = (_object(line) for line in text.splitlines())
    return tuple(PanelLine(str(each.get("about", "")), str(each.get("text", ""))) for each in told)


async def make_sample(folder: Path, say: Callable[[str], None]) -> Path:
    """Make a sample project below a folder, or find the one there. Raises Problem with the words of the command."""
    made: list[str] = []

    def on_line(line: str) -> None:
        told = _object(line)
        if "project" in told:
            made.append(str(told["project"]))
        else:
            say(str(told.get("say", "")))

    await _told(_ours("sample", str(folder.absolute())), folder, "the sample project", on_line)
    if not made:
        raise Problem("no sample project was made", str(folder), code=Code.PROGRAM_FAILED)
    return Path(made[0])


def _ours(*words: str) -> list[str]:
    return [sys.executable, "-P", "-m", "loop_tui", *words]


def _object(line: str) -> dict[str, object]:
    """A line of JSON that a command of ours printed. Raises Problem for anything else."""
    try:
        found = json.loads(line)
    except ValueError as error:
        raise Problem("the command printed invalid JSON", one_line(line, 80), code=Code.PROGRAM_FAILED) from error
    return found if isinstance(found, dict) else {}


async def _told(argv: Sequence[str], project: Path, what: str, on_line: Callable[[str], None] | None = None) -> str:
    """What a command of ours prints, line by line to `on_line`. Raises Problem with what it complains about."""
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            cwd=project,
            env=own_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise Problem(
            f"{what} cannot be started: {one_line(str(error), 200)}", sys.executable, code=Code.PROGRAM_FAILED
        ) from error
    try:
        output, errors = await asyncio.wait_for(_read(process, on_line), PLAN_TIMEOUT_S)
    except TimeoutError as error:
        raise Problem(f"{what} did not end within {PLAN_TIMEOUT_S} s", str(project), code=Code.TIMED_OUT) from error
    finally:
        await kill_and_wait(process)
    if process.returncode != 0:
        words = one_line(errors.decode("utf-8", "replace"), 400).removeprefix("loop-tui: ")
        raise Problem(words or f"{what} ended with exit code {process.returncode}", code=Code.PROGRAM_FAILED)
    return output.decode("utf-8", "replace")


async def _read(process: asyncio.subprocess.Process, on_line: Callable[[str], None] | None) -> tuple[bytes, bytes]:
    if on_line is None or process.stdout is None or process.stderr is None:
        return await process.communicate()
    errors = asyncio.create_task(process.stderr.read())
    try:
        async for line in process.stdout:
            on_line(line.decode("utf-8", "replace"))
    except ValueError as error:  # a line beyond what a stream holds
        errors.cancel()
        raise Problem("the command printed a line that is too long", code=Code.PROGRAM_FAILED) from error
    await process.wait()
    return b"", await errors
