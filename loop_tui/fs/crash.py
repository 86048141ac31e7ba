"""What is left when the program itself fails: a file with the traceback, without values and with secrets masked."""

import os
import platform
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

import loop_tui
from loop_tui.fs.atomic import write_new
from loop_tui.fs.paths import data_dir
from loop_tui.model.problem import Problem
from loop_tui.model.text import clean, mask, secrets_in

EXIT_CODE = 70
"""The exit code of a crash: `EX_SOFTWARE` of sysexits."""

_MOST_CHARACTERS = 200_000


def write_crash(error: BaseException) -> Path:
    """Write a crash file that only the user can read, and give its path.

    It holds versions and the traceback with source lines, never the values of variables (SPEC section 8). Never
    raises: when the file cannot be written, the path given does not exist.
    """
    moment = datetime.now(UTC)
    path = data_dir() / "crashes" / f"{moment:%Y%m%dT%H%M%S%f}-{os.getpid()}.txt"
    text = "".join(traceback.format_exception(error))
    head = (
        f"loop-tui {loop_tui.__version__}\npython {platform.python_version()} on {sys.platform}\n"
        f"{moment.isoformat(timespec='seconds')}\n\n"
    )
    body = mask(clean(head + text), secrets_in(os.environ)).replace(str(Path.home()), "~")[:_MOST_CHARACTERS]
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_new(path, body.encode("utf-8", "replace"), mode=0o600)
    except (OSError, Problem):
        return path
    return path


def crash_line(error: BaseException, path: Path) -> str:
    """The one line that a person sees."""
    return f"loop-tui failed ({type(error).__name__}); the details are in {path}"
