"""The way in: `loop-tui` and `python -m loop_tui`."""

import atexit
import contextlib
import gc
import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and give its exit code.

    Whatever is wrong with input, files or tools is one clear line and exit code 2; a bug leaves a crash file and
    exit code 70; a closed pipe is no error.
    """
    # Imports make much that lives on; collecting garbage while they run finds nothing and costs a fifth of the start.
    gc.disable()
    from loop_tui.cli.entry import run
    from loop_tui.model.problem import Problem

    for name in ("stdout", "stderr"):
        # Whoever starts us may have closed them: then there is nobody to read, and no reason to fail.
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a glyph shows a question mark instead: no reason to fail.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        return run(argv)
    except Problem as problem:
        from loop_tui.cli.show import complain

        complain(problem)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; nothing may be written any more, not even by the interpreter at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        from loop_tui.fs.crash import EXIT_CODE, crash_line, write_crash

        path = write_crash(error)
        sys.stderr.write(crash_line(error, path) + "\n")
        return EXIT_CODE


def program() -> NoReturn:
    """As `main`, and the process ends with it."""
    code = main()
    # What has to happen at the end happens; but taking hundreds of modules apart is left to the system, which is done
    # with it at once: that spares every command some milliseconds.
    try:
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    program()
