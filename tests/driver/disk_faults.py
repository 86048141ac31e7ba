"""In process: the N-th call of a driver that changes a file fails, whatever file it is (SPEC sections 3 and 6)."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from loop_tui.fs import atomic

ERRORS = ("ENOSPC", "EIO", "EROFS", "EACCES")
_BY_HANDLE = ("write", "fsync", "fdatasync", "ftruncate", "fchmod")
_BY_NAME = ("rename", "replace", "link", "unlink", "mkdir", "rmdir")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class DiskFaults:
    """Counts calls that change a file, and lets the one of number `at` fail; with `lasting` all after it too."""

    def __init__(self, at: int = 0, error: str = "ENOSPC", *, lasting: bool = False) -> None:
        self.at = at
        self.number = getattr(errno, error)
        self.lasting = lasting
        self.count = 0
        self.met = ""
        """The call that failed first."""

    def tick(self, name: str, path: object) -> None:
        """One more call. Raises OSError when it is to fail."""
        self.count += 1
        if self.at and (self.count == self.at or (self.lasting and self.count > self.at)):
            self.met = self.met or f"{name} {path}"
            raise OSError(self.number, os.strerror(self.number), path if isinstance(path, str) else None)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """While inside, the calls of this process are counted and fail."""
        real = {name: getattr(os, name) for name in (*_BY_HANDLE, *_BY_NAME, "open") if hasattr(os, name)}
        exchange = atomic.exchange
        try:
            for name in _BY_HANDLE:
                if name in real:
                    setattr(os, name, self._by_handle(name, real[name]))
            for name in _BY_NAME:
                setattr(os, name, self._by_name(name, real[name]))
            os.open = self._open(real["open"])
            atomic.exchange = self._by_name("exchange", exchange)
            yield
        finally:
            for name, function in real.items():
                setattr(os, name, function)
            atomic.exchange = exchange

    def _by_handle(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(handle: Any, *args: Any, **options: Any) -> Any:
            mode = os.fstat(handle).st_mode
            if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
                self.tick(name, f"/proc/self/fd/{handle}")
            return function(handle, *args, **options)

        return call

    def _by_name(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any, *args: Any, **options: Any) -> Any:
            self.tick(name, os.fspath(path))
            return function(path, *args, **options)

        return call

    def _open(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any, flags: int, *args: Any, **options: Any) -> Any:
            if flags & _WRITING:
                self.tick("open", os.fspath(path))
            return function(path, flags, *args, **options)

        return call
