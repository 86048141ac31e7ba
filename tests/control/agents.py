"""Runs that an agent works on: claimed, elsewhere, and what a program does that knows no lock."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from loop_tui.control.client import RunClient
from loop_tui.storage.state.owner import OWNER_NAME
from loop_tui.storage.state.store import Store
from tests.tui.launching import Started
from tests.tui.runs import Run

GATE = "infra-gate"


def client_of(run: Run, by: str = "ann", told: Callable[[Path, str], int] = lambda project, loop: 0) -> RunClient:
    """Somebody with a terminal of their own."""
    store = Store(run.project, run.definition.id, definition=run.definition)
    return RunClient(store, Started(told), by)


def elsewhere(run: Run) -> Run:
    """The same run as one that was begun somewhere else: its state file alone."""
    (run.store.run_dir / OWNER_NAME).unlink()
    return run


def rewritten(run: Run, change: Callable[[dict[str, Any]], object]) -> None:
    """Write the whole file anew, as a program does that knows nothing of us."""
    found = json.loads(run.store.path.read_text("utf-8"))
    change(found)
    run.store.path.write_text(json.dumps(found, indent=2), "utf-8")


def put_back(run: Run, text: str) -> None:
    """Write what was read before, and with it away what was said meanwhile."""
    run.store.path.write_text(text, "utf-8")
