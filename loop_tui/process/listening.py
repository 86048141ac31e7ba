"""Which ports the programs of a session listen on, and who listens on a port."""

import contextlib
import os

import psutil


def ports_of(session: int) -> tuple[int, ...]:
    """The TCP ports that programs of that session listen on, lowest first; none where the system does not say."""
    found: set[int] = set()
    for process in psutil.process_iter():
        # Ended meanwhile, or somebody else's.
        with contextlib.suppress(psutil.Error, OSError):
            if os.getsid(process.pid) == session:
                found |= _listens_on(process)
    return tuple(sorted(found))


def listener_on(port: int) -> str:
    """Who listens on that port, as `node (4711)`; empty when nobody does, or nobody that can be told."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if port in _listens_on(process):
                return f"{process.name()} ({process.pid})"
    return ""


def _listens_on(process: psutil.Process) -> set[int]:
    connections = process.net_connections("tcp")
    return {each.laddr.port for each in connections if each.status == psutil.CONN_LISTEN and each.laddr}
