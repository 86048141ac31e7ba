"""The run folder between two runs: what an archived run left is removed, what was never archived is put aside."""

import shutil
from pathlib import Path

from loop_tui.fs.atomic import TEMP_SUFFIX
from loop_tui.fs.limits import RECORD
from loop_tui.fs.paths import DRIVER_LOG, NOTIFIED
from loop_tui.fs.plain import read_json
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.storage.log.output_log import OUTPUT_NAME

from .journal import JOURNAL_NAME, Journal
from .owner import DEFINITION_NAME, OWNER_NAME

FINISHED = "finished.json"
ABANDONED = "abandoned"
_STAYS = frozenset({"driver.lock", "state.lock", "lease.json", ABANDONED, FINISHED, NOTIFIED})
# What is written before the state file, and the log that says why that was not written.
_OF_A_START = frozenset({DEFINITION_NAME, OWNER_NAME, OUTPUT_NAME})


def clear(run_dir: Path) -> None:
    """Remove everything of an archived run; locks and the note about the archive stay. Raises Problem."""
    try:
        # The journal goes last: it tells whose these files are, should this be cut short.
        for path in sorted(run_dir.iterdir(), key=lambda path: (path.name == JOURNAL_NAME, path)):
            if path.name in _STAYS:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise Problem(
            f"the run folder cannot be cleared: {error.strerror}", str(run_dir), code=Code.NOT_WRITABLE
        ) from error


def make_room(run_dir: Path) -> None:
    """Make room for a new run.

    What an archived run left (a crash between archive and cleaning) is removed, and what was written for a run that
    never began because its state file could not be. What is not archived anywhere, because somebody took the state file
    away, is put aside and kept. Raises Problem.
    """
    if not run_dir.is_dir():
        return
    # The driver's own log was opened by whoever started it just now, and is no sign of an earlier run.
    left = [p for p in sorted(run_dir.iterdir()) if p.name not in _STAYS and p.name != DRIVER_LOG]
    for path in [p for p in left if p.name.startswith(".") and p.name.endswith(TEMP_SUFFIX)]:
        # A write that was cut short, as of the note about a message that was sent: it never counted.
        path.unlink(missing_ok=True)
        left.remove(path)
    if not left:
        return
    events = Journal(run_dir / JOURNAL_NAME).read()
    run = events[-1].run if events else ""
    began = bool(events) or any(path.name not in _OF_A_START for path in left)
    if not began or (run and run == finished_run(run_dir)):
        clear(run_dir)
        return
    aside = run_dir / ABANDONED / (run or "unknown")
    number = 1
    while aside.exists():
        number += 1
        aside = aside.with_name(f"{run or 'unknown'}-{number}")
    try:
        aside.mkdir(parents=True)
        for path in left:
            path.rename(aside / path.name)
    except OSError as error:
        raise Problem(
            f"an earlier run cannot be moved aside: {error.strerror}", str(run_dir), code=Code.NOT_WRITABLE
        ) from error


def finished_run(run_dir: Path) -> str:
    """The id of the run that was archived last from this folder, or nothing."""
    try:
        found = read_json(run_dir / FINISHED, RECORD)
    except (OSError, ValueError):
        return ""
    run = found.get("run") if isinstance(found, dict) else None
    return run if isinstance(run, str) else ""
