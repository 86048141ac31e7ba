"""The way in: `loop-tui` and `python -m loop_tui`."""

import atexit
import contextlib
import gc
import io
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from pydantic import JsonValue

    from loop_tui.model.problem import Problem


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and give its exit code.

    Whatever is wrong with input, files or tools is one clear line and exit code 2; a bug leaves a crash file and
    exit code 70; a closed pipe is no error. With `--json`, standard output has it as one JSON object, too.
    """
    # Imports make much that lives on; collecting garbage while they run finds nothing and costs a fifth of the start.
    gc.disable()
    _open_closed_streams()
    from loop_tui.cli.entry import run
    from loop_tui.model.problem import Problem

    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a glyph shows a question mark instead: no reason to fail.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        return run(argv)
    except Problem as problem:
        return _tell(problem, argv)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; nothing may be written any more, not even by the interpreter at its end.
        from loop_tui.cli.live_output import leave_output

        leave_output()
        return 1
    except OSError as error:
        return _refused(error, argv)
    except Exception as error:
        return _crashed(error, argv)


def _open_closed_streams() -> None:
    """Whoever starts us may have closed them: then nobody reads or types, and that is no reason to fail.

    Each gets its own number back, so that no file opened later is taken for it by a program that we start.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, os.O_WRONLY if number else os.O_RDONLY)
            if handle != number:
                os.dup2(handle, number)
                os.close(handle)
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8"))


def _tell(problem: "Problem", argv: Sequence[str] | None) -> int:
    """What is wrong, for a person and for a script; gives the exit code."""
    from loop_tui.cli.show import complain, problem_json

    # Where nothing can be written, that cannot be said either.
    with contextlib.suppress(OSError, ValueError):
        complain(problem)
    with contextlib.suppress(OSError, ValueError):
        _tell_script(argv, problem_json(problem))
    return 2


def _refused(error: OSError, argv: Sequence[str] | None) -> int:
    """What the operating system refused, where nobody nearer to it has said so; gives the exit code."""
    from loop_tui.fs.crash import write_crash
    from loop_tui.fs.os_problem import is_of_the_machine, os_problem

    problem = os_problem(error)
    if not is_of_the_machine(error) and (path := write_crash(error)).exists():
        problem.todo += f"; the details are in {path}"
    return _tell(problem, argv)


def _crashed(error: Exception, argv: Sequence[str] | None) -> int:
    """A defect of ours: a crash file, a line that names it; gives the exit code."""
    from loop_tui.cli.show import error_json
    from loop_tui.fs.crash import EXIT_CODE, crash_line, write_crash
    from loop_tui.model.problem_codes import Code

    path = write_crash(error)
    # Where nothing can be written, the exit code and the crash file still say it.
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(crash_line(error, path) + "\n")
    with contextlib.suppress(OSError, ValueError):
        where = str(path) if path.exists() else ""
        _tell_script(argv, error_json(Code.BUG, f"loop-tui failed: {type(error).__name__}", where, Code.BUG.todo))
    return EXIT_CODE


def _tell_script(argv: Sequence[str] | None, error: "dict[str, JsonValue]") -> None:
    """What went wrong as one JSON line on standard output, when `--json` was asked for. Raises OSError."""
    from loop_tui.cli.entry import wants_json
    from loop_tui.cli.show import say_json

    if wants_json(sys.argv[1:] if argv is None else argv):
        say_json({"error": error})


def _flushed(code: int) -> int:
    """Bring out what was printed; gives the exit code, which is no success where nobody could have read it all."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        pass  # Whoever went away had read enough.
    except (OSError, ValueError) as error:
        if code:
            return code
        from loop_tui.cli.show import complain
        from loop_tui.model.problem import Problem
        from loop_tui.model.problem_codes import Code

        with contextlib.suppress(OSError, ValueError):
            reason = getattr(error, "strerror", "") or type(error).__name__
            complain(
                Problem(f"what was printed cannot be read: {reason}", todo=Code.OUTPUT_LOST.todo, code=Code.OUTPUT_LOST)
            )
        code = 2
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    return code


def program() -> NoReturn:
    """As `main`, and the process ends with it."""
    code = main()
    # What has to happen at the end happens; but taking hundreds of modules apart is left to the system, which is done
    # with it at once: that spares every command some milliseconds.
    try:
        atexit._run_exitfuncs()
        code = _flushed(code)
    finally:
        os._exit(code)


if __name__ == "__main__":
    program()
