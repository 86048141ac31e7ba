"""The archived run that a person means, by whatever `runs` prints of it."""

from pathlib import Path

from loop_tui.fs.homes import claude_home
from loop_tui.model.archived_run import ArchivedRun
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import count_of
from loop_tui.storage.archive.listing import count_runs, list_runs, runs_called

_LONGEST_NUMBER = 6


def chosen_run(which: str) -> ArchivedRun:
    """The run that goes by a number (1 is the newest), a path, the beginning of an id, or the name of its archive.

    Raises Problem when none does, or more than one.
    """
    home = claude_home()
    if which.isascii() and which.isdigit() and len(which) < _LONGEST_NUMBER:
        newest = list_runs(home, limit=int(which)).runs
        if 0 < int(which) == len(newest):
            return newest[-1]
        raise Problem(
            f"there is no run number {which}: the archive has {count_of(count_runs(home), 'run')}",
            todo="`loop-tui runs` lists them",
            code=Code.RUN_UNKNOWN,
        )
    path = Path(which).absolute()
    called = runs_called(home, path.name) if which else ()
    chosen = [run for run in called if str(path) in (run.path, run.folder)]
    if not chosen and "/" not in which:
        # Its id first; the name of a file another month may have as well.
        named = [run for run in called if not run.run.startswith(which)]
        chosen = [run for run in called if run.run.startswith(which)] or named
    if len(chosen) != 1:
        word = count_of(len(chosen), "archived run") if chosen else "no archived run"
        code = Code.RUN_AMBIGUOUS if chosen else Code.RUN_UNKNOWN
        raise Problem(f"{word} with that id or path: {which}", todo="`loop-tui runs --json` has the ids", code=code)
    return chosen[0]
