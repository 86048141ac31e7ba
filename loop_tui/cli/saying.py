"""Saying something to a run from the command line: what was overwritten, what happens, and who drives then."""

import contextlib
import time
from collections.abc import Callable

import typer

from loop_tui.control.answers import AnswerKeeper
from loop_tui.control.client import RunClient
from loop_tui.control.run_reader import tail_of
from loop_tui.fs.paths import DRIVER_LOG
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line
from loop_tui.ports import Committed
from loop_tui.storage.state import leases

from .place import ChosenRun
from .show import aside, say, say_json
from .trusting import confirm_trust

# How often and how many times a starting driver is looked for: two seconds in all.
_LOOK_S = 0.02
_PATIENCE = 100

ClientWork = Callable[[RunClient], Committed | None]


def keep_answers(where: ChosenRun, about: str = "") -> None:
    """Write again what another program erased of what was answered, and say so on standard error.

    What is being answered anew, the gate or question `about`, is only told of.
    """
    with contextlib.suppress(Problem):
        for lost in AnswerKeeper(where.store).keep(but=about):
            again = "" if lost.why or lost.event.subject == about else "; it is restored"
            aside(f"{lost}{again}")


def say_switch(where: ChosenRun) -> None:
    """Say that the run that is continued does not go by what is in the project now, where that is so."""
    if switch := where.known.how_to_switch:
        say(switch)


def tell(
    where: ChosenRun,
    work: ClientWork,
    *,
    as_json: bool,
    then_go: bool,
    trust: bool = False,
    about: str = "",
    by: str = "",
    quiet: bool = False,
    ends: bool = False,
) -> Committed | None:
    """Write down what somebody says, tell what happened, and start the next driver when the run can go on.

    `about` is the gate or question that is answered, `by` the name they go by where that is not the person's; `quiet`
    says nothing of what happens. With `ends` the driver that is started only archives the run. Raises Problem when
    there is no run, or it does not take it.
    """
    keep_answers(where, about)
    client = where.client(by)
    committed = work(client)
    for event in committed.events if committed is not None else ():
        if quiet:
            continue
        if as_json:
            say_json(event.model_dump(mode="json"))
        else:
            say(f"{event.category}: {event.subject or where.definition.id} {event.action}".strip())
    if then_go:
        _start(where, client, committed, as_json=as_json, trust=trust, ends=ends)
    return committed


def _start(
    where: ChosenRun, client: RunClient, committed: Committed | None, *, as_json: bool, trust: bool, ends: bool
) -> None:
    state = committed.state if committed is not None else None
    started = client.start(state)
    if started.trust is not None:
        confirm_trust(where.definition.id, started.trust, trust)
        client.trust(started.trust)
        started = client.start(state)
        if started.trust is not None:
            what, todo = f"{where.definition.id} changed while it was being trusted", "read it, then try again"
            raise Problem(what, started.trust.path, todo, code=Code.NOT_TRUSTED)
    if as_json:
        return
    if started.elsewhere:
        say(f"recorded; this run is driven elsewhere ({started.elsewhere})")
    elif started.driver is not None:
        say(f"driven by {started.driver.name} on {started.driver.host}")
    elif started.waits:
        say(f"waiting: {started.waits}")
    else:
        words = _who_drives(where, started.pid)
        say("the run is archived as aborted" if ends else words)


def _who_drives(where: ChosenRun, pid: int) -> str:
    """What became of the driver that was started: of two that start at once, one drives."""
    for _ in range(_PATIENCE):
        driver = leases.current(where.store.run_dir)
        if driver is not None and driver.pid != pid:
            return f"driven by {driver.name} on {driver.host}"
        if driver is not None or leases.process_started(pid) is None:
            break
        time.sleep(_LOOK_S)
    if leases.process_started(pid) is None and not where.store.exists():
        last = one_line(tail_of(where.store.run_dir / DRIVER_LOG), 300)
        if last:
            say(f"the driver ended immediately: {last}")
            raise typer.Exit(1)
    return f"started driver {pid}; `loop-tui status` prints the state of the run, `loop-tui` opens the screen"
