"""The deliverable of an earlier run beside the one of this run: the newest archive that kept a file of that name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from loop_tui.control.past_runs import read_runs
from loop_tui.fs.homes import claude_home
from loop_tui.fs.paths import sent_back_folder
from loop_tui.model.clock import parse_stamp
from loop_tui.model.problem import Problem
from loop_tui.model.status import word_of
from loop_tui.model.text import one_line
from loop_tui.tui.projection.deliverable import bytes_of, file_of, text_in

from .diff import compared
from .page import Form, Page

if TYPE_CHECKING:
    from loop_tui.model.evidence import Deliverable
    from loop_tui.model.runs import RunSummary

    from .page import ViewedRun

LOOKED_AT = 20
"""How many runs back a deliverable is looked for."""


def earlier_runs(seen: ViewedRun, env: Mapping[str, str] | None = None) -> list[RunSummary]:
    """The archived runs of the same loop and system before this one, newest first."""
    state, archived = seen.state, seen.archived
    system = state.system or seen.project.resolve().name
    # What cannot be read is left out: the history says what is wrong with it.
    runs, _ = read_runs(claude_home(env), loop=state.loop, system=system, limit=LOOKED_AT + 1)
    if archived is not None:
        ended = parse_stamp(archived.completed_at)
        runs = [run for run in runs if run.path != archived.path or not run.path]
        runs = [run for run in runs if not ended or (parse_stamp(run.completed_at) or ended) < ended]
    return [run for run in runs if not (state.run and run.run == state.run)][:LOOKED_AT]


def against_earlier(seen: ViewedRun, entry: Deliverable, env: Mapping[str, str] | None = None) -> Page:
    """The difference to the deliverable of the same name that the run before left, as a page; also when there is none.

    Raises Problem when this run's own cannot be read, or the two cannot be compared.
    """
    name = one_line(entry.name, 80)
    title = f"{name}: diff with the previous run"
    path = file_of(seen.folders, entry)
    now = text_in(bytes_of(path), path)
    if (returned := _against_sent_back(seen, entry, now)) is not None:
        return returned
    runs = earlier_runs(seen, env)
    if not runs:
        loop = one_line(seen.state.loop, 60)
        system = one_line(seen.state.system or seen.project.resolve().name, 60)
        return Page(
            title, f"There is no earlier run of {loop} for {system} in the archive, so there is nothing to compare."
        )
    for passed_over, run in enumerate(runs):
        try:
            there = file_of([Path(run.folder)] if run.folder else [], entry)
        except Problem:
            continue
        before = text_in(bytes_of(there), there)
        when = f"{one_line(run.completed_at)[:16].replace('T', ' ')} ({word_of(run.outcome)})"
        note = f"run of {when}" + (f", {passed_over} later without it" if passed_over else "")
        text = compared(before, now, f"{name}  run of {when}", f"{name}  this run")
        if not text:
            return Page(title, f"{name} is the same as in the run of {when}.", note=note)
        return Page(title, text, Form.DIFF, note=note)
    looked = "archive of the previous run" if len(runs) == 1 else f"archives of the {len(runs)} previous runs"
    return Page(title, f"{name} is not in the {looked}.")


def _against_sent_back(seen: ViewedRun, entry: Deliverable, now: str) -> Page | None:
    """The difference to the one of this run that was sent back; None where none was, and when the run is over."""
    if seen.kept is not None:
        return None
    try:
        there = file_of([sent_back_folder(seen.project, seen.loop)], entry)
    except Problem:
        return None
    name = one_line(entry.name, 80)
    title = f"{name}: diff with the version that was sent back"
    text = compared(text_in(bytes_of(there), there), now, f"{name}  sent back", f"{name}  now")
    return (
        Page(title, text, Form.DIFF) if text else Page(title, f"{name} is the same as the version that was sent back.")
    )
