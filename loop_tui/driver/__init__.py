"""The driver: the one process that executes the skills and effects of a run."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

from loop_tui.engine import changes, commands
from loop_tui.engine.begin import fresh_state
from loop_tui.engine.steps import always, step
from loop_tui.files import leases
from loop_tui.files.outputlog import OUTPUT_NAME, OutputLog
from loop_tui.files.paths import ensure_run_folder, project_state_path
from loop_tui.files.store import Store
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Event, Refusal
from loop_tui.model.lease import Lease
from loop_tui.model.log import Level, LogLine
from loop_tui.model.problem import Problem
from loop_tui.model.state import RunState
from loop_tui.model.status import RunStatus
from loop_tui.model.text import one_line, secrets_in

from .conductor import Conductor, Refused
from .leftovers import tidy_before_start
from .options import Exit, Options, Outcome
from .output import Output
from .telling import tell_end, tell_trouble, warn_when_mute

__all__ = ["Exit", "Options", "Outcome", "drive"]

_RUN_TOKEN = "LOOP_TUI_CHILD"  # noqa: S105  # a mark on child processes, no secret


def _utc_now() -> datetime:
    return datetime.now(UTC)


async def drive(
    project: Path,
    definition: LoopDefinition,
    options: Options,
    *,
    environment: Mapping[str, str] | None = None,
    now: Callable[[], datetime] = _utc_now,
    on_event: Callable[[Event], None] | None = None,
    on_line: Callable[[LogLine], None] | None = None,
) -> Outcome:
    """Take the lease of a run and work on it until only a person can go on, it failed, or it is complete.

    Starts the run when there is none. When somebody else drives it, nothing is done and the outcome names the driver.
    Raises Problem for what no retry can mend: a damaged state file, a folder that cannot be written.
    """
    environment = os.environ if environment is None else environment
    secrets = secrets_in(environment)
    refused = _refused_at_once(project, definition, options)
    if refused is not None:
        return Outcome(Exit.USAGE, refused.reason, todo=refused.todo)
    run_dir = ensure_run_folder(project, definition.id)
    held = leases.acquire(run_dir, f"{options.by} ({os.getpid()})", now)
    if isinstance(held, Lease):
        return Outcome(Exit.WAITING, f"driven by {held.name} on {held.host}", driver=held)
    store = Store(project, definition.id, definition=definition, now=now, secrets=secrets)
    output = Output(OutputLog(run_dir / OUTPUT_NAME), secrets, on_line)
    conductor = Conductor(
        store, definition, options, output, environment=environment, secrets=secrets, now=now, on_event=on_event
    )
    try:
        outcome = await _drive(held, conductor)
    except Exception as error:
        await tell_trouble(conductor, error)
        raise
    # After the lease is free: the answer to what is told may come at once, and starts the next driver.
    await tell_end(conductor, outcome)
    return outcome


async def _drive(held: leases.Held, conductor: Conductor) -> Outcome:
    """Work on the run while the lease is held, and give it back whatever happens."""
    store, output, options = conductor.store, conductor.output, conductor.options
    os.environ[_RUN_TOKEN] = held.lease.token
    try:
        await _end_leftovers(held, output)
        async with output.flowing(), _beating(held):
            state = _begin(store, conductor.definition, options, conductor.now)
            warn_when_mute(conductor)
            if not state.run:
                state = conductor.write(always(changes.adopted(str(uuid4()), options.by)))
            refused = _say_go(conductor, state)
            if refused is not None:
                return refused
            return await conductor.run()
    except Problem as problem:
        # Whoever watches sees it too: a driver in the background has no terminal to say it on.
        output.say("", f"the driver stopped: {problem}", Level.ERROR)
        raise
    except Exception as error:
        output.say("", f"the driver failed: {type(error).__name__}; the crash file has the details", Level.ERROR)
        raise
    finally:
        with contextlib.suppress(Problem):
            output.flush()
        os.environ.pop(_RUN_TOKEN, None)
        held.release()


async def _end_leftovers(held: leases.Held, output: Output) -> None:
    """Programs of a driver that died must not go on beside ours."""
    if held.previous is None or not held.previous.token:
        return
    from loop_tui.tools.shell import end_leftovers

    ended = await asyncio.to_thread(end_leftovers, held.previous.token)
    output.say("", f"took over from {held.previous.name or held.previous.pid}, which died", Level.WARN)
    for name in ended:
        output.say("", f"ended {name}, which it left behind", Level.WARN)


@contextlib.asynccontextmanager
async def _beating(held: leases.Held) -> AsyncIterator[None]:
    """Keep the heartbeat going; when the lease is lost, the driver is cancelled. Raises the Problem that says why."""
    driver = asyncio.current_task()
    assert driver is not None
    lost: list[Problem] = []

    async def beat() -> None:
        while True:
            await asyncio.sleep(leases.HEARTBEAT_S)
            try:
                held.beat()
            except Problem as problem:
                lost.append(problem)
                driver.cancel()
                return

    task = asyncio.create_task(beat())
    try:
        yield
    except asyncio.CancelledError:
        if lost:
            raise lost[0] from None
        raise
    finally:
        task.cancel()


def _begin(store: Store, definition: LoopDefinition, options: Options, now: Callable[[], datetime]) -> RunState:
    """The state of the run, started anew when there is none."""
    loaded = store.load()
    if loaded is not None:
        if not loaded.state.dialect.writable:
            raise Problem("this state file belongs to another program and is only shown", str(store.path))
        return loaded.state
    tidy_before_start(store)
    state = fresh_state(
        definition,
        run=str(uuid4()),
        system=one_line(store.project.resolve().name) or "project",
        at="",
        autonomy=options.autonomy,
    )
    autonomy = options.autonomy.value if options.autonomy else ""
    return store.create(state, changes.started(definition.id, options.by, options.approve, autonomy)).state


def _refused_at_once(project: Path, definition: LoopDefinition, options: Options) -> Refusal | None:
    """Why a run that is not there yet would refuse what is said with its start: then none is begun."""
    if not (options.approve or options.phase) or project_state_path(project, definition.id).exists():
        return None
    state = fresh_state(definition, run="", system="", at="")
    said = [commands.preapprove(definition, options.by, gate) for gate in options.approve]
    if options.phase and options.phase != state.phase:
        said.append(commands.jump(state, definition, options.phase, options.by, options.reason))
    return next((wanted for wanted in said if isinstance(wanted, Refusal)), None)


def _say_go(conductor: Conductor, state: RunState) -> Outcome | None:
    """Bring in what the person said with the start; an outcome when that does not let the run go on."""
    options, definition = conductor.options, conductor.definition
    try:
        for gate in options.approve:
            known = state.gate(gate)
            if known is None or not known.preapproved_by:
                state = conductor.write(partial(_preapproval, definition, options.by, gate))
        if options.phase and options.phase != state.phase:
            state = conductor.write(lambda s: commands.jump(s, definition, options.phase, options.by, options.reason))
        if options.go and state.status in (RunStatus.FAILED, RunStatus.PAUSED, RunStatus.ACTIVE):
            outcome = conductor.store.transact(
                step(definition, lambda s: () if _waits(s, conductor) else commands.go(s, definition, options.by))
            )
            if isinstance(outcome, Refusal):
                return Outcome(Exit.WAITING, outcome.reason, todo=outcome.todo, state=state)
    except Refused as refused:
        return Outcome(Exit.USAGE, refused.refusal.reason, todo=refused.refusal.todo, state=state)
    return None


def _preapproval(definition: LoopDefinition, by: str, gate: str, state: RunState) -> commands.Wanted:
    return commands.preapprove(definition, by, gate)


def _waits(state: RunState, conductor: Conductor) -> bool:
    """True when the conductor itself finds out whether it may pass: answers and approvals given beforehand."""
    from loop_tui.engine.decide import decide
    from loop_tui.model.actions import Wait

    action = decide(state, conductor.definition)
    return isinstance(action, Wait) and action.on in ("question", "gate", "manual", "deliverable", "blocked")
