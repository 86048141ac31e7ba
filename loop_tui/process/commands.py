"""Running a command that a person typed on the screen, or put on a key, and keeping what it printed."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line
from loop_tui.model.verbs import COLUMNS_VARIABLE, CommandOutput, Verb

from .children import kill_and_wait
from .environment import absolute_path, clean_environment, own_environment, resolve

MOST_BYTES = 1_000_000
"""How much of what a command printed is kept: its end."""
_MOST_ON_DISK = 64_000_000
"""Bytes of output that lie on the disk while it runs."""
_LOOK_S = 1.0
_BLOCK = 512


async def read_verbs(project: Path) -> tuple[Verb, ...]:
    """The commands that there are, as the command line lists them. Raises Problem."""
    told = await run_ours(project, ["verbs"], looks=True)
    if told.code != 0:
        raise Problem(one_line(told.errors, 400) or "the commands cannot be listed", code=Code.PROGRAM_FAILED)
    return tuple(_verb(json.loads(line)) for line in told.output.splitlines())


def _verb(told: Mapping[str, object]) -> Verb:
    options = told.get("options")
    return Verb(
        name=str(told["name"]),
        words=str(told.get("words", "")),
        text=str(told.get("text", "")),
        options=tuple(map(str, options)) if isinstance(options, list) else (),
        looks=told.get("looks") is True,
        asks=told.get("asks") is True,
    )


async def run_ours(project: Path, words: Sequence[str], *, looks: bool = False, columns: int = 0) -> CommandOutput:
    """Run a command of ours in a project, and give what it printed for a page of so many columns.

    Raises Problem when it cannot be started.
    """
    argv = [sys.executable, "-P", "-m", "loop_tui", *words]
    environment = own_environment() | ({COLUMNS_VARIABLE: str(columns)} if columns else {})
    return await _run(argv, project, environment, ends_with_us=looks)


async def run_own(argv: Sequence[str], folder: Path) -> CommandOutput:
    """Run a command of the person's own without a terminal. Raises Problem when it cannot be started."""
    environment = {**clean_environment(), "PWD": str(folder), "PATH": absolute_path()}
    return await _run(resolve(argv, folder, environment), folder, environment, ends_with_us=False)


async def _run(
    argv: Sequence[str], folder: Path, environment: Mapping[str, str], *, ends_with_us: bool
) -> CommandOutput:
    """Run a program that reads nothing.

    What it prints goes into files without a name: a pipe would end it as soon as nobody reads any more, and what
    changes something is not to be cut short because a page was closed or the screen was left.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            said = (error.strerror if isinstance(error, OSError) else None) or str(error)
            name = one_line(argv[0], 80)
            raise Problem(f"could not be started: {one_line(said, 200)}", name, code=Code.PROGRAM_FAILED) from error
        try:
            code = await _ended(process, (output, errors))
        finally:
            if ends_with_us:
                await kill_and_wait(process)
        return CommandOutput(code, _end_of(output), _end_of(errors))


async def _ended(process: asyncio.subprocess.Process, files: Sequence[IO[bytes]]) -> int:
    """Wait for the end, and give the exit code; one that prints without end must not fill the disk meanwhile.

    Such a one ends with us: nobody would empty its file any more.
    """
    fills = False
    end = asyncio.ensure_future(process.wait())
    try:
        while not (await asyncio.wait({end}, timeout=_LOOK_S))[0]:
            for file in files:
                # It goes on printing behind the hole; what is kept is the end.
                if os.fstat(file.fileno()).st_blocks * _BLOCK > _MOST_ON_DISK:
                    os.ftruncate(file.fileno(), 0)
                    fills = True
    finally:
        end.cancel()
        if fills:
            await kill_and_wait(process)
    return end.result()


def _end_of(file: IO[bytes]) -> str:
    size = file.seek(0, 2)
    file.seek(max(0, size - MOST_BYTES))
    return file.read(MOST_BYTES).lstrip(b"\0").decode("utf-8", "replace")
