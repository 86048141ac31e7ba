"""Ending programs: a whole session of them, or those that a dead driver left behind.

TERM first, so that they can clean up; KILL five seconds later, for those that do not listen (SHIP "npm"); sooner when
we are told to end ourselves.
"""

import asyncio
import contextlib
import os
import signal
import threading
import time
from collections.abc import Awaitable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from loop_tui.model.backoff import backoff
from loop_tui.model.lease import CHILD_VARIABLE
from loop_tui.model.text import one_line

if TYPE_CHECKING:
    import psutil

_Result = TypeVar("_Result")

TERM_S = 5.0
HURRIED_S = 0.6
"""As `TERM_S`, once this process was told to end."""
GIT_S = 15.0
KEEPER = f"""\
import _signal, os, sys
env = dict(os.environb)
env.pop(b"{CHILD_VARIABLE}", None)
env.pop(b"LC_CTYPE", None)
if sys.argv[1]:
    env[b"LC_CTYPE"] = os.fsencode(sys.argv[1][1:])
# Python ignores these, and what it starts would, too.
back = (_signal.SIGPIPE, _signal.SIGXFSZ)
child = os.posix_spawn(sys.argv[2], sys.argv[2:], env, setsigdef=back)
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
if code < 0:
    os.kill(os.getpid(), -code)
os._exit(code)
"""
"""A program of Python that starts another without the driver's token, and waits for it: known by its own token.

What a hook of the project sees of its environment is what the person's own git would show it.
"""
_AFTER_KILL_S = 2.0
_POLL_S = (0.005, 0.05)
_ROUNDS = 3


_hurried = threading.Event()
_living: set[int] = set()


def hurry() -> None:
    """From now on programs get little time to end: this process was told to end itself."""
    _hurried.set()


@contextlib.contextmanager
def known_session(leader: int) -> Iterator[None]:
    """While inside, `end_all_at_once` ends that session."""
    _living.add(leader)
    try:
        yield
    finally:
        _living.discard(leader)


def end_all_at_once() -> None:
    """KILL every session of ours that still lives. For the last moment of a process.

    The leaders' own groups first: who else is in a session takes a look at all processes.
    """
    for leader in tuple(_living):
        with contextlib.suppress(OSError):
            os.killpg(leader, signal.SIGKILL)
    for leader in tuple(_living):
        _signal(leader, signal.SIGKILL)


async def end_session(leader: int) -> None:
    """End every process of the session that `leader` started: TERM, 5 s (0.6 s after `hurry`), KILL.

    A session holds the leader's process group and the groups that shells with job control make in it. Processes that
    made a session of their own have left, and are not touched.
    """
    with known_session(leader):
        if not _signal(leader, signal.SIGTERM):
            return
        # A stopped process hears nothing but KILL and CONT.
        _signal(leader, signal.SIGCONT)
        if await _gone(leader, TERM_S):
            return
        _signal(leader, signal.SIGKILL)
        await _gone(leader, _AFTER_KILL_S)


async def to_the_end(work: Awaitable[_Result]) -> _Result:
    """Await work that must be finished even when we are cancelled meanwhile; then the cancelling goes on."""
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
    result = task.result()
    if cancelled:
        raise asyncio.CancelledError
    return result


async def _gone(leader: int, within_s: float) -> bool:
    pause, longest = _POLL_S
    began = time.monotonic()
    while _members(leader):
        if time.monotonic() >= began + (min(within_s, HURRIED_S) if _hurried.is_set() else within_s):
            return False
        await asyncio.sleep(pause)
        pause = backoff(pause, longest_s=longest, growth=1.5)
    return True


def _members(leader: int) -> list[int]:
    """The living processes of a session. The dead that nobody has reaped yet (zombies) do not count."""
    import psutil

    found = []
    for pid in psutil.pids():
        with contextlib.suppress(OSError, psutil.Error):
            if os.getsid(pid) == leader and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.append(pid)
    return found


def _signal(leader: int, number: signal.Signals) -> bool:
    """Send a signal to every group of a session. False when nobody is left."""
    groups = set()
    for pid in _members(leader):
        with contextlib.suppress(OSError):
            groups.add(os.getpgid(pid))
    groups.discard(os.getpgrp())
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)
    return bool(groups)


def end_leftovers(token: str, *, git_s: float = GIT_S, term_s: float = TERM_S) -> list[str]:
    """End the programs that a dead driver left behind, and say which (name and process id). Blocks while it works.

    They are known by the driver's token in their environment. git, and what git itself started, gets `git_s` seconds
    to finish, so that no repository is left locked; everything else, and a git that does not finish, is ended. This
    process, its ancestors and other people's processes are never touched.
    """
    if not token:
        return []
    ended: list[str] = []
    for _ in range(_ROUNDS):
        # What is ended may start something on its way out, so look again.
        marked = _marked(token)
        if not marked:
            break
        git = [p for p in marked if _belongs_to_git(p, marked)]
        ended += _end([p for p in marked if p not in git], term_s)
        ended += _end(_outlasting(git, git_s), term_s)
    return ended


def end_marked(variable: str, value: str) -> list[str]:
    """End the programs that have this variable in their environment, and say which, as `end_leftovers`. Blocks.

    So whoever made a session of its own is found as well.
    """
    ended: list[str] = []
    for _ in range(_ROUNDS):
        marked = _marked(value, variable)
        if not marked:
            break
        ended += _end(marked, TERM_S)
    return ended


def _marked(token: str, variable: str = CHILD_VARIABLE) -> "list[psutil.Process]":
    import psutil

    us = psutil.Process()
    spared = {us.pid, *(p.pid for p in us.parents())}
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid in spared or process.uids().real != os.getuid():
                continue
            if process.environ().get(variable) == token and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    for keeper in filter(_keeps, tuple(found)):
        with contextlib.suppress(psutil.Error):
            of_it = (psutil.Process(pid) for pid in _members(keeper.pid))
            kept = {process.pid: process for process in (*of_it, *keeper.children(recursive=True))}
            known = {*spared, *(process.pid for process in found)}
            found += [process for pid, process in kept.items() if pid not in known]
    return found


def _keeps(process: "psutil.Process") -> bool:
    """True for a keeper: what it started has no token, and is known by it."""
    import psutil

    with contextlib.suppress(psutil.Error):
        return KEEPER in process.cmdline()
    return False


def _belongs_to_git(process: "psutil.Process", marked: "Sequence[psutil.Process]") -> bool:
    import psutil

    with contextlib.suppress(psutil.Error):
        line = [process, *(p for p in process.parents() if p in marked)]
        return any(p.name() == "git" or p.name().startswith("git-") for p in line) or _keeps(process)
    return False


def _outlasting(processes: "Sequence[psutil.Process]", seconds: float) -> "list[psutil.Process]":
    """Those that still run after so many seconds, at the latest. (psutil's own wait would reap children of ours.)"""
    until = time.monotonic() + seconds
    left = list(filter(_is_running, processes))
    while left and time.monotonic() < until:
        time.sleep(_POLL_S[1])
        left = list(filter(_is_running, left))
    return left


def _is_running(process: "psutil.Process") -> bool:
    import psutil

    with contextlib.suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _end(processes: "Sequence[psutil.Process]", term_s: float) -> list[str]:
    import psutil

    ended = []
    for process in processes:
        with contextlib.suppress(psutil.Error):
            said = f"{one_line(process.name(), 60)} (process {process.pid})"
            process.terminate()
            ended.append(said)
    for process in _outlasting(processes, term_s):
        with contextlib.suppress(psutil.Error):
            process.kill()
    _outlasting(processes, _AFTER_KILL_S)
    return ended
