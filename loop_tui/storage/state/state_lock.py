"""The lock that every writer of a state file of ours waits for."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from loop_tui.fs.atomic import write_problem
from loop_tui.fs.paths import ensure_run_folder
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

if TYPE_CHECKING:
    from filelock import BaseFileLock

STATE_LOCK_NAME = "state.lock"
_POLL_S = 0.005


class StateLock:
    """The lock of one loop in one project, which lies in its run folder."""

    def __init__(self, project: Path, loop: str, run_dir: Path, timeout_s: float) -> None:
        self._project = project
        self._loop = loop
        self._run_dir = run_dir
        self._timeout_s = timeout_s
        self._lock: BaseFileLock | None = None

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock, which whoever asks may have already. Raises Problem when it does not get free."""
        # Imported here: whoever only reads never locks, and it brings asyncio and ssl along.
        from filelock import FileLock, Timeout

        path = self._run_dir / STATE_LOCK_NAME
        if self._lock is None or not self._run_dir.is_dir():
            ensure_run_folder(self._project, self._loop)
            self._lock = FileLock(path, timeout=self._timeout_s, poll_interval=_POLL_S)
        lock = self._lock
        try:
            lock.acquire()
        except Timeout as error:
            raise Problem(
                f"another process has held the lock for more than {self._timeout_s:g} s",
                str(path),
                "end that process, then try again",
                code=Code.STATE_BUSY,
            ) from error
        except OSError as error:
            raise write_problem(error, path) from error
        try:
            yield
        finally:
            lock.release()
