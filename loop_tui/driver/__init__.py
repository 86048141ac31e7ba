"""The driver: the one process that executes the skills and effects of a run."""

import contextlib
from collections.abc import Callable, Mapping
from functools import partial
from uuid import uuid4

from msgspec.structs import replace

from loop_tui.engine import changes, commands
from loop_tui.engine.begin import fresh_state
from loop_tui.engine.decide import decide
from loop_tui.engine.retry import is_unreachable
from loop_tui.engine.secret_questions import disguised
from loop_tui.engine.transaction import always, step
from loop_tui.fs.needs import unmet
from loop_tui.fs.os_problem import os_problem
from loop_tui.fs.paths import project_name
from loop_tui.fs.secret_pipe import sweep
from loop_tui.model.actions import Wait
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Event, Refusal
from loop_tui.model.lease import LeaseRecord
from loop_tui.model.log import LogLevel, LogLine
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import secrets_in
from loop_tui.model.state import RunState
from loop_tui.model.status import RunStatus
from loop_tui.ports import HeldLease, RunPorts, RunStore
from loop_tui.runners.packs import Packs
from loop_tui.runners.protocol import Runners

from .ahead import Jump, look_ahead
from .choices import check_choices, create_with_choices, record_choices, refuse_what_cannot_begin
from .conductor import Conductor, Refused
from .finish import EFFECT as ARCHIVE
from .lease import driving, holder_name, under_lease
from .lost import watch_files
from .notifying import tell_end, tell_trouble, warn_when_mute
from .options import DriveResult, Exit, GivenSecrets, Options
from .output import Output

__all__ = ["DriveResult", "Exit", "GivenSecrets", "Options", "drive", "holder_name", "under_lease"]


async def drive(
    definition: LoopDefinition,
    options: Options,
    ports: RunPorts,
    *,
    environment: Mapping[str, str],
    runners: Runners,
    packs: Packs,
    on_event: Callable[[Event], None] | None = None,
    on_line: Callable[[LogLine], None] | None = None,
) -> DriveResult:
    """Take the lease of a run and work on it until only a person can go on, it failed, or it is complete.

    Starts the run when there is none. When somebody else drives it, nothing is done and the outcome names the driver.
    Raises Problem for what no retry can fix: a damaged state file, a folder that cannot be written, and for a new run,
    of which nothing is written then, a project that is not what the loop needs, and a choice that cannot be made.
    """
    options = replace(options, spent=set())
    missing = unmet(definition.id, definition.needs, ports.place.project, environment)
    if missing is not None and not ports.store.exists():
        raise missing
    check_choices(packs, definition, options, ports)
    await refuse_what_cannot_begin(packs, definition, options, ports)
    refused = _refused_at_once(ports.store, definition, options)
    if refused is not None:
        return DriveResult(Exit.USAGE, refused.reason, todo=refused.todo, error=refused.code)
    held = ports.lease.acquire(holder_name(options.by))
    if isinstance(held, LeaseRecord):
        return DriveResult(Exit.WAITING, f"driven by {held.name} on {held.host}", driver=held, error=Code.LEASE_HELD)
    secrets = secrets_in(environment)
    output = Output(ports.log, secrets, on_line, ports.clock)
    conductor = Conductor(
        ports,
        definition,
        options,
        output,
        environment=environment,
        secrets=secrets,
        runners=runners,
        packs=packs,
        on_event=on_event,
    )
    try:
        outcome = await _drive(held, conductor)
    except Exception as error:
        await tell_trouble(conductor, error)
        raise
    if _goes_on(ports.store, definition, outcome):
        # Somebody answered while we still held the lease, and so started nobody: it is for us to go on.
        return await drive(
            definition,
            replace(options, phase="", chosen={}),  # Where to go first, and what was chosen, was said once.
            ports,
            environment=environment,
            runners=runners,
            packs=packs,
            on_event=on_event,
            on_line=on_line,
        )
    # After the lease is free: the answer to what is told may come at once, and starts the next driver.
    await tell_end(conductor, outcome)
    return outcome


def _goes_on(store: RunStore, definition: LoopDefinition, outcome: DriveResult) -> bool:
    """True when what the driver waited for came before its lease was free."""
    if outcome.code is not Exit.WAITING or outcome.state is None:
        return False
    with contextlib.suppress(Problem):
        loaded = store.load()
        if loaded is not None and loaded.state != outcome.state:
            return not isinstance(decide(loaded.state, definition), Wait)
    return False


async def _drive(held: HeldLease, conductor: Conductor) -> DriveResult:
    """Work on the run while the lease is held, and give it back whatever happens."""
    output, options = conductor.output, conductor.options
    lost: Callable[[], Problem | None] | None = None
    try:
        async with driving(held, conductor.ports.clock, output), output.flowing():
            sweep(conductor.ports.place.run_dir)
            known = _there(conductor)
            if known is not None and not conductor.store.ours(known.run):
                todo = "`loop-tui adopt` takes it over"
                where = str(conductor.ports.place.state_file)
                raise Problem("this run is driven elsewhere", where, todo, code=Code.ELSEWHERE)
            if known is not None:
                _refuse_what_is_over(conductor, known)
            conductor.ports.artifacts.check_archive(conductor.ports.clock.now())
            state = known or _fresh(conductor)
            jump = await _tried(conductor, state)
            if isinstance(jump, DriveResult):
                return jump
            if known is None:
                state = _created(conductor, state)
            lost = watch_files(conductor.ports, state)
            warn_when_mute(conductor)
            if not state.run:
                state = conductor.write(always(changes.identified(str(uuid4()), options.by)))
            refused = _begin_going(conductor, known, state, jump)
            if refused is not None:
                return refused
            return await conductor.run()
    except Problem as problem:
        why = (lost() if lost is not None else None) or problem
        # Whoever watches sees it too: a driver in the background has no terminal to say it on.
        _say_why(output, f"the driver stopped: {why}")
        if why is problem:
            raise
        raise why from problem
    except Exception as error:
        if isinstance(error, OSError):
            why = os_problem(error)
            _say_why(output, f"the driver stopped: {why}")
            raise why from error
        _say_why(output, f"the driver failed: {type(error).__name__}; the crash file has the details")
        raise
    finally:
        output.flush_if_possible()
        held.release()


def _say_why(output: Output, text: str) -> None:
    """Say why the driver ends; a log that cannot be written must not take the place of that."""
    with contextlib.suppress(Problem):
        output.say("", text, LogLevel.ERROR)


def _there(conductor: Conductor) -> RunState | None:
    """The state of the run, or None when there is none. Raises Problem for one that is only shown."""
    loaded = conductor.store.load()
    if loaded is not None and not loaded.state.dialect.writable:
        raise Problem(
            "this state file belongs to another program and is read-only here",
            str(conductor.ports.place.state_file),
            code=Code.STATE_FOREIGN,
        )
    return loaded.state if loaded is not None else None


def _refuse_what_is_over(conductor: Conductor, state: RunState) -> None:
    """Raise Problem for a run that was archived, and whose files somebody put back: it is not done twice.

    A run whose end was cut short has the intent to archive it in its state; it goes on to remove what is left.
    """
    if state.effect(ARCHIVE) is not None:
        return
    place = conductor.ports.artifacts.over(state.run, state.loop)
    if place:
        what, todo = f"this run has ended and is archived as {place}", "move the state file away, then start a new run"
        raise Problem(what, str(conductor.ports.place.state_file), todo, code=Code.NOT_ALLOWED)


def _fresh(conductor: Conductor) -> RunState:
    """The state of a run that is about to begin, in a run folder with room for it."""
    conductor.ports.artifacts.make_room()
    return fresh_state(
        conductor.definition,
        run=str(uuid4()),
        system=project_name(conductor.ports.place.project),
        at="",
        autonomy=conductor.options.autonomy,
        module=conductor.options.module or None,
    )


def _created(conductor: Conductor, fresh: RunState) -> RunState:
    """The state of a run that begins now."""
    options = conductor.options
    autonomy = options.autonomy.value if options.autonomy else ""
    change = changes.started(conductor.definition.id, options.by, options.approve, autonomy, fresh.module or "")
    return create_with_choices(conductor, fresh, change)


async def _tried(conductor: Conductor, state: RunState) -> Jump | DriveResult | None:
    """What the jump that was said with the start comes to, or why it leads nowhere; None without one.

    A run that begins with a jump that leads nowhere does not begin.
    """
    phase = conductor.options.phase
    if not phase or phase == state.phase:
        return None
    is_new = not conductor.store.exists()
    if not state.run:
        state = state.model_copy(update={"run": str(uuid4())})
    jump = await look_ahead(conductor, state)
    if is_new and isinstance(jump, DriveResult):
        conductor.output.flush()
        conductor.ports.artifacts.clear()
    return jump


def _refused_at_once(store: RunStore, definition: LoopDefinition, options: Options) -> Refusal | None:
    """Why a run that is not there yet would refuse what is said with its start: then none is begun."""
    if not (options.approve or options.phase) or store.exists():
        return None
    state = fresh_state(definition, run="", system="", at="")
    said = [commands.preapprove(definition, options.by, gate) for gate in options.approve]
    if options.phase and options.phase != state.phase:
        said.append(commands.jump(state, definition, options.phase, options.by, options.reason))
    return next((wanted for wanted in said if isinstance(wanted, Refusal)), None)


def _begin_going(
    conductor: Conductor, before: RunState | None, state: RunState, jump: Jump | None
) -> DriveResult | None:
    """Bring in what the person said with the start; an outcome when that does not let the run go on."""
    options, definition = conductor.options, conductor.definition
    try:
        for question in disguised(state, conductor.store.events()) if before is not None else ():
            state = conductor.write(always(changes.withdrawn(question.id, "the driver")))
        if before is not None:
            record_choices(conductor, before)
        if (autonomy := options.autonomy) is not None and state.autonomy is not autonomy:
            state = conductor.write(lambda s: commands.set_autonomy(s, options.by, autonomy))
        for gate in options.approve:
            known = state.gate(gate)
            if known is None or not known.preapproved_by:
                state = conductor.write(partial(_preapproval, definition, options.by, gate))
        if jump is not None:
            state = conductor.write(always(*jump.changes))
        if options.go and state.status is not RunStatus.COMPLETE:
            outcome = conductor.store.transact(
                step(definition, lambda s: () if _waits(s, definition) else commands.go(s, definition, options.by))
            )
            if isinstance(outcome, Refusal):
                return DriveResult(Exit.WAITING, outcome.reason, todo=outcome.todo, state=state, error=outcome.code)
    except Refused as refused:
        said = refused.refusal
        return DriveResult(Exit.USAGE, said.reason, todo=said.todo, state=state, error=said.code)
    return None


def _preapproval(definition: LoopDefinition, by: str, gate: str, state: RunState) -> commands.Wanted:
    return commands.preapprove(definition, by, gate)


def _waits(state: RunState, definition: LoopDefinition) -> bool:
    """True when the conductor itself finds out whether it may pass: answers and approvals given beforehand."""
    action = decide(state, definition)
    if is_unreachable(state):
        return False
    return isinstance(action, Wait) and action.on in ("question", "gate", "manual", "deliverable", "blocked")
