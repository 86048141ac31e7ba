"""The person's editor: which one it is, and running it in the terminal that the screen gave away meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line

NAMES = ("VISUAL", "EDITOR")


def editor_argv(env: Mapping[str, str]) -> list[str]:
    """The program and its options, from `$VISUAL` or else `$EDITOR`. Raises Problem when none is set, or it is no
    command line; no shell reads it.
    """
    name = next((name for name in NAMES if env.get(name, "").strip()), "")
    if not name:
        raise Problem(
            "no editor is set",
            todo="set EDITOR, for example `export EDITOR=nano`, and start again",
            code=Code.PROGRAM_MISSING,
        )
    try:
        return shlex.split(env[name])
    except ValueError as error:
        what = f"${name} is no command line: {one_line(str(error), 80)}"
        raise Problem(
            what, one_line(env[name], 80), f"fix {name}, and start again", code=Code.SETTINGS_INVALID
        ) from error


def edit(argv: Sequence[str], file: Path) -> int:
    """Run the editor on a file until it ends, and give its exit code. Raises Problem when it cannot be started."""
    try:
        return subprocess.run([*argv, str(file)], check=False).returncode
    except (OSError, ValueError) as error:
        said = (error.strerror if isinstance(error, OSError) else None) or str(error)
        name = one_line(argv[0] if argv else "", 80)
        raise Problem(
            f"the editor cannot be started: {one_line(said, 200)}", name, "fix EDITOR", code=Code.PROGRAM_FAILED
        ) from error


@contextlib.contextmanager
def interrupts_are_not_ours(leave: Callable[[], object]) -> Iterator[None]:
    """While an editor has the terminal, ctrl+c in it is not meant for us, though it reaches us too.

    Afterwards an interrupt calls `leave` again. Nothing changes where the event loop handles no signals.
    """
    loop = asyncio.get_running_loop()
    try:
        # A handler that does nothing, not SIG_IGN: the editor would inherit that.
        loop.add_signal_handler(signal.SIGINT, lambda: None)
    except (NotImplementedError, RuntimeError, ValueError):
        yield
        return

    def ours_again() -> None:
        loop.add_signal_handler(signal.SIGINT, leave)

    try:
        yield
    finally:
        # An interrupt that came meanwhile is looked at in the next round of the loop: only then may it count again.
        loop.call_soon(loop.call_soon, ours_again)
