"""The lease: who drives a run (SPEC section 3, DESIGN "Crash-only")."""

from .base import Model


class Lease(Model):
    """One driver of one run. `process_started` tells a reused process id apart; `heartbeat` is seconds since 1970."""

    pid: int
    host: str
    process_started: float = 0
    heartbeat: float = 0
    name: str = ""
    token: str = ""
    since: str = ""
