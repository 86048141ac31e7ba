"""A run to try the store on, and what is done to it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from loop_tui.model.definition import GateDefinition, LoopDefinition, PhaseDefinition, SkillDefinition
from loop_tui.model.events import Category, Change, Event
from loop_tui.model.state import GateState, PhaseState, RunState, SkillState
from loop_tui.model.transaction import Stamp, Transaction
from loop_tui.ports import Committed, Loaded
from loop_tui.storage.state.store import Store

LOOP = "distribution-loop"
DEFINITION = LoopDefinition(
    id=LOOP,
    phases=(
        PhaseDefinition(id="INIT", skills=(SkillDefinition(id="plan"),)),
        PhaseDefinition(id="SHIP", skills=(SkillDefinition(id="push"), SkillDefinition(id="deploy"))),
    ),
    gates=(GateDefinition(id="readiness", after="INIT"),),
)
STARTED = Change(category=Category.SYSTEM, action="started", subject=LOOP)
MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)

V1 = """{
  "loop": "distribution-loop",
  "version": "1.0.0",
  "phase": "INIT",
  "status": "active",
  "mine": { "keep": 1.50, "text": "caf\\u00e9" },
  "gates": {
    "readiness": { "status": "pending", "required": true }
  },
  "phases": {
    "INIT": { "status": "active", "skills": ["plan"] },
    "SHIP": { "status": "pending", "skills": ["push", "deploy"] }
  },
  "started_at": "ISO-timestamp",
  "last_updated": "long ago"
}
"""


def fresh() -> RunState:
    return RunState(
        run="run-1",
        loop=LOOP,
        version="1.0.0",
        system="sample",
        phase="INIT",
        phases=tuple(
            PhaseState(id=p.id, skills=tuple(SkillState(id=s.id) for s in p.skills)) for p in DEFINITION.phases
        ),
        gates=(GateState(id="readiness"),),
    )


def make(project: Path, **options: Any) -> Store:
    return Store(project, LOOP, definition=DEFINITION, now=lambda: MOMENT, **options)


def failed_once_more(state: RunState, stamp: Stamp) -> tuple[RunState, list[Event]]:
    count = state.failure_count + 1
    change = Change(category=Category.SYSTEM, action="counted", context={"count": count})
    return state.model_copy(update={"failure_count": count}), [stamp(change)]


def nothing(state: RunState, _: Stamp) -> tuple[RunState, Sequence[Event]]:
    return state, []


def done(store_: Store, step: Transaction) -> Committed:
    outcome = store_.transact(step)
    assert isinstance(outcome, Committed)
    return outcome


def loaded(store_: Store) -> Loaded:
    found = store_.load()
    assert found is not None
    return found


def document(store_: Store) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(store_.path.read_text("utf-8"))
    return found


def edited_by_hand(path: Path, key: str = "by_hand", value: JsonValue = 1) -> None:
    """What an agent or an editor does that knows nothing of us: change a key and replace the file."""
    found = json.loads(path.read_text("utf-8"))
    found[key] = value
    temp = path.with_name("editor.swp")
    temp.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    temp.replace(path)


def actions(store_: Store) -> list[str]:
    return [event.action for event in store_.journal.read()]
