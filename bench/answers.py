"""Answers: from the write of a program that erases one to the answer that is there again, beside a living `wait`."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from unittest.mock import patch

from bench.measure import Budget, NotAvailable, Row, Setting, percentile
from bench.watching import inotify

_LOOP = "infra-loop"
_LONGEST_S = 10.0


def overwritten(where: Setting) -> Iterator[Row]:
    """Budget: SPEC section 3, "Writers without the lock"."""
    with patch.dict(os.environ, where.env):
        figures = _back(where)
    bare = inotify(where.place("answers-bare"), where.times(20, 5))
    note = f"inotify; p50 {percentile(figures, 50):.0f}"
    yield Row("an erased answer is back, longest", "ms", max(figures), percentile(bare, 50), Budget(1000, "ours"), note)


def _back(where: Setting) -> list[float]:
    """Milliseconds until each of some erased answers was there again."""
    from loop_tui.control.client import RunClient
    from loop_tui.process.launcher import ProcessLauncher
    from loop_tui.storage.definitions.catalog import find
    from loop_tui.storage.state.store import Store

    project = where.place("answers")
    definition = find(project, _LOOP).definition
    gate, other = definition.gates[0], definition.gates[1]
    names = [phase.id for phase in definition.phases]
    over = names[: names.index(gate.after) + 1]
    document = {
        "loop": _LOOP,
        "phase": gate.after,
        "status": "active",
        "gates": {each.id: {"status": "pending", "required": True} for each in (gate, other)},
        "phases": {name: {"status": "complete" if name in over else "pending"} for name in names},
    }
    erasing = json.dumps(document, indent=2)
    store = Store(project, _LOOP, definition=definition)
    store.path.write_text(erasing)
    argv = [sys.executable, "-m", "loop_tui", "wait", other.id, "--project", str(project), "--loop", _LOOP]
    figures = []
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as waits:
        try:
            RunClient(store, ProcessLauncher(), "bench").reject(gate.id)
            for number in range(where.times(40, 5) + 1):
                store.path.write_text(erasing)
                started = time.perf_counter()
                while '"rejected"' not in store.path.read_text():
                    if time.perf_counter() - started > _LONGEST_S or waits.poll() is not None:
                        raise NotAvailable("it never came back")
                    time.sleep(0.001)
                if number:  # The first time, it has only just started.
                    figures.append((time.perf_counter() - started) * 1000)
                time.sleep(0.1 + number % 7 * 0.011)
        finally:
            waits.kill()
    return figures
