"""Outside programs: `run` for people to watch, `start` for servers, `capture` for answers that a machine reads.

What holds for each of them: an argument list, never a shell string; a clean environment; nothing to read on stdin
(`capture` may be given input); no terminal; a session of its own, which ends as a whole.

`run` and `start` begin programs with `sh`, by the recipe of docs/decisions/0001-running-programs.md: our own pipe for
stdout and stderr together, so that their order is kept; one thread for each program, which forks and waits, so that
neither blocks the event loop or a pool.
"""

import asyncio
import contextlib
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from msgspec import Struct

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import command_line, secrets_in
from loop_tui.model.text import clean, one_line

from .capture import Captured, TimedOut, capture, why_it_ended
from .cleanup import end_leftovers, end_session, known_session, to_the_end
from .environment import child_environment, clean_environment, how_to_get, resolve, which
from .output_lines import Colours, Lines, LineSplitter

__all__ = [
    "Captured",
    "Lines",
    "Result",
    "Service",
    "TimedOut",
    "capture",
    "clean_environment",
    "end_leftovers",
    "how_to_get",
    "run",
    "start",
    "which",
    "why_it_ended",
]

_T = TypeVar("_T")
OnLines = Callable[[Lines], None]
OnStall = Callable[[float], None]

GRACE_S = 2.0
"""How long output may stay open after a program has ended, before what it left behind is ended too."""
# How long the news of its death may take after everything has been ended, on a machine that is busy.
_REAPED_S = 10.0
# More than any pipe holds.
_LAST_CHUNKS = 64
_CHUNK = 64 * 1024
_ANY_CODE = tuple(range(-255, 256))
_RESET = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGXFSZ)
# sh writes every command line, secrets and all, to its log.
logging.getLogger("sh").setLevel(logging.WARNING)


class Result(Struct, frozen=True):
    """How a program ended. `exit_code` is negative when a signal ended it (-9: KILL)."""

    argv: tuple[str, ...]
    exit_code: int | None
    duration_ms: int
    tail: tuple[str, ...] = ()
    """The last lines (200 at most)."""
    recent: tuple[str, ...] = ()
    """More of the last lines (some thousands), for code that reads what a program said."""
    line_count: int = 0
    """Lines printed, also those beyond the cap."""
    timed_out: bool = False
    cancelled: bool = False
    """Ended because `stop` was set."""
    dropped: int = 0
    """Lines beyond the cap that were not passed on."""
    left_behind: bool = False
    """Something that it had started held its output open, and was ended."""

    @property
    def ok(self) -> bool:
        """It ended by itself with exit code 0."""
        return self.exit_code == 0 and not self.timed_out and not self.cancelled

    @property
    def text(self) -> str:
        """The tail as one text."""
        return "\n".join(self.tail)

    @property
    def command(self) -> str:
        """The command line as a person would type it, cleaned and masked, for display only."""
        return clean(command_line(self.argv, secrets_in(os.environ)))


class Service:
    """A running program: made by `start`. Ends with `stop`, or at the end of `async with`."""

    def __init__(self, out: int, splitter: LineSplitter, on_lines: OnLines | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._out = out
        self._splitter = splitter
        self._on_lines = on_lines
        self._started: asyncio.Future[int] = self._loop.create_future()
        self._exited: asyncio.Future[int | None] = self._loop.create_future()
        self._closed: asyncio.Future[None] = self._loop.create_future()
        self._failed: asyncio.Future[Exception] = self._loop.create_future()
        self._ending: asyncio.Task[None] | None = None
        self._stall: tuple[float, OnStall] | None = None
        self._last_output = self._loop.time()
        self._stall_timer: asyncio.TimerHandle | None = None
        self.pid = 0
        self.left_behind = False
        """Something that it had started held its output open after its end, and was ended."""

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self._exited.result() if self._exited.done() else None

    @property
    def tail(self) -> tuple[str, ...]:
        """The last lines that it printed (200 at most)."""
        return self._splitter.tail

    @property
    def recent(self) -> tuple[str, ...]:
        """More of the last lines (see `Result.recent`)."""
        return self._splitter.recent

    @property
    def line_count(self) -> int:
        """How many lines it printed so far."""
        return self._splitter.line_count

    @property
    def failure(self) -> Exception | None:
        """What `on_lines` raised. The program is ended for it."""
        return self._failed.result() if self._failed.done() else None

    async def wait(self) -> int | None:
        """Its exit code, when it has ended and all its output was passed on. Raises what `on_lines` raised.

        None for a program that could not be ended (it runs as somebody else).
        """
        await _first(self._exited, self._failed)
        if not self._failed.done():
            await _first(self._closed, self._failed, timeout_s=GRACE_S)
            self.left_behind = not self._closed.done() and not self._failed.done()
        await self.stop()
        if self.failure:
            raise self.failure
        return self.exit_code

    async def stop(self) -> None:
        """End it and everything in its session: TERM, 5 s, KILL. Nothing to do when it is over. Never raises."""
        if self._ending is None:
            self._ending = asyncio.ensure_future(self._end())
        await to_the_end(self._ending)

    async def __aenter__(self) -> Self:
        """The service itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it. Raises what `on_lines` raised, unless something else is being raised already."""
        await self.stop()
        if self.failure and error is None:
            raise self.failure

    async def _end(self) -> None:
        if not (self._exited.done() and self._closed.done()):
            await end_session(self.pid)
            await _first(self._exited, timeout_s=_REAPED_S)
            # Whoever left the session may hold the pipe for ever: what is in it now is all that we take.
            for _ in range(_LAST_CHUNKS):
                if self._closed.done() or not self._read():
                    break
        self._close()
        if self._stall_timer:
            self._stall_timer.cancel()
        self._pass_on(self._splitter.finish())

    async def _begin(self, argv: list[str], cwd: Path, env: dict[str, str], inlet: int) -> None:
        life = threading.Thread(target=self._live, args=(argv, cwd, env, inlet), name=f"program {argv[0]}", daemon=True)
        life.start()
        try:
            self.pid = await asyncio.shield(self._started)
        except asyncio.CancelledError:
            await to_the_end(self._never_mind())
            raise
        except BaseException:
            os.close(self._out)
            raise
        os.set_blocking(self._out, False)
        self._loop.add_reader(self._out, self._read)

    async def _never_mind(self) -> None:
        """Cancelled while it was being started: wait until it is there, so that it can be ended."""
        with contextlib.suppress(Problem):
            self.pid = await self._started
            await end_session(self.pid)
        os.close(self._out)

    def _live(self, argv: list[str], cwd: Path, env: dict[str, str], inlet: int) -> None:
        """The life of the program, in a thread of its own: start it with sh, wait for it."""
        import sh

        try:
            with Path(os.devnull).open("rb") as nothing:
                program = sh.Command(argv[0])(
                    *argv[1:],
                    _cwd=str(cwd),
                    _env=env,
                    _encoding="utf-8",
                    _in=nothing,
                    _out=inlet,
                    _err_to_out=True,
                    _tty_out=False,
                    _new_session=True,
                    _bg=True,
                    _bg_exc=False,
                    _no_pipe=True,
                    _ok_code=_ANY_CODE,
                    _preexec_fn=_with_default_signals,
                )
        except Exception as error:
            reason = str(error).strip().splitlines()[-1:] or [type(error).__name__]
            problem = Problem(
                f"could not be started: {one_line(reason[0], 200)}", one_line(argv[0]), code=Code.PROGRAM_FAILED
            )
            self._tell(self._started, problem)
            return
        finally:
            os.close(inlet)
        self._tell(self._started, program.pid)
        try:
            with known_session(program.pid):
                program.wait()
            self._tell(self._exited, program.exit_code)
        except ChildProcessError:  # somebody else in this process has reaped it, and knows the code
            self._tell(self._exited, None)

    def _tell(self, future: "asyncio.Future[_T]", value: _T | Problem) -> None:
        def settle() -> None:
            if future.done():
                return
            if isinstance(value, Problem):
                future.set_exception(value)
            else:
                future.set_result(value)

        with contextlib.suppress(RuntimeError):  # the event loop is gone, and with it whoever wanted to know
            self._loop.call_soon_threadsafe(settle)

    def _read(self) -> bool:
        """Pass on what is there. False when there is nothing."""
        try:
            data = os.read(self._out, _CHUNK)
        except BlockingIOError:
            return False
        if not data:
            self._close()
            return False
        self._last_output = self._loop.time()
        self._pass_on(self._splitter.feed(data))
        return True

    def _pass_on(self, texts: Sequence[str]) -> None:
        if not texts or not self._on_lines or self._failed.done():
            return
        try:
            self._on_lines(Lines(texts))
        except Exception as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        """A callback raised: nobody wants to hear from this program any more, so it ends."""
        if not self._failed.done():
            self._failed.set_result(error)
        if self._ending is None:
            self._ending = asyncio.ensure_future(self._end())

    def _close(self) -> None:
        if not self._closed.done():
            self._loop.remove_reader(self._out)
            os.close(self._out)
            self._closed.set_result(None)

    def _watch_silence(self, stall_s: float, on_stall: OnStall) -> None:
        self._stall = (stall_s, on_stall)
        self._last_output = self._loop.time()
        self._stall_timer = self._loop.call_later(stall_s, self._check_silence, -1.0)

    def _check_silence(self, told_at: float) -> None:
        """Tell once about each silence. `told_at` is the last output before the silence that was told last."""
        if self._stall is None or self._closed.done() or self._exited.done() or self._failed.done():
            return
        stall_s, on_stall = self._stall
        silent_s = self._loop.time() - self._last_output
        if silent_s >= stall_s and told_at != self._last_output:
            told_at = self._last_output
            # A line without an end is most likely a question that nobody will answer: show it.
            self._pass_on(self._splitter.flush())
            try:
                on_stall(silent_s)
            except Exception as error:
                self._fail(error)
        wait_s = stall_s if silent_s >= stall_s else stall_s - silent_s
        self._stall_timer = self._loop.call_later(wait_s, self._check_silence, told_at)


async def start(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    on_lines: OnLines | None = None,
    max_lines: int = 200_000,
    secrets: Iterable[str] = (),
    colours: Colours = "none",
) -> Service:
    """Start a program that goes on until it is stopped: a server.

    `env` is put on top of the clean environment. Lines are passed on as they come, cleaned and masked: `secrets` (as
    `secrets.known` gives them), the values of variables that are named like secrets, and all that looks or stands
    like one; colours are in `Lines.coloured`, when they are to be kept. When `on_lines` raises, `wait` ends the
    program and raises that.
    Raises Problem when the program is missing or cannot be started.
    """
    whole = child_environment(cwd, env, colours=colours == "asked")
    full = resolve(argv, cwd, whole)
    out, inlet = os.pipe()
    together = sorted({*secrets, *secrets_in(whole)}, key=len, reverse=True)
    service = Service(out, LineSplitter(together, max_lines, colours=colours != "none"), on_lines)
    await service._begin(full, cwd, whole, inlet)
    return service


async def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    timeout_s: float = 1800,
    stall_s: float = 60,
    on_lines: OnLines | None = None,
    on_stall: OnStall | None = None,
    max_lines: int = 200_000,
    secrets: Iterable[str] = (),
    colours: Colours = "none",
    stop: asyncio.Event | None = None,
) -> Result:
    """Run a program to its end and pass on its lines in batches, in the order in which they were printed.

    `on_stall` is called once for each silence of `stall_s` seconds, with the seconds of silence. When the time is up,
    when `stop` is set, when this task is cancelled, or when a callback raises (that is raised here), the whole session
    is ended: TERM, 5 s, KILL. Something that outlives the program with its output open is ended after 2 s.
    After `max_lines` lines only the last 200 are passed on, at the end.

    Raises Problem when the program is missing or cannot be started; never for an exit code.
    """
    began = time.monotonic()
    service = await start(
        argv, cwd=cwd, env=env, on_lines=on_lines, max_lines=max_lines, secrets=secrets, colours=colours
    )
    if on_stall:
        service._watch_silence(stall_s, on_stall)
    over = asyncio.ensure_future(service.wait())
    stopping = asyncio.ensure_future(stop.wait()) if stop else None
    try:
        await _first(*((over, stopping) if stopping else (over,)), timeout_s=timeout_s)
        stopped = stopping is not None and stopping.done() and not over.done()
        timed_out = not over.done() and not stopped
        if stopped or timed_out:
            await service.stop()
        exit_code = await over
    finally:
        if stopping:
            stopping.cancel()
        await service.stop()
        over.cancel()
        await asyncio.wait({over})
    return Result(
        argv=tuple(argv),
        exit_code=exit_code,
        duration_ms=round((time.monotonic() - began) * 1000),
        tail=service.tail,
        recent=service.recent,
        line_count=service.line_count,
        timed_out=timed_out,
        cancelled=stopped,
        dropped=service._splitter.dropped,
        left_behind=service.left_behind,
    )


async def _first(*futures: "asyncio.Future[Any]", timeout_s: float | None = None) -> None:
    await asyncio.wait(futures, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)


def _with_default_signals() -> None:
    """Runs in the child: what we ignore or hold back must not be ignored or held back by the program."""
    for number in _RESET:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
