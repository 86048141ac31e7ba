"""Commands within the process of the test: for what does not need one of its own, which costs a third of a second."""

import gc
import io
import subprocess
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

from loop_tui.__main__ import main


def told(*words: str, folder: Path | str = ".") -> "subprocess.CompletedProcess[str]":
    """What a command of loop-tui printed in a folder, and its exit code, as a process would have given them."""
    out, errors = io.StringIO(), io.StringIO()
    with chdir(folder), redirect_stdout(out), redirect_stderr(errors):
        code = main(words)
    # A command that is a process of its own collects no garbage; the tests go on.
    gc.enable()
    return subprocess.CompletedProcess(words, code, out.getvalue(), errors.getvalue())
