"""A process that ends when it is told to, whatever its event loop does, and that says where it stood when that hangs.

Signal handlers of an event loop run when the loop turns. A loop that never comes to rest (two messages that bring each
other about), that waits for a disk or that has handed its thread to an editor does not turn, and TERM is not heard. So
a thread of its own hears of signals and of the terminal's end; it asks the loop to leave, and ends the process itself
when nothing came of that.
"""

import asyncio
import contextlib
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator

from .crash import write_stall

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
HANGUP = 128 + signal.SIGHUP
GRACE_S = 1.2
"""How long an orderly end may take; what has not ended then is ended."""
LEAVING_S = 5.0
"""How long an end may take that nobody told us from outside."""
STALL_S = 2.0
"""A loop that has not turned for so long hangs, and where it stands is written down."""
_ASK_EVERY_S = 1.0
_MOST_STALLS = 3
_LAST_S = 0.3
"""How long what is to be done last may take."""
_INTERRUPT, _BACK, _LEAVING = 0xFF, 0xFE, 0xFD


def _exit_code(number: int) -> int:
    return 128 + number


class ProcessGuard:
    """Watches over one event loop, from the main thread's `start` to `stop`.

    `leave` is called in the loop with the exit code when a signal arrives or the terminal on `terminal` (a descriptor)
    hangs up; `last` is called in another thread, `GRACE_S` later, before the process is ended with that code. `end`
    ends it. `ask` is called in the loop with a function that is to be called once keys come through (see
    `interrupted`); by itself the loop answers.
    """

    def __init__(
        self,
        leave: Callable[[int], object],
        last: Callable[[], object],
        *,
        terminal: int | None = None,
        ask: Callable[[Callable[[], object]], object] = lambda answer: answer(),
        exit_code: Callable[[int], int] = _exit_code,
        end: Callable[[int], object] = os._exit,
    ) -> None:
        self._leave = leave
        self._last = last
        self._ask_keys = ask
        self._exit_code = exit_code
        self._end = end
        self._terminal = terminal if terminal is not None and os.isatty(terminal) else None
        self._inlet = self._outlet = -1
        self._pipe_lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._answered = threading.Event()
        self._asked_at = 0.0
        self._ends_at = 0.0
        self._code = 0
        self._interrupted_at = 0.0
        self._heard = threading.Event()
        self.is_told = False
        """True once a signal told this process to end."""
        self._away = False
        self._stalls = 0
        self._spared: frozenset[int] = frozenset()
        self._on_told: Callable[[], object] | None = None
        self._stopped = False

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to watch. Outside the main thread there are no signals to take, only the terminal and the loop."""
        self._loop = loop
        self._outlet, self._inlet = os.pipe()
        os.set_blocking(self._inlet, False)
        os.set_blocking(self._outlet, False)
        self.take_signals()
        self._thread = threading.Thread(target=self._watch, name="guard", daemon=True)
        self._thread.start()

    def take_signals(self) -> None:
        """Let the signals come to us, whoever took them meanwhile."""
        if threading.current_thread() is not threading.main_thread() or self._loop is None:
            return
        for number in SIGNALS:
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                self._loop.remove_signal_handler(number)
            # `nohup` has a hang-up ignored, and means it.
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._note)
        signal.set_wakeup_fd(self._inlet, warn_on_full_buffer=False)
        _guards[:] = [self]

    def stop(self) -> None:
        """No longer watch; signals do again what they do by default."""
        self._stopped = True
        if threading.current_thread() is threading.main_thread() and self in _guards:
            _guards.clear()
            signal.set_wakeup_fd(-1)
            for number in SIGNALS:
                if signal.getsignal(number) == self._note:
                    signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        self._wake(0)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(GRACE_S)

    def _note(self, number: int, frame: object) -> None:
        """The handler of the signals; their numbers go to the thread by themselves, and system calls go on."""
        self.is_told = self.is_told or number not in self._spared

    def interrupted(self) -> None:
        """The person pressed the key that always ends (from any thread): it does, when no key comes through."""
        self._wake(_INTERRUPT)

    def leaving(self) -> None:
        """An orderly end has begun (from any thread): it takes `LEAVING_S` at the longest."""
        self._wake(_LEAVING)

    @contextlib.contextmanager
    def away(self, spared: Collection[int], told: Callable[[], object]) -> Iterator[None]:
        """The loop's thread is given to somebody else on purpose; signals in `spared` are meant for them.

        `told` is called (in another thread) when we are told to end meanwhile: it makes them give the thread back.
        """
        self._spared, self._on_told = frozenset(spared), told
        self._away = True
        try:
            yield
        finally:
            self._away, self._on_told = False, None
            self._asked_at = 0.0
            # In the order of the pipe: what came before this was meant for them.
            self._wake(_BACK)

    def _wake(self, byte: int) -> None:
        with self._pipe_lock, contextlib.suppress(OSError):
            if self._inlet >= 0:
                os.write(self._inlet, bytes([byte]))

    # --- the thread -----------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        poll = select.poll()
        poll.register(self._outlet, select.POLLIN)
        if self._terminal is not None:
            poll.register(self._terminal, select.POLLHUP)
        while not self._stopped:
            ready = poll.poll(self._pause(time.monotonic()) * 1000)
            with contextlib.suppress(Exception):  # Nothing that goes wrong here may end the watch.
                self._look(poll, [fd for fd, _ in ready])
        with self._pipe_lock:
            for fd in (self._outlet, self._inlet):
                os.close(fd)
            self._outlet = self._inlet = -1

    def _look(self, poll: "select.poll", ready: Collection[int]) -> None:
        now = time.monotonic()
        if self._terminal is not None and self._terminal in ready:
            poll.unregister(self._terminal)
            self._begin_end(HANGUP, now)
        if self._outlet in ready:
            self._hear(now)
        self._check(now)

    def _pause(self, now: float) -> float:
        due = [now + _ASK_EVERY_S]
        if self._ends_at:
            due.append(self._ends_at)
        if self._interrupted_at:
            due.append(self._interrupted_at + GRACE_S)
        return max(min(due) - now, 0.0)

    def _hear(self, now: float) -> None:
        with contextlib.suppress(BlockingIOError):
            for byte in os.read(self._outlet, 4096):
                if byte == _INTERRUPT:
                    if self._interrupted_at == 0.0:
                        self._interrupted_at = now
                        self._heard.clear()
                        self._soon(lambda: self._ask_keys(self._heard.set))
                elif byte == _LEAVING:
                    self._ends_at = self._ends_at or now + LEAVING_S
                elif byte == _BACK:
                    self._spared = frozenset()
                elif byte in SIGNALS and byte not in self._spared:
                    self._begin_end(self._exit_code(byte), now)

    def _begin_end(self, code: int, now: float) -> None:
        if not self._code:
            self._code, self._ends_at = code, now + GRACE_S
        self._soon(lambda: self._leave(code))
        if (told := self._on_told) is not None:
            told()

    def _check(self, now: float) -> None:
        if self._ends_at and now >= self._ends_at:
            self._end_now(self._code)
        if self._heard.is_set():
            self._interrupted_at = 0.0
        if self._interrupted_at and now >= self._interrupted_at + GRACE_S:
            self._end_now(self._exit_code(signal.SIGINT))
        if self._away:
            return
        if self._asked_at == 0.0 or (self._answered.is_set() and now - self._asked_at >= _ASK_EVERY_S):
            self._ask(now)
        elif not self._answered.is_set() and now - self._asked_at >= STALL_S:
            self._note_stall()
            self._asked_at = now

    def _ask(self, now: float) -> None:
        self._answered.clear()
        self._asked_at = now
        self._soon(self._answered.set)

    def _soon(self, call: Callable[[], object]) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(call)
        except RuntimeError:  # The loop is closed: the end has come already.
            self._answered.set()
            self._heard.set()

    def _note_stall(self) -> None:
        """In a thread of its own: the disk may be what the loop waits for."""
        if self._stalls < _MOST_STALLS and self._loop is not None:
            self._stalls += 1
            threading.Thread(target=write_stall, args=(self._loop,), name="stall", daemon=True).start()

    def _end_now(self, code: int) -> None:
        """Also what is done last may hang: where the main thread does, it holds what others wait for."""
        last = threading.Thread(target=self._last, name="last", daemon=True)
        try:
            last.start()
            last.join(_LAST_S)
        finally:
            self._end(code)
            self._stopped = True


_guards: list[ProcessGuard] = []


def _forget_in_child() -> None:
    """What a fork is told before it is another program is not told to us."""
    if _guards:
        with contextlib.suppress(ValueError):
            signal.set_wakeup_fd(-1)


os.register_at_fork(after_in_child=_forget_in_child)
