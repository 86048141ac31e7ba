"""What is left in the terminal when the screen has closed: where the run stands, and how to come back, in a line."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from loop_tui.control.folder import loop_of
from loop_tui.fs.homes import DEMO_VARIABLE
from loop_tui.model.secrets import mask
from loop_tui.model.text import clean, one_line

if TYPE_CHECKING:
    from loop_tui.control.snapshot import Snapshot

LEFT, PAUSED, STOPPED = "leave", "pause", "stop"
"""What became of a driver that worked on the run when the person quit."""
_LONGEST, _MOST_NAMES = 100, 3


class Left(NamedTuple):
    """The run that was shown when the person quit, and what became of its driver."""

    snapshot: Snapshot
    how: str = LEFT


class LeftList(NamedTuple):
    """The list of runs that was shown when the person quit: those that a driver works on, and where they are."""

    running: tuple[str, ...]
    folder: Path


def list_farewell(left: LeftList, here: Path, program: str = "") -> str:
    """The line after the list of runs; empty when none of them is running."""
    if not left.running:
        return ""
    names = ", ".join(one_line(name, 60) for name in left.running[:_MOST_NAMES])
    more = f" and {len(left.running) - _MOST_NAMES} more" if len(left.running) > _MOST_NAMES else ""
    verb = "is" if len(left.running) == 1 else "are"
    back = shlex.join([program or _program(), "watch", _from(left.folder, here)])
    return mask(clean(f"{names}{more} {verb} running in the background; to come back: {back}"))


def farewell(left: Left, here: Path, program: str = "") -> str:
    """The line; empty when there was no run. `here` is the folder that the shell is in."""
    snapshot = left.snapshot
    shown = snapshot.state or (snapshot.ended.state if snapshot.ended is not None else None)
    if shown is None and not snapshot.driven:
        return ""
    known = shown is not None and shown.index >= 0
    place = f"{one_line(shown.phase, 60)} {shown.index + 1}/{len(shown.phases)}, " if shown and known else ""
    back = come_back(snapshot, here, program or _program())
    return mask(clean(f"{one_line(snapshot.loop, 60)}: {place}{_stands(left)}; to come back: {back}"))


def _stands(left: Left) -> str:
    """How the run stands; of one that continues without the screen, that it does."""
    snapshot = left.snapshot
    skill = one_line(snapshot.running.skill, 60) if snapshot.running is not None else ""
    if left.how == STOPPED:
        return "stopped"
    if snapshot.driven and left.how == PAUSED:
        return f"pausing after {skill or 'the current skill'}, in the background until then"
    if snapshot.driven:
        return f"{skill or 'a driver'} is running in the background"
    need = snapshot.attention
    waits = "waiting for your answer: " if need.kind == "question" else ""
    return f"{waits}{one_line(need.headline, _LONGEST)}"


def come_back(snapshot: Snapshot, here: Path, program: str) -> str:
    """The command that opens this run again."""
    demo = os.environ.get(DEMO_VARIABLE, "")
    words = [program, "demo"] if demo else [program]
    folder = Path(demo) if demo else snapshot.project
    if demo or folder != here:
        words.append(_from(folder, here))
    if not demo and snapshot.loop and loop_of(snapshot.project) != snapshot.loop:
        words += ["--loop", snapshot.loop]
    return shlex.join(words)


def _from(folder: Path, here: Path) -> str:
    return str(folder.relative_to(here)) if folder.is_relative_to(here) else str(folder)


def _program() -> str:
    """How this program is called: as it was, where the shell does not find it by its name."""
    name = "loop-tui"
    typed = sys.argv[0] if sys.argv else ""
    return typed if Path(typed).name == name and shutil.which(name) is None else name


def say_farewell(left: Left | LeftList | None) -> None:
    """Print the line where a person reads it: not in a browser, and not where nobody looks at a terminal."""
    if left is None or not sys.stdout.isatty():
        return
    line = farewell(left, Path.cwd()) if isinstance(left, Left) else list_farewell(left, Path.cwd())
    if line:
        print(line)
