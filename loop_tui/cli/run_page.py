"""An archived run on a page (SPEC section 7)."""

from pathlib import Path

from loop_tui.model.clock import words
from loop_tui.model.problem import Problem
from loop_tui.model.runs import RunSummary
from loop_tui.model.status import word_of
from loop_tui.model.text import one_line

from .packs import packs
from .show import short_time


def summary_of(archive: Path) -> str:
    """The completion summary of a run that was just archived."""
    from loop_tui.storage.archive.query import read_run

    try:
        run = read_run(str(archive))
    except Problem:
        return f"archived to {archive}"
    return "\n".join([*_lines(run), "", f"Archived to {archive}", "The next run starts fresh."])


def page_of(run: RunSummary) -> str:
    """What is known of an archived run, for people."""
    about = [f"{run.system}, completed {short_time(run.completed_at)}", f"run {run.run}" if run.run else ""]
    return "\n".join([*(line for line in about if line), *_lines(run), "", f"Archived in {run.path or run.folder}"])


def _lines(run: RunSummary) -> list[str]:
    worked = f", worked {words(run.working_ms)}" if run.working_ms is not None else ""
    lines = [f"{run.loop} {word_of(run.outcome)}".lstrip() + worked]
    lines += [f"about the module {run.module}"] if run.module else []
    if (choice := run.leverage_decision) is not None:
        lines += [f"began with {choice.words}", *(f"  {one_line(place, 200)}" for place in choice.evidence)]
    lines += ["", "Phases"] + [f"  ✓ {name}" for name in run.phases_completed]
    lines += [f"  – {name} skipped" for name in run.phases_skipped]
    if run.skipped_skills:
        lines += ["", "Skipped"] + [f"  – {s.skill}: {s.reason}" for s in run.skipped_skills]
    lines += ["", "Gates"]
    lines += [line for gate in run.gates_passed for line in _gate(run, f"  ✓ {gate}", gate)]
    lines += [line for gate in run.gates_failed for line in _gate(run, f"  ✗ {gate} failed", gate)]
    lines += [f"  – {gate} skipped" for gate in run.gates_skipped]
    for section in packs().read_summary(run.told).sections:
        lines += ["", section.heading, *(f"  {line}" for line in section.lines)]
    lines += ["", "Deliverables"] + [f"  {name}" for name in run.deliverables]
    return [line[: len(line) - len(line.lstrip(" "))] + one_line(line) for line in lines]


def _gate(run: RunSummary, line: str, gate: str) -> list[str]:
    """A gate with the checks that decided it."""
    return [line, *(f"      {check.name}: {check.verdict}" for check in run.evidence.get(gate, ()))]
