"""Asking GitHub the same things again and again, without paying for what did not change, and without being too much.

Within a `conversation`, `github_call.call` gives the tag of an earlier answer with each GET: an answer that did not
change costs nothing of the token's limit. What GitHub says about that limit is kept for whoever polls.
"""

import contextlib
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .api import Answer

_MOST_ANSWERS = 64
_LARGEST_ANSWER = 2 * 1024 * 1024
# With less than this many questions left, those that are left are spread over the time until the reset.
_SCARCE = 100

_current: ContextVar["Conversation | None"] = ContextVar("github_conversation", default=None)


class Conversation:
    """What was heard from GitHub by everybody who takes part; they share the limit of one token."""

    def __init__(self) -> None:
        self._answers: dict[str, Answer] = {}
        self._quiet_until = 0.0
        self.remaining: int | None = None
        """How many questions are left until the limit is reset; None when GitHub did not say."""
        self.reset_in_s: float | None = None

    def known(self, path: str) -> "Answer | None":
        """The last answer to a GET of this path, when it can be asked whether it changed."""
        return self._answers.get(path)

    def keep(self, path: str, answer: "Answer") -> None:
        """Remember an answer that has a tag; the oldest ones are forgotten."""
        self._answers.pop(path, None)
        if answer.status == 200 and answer.etag and len(answer.raw) <= _LARGEST_ANSWER:
            self._answers[path] = answer
        while len(self._answers) > _MOST_ANSWERS:
            del self._answers[next(iter(self._answers))]

    def heard(self, remaining: int | None, reset_in_s: float | None) -> None:
        """Note what an answer said about the limit."""
        if remaining is not None:
            self.remaining, self.reset_in_s = remaining, reset_in_s

    def stay_away(self, seconds: float, now: float | None = None) -> None:
        """GitHub wants no questions for that long; `now` is a monotonic time in seconds."""
        self._quiet_until = max(self._quiet_until, (time.monotonic() if now is None else now) + seconds)

    def quiet_s(self, now: float | None = None) -> float:
        """How long nobody may ask, in seconds, because GitHub said so."""
        return max(self._quiet_until - (time.monotonic() if now is None else now), 0.0)

    def spread_s(self) -> float:
        """How far apart questions should be, in seconds, so that what is left of the limit lasts until its reset."""
        if self.remaining is None or self.reset_in_s is None or self.remaining >= _SCARCE:
            return 0.0
        return self.reset_in_s / (self.remaining + 1)


def current() -> Conversation | None:
    """The conversation that this task takes part in, or None."""
    return _current.get()


@contextlib.contextmanager
def conversation() -> Iterator[Conversation]:
    """A conversation for this task and for all that it starts from here on; the one that is on already, if any."""
    talk = _current.get()
    if talk is not None:
        yield talk
        return
    talk = Conversation()
    token = _current.set(talk)
    try:
        yield talk
    finally:
        _current.reset(token)
