"""The lease: who drives a run (SPEC section 3, DESIGN "Crash-only")."""

from .base import Model

CHILD_VARIABLE = "LOOP_TUI_CHILD"
"""Every program that a driver starts carries the token of its lease in this environment variable."""
HEARTBEAT_S = 5.0
"""How often a driver says that it lives."""


class LeaseRecord(Model):
    """One driver of one run. `process_started` tells a reused process id apart; `heartbeat` is seconds since 1970."""

    pid: int
    host: str
    process_started: float = 0
    heartbeat: float = 0
    name: str = ""
    token: str = ""
    since: str = ""
