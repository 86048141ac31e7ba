"""An archive of any size, as years of use and of other programs leave it: every layout, and some bad files.

Deterministic: the same count and seed give the same runs. Times of files are those of their runs, as they would be.
"""

import json
import os
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from loop_tui.model.clock import stamp

LAST = datetime(2026, 6, 30, 12, 0, 0, tzinfo=UTC)
"""When the newest run ended."""
LOOPS = ("distribution-loop", "engineering-loop", "infra-loop", "infrastructure-loop", "audit-loop", "bugfix-loop")
SYSTEMS = ("widget", "gadget", "my-kit", "hub", "V \u00fc", "kit_2", "core", "site")
RARE = "rare-system"
"""About one run in five thousand is of this one."""
MODULES = (None, None, None, "core", "api", "web")
OUTCOMES = ("success", "success", "success", "complete", "failed", "error", "abandoned", "aborted", "partial", "odd")
SKILLS = ("build", "code-verification", "git-workflow", "deploy", "distribute", "spec", "review", "test-plan")
GATES = ("readiness-gate", "distribution-gate", "spec-gate", "deploy-gate", "infra-gate")
TARGETS = ("git", "npm", "github-release", "local")
BAD = ("", "{", "[]", "null", "{}", '{"summary": 5}', '{"summary": {"loop": "a-loop"', "\x00", '{"summary": {"a": NaN}')
"""Contents of files that are no run."""

_BETWEEN = timedelta(minutes=26)

Run = dict[str, Any]


def write_runs(home: Path, count: int, bad: int = 0, seed: int = 7) -> None:
    """Write so many entries of the archive below `home`, the last `bad` of them unreadable, in no order of time."""
    chance = random.Random(seed)
    order = [*_LAYOUTS] * (count // len(_LAYOUTS) + 1)
    for number in range(count):
        moment = LAST - number * _BETWEEN - timedelta(seconds=chance.randint(0, 3000))
        if chance.random() < 0.02:
            moment = moment.replace(second=0)  # Some end at the very same moment.
        is_bad = bad and number % max(1, count // bad) == 0 and number // max(1, count // bad) < bad
        layout = _bad if is_bad else order[number]
        layout(home / "runs" / f"{moment:%Y-%m}", moment, number, chance)


def _facts(moment: datetime, number: int, chance: random.Random) -> Run:
    rare = chance.random() < 0.0002
    return {
        "loop": chance.choice(LOOPS),
        "system": RARE if rare else chance.choice(SYSTEMS),
        "module": chance.choice(MODULES),
        "started_at": stamp(moment - timedelta(minutes=chance.randint(1, 90))),
        "completed_at": stamp(moment),
        "outcome": chance.choice(OUTCOMES),
        "run": f"{number:08x}-{chance.getrandbits(32):08x}",
        "project": f"/srv/{chance.choice(('a', 'b', 'c'))}/widget",
    }


def _state(facts: Run, chance: random.Random) -> Run:
    skills = chance.sample(SKILLS, 3)
    return {
        "loop": facts["loop"],
        "version": "2.0.0",
        "status": "complete" if facts["outcome"] in ("success", "complete") else "blocked",
        "executionId": facts["run"],
        "context": {"tier": "system", "system": facts["system"], "module": facts["module"]},
        "started_at": facts["started_at"],
        "last_updated": facts["completed_at"],
        "phases": {"INIT": {"status": "complete", "skills": skills}, "SHIP": {"status": "pending", "skills": []}},
        "gates": {g: {"status": chance.choice(("approved", "passed", "pending"))} for g in chance.sample(GATES, 2)},
        "skillsLog": [{"skill": s, "status": "complete", "durationMs": chance.randint(9, 90_000)} for s in skills],
    }


def _nested(month: Path, moment: datetime, number: int, chance: random.Random) -> None:
    """As this program writes it, with a folder beside every fourth."""
    facts = _facts(moment, number, chance)
    gates = chance.sample(GATES, 3)
    minor = chance.randint(0, 40)
    skills = {s: chance.randint(9, 90_000) for s in chance.sample(SKILLS, 4)}
    summary = facts | {
        "phases": {"completed": ["INIT", "VERIFY"], "skipped": ["SHIP"]},
        "gates": {"passed": gates[:1], "failed": gates[1:2], "skipped": gates[2:]},
        "deliverables": ["RELEASE.md", "notes.md"],
        "durations": skills,
        "duration_ms": sum(skills.values()) + 5_000,
        "working_ms": sum(skills.values()),
        "skipped_skills": [{"skill": chance.choice(SKILLS), "phase": "SHIP", "reason": "not now", "at": ""}],
        "release": {"from": f"1.{minor}.0", "to": f"1.{minor + 1}.0", "tag": f"v1.{minor + 1}.0"},
        "targets": [{"id": t, "level": "confirmed", "proof": "seen"} for t in chance.sample(TARGETS, 2)],
    }
    meta = {"archived_at": facts["completed_at"], "archive_version": "1.0.0", "run": facts["run"]}
    path = month / f"{_safe(facts)}-{moment:%dT%H-%M-%S}-{number}.json"
    _put(path, json.dumps({"meta": meta, "summary": summary, "state": _state(facts, chance)}, indent=2), moment)
    if number % 4 == 0:
        folder = path.with_suffix("")
        folder.mkdir()
        (folder / "RELEASE.md").write_text(f"# Release {number}\n", "utf-8")


def _flat(month: Path, moment: datetime, number: int, chance: random.Random) -> None:
    flat = {"phases_completed": ["INIT"], "gates_passed": chance.sample(GATES, 2), "duration_minutes": 12}
    body = {"summary": _facts(moment, number, chance) | flat}
    _put(month / f"flat-audit-loop-{moment:%dT%H-%M}-{number}.json", json.dumps(body), moment)


def _counts(month: Path, moment: datetime, number: int, chance: random.Random) -> None:
    counts = {"phases_completed": 9, "gates_passed": 4, "deliverables": 3, "checklist_items_completed": 5}
    _put(month / f"{number}.json", json.dumps(_facts(moment, number, chance) | counts), moment)


def _moved_state(month: Path, moment: datetime, number: int, chance: random.Random) -> None:
    """A state file that was moved there; only its name says when it ended."""
    facts = _facts(moment, number, chance)
    state = _state(facts, chance)
    if number % 2:
        del state["context"]
    _put(month / f"{_safe(facts)}-{moment:%dT%H-%M}-{number}.json", json.dumps(state), moment)


def _folder_with_state(month: Path, moment: datetime, number: int, chance: random.Random) -> None:
    facts = _facts(moment, number, chance)
    folder = month / f"{_safe(facts)}-{moment:%Y%m%d-%H%M}-{number}"
    _put(folder / "infra-state.json", json.dumps(_state(facts, chance)), moment)
    _touch(folder, moment)


def _folder_of_documents(month: Path, moment: datetime, number: int, chance: random.Random) -> None:
    folder = month / f"{_safe(_facts(moment, number, chance))}-{moment:%Y%m%d-%H%M}-{number}"
    _put(folder / "RETROSPECTIVE.md", f"# Looking back on {number}\n", moment)
    _touch(folder, moment)


def _bad(month: Path, moment: datetime, number: int, chance: random.Random) -> None:
    path = month / f"bad-{number}.json"
    if number % 10 == 9:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to("nowhere")
    else:
        _put(path, chance.choice(BAD), moment)


_LAYOUTS: tuple[Callable[[Path, datetime, int, random.Random], None], ...] = (
    *[_nested] * 8, _flat, _counts, _moved_state, _flat, _folder_with_state, _counts, _moved_state,
    _folder_of_documents,
)  # fmt: skip


def _safe(facts: Run) -> str:
    return f"{facts['system'].replace(' ', '-')}-{facts['loop']}"


def _put(path: Path, text: str, moment: datetime) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    _touch(path, moment)


def _touch(path: Path, moment: datetime) -> None:
    os.utime(path, (moment.timestamp(), moment.timestamp()))
