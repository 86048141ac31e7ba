"""Looks: what only looks leaves nothing behind, not even in a cache (docs/decisions/0005-looking.md)."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_LOOKING: ContextVar[bool] = ContextVar("looking", default=False)


@contextmanager
def leaving_nothing() -> Iterator[None]:
    """Whatever is done inside only looks."""
    before = _LOOKING.set(True)
    try:
        yield
    finally:
        _LOOKING.reset(before)


def leaves_nothing() -> bool:
    """True inside `leaving_nothing`."""
    return _LOOKING.get()
