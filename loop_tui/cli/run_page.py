"""An archived run on a page (SPEC section 7)."""

from collections.abc import Iterator
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
    took = [f"  {skill}: {words(took_ms)}" for skill, took_ms in run.durations.items()]
    worked = ["", "Worked", *took] if took else []
    return "\n".join(
        [*(line for line in about if line), *_lines(run), *worked, "", f"Archived in {run.path or run.folder}"]
    )


def _lines(run: RunSummary) -> list[str]:
    worked = f", worked {words(run.working_ms)}" if run.working_ms is not None else ""
    lines = [f"{run.loop} {word_of(run.outcome)}".lstrip() + worked]
    lines += [f"about the module {run.module}"] if run.module else []
    if (choice := run.leverage_decision) is not None:
        lines += [f"began with {choice.words}", *(f"  {one_line(place, 200)}" for place in choice.evidence)]
    lines += ["", "Phases"] + [f"  ✓ {name}" for name in run.phases_completed]
    lines += _unnamed(run.phases_completed, run.phases_completed_count)
    lines += [f"  – {name} skipped" for name in run.phases_skipped]
    if run.skipped_skills:
        lines += ["", "Skipped"] + [f"  – {s.skill}: {s.reason}" for s in run.skipped_skills]
    lines += ["", "Gates", *_gates(run)]
    for section in packs().read_summary(run.told).sections:
        lines += ["", section.heading, *(f"  {line}" for line in section.lines)]
    lines += ["", "Deliverables"] + [f"  {name}" for name in run.deliverables]
    lines += _unnamed(run.deliverables, run.deliverables_count)
    return [line[: len(line) - len(line.lstrip(" "))] + one_line(line) for line in lines]


def _gates(run: RunSummary) -> Iterator[str]:
    """What became of each gate, and the checks that it was decided by."""
    decided = (("✓", "", run.gates_passed), ("✗", " failed", run.gates_failed), ("–", " skipped", run.gates_skipped))
    for sign, word, gates in decided:
        for gate in gates:
            yield f"  {sign} {gate}{word}"
            yield from (f"      {check.name}: {check.verdict}" for check in run.evidence.get(gate, ()))
    yield from _unnamed(run.gates_passed, run.gates_passed_count)


def _unnamed(names: tuple[str, ...], count: int) -> list[str]:
    """How many there are where the archive only counts them."""
    return [f"  {count:,}, without names"] if count and not names else []
