"""What a run prints while it works, for a reader who may go away: then the run stops where it can be resumed."""

import asyncio
import contextlib
import os
import sys
from collections import deque
from collections.abc import Coroutine
from typing import Any

from loop_tui.model.events import Event
from loop_tui.model.going_on import RESUMES
from loop_tui.model.log import LogLine
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

from .show import coloured, line_for_people

_RECENT = 200


class LiveOutput:
    """Standard output of a run. `lost` is why it can be written no more; nothing is written after that."""

    def __init__(self, *, as_json: bool) -> None:
        self.lost: OSError | None = None
        self._as_json = as_json
        self._colour = coloured()
        self._flushing = False
        self._recent: deque[str] = deque(maxlen=_RECENT)
        self._task: asyncio.Task[Any] | None = None

    async def while_read(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do the work, and stop it (as an interrupt does) once its output goes nowhere."""
        self._task = asyncio.current_task()
        return await work

    def event(self, event: Event) -> None:
        """An event of the run, for a script."""
        if self._as_json:
            from loop_tui.storage.state.journal import encode

            self._write(encode(event) + "\n")
            self._flush()

    def line(self, line: LogLine) -> None:
        """A line of the run's log, for people."""
        if self._as_json:
            return
        self._recent.append(line.text)
        self._write(line_for_people(line, self._colour) + "\n")
        # Lines come in heaps. Whoever reads them through a pipe gets each heap when it is there, not at the end.
        if not self._flushing and self.lost is None:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self._flush)

    def unsaid(self, detail: str) -> list[str]:
        """The lines of a question's detail, without those that the run printed just before."""
        return [line for line in detail.splitlines() if line and line not in self._recent]

    @property
    def problem(self) -> Problem:
        """Why the run was stopped, when the output was lost."""
        gone = self.lost is None or isinstance(self.lost, BrokenPipeError)
        why = "is no longer read" if gone else f"cannot be written ({self.lost.strerror if self.lost else ''})"
        what = f"the output {why}, so the run was stopped"
        return Problem(what, todo=RESUMES, code=Code.OUTPUT_LOST)

    def _write(self, text: str) -> None:
        if self.lost is None:
            try:
                sys.stdout.write(text)
            except OSError as error:
                self._lose(error)

    def _flush(self) -> None:
        self._flushing = False
        if self.lost is None:
            try:
                sys.stdout.flush()
            except OSError as error:
                self._lose(error)

    def _lose(self, error: OSError) -> None:
        self.lost = error
        leave_output()
        if self._task is not None:
            self._task.cancel()


def leave_output() -> None:
    """Let whatever is still printed go nowhere: also what the interpreter has kept, and brings out at its end."""
    with contextlib.suppress(OSError, ValueError):
        descriptor = os.open(os.devnull, os.O_WRONLY)
        os.dup2(descriptor, sys.stdout.fileno())
        os.close(descriptor)
