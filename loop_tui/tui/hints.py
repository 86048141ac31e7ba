"""Hints for the first days: one line each, gone once its key was used, or after it was shown a few times."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from loop_tui.fs.atomic import write_atomic
from loop_tui.fs.homes import data_dir
from loop_tui.fs.limits import SETTINGS
from loop_tui.fs.plain import read_text
from loop_tui.model.problem import Problem

from .actions import HOME, RUN, action, with_keys

FILE_NAME = "hints"
TIMES = 5
"""In so many sessions a hint is shown; who has not used it by then does not want it."""


class Hint(NamedTuple):
    """A line for a place. `{id}` in it stands for the key of an action; using any of them is having understood."""

    id: str
    place: str
    text: str
    actions: tuple[str, ...]


HINTS = (
    Hint("help", RUN, "{help} explains the current pane and runs what it lists", ("help",)),
    Hint(
        "command",
        RUN,
        "{command} takes commands like the shell, {palette} finds any action",
        ("command", "palette"),
    ),
    Hint("zoom", RUN, "{zoom} zooms the current pane", ("zoom",)),
    Hint("home-filter", HOME, "{home-filter} filters the runs", ("home-filter",)),
    Hint("home-needs", HOME, "{home-needs} goes to the next run that needs you", ("home-needs",)),
)


class Hints:
    """What was learnt, kept in a small file unless `keep` is False.

    A file that cannot be read or written costs nothing but a hint.
    """

    def __init__(self, *, wanted: bool = True, keep: bool = True, env: Mapping[str, str] | None = None) -> None:
        self._path: Path = data_dir(env) / FILE_NAME
        self._wanted = wanted
        self._keep = keep
        self._counts = self._read() if wanted else {}
        self._told: set[str] = set()

    def _read(self) -> dict[str, int]:
        found: dict[str, int] = {}
        with contextlib.suppress(OSError, ValueError):
            for line in read_text(self._path, SETTINGS)[:4096].splitlines():
                name, _, count = line.partition(" ")
                found[name] = int(count) if count.isdecimal() else TIMES
        return found

    def text(self, place: str) -> str:
        """The hint to show in a place now, or nothing. To show one counts once a session."""
        hint = next((h for h in HINTS if h.place == place and not self._over(h)), None)
        if hint is None:
            return ""
        if hint.id not in self._told:
            self._told.add(hint.id)
            self._count(hint.id, self._counts.get(hint.id, 0) + 1)
        return with_keys(hint.text)

    def _over(self, hint: Hint) -> bool:
        shown = self._counts.get(hint.id, 0)
        return not self._wanted or shown > TIMES or (shown == TIMES and hint.id not in self._told)

    def used(self, does: str) -> bool:
        """Note that an action was done; True when a hint goes away with it."""
        gone = False
        for hint in HINTS:
            if not self._over(hint) and any(action(name).does == does for name in hint.actions):
                self._count(hint.id, TIMES + 1)
                gone = True
        return gone

    def _count(self, name: str, count: int) -> None:
        self._counts[name] = count
        if not self._keep:
            return
        lines = "".join(f"{name} {count}\n" for name, count in self._counts.items())
        with contextlib.suppress(OSError, Problem):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(self._path, lines.encode(), durable=False)
