"""Where a finished run went."""

import json
from collections.abc import Mapping
from pathlib import Path

from loop_tui.files.archive import safe_name
from loop_tui.files.paths import claude_home
from loop_tui.model.definition import canonical_id
from loop_tui.model.state import RunState

_MONTHS = 2
_NEWEST = 20


def archive_of(state: RunState, env: Mapping[str, str] | None = None) -> tuple[str, str]:
    """The archive file of a run (SPEC section 7) and the outcome it tells; both empty where there is none.

    It is looked for among the newest of its loop.
    """
    if not state.run:
        return "", ""
    runs, mark = claude_home(env) / "runs", f"-{safe_name(canonical_id(state.loop))}-"
    try:
        months = sorted((m for m in runs.iterdir() if m.is_dir()), reverse=True)[:_MONTHS]
        files = [path for month in months for path in month.glob("*.json") if mark in path.name]
    except OSError:
        return "", ""
    newest = sorted(files, key=lambda path: path.name.partition(mark)[2], reverse=True)[:_NEWEST]
    for path in newest:
        document = _read(path)
        if _text(document, "meta", "run") == state.run:
            return str(path), _text(document, "summary", "outcome")
    return "", ""


def _read(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def _text(document: object, *names: str) -> str:
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document if isinstance(document, str) else ""
