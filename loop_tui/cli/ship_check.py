"""`loop-tui doctor --ship`: everything that would stop a ship, and what mends it, without starting one."""

import asyncio
import os
from pathlib import Path

from loop_tui.engine.begin import fresh_state
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.state import RunState
from loop_tui.model.text import mask, one_line, secrets_in
from loop_tui.packs.ship.preflight.findings import Finding, Prospect
from loop_tui.packs.ship.preflight.preflight import preflight
from loop_tui.storage.definitions import catalog
from loop_tui.storage.state.store import Store

from .place import DEFAULT_LOOP
from .show import say, say_json

_WORDS = {"ok": "ok  ", "warn": "warn", "fail": "fail"}


def ship_check(project: Path, loop: str = "", *, as_json: bool = False) -> int:
    """Print every finding of preflight, one a line. The exit code: 1 when one of them would stop the run."""
    findings = look(project, loop)
    for finding in findings:
        if as_json:
            say_json(
                {
                    "status": status_of(finding),
                    "name": finding.name,
                    "found": _safe(finding.words),
                    "mend": _safe(finding.mend),
                    "external": finding.external,
                }
            )
        else:
            say(f"{_WORDS[status_of(finding)]}  {finding.name}: {_safe(finding.words)}")
            if finding.mend:
                say(f"      mend: {_safe(finding.mend)}")
    if not as_json:
        say(_summary(findings))
    return int(any(finding.fatal for finding in findings))


def status_of(finding: Finding) -> str:
    """`fail` stops the run, `warn` is worth a look, `ok` is neither."""
    return "fail" if finding.fatal else "ok" if finding.good else "warn"


def look(project: Path, loop: str = "") -> tuple[Finding, ...]:
    """What preflight finds in a project now. Damaged settings or state are findings, too; nothing is changed.

    Raises Problem when nothing defines the loop.
    """
    definition, broken = _definition(project, loop or DEFAULT_LOOP)
    state_file, state, damaged = _state(project, definition)
    ground = asyncio.run(preflight(Prospect(project, state_file, definition, state)))
    return (*broken, *damaged, *ground.findings)


def _definition(project: Path, loop: str) -> tuple[LoopDefinition, tuple[Finding, ...]]:
    try:
        return catalog.find(project, loop).definition, ()
    except Problem as problem:
        shipped = catalog.builtin(loop)
        if shipped is None:
            raise
        return shipped, (_finding("settings", problem),)


def _state(project: Path, definition: LoopDefinition) -> tuple[Path, RunState, tuple[Finding, ...]]:
    """The run that goes on, or one that has not begun."""
    store = Store(project, definition.id, definition=definition, secrets=secrets_in(os.environ))
    fresh = fresh_state(definition, run="", system=project.name, at="")
    try:
        loaded = store.load()
    except Problem as problem:
        return store.path, fresh, (_finding("state file", problem),)
    return store.path, loaded.state if loaded else fresh, ()


def _finding(name: str, problem: Problem) -> Finding:
    where = f"{problem.where}: " if problem.where else ""
    return Finding(name, f"{where}{problem.what}", problem.todo, fatal=True)


def _safe(text: str) -> str:
    return mask(one_line(text), secrets_in(os.environ))


def _summary(findings: tuple[Finding, ...]) -> str:
    counts = {word: sum(1 for finding in findings if status_of(finding) == word) for word in ("fail", "warn")}
    if counts["fail"]:
        return f"{counts['fail']} to mend before this can ship"
    return f"nothing stops a ship, {counts['warn']} worth a look" if counts["warn"] else "nothing stops a ship"
