"""Where a finished run went."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from loop_tui.fs.limits import ARCHIVE
from loop_tui.fs.paths import claude_home
from loop_tui.fs.plain import read_json
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.names import canonical_id
from loop_tui.model.problem import Problem
from loop_tui.model.state import RunState
from loop_tui.storage.archive.reader import read_body
from loop_tui.storage.archive.writer import safe_name
from loop_tui.storage.state.dialects import load

from .shipped import Shipped, shipped_in
from .snapshot import Ended

_MONTHS = 2
_NEWEST = 20


def ended_of(state: RunState, definition: LoopDefinition | None, env: Mapping[str, str] | None = None) -> Ended:
    """How a run ended whose state file is gone, from the last state that was seen and its archive (SPEC section 7).

    The last writes may come and go faster than anybody looks: where there is an archive, its state counts. It is looked
    for among the newest of its loop.
    """
    if not state.run:
        return Ended(state)
    runs, mark = claude_home(env) / "runs", f"-{safe_name(canonical_id(state.loop))}-"
    try:
        months = sorted((m for m in runs.iterdir() if m.is_dir()), reverse=True)[:_MONTHS]
        files = [path for month in months for path in month.glob("*.json") if mark in path.name]
    except OSError:
        return Ended(state)
    newest = sorted(files, key=lambda path: path.name.partition(mark)[2], reverse=True)[:_NEWEST]
    for path in newest:
        document = _read(path)
        if _text(document, "meta", "run") == state.run:
            last = _last(document, definition) or state
            return Ended(last, str(path), _text(document, "summary", "outcome"), _shipped(document, path))
    return Ended(state)


def archived_state(path: Path, definition: LoopDefinition | None) -> RunState | None:
    """The state of a run as its archive keeps it; None where there is none that reads."""
    return _last(_read(path), definition)


def _last(document: object, definition: LoopDefinition | None) -> RunState | None:
    """The state as it was archived; None where there is none that reads."""
    try:
        return load(document.get("state"), definition) if isinstance(document, dict) else None
    except (Problem, RecursionError, ValueError):
        return None


def _shipped(document: object, path: Path) -> Shipped | None:
    """What it shipped; None where the archive is none that reads."""
    try:
        return shipped_in(read_body(document, path, datetime.now(UTC))) if isinstance(document, dict) else None
    except (Problem, RecursionError, ValueError):
        return None


def _read(path: Path) -> object:
    try:
        return read_json(path, ARCHIVE)
    except (OSError, ValueError):
        return None


def _text(document: object, *names: str) -> str:
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document if isinstance(document, str) else ""
