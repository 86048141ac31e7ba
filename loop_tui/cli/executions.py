"""A run of the orchestrator server on the command line: it is told how it is, and where it is answered."""

import contextlib
from datetime import UTC, datetime
from pathlib import Path

from pydantic import JsonValue

from loop_tui.control.attention import AttentionKind
from loop_tui.control.execution import execution_snapshot, where_to_answer
from loop_tui.control.snapshot import Snapshot
from loop_tui.engine.progress import fraction
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.status import word_of
from loop_tui.model.text import one_line
from loop_tui.storage.definitions.catalog import find
from loop_tui.storage.state.reader import read_state

from .show import glyph, resume_table, say, say_json


def say_status(path: Path, *, as_json: bool) -> None:
    """Say how the run in a file of the server is. Raises Problem for a file that cannot be read."""
    shot = _look(path)
    say_json(_json(path, shot)) if as_json else say(_text(path, shot))


def _look(path: Path) -> Snapshot:
    definition: LoopDefinition | None = None
    # Without a definition nobody knows after which phases its gates stand, and the rest is as the file says.
    with contextlib.suppress(Problem):
        definition = find(path.parent, read_state(path).state.loop).definition
    loaded = read_state(path, definition)
    now = datetime.now(UTC).timestamp()
    return execution_snapshot(path, loaded, definition, written=path.stat().st_mtime, now=now)


def _json(path: Path, shot: Snapshot) -> dict[str, JsonValue]:
    state, need = shot.state, shot.attention
    assert state is not None
    waits = need.kind is AttentionKind.GATE
    return {
        "loop": state.loop,
        "run": state.run,
        "project": str(path.parent),
        "path": str(path),
        "status": state.status.value,
        "phase": state.phase,
        "progress": round(fraction(state), 3),
        "ours": False,
        "word": shot.presence.word if shot.presence is not None else "",
        "need": need.headline,
        "waits": need.subject if waits else "",
        "answer": list(where_to_answer(state, need.subject)) if waits else [],
        "driver": None,
        "revision": shot.revision,
        "phases": [p.model_dump(mode="json") for p in state.phases],
        "gates": [g.model_dump(mode="json") for g in state.gates],
        "questions": [],
    }


def _text(path: Path, shot: Snapshot) -> str:
    state, need = shot.state, shot.attention
    assert state is not None
    word = shot.presence.word if shot.presence is not None else ""
    lines = [
        f"{state.loop} in {path}: {word_of(state.status)}, {one_line(state.phase, 60)}, {fraction(state):.0%}",
        f"a run of the orchestrator server: {word}",
        "",
        resume_table(state),
    ]
    for gate in state.gates:
        by, why = f" by {one_line(gate.by, 60)}" if gate.by else "", f": {gate.reason}" if gate.reason else ""
        lines.append(f"{glyph(gate.status)} {one_line(gate.id, 60)} {word_of(gate.status)}{by}{why}")
        lines += [f"  feedback: {one_line(gate.feedback, 400)}"] if gate.feedback else []
    if need.kind is AttentionKind.GATE:
        lines += [f"waiting for you: {need.headline}", *(f"  {line}" for line in where_to_answer(state, need.subject))]
    elif not need.calm:
        lines.append(need.headline)
    return "\n".join(lines)
