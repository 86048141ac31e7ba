"""A run whose files somebody removed while it went on: what is lost and what to do, not only which write failed."""

from collections.abc import Callable

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import RunState
from loop_tui.ports import RunPorts


def watch_files(ports: RunPorts, state: RunState) -> Callable[[], Problem | None]:
    """Gives, for a run that goes on with this state, what is to be said when its state file or folder is gone.

    That is None while both are there, and for a run that is over. Nothing is put back: whoever removes the state file
    ends the run with that.
    """
    place = ports.place
    # The folder itself is made again by whoever looks for a lock in it.
    had_journal = bool(ports.store.events())

    def lost() -> Problem | None:
        gone = [] if ports.store.exists() else [place.state_file.name]
        if had_journal and not _has_journal(ports):
            gone.append(f"{place.run_dir.relative_to(place.project)} with its journal, log and documents")
        if not gone or ports.artifacts.over(state.run, state.loop):
            return None
        what = f"the files of this run were removed while it was running: {' and '.join(gone)}"
        todo = (
            "`git clean -fdx` in a hook or a script does this, and with `-e .loop -e '*-state.json'` it does not; then "
            "`loop-tui run` starts a new run: what was committed and pushed is not done again"
        )
        return Problem(what, str(place.project), todo, code=Code.STATE_GONE)

    return lost


def _has_journal(ports: RunPorts) -> bool:
    try:
        return bool(ports.store.events())
    except Problem:
        return True
