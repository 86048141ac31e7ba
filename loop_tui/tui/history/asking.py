"""What the history asks of the archive, in a thread: first what a screen shows, then the rest, and how many there are.

A key is answered in the time of one question: of those that wait behind it only the last is asked.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from loop_tui.control.archived_runs import Listed

MOST = 500
"""So many runs are listed; the filter looks for others among all."""
_QUESTION = threading.Lock()


class NotWanted(Exception):
    """The answer is of no use any more: the screen was left, or something else is asked for."""


class Counted(NamedTuple):
    """The newest runs, and how many there are of their kind, and of all."""

    listed: Listed
    matching: int
    total: int


def every_run(told: Callable[[int, int], None]) -> Counted:
    """The newest runs of all. `told` hears how far the index is, and may raise NotWanted."""
    from loop_tui.control.archived_runs import Filters, count_runs, keep_index_open, list_runs
    from loop_tui.fs.homes import claude_home

    keep_index_open()
    listed = list_runs(claude_home(), Filters(), MOST, most=None, progress=told)
    total = len(listed.runs) if len(listed.runs) < MOST else count_runs(claude_home())
    return Counted(listed, total, total)


def first_with(text: str, most: int, is_wanted: Callable[[], bool]) -> Listed:
    """The newest runs with these words, as many as a screen shows. Raises NotWanted."""
    from loop_tui.control.archived_runs import Filters, list_runs
    from loop_tui.fs.homes import claude_home

    with _QUESTION:
        if not is_wanted():
            raise NotWanted
        return list_runs(claude_home(), Filters(text=text), most, most=None)


def rest_with(text: str, is_wanted: Callable[[], bool]) -> Counted:
    """All that is listed of the runs with these words, and how many there are. Raises NotWanted."""
    from loop_tui.control.archived_runs import Filters, count_runs
    from loop_tui.fs.homes import claude_home

    listed = first_with(text, MOST, is_wanted)
    with _QUESTION:
        if not is_wanted():
            raise NotWanted
        many = len(listed.runs)
        matching = many if many < MOST else count_runs(claude_home(), Filters(text=text))
        return Counted(listed, matching, count_runs(claude_home()))
