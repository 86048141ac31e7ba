"""One line of a run's output log."""

from enum import StrEnum
from typing import NamedTuple


class LogLevel(StrEnum):
    """What a line is: output of a program, or a word of ours."""

    OUT = "out"
    ERR = "err"
    COMMAND = "cmd"
    INFO = "info"
    OK = "ok"
    WARN = "warn"
    ERROR = "error"
    HEAD = "head"


class LogLine(NamedTuple):
    """A plain tuple, as there are millions of them.

    `at_ms` is milliseconds since 1970; `skill` is the skill that said it, or empty.
    """

    at_ms: int
    skill: str
    level: LogLevel
    text: str
