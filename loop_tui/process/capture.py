"""Short calls whose answer a machine reads: stdout apart from stderr, and cheap (git is called hundreds of times).

`process.shell` gives this on as `shell.capture`. It is done with asyncio, not with `sh`: see
docs/decisions/0001-running-programs.md for the measurement.
"""

import asyncio
import contextlib
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from loop_tui.model.lease import CHILD_VARIABLE
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.secrets import command_line, mask, secrets_in
from loop_tui.model.text import clean, one_line

from .cleanup import KEEPER, end_session, known_session, to_the_end
from .environment import child_environment, driver_token, plain_environment, resolve

MAX_BYTES = 256 * 1024 * 1024
"""An answer that is longer is refused."""
# Of what it says on stderr the beginning, and more of the end: there most programs say why.
_FIRST_ERROR_BYTES, _LAST_ERROR_BYTES = 64 * 1024, 192 * 1024
_GRACE_S = 2.0


class TimedOut(Problem):
    """A program did not answer in time and was ended."""

    def __init__(self, what: str, where: str = "", todo: str = "") -> None:
        super().__init__(what, where, todo, code=Code.TIMED_OUT)


class Captured(Struct, frozen=True):
    """What a program answered. `exit_code` is negative when a signal ended it.

    `stdout` is for parsing only: it is as raw as the program wrote it (bytes that are no UTF-8 read as U+FFFD) and must
    go through `clean` before anyone sees it. `raw` is the same in bytes, for names that are no UTF-8. `stderr` is
    cleaned and masked.
    """

    exit_code: int
    stdout: str
    stderr: str
    duration_ms: int
    raw: bytes = b""

    @property
    def ok(self) -> bool:
        """It ended with exit code 0."""
        return self.exit_code == 0


_TELLS = regex(r"\b\w*Error\b|\berror\b", re.IGNORECASE)


def why_it_ended(done: Captured) -> str:
    """What a program that failed said of the reason, on one line, masked; its exit code when it said nothing."""
    lines = [line for line in mask(f"{done.stderr}\n{done.stdout}").splitlines() if line.strip()]
    # Node shows where it broke before it says what is wrong.
    said = [line for line in lines if _TELLS.search(line)] or lines
    return one_line(" ".join(said[:3]), 300) or f"exit {done.exit_code}"


async def capture(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    timeout_s: float = 60,
    input: bytes | None = None,
    plain: bool = False,
    kept: bool = False,
) -> Captured:
    """Run a program and give its answer. `input` is what it reads on stdin; without it there is nothing to read.

    `plain` gives it the person's own environment (`plain_environment`), so no token either; with `kept` a small program
    waits beside it that has the token, so that `end_leftovers` finds it all the same.

    Raises Problem when the program is missing, cannot be started or answers with more than 256 MB, TimedOut when the
    time is up; never for an exit code. When it is cancelled, or one of these happens, its whole session is ended.
    """
    began = time.monotonic()
    whole = plain_environment(cwd, env) if plain else child_environment(cwd, env)
    full = resolve(argv, cwd, whole)
    given = whole
    if plain and kept and (token := driver_token()):
        full = [sys.executable, "-I", "-S", "-c", KEEPER, _own_locale(whole), *full]
        given = {**whole, CHILD_VARIABLE: token}
    loop = asyncio.get_running_loop()
    answer = _Answer(loop)
    starting = asyncio.ensure_future(
        loop.subprocess_exec(
            lambda: answer,
            *full,
            cwd=cwd,
            env=given,
            stdin=subprocess.DEVNULL if input is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    )
    try:
        transport, _ = await asyncio.shield(starting)
    except (OSError, ValueError) as error:
        raise Problem(
            f"could not be started: {one_line(str(error), 200)}", one_line(full[0]), code=Code.PROGRAM_FAILED
        ) from error
    except asyncio.CancelledError:
        # Left to itself, asyncio would now end the program alone, and nothing that this has started.
        await to_the_end(_never_mind(starting, answer))
        raise
    try:
        if input is not None:
            _write(transport, input)
        either: tuple[asyncio.Future[Any], ...] = (answer.over, answer.too_much)
        with known_session(transport.get_pid()):
            await asyncio.wait(either, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if answer.too_much.done():
            raise Problem(f"printed more than {MAX_BYTES // 2**20} MB", _said(argv, whole), code=Code.PROGRAM_FAILED)
        if not answer.over.done():
            what = f"did not answer within {timeout_s:g} s"
            raise TimedOut(what, _said(argv, whole), "check the network, then try again")
    finally:
        await _let_go(transport, answer)
    raw = b"".join(answer.stdout)
    answer.shorten_errors()
    errors = b"".join(answer.stderr).decode("utf-8", "replace")
    return Captured(
        exit_code=answer.over.result(),
        stdout=raw.decode("utf-8", "replace"),
        stderr=mask(clean(errors), secrets_in(whole)) if errors else "",
        duration_ms=round((time.monotonic() - began) * 1000),
        raw=raw,
    )


def _own_locale(env: Mapping[str, str]) -> str:
    """What the keeper's Python may have changed in its environment, as it was: it sets this in the locale "C"."""
    return f"={env['LC_CTYPE']}" if "LC_CTYPE" in env else ""


def _said(argv: Sequence[str], env: Mapping[str, str]) -> str:
    return one_line(command_line(argv, secrets_in(env)), 120)


class _Answer(asyncio.SubprocessProtocol):
    """Collects what comes. `over` is done with the exit code when the program has ended and its output is complete."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.over: asyncio.Future[int] = loop.create_future()
        self.exited: asyncio.Future[None] = loop.create_future()
        self.too_much: asyncio.Future[None] = loop.create_future()
        self.stdout: list[bytes] = []
        self.stderr: list[bytes] = []
        self._sizes = {1: 0, 2: 0}
        self._open = {1, 2}
        self._transport: asyncio.SubprocessTransport | None = None
        self._grace: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.SubprocessTransport):
            self._transport = transport

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._sizes[fd] += len(data)
        if fd == 1 and self._sizes[1] <= MAX_BYTES:
            self.stdout.append(data)
        elif fd == 1 and not self.too_much.done():
            self.too_much.set_result(None)
        elif fd == 2:
            self.stderr.append(data)
            if self._sizes[2] > 2 * (_FIRST_ERROR_BYTES + _LAST_ERROR_BYTES):
                self.shorten_errors()

    def shorten_errors(self) -> None:
        """Keep both ends of what came on stderr, as much as there may be of it."""
        whole = b"".join(self.stderr)
        first, last = whole[:_FIRST_ERROR_BYTES], whole[-_LAST_ERROR_BYTES:]
        self.stderr = [first, last] if len(whole) > len(first) + len(last) else [whole]
        self._sizes[2] = sum(map(len, self.stderr))

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self._open.discard(fd)
        self._settle()

    def process_exited(self) -> None:
        if not self.exited.done():
            self.exited.set_result(None)
        # A process that it left behind (an ssh that keeps its connection) may hold the pipes for ever.
        self._grace = self._loop.call_later(_GRACE_S, self._give_up)
        self._settle()

    def _give_up(self) -> None:
        self._open.clear()
        self._settle()

    def _settle(self) -> None:
        if self._open or not self.exited.done() or self.over.done():
            return
        if self._grace:
            self._grace.cancel()
        code = self._transport.get_returncode() if self._transport else None
        self.over.set_result(-1 if code is None else code)


def _write(transport: asyncio.SubprocessTransport, data: bytes) -> None:
    """Hand over the input. Who does not read it gets the rest of its life without it."""
    pipe = transport.get_pipe_transport(0)
    if isinstance(pipe, asyncio.WriteTransport):
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            pipe.write(data)
            pipe.close()


async def _never_mind(starting: "asyncio.Future[tuple[asyncio.SubprocessTransport, _Answer]]", answer: _Answer) -> None:
    with contextlib.suppress(OSError, ValueError):
        transport, _ = await starting
        await _let_go(transport, answer)


async def _let_go(transport: asyncio.SubprocessTransport, answer: _Answer) -> None:
    """Close the pipes; when it is still running, end its session first."""
    if not answer.exited.done():
        await to_the_end(_end(transport.get_pid(), answer))
    transport.close()


async def _end(pid: int, answer: _Answer) -> None:
    await end_session(pid)
    await asyncio.wait({answer.exited}, timeout=_GRACE_S)
