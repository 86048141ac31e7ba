"""What is left when the program itself fails: a file with the traceback, without values and with secrets masked."""

import os
import platform
import sys
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import loop_tui
from loop_tui.fs.atomic import write_new
from loop_tui.fs.paths import data_dir
from loop_tui.model.problem import Problem
from loop_tui.model.secrets import mask, secrets_in
from loop_tui.model.text import clean

if TYPE_CHECKING:
    import asyncio

EXIT_CODE = 70
"""The exit code of a crash: `EX_SOFTWARE` of sysexits."""

_MOST_CHARACTERS = 200_000
_MOST_TASKS, _DEPTH = 200, 10


def write_crash(error: BaseException) -> Path:
    """Write a crash file that only the user can read, and give its path.

    It holds versions and the traceback with source lines, never the values of variables (SPEC section 8). Never
    raises: when the file cannot be written, the path given does not exist, and `crash_line` says so.
    """
    return _write("".join(traceback.format_exception(error)))


def write_stall(loop: "asyncio.AbstractEventLoop") -> Path:
    """Write where all threads and all tasks of an event loop stand that does not turn, and give the path of the file.

    May be called from any thread; holds what `write_crash` does, and never raises either.
    """
    try:
        where = "\n".join([*_threads(), *_tasks(loop)])
    except Exception as error:  # The tasks of a loop in another thread may be in any state.
        where = f"its position is unknown: {type(error).__name__}"
    return _write("the event loop is stuck\n\n" + where)


def _threads() -> Iterator[str]:
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    for ident, frame in sys._current_frames().items():
        yield f"thread {names.get(ident, ident)}:\n" + "".join(traceback.format_stack(frame))


def _tasks(loop: "asyncio.AbstractEventLoop") -> Iterator[str]:
    import asyncio

    try:
        tasks = asyncio.all_tasks(loop)
    except RuntimeError:  # They come and go faster than they can be counted.
        return
    for task in list(tasks)[:_MOST_TASKS]:
        work = getattr(task.get_coro(), "__qualname__", "")
        stack = "".join("".join(traceback.format_stack(frame, 1)) for frame in task.get_stack(limit=_DEPTH))
        yield f"task {task.get_name()} {work}:\n{stack}"


def _write(text: str) -> Path:
    moment = datetime.now(UTC)
    path = Path("crashes") / f"{moment:%Y%m%dT%H%M%S%f}-{os.getpid()}.txt"
    head = (
        f"loop-tui {loop_tui.__version__}\npython {platform.python_version()} on {sys.platform}\n"
        f"{moment.isoformat(timespec='seconds')}\n\n"
    )
    body = mask(clean((head + text)[:_MOST_CHARACTERS]), secrets_in(os.environ))
    for folder in (data_dir, _temporary):  # A home that cannot be written, or that nobody knows, keeps none of them.
        try:
            made = folder() / path
            body = body.replace(str(Path.home()), "~")
            made.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_new(made, body.encode("utf-8", "replace"), mode=0o600)
        except (OSError, Problem, RuntimeError):
            continue
        return made
    return path


def _temporary() -> Path:
    """A folder of our own among the temporary files, new, so that it is nobody else's. Raises OSError."""
    import tempfile

    return Path(tempfile.mkdtemp(prefix="loop-tui-"))


def crash_line(error: BaseException, path: Path) -> str:
    """The one line that a person sees."""
    if not path.exists():
        last = traceback.extract_tb(error.__traceback__)[-1:]
        place = "".join(f" in {Path(frame.filename).name}:{frame.lineno}" for frame in last)
        return f"loop-tui failed ({type(error).__name__}{place}); the details could not be written"
    return f"loop-tui failed ({type(error).__name__}); the details are in {path}"
