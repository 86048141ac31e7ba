"""Archived runs to look at: written by the real store and the real archive."""

import json
from datetime import UTC, datetime
from pathlib import Path

from loop_tui.engine import changes
from loop_tui.fs.homes import claude_home
from loop_tui.model.evidence import Deliverable
from loop_tui.model.log import LogLevel
from loop_tui.model.runs import RunOutcome
from loop_tui.storage.archive.writer import archive_path, build_body, write_archive

from .runs import check, new_run


def archive(
    project: Path,
    *,
    day: int = 2,
    build_ms: int = 2000,
    system: str = "widget-gauge",
    outcome: RunOutcome = RunOutcome.SUCCESS,
    moment: datetime | None = None,
) -> Path:
    """A run that went through, archived with that outcome on that day, or then; the path of its archive."""
    run = new_run(project, system=system)
    for phase in run.definition.phases:
        run.tell(changes.phase_entered(phase.id))
        for skill in phase.skills:
            left = [Deliverable(name=n, skill=skill.id, path=n, size_bytes=4321) for n in skill.deliverables]
            run.tell(changes.skill_started(phase.id, skill.id))
            ms = build_ms if skill.id == "code-verification" else 1000
            run.tell(changes.skill_completed(phase.id, skill.id, duration_ms=ms, deliverables=left))
        run.tell(changes.phase_completed(phase.id))
        for gate in run.definition.gates:
            if gate.after == phase.id:
                run.tell(changes.gate_approved(gate.id, "ada", [check(name) for name in gate.checks], "seen"))
    run.tell(changes.completed())
    run.say(("code-verification", LogLevel.OUT, "the first line"))
    moment = moment or datetime(2026, 1, day, 4, 0, tzinfo=UTC)
    body = build_body(
        run.state, json.loads(run.store.path.read_text()), archived_at=moment, outcome=outcome, folder=str(project)
    )
    path = archive_path(claude_home(), system, run.definition.id, moment)
    files: dict[str, Path | bytes] = {p.name: p for p in run.store.run_dir.iterdir() if p.suffix in (".log", ".jsonl")}
    write_archive(path, body, files)
    run.store.remove()
    return path
