"""Runs of others: files that another program wrote, with no owner record beside them."""

import json
import os
import shutil
from pathlib import Path

from pydantic import JsonValue

from loop_tui.storage.state.owner import OWNER_NAME
from tests.tui.runs import Run


def infra_file(project: Path, *, written: float | None = None, **changes: JsonValue) -> Path:
    """The infra state that an agent keeps by itself; written at a moment (seconds since 1970), else now."""
    document: dict[str, JsonValue] = {
        "loop": "infra-loop",
        "version": "1.0.0",
        "phase": "SCAFFOLD",
        "status": "active",
        "context": {"system": "widget-gauge"},
        "phases": {
            "INIT": {"status": "complete"},
            "SCAFFOLD": {"status": "active", "completed_skills": ["scaffold"]},
        },
        "gates": {"infra-gate": {"status": "pending"}},
        "last_updated": "2026-01-02T03:09:34Z",
    }
    return put(project / "infra-state.json", document | changes, written)


def execution_file(folder: Path, *, written: float | None = None, **changes: JsonValue) -> Path:
    """A run of the orchestrator server, in its first phase."""
    document: dict[str, JsonValue] = {
        "id": "e-1",
        "loopId": "engineering-loop",
        "loopVersion": "4.0.0",
        "project": "/srv/widget-gauge",
        "mode": "greenfield",
        "autonomy": "supervised",
        "currentPhase": "INIT",
        "status": "active",
        "phases": [
            {
                "phase": "INIT",
                "status": "completed",
                "skills": [
                    {"skillId": "requirements", "status": "completed"},
                    {"skillId": "spec", "status": "completed"},
                ],
                "startedAt": "2026-01-02T03:04:06.026Z",
                "completedAt": "2026-01-02T03:08:33.709Z",
            },
            {"phase": "SCAFFOLD", "status": "pending", "skills": [{"skillId": "architect", "status": "pending"}]},
            {"phase": "IMPLEMENT", "status": "pending", "skills": [{"skillId": "implement", "status": "pending"}]},
        ],
        "gates": [
            {"gateId": "spec-gate", "status": "pending"},
            {"gateId": "architecture-gate", "status": "pending"},
        ],
        "skillExecutions": [],
        "logs": [
            log("2026-01-02T03:04:06.100Z", "info", "Entered INIT phase", phase="INIT"),
            log("2026-01-02T03:08:30.000Z", "warn", "Guarantee waived", skillId="spec"),
            log("2026-01-02T03:08:33.000Z", "info", 'Skill "spec" completed', skillId="spec"),
        ],
        "startedAt": "2026-01-02T03:04:05.000Z",
        "updatedAt": "2026-01-02T03:08:33.709Z",
    }
    return put(folder / "state.json", document | changes, written)


def log(at: str, level: str, message: str, **more: JsonValue) -> dict[str, JsonValue]:
    return {"id": at, "timestamp": at, "level": level, "category": "phase", "message": message, **more}


def put(path: Path, document: dict[str, JsonValue], written: float | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2))
    if written is not None:
        os.utime(path, (written, written))
    return path


def given_away(run: Run, written: float | None = None) -> Run:
    """A run that was ours, as a clone of its folder has it: the state file without what is ours."""
    shutil.rmtree(run.project / ".loop")
    if written is not None:
        os.utime(run.store.path, (written, written))
    return run


def owner_of(run: Run) -> Path:
    return run.store.run_dir / OWNER_NAME
