"""The lease: who drives a run (SPEC section 3, DESIGN "Crash-only")."""

import math
from functools import partial
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from .base import Model
from .text import one_line

CHILD_VARIABLE = "LOOP_TUI_CHILD"
"""Every program that a driver starts carries the token of its lease in this environment variable."""
HEARTBEAT_S = 5.0
"""How often a driver says that it lives."""


def _number(value: object) -> object:
    """A number that counts as one: a lease may have been written by anybody, and infinite, huge or no numbers are 0."""
    try:
        return float(value) if isinstance(value, int | float) and math.isfinite(value) else 0.0
    except OverflowError:
        return 0.0


Seconds = Annotated[float, BeforeValidator(_number)]
Said = Annotated[str, AfterValidator(partial(one_line, limit=200))]
"""What is shown of a lease: whoever wrote it may be anybody."""


class LeaseRecord(Model):
    """One driver of one run. `process_started` tells a reused process id apart; `heartbeat` is seconds since 1970."""

    pid: int
    host: Said
    process_started: Seconds = 0
    heartbeat: Seconds = 0
    name: Said = ""
    token: str = ""
    since: Said = ""
