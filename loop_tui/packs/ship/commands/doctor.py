"""`loop-tui doctor --ship`: everything that would stop a ship, and what fixes it, without starting one."""

from collections.abc import Mapping

from loop_tui.engine.begin import fresh_state
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.state import RunState
from loop_tui.model.text import count_of, one_line
from loop_tui.packs.ship.preflight.findings import Finding, Prospect
from loop_tui.packs.ship.preflight.preflight import preflight
from loop_tui.ports import RunPlace
from loop_tui.runners.pack_api import CommandHost
from loop_tui.services.git.read_only import looking

_WORDS = {"ok": "ok  ", "warn": "warn", "fail": "fail"}


async def run(host: CommandHost, options: Mapping[str, object]) -> int:
    """Print every finding of preflight, one a line. The exit code: 1 when one of them would stop the run."""
    findings = await look(host)
    for finding in findings:
        if options["json"]:
            host.say_json(
                {
                    "status": status_of(finding),
                    "name": finding.name,
                    "found": one_line(finding.words),
                    "fix": one_line(finding.fix),
                    "external": finding.external,
                }
            )
        else:
            host.say(f"{_WORDS[status_of(finding)]}  {finding.name}: {one_line(finding.words)}")
            if finding.fix:
                host.say(f"      fix: {one_line(finding.fix)}")
    if not options["json"]:
        host.say(_summary(findings))
    return int(any(finding.fatal for finding in findings))


def status_of(finding: Finding) -> str:
    """`fail` stops the run, `warn` is worth a look, `ok` is neither."""
    return "fail" if finding.fatal else "ok" if finding.good else "warn"


async def look(host: CommandHost) -> tuple[Finding, ...]:
    """What preflight finds in a project now. Damaged settings or state are findings, too; nothing is changed.

    Raises Problem when nothing defines the loop.
    """
    definition, broken = _definition(host)
    place, state, damaged = _state(host, definition)
    with looking(reach=True):
        ground = await preflight(Prospect(host.project, place.state_file, definition, state, place.home))
    return (*broken, *damaged, *ground.findings)


def _definition(host: CommandHost) -> tuple[LoopDefinition, tuple[Finding, ...]]:
    try:
        return host.definition(), ()
    except Problem as problem:
        shipped = host.shipped()
        if shipped is None:
            raise
        return shipped, (_finding("settings", problem),)


def _state(host: CommandHost, definition: LoopDefinition) -> tuple[RunPlace, RunState, tuple[Finding, ...]]:
    """The run that goes on, or one that has not begun."""
    ports = host.ports_of(definition)
    fresh = fresh_state(definition, run="", system=host.project.name, at="")
    try:
        loaded = ports.store.load()
    except Problem as problem:
        return ports.place, fresh, (_finding("state file", problem),)
    return ports.place, loaded.state if loaded else fresh, ()


def _finding(name: str, problem: Problem) -> Finding:
    where = f"{problem.where}: " if problem.where else ""
    return Finding(name, f"{where}{problem.what}", problem.todo, fatal=True)


def _summary(findings: tuple[Finding, ...]) -> str:
    counts = {word: sum(1 for finding in findings if status_of(finding) == word) for word in ("fail", "warn")}
    if counts["fail"]:
        return f"{counts['fail']} to fix before this can ship"
    return f"nothing stops a ship, {count_of(counts['warn'], 'warning')}" if counts["warn"] else "nothing stops a ship"
