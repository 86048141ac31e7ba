"""What a person wants to see of a run, as items for the viewer: deliverables, checks, what a skill changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from loop_tui.model.problem import Problem
from loop_tui.model.secrets import mask
from loop_tui.model.text import clean, one_line
from loop_tui.tui.projection.deliverable import bytes_of, changed_since, file_of, folders_of, text_in
from loop_tui.tui.viewer.check_page import check_page
from loop_tui.tui.viewer.page import Form, Item, Page, ViewedRun, failed
from loop_tui.tui.viewer.screen import ViewerScreen
from loop_tui.tui.widgets.foot import nothing_done

if TYPE_CHECKING:
    from loop_tui.control.shipped import Shipped
    from loop_tui.model.evidence import Check, Deliverable
    from loop_tui.model.state import RunState
    from loop_tui.ports import Launcher

    from .run_actions import RunActions
    from .run_answers import AnswersRun

_KEPT = "read-only: it belongs to an archived run"
_CHANGED = "changed since it was delivered"
_MEANS = "Gates use checks, not this text; it is archived as it is when the run ends."


def view_deliverables(cockpit: RunActions, name: str = "") -> None:
    """Show the deliverables of a run to choose from, or the one of that name; before a run those of the last one."""
    last = cockpit.snapshot.last
    if cockpit.snapshot.last_archive and last is not None:
        cockpit.run_worker(_view_last(cockpit, last, name), group="person", exclusive=True)
        return
    seen = seen_by(cockpit)
    found = [each for each in cockpit.snapshot.deliverables if name in ("", each.name)] if seen else []
    if seen is not None and found:
        cockpit.app.push_screen(ViewerScreen("Deliverables", [_deliverable(seen, entry) for entry in found]))


async def _view_last(cockpit: RunActions, last: Shipped, name: str) -> None:
    """The deliverables of the run that was archived last."""
    from loop_tui.control.archived import archived_state

    snapshot, archive = cockpit.snapshot, Path(last.archive)
    state = await asyncio.to_thread(archived_state, archive, snapshot.definition)
    found = [each for each in state.deliverables if name in ("", each.name)] if state is not None else []
    if state is None or not found:
        what = f"no deliverable {one_line(name, 60)}" if name else "no deliverables"
        nothing_done(cockpit.app, f"{what} in the archive of {last.what}")
        return
    kept = archive.with_suffix("")
    seen = ViewedRun(state, snapshot.project, snapshot.loop, (kept,), kept, last.archive)
    cockpit.app.push_screen(ViewerScreen(f"Deliverables of {last.what}", [_deliverable(seen, each) for each in found]))


def seen_by(cockpit: AnswersRun) -> ViewedRun | None:
    """The run that a cockpit shows, or None when there is none."""
    snapshot, archived = cockpit.snapshot, cockpit.source.archived
    state = snapshot.state or (snapshot.ended.state if snapshot.ended else None)
    if state is None:
        return None
    if archived is not None:
        # What lies in the project now is of another run.
        kept = Path(archived.folder) if archived.folder else None
        there = (kept,) if kept else ()
        return ViewedRun(state, snapshot.project, snapshot.loop, there, kept, archived.path, archived)
    archive = snapshot.ended.archive if snapshot.ended else ""
    folders = folders_of(snapshot.project, snapshot.loop, archive)
    return ViewedRun(
        state, snapshot.project, snapshot.loop, folders, Path(archive).with_suffix("") if archive else None, archive
    )


def _deliverable(seen: ViewedRun, entry: Deliverable) -> Item:
    async def read() -> Page:
        return await asyncio.to_thread(deliverable_page, seen.folders, entry, seen.kept)

    async def compare() -> Page:
        from loop_tui.tui.viewer.earlier import against_earlier

        return await asyncio.to_thread(against_earlier, seen, entry)

    return Item(entry.name, entry.summary, read, compare, _MEANS)


def deliverable_page(folders: Sequence[Path], entry: Deliverable, kept: Path | None = None) -> Page:
    """A deliverable as a page; `kept` is the folder of which nothing is edited.

    Raises Problem when there is no such file; what cannot be shown of a file is said on the page.
    """
    from loop_tui.tui.viewer.markdown import SUFFIXES, why_source

    title, path = one_line(entry.name, 80), file_of(folders, entry)
    is_kept = kept is not None and path.is_relative_to(kept.resolve())
    file = None if is_kept else path
    try:
        data = bytes_of(path)
        text = text_in(data, path)
    except Problem as problem:
        return failed(title, problem, file=file)
    is_markdown = any(name.lower().endswith(SUFFIXES) for name in (entry.name, path.name))
    # The archive masks what it keeps: there another hash tells nothing.
    return Page(
        title,
        text,
        Form.MARKDOWN if is_markdown else Form.PLAIN,
        note=_CHANGED if not is_kept and changed_since(data, entry) else "",
        file=file,
        no_file=_KEPT,
        source_only=why_source(text) if is_markdown else "",
    )


def view_check(cockpit: RunActions, phase: str, skill: str, name: str) -> None:
    """Show a check of the last entry of a skill."""
    seen = seen_by(cockpit)
    entries = [e for e in seen.state.skill_log if e.skill == skill and e.phase in ("", phase)] if seen else []
    found = [check for check in entries[-1].checks if check.name == name] if entries else []
    if found:
        cockpit.app.push_screen(ViewerScreen("Checks", [_check(found[-1], skill)]))


def view_evidence(cockpit: AnswersRun) -> None:
    """Show the checks that the gate panel names, to choose from."""
    from loop_tui.control.gate_facts import checks_shown

    gate = cockpit.snapshot.gate
    items = [_check(check, gate.id if gate else "") for check in checks_shown(cockpit.snapshot)]
    if items:
        cockpit.app.push_screen(ViewerScreen("Checks", items))


def _check(check: Check, where: str) -> Item:
    from loop_tui.tui.widgets import glyphs

    look = glyphs.check(check.status, ran_here=check.ran_here)

    async def read() -> Page:
        return check_page(check, where)

    return Item(f"{look.glyph} {check.name}", f"{look.word}  {check.summary}", read)


def view_changed(cockpit: RunActions, selected: tuple[str, str] | None, name: str = "") -> None:
    """Show what a skill changed: the one of that name, else the one that is selected, as phase and skill.

    Of a run that is over mostly none is selected: then it is the last one that changed something.
    """
    seen = seen_by(cockpit)
    if seen is None:
        return
    if name:
        places = [(p.id, s.id) for p in seen.state.phases for s in p.skills if s.id == name]
        if not places:
            cockpit.refuse(f"there is no skill {one_line(name, 60)}")
            return
        selected = selected if selected in places else places[-1]
    if selected is None and cockpit.snapshot.ended is not None:
        selected = _last_to_change(seen.state)
    if selected is None:
        cockpit.refuse("select a skill in the phase tree first")
        return
    item = Item(f"What {selected[1]} changed", "", _changes(cockpit.app.launcher, seen, *selected))
    cockpit.app.push_screen(ViewerScreen("Changes", [item]))


def _last_to_change(state: RunState) -> tuple[str, str] | None:
    """The phase and id of the last skill of which it is known that it changed something; None where that is none."""
    from loop_tui.engine.changed_files import changed_by

    places = [(phase.id, skill.id) for phase in state.phases for skill in phase.skills]
    return next((place for place in reversed(places) if changed_by(state, place[1], place[0])), None)


def _changes(launcher: Launcher, seen: ViewedRun, phase: str, skill: str) -> Callable[[], Awaitable[Page]]:
    """How what a skill changed is read: git is asked by a command of ours, as the screen starts no other programs."""
    from loop_tui.engine.changed_files import changed_by, nothing_known

    title = one_line(f"What {skill} changed", 80)

    async def read() -> Page:
        if not changed_by(seen.state, skill, phase):
            return Page(title, nothing_known(seen.state, skill, phase))
        text = await launcher.diff(seen.project, seen.loop, skill, phase, seen.archive)
        return Page(title, mask(clean(text)).rstrip("\n"), Form.DIFF)

    return read
