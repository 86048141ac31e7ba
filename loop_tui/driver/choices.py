"""What a person chose for a run with options that packs have for it: checked before anything begins, then recorded."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from msgspec.structs import replace
from pydantic import JsonValue

from loop_tui.engine import changes
from loop_tui.engine.begin import fresh_state
from loop_tui.engine.transaction import always, step
from loop_tui.fs.paths import project_name
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Change
from loop_tui.model.evidence import Effect
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import masked_facts
from loop_tui.model.state import RunState
from loop_tui.ports import RunPorts
from loop_tui.runners.pack_api import CHOICE, ChosenOptions, RunChoice, reopened_for
from loop_tui.runners.packs import Packs

from .options import Options

if TYPE_CHECKING:
    from .conductor import Conductor


def check_choices(packs: Packs, definition: LoopDefinition, options: Options, ports: RunPorts) -> None:
    """Raises Problem for what cannot be chosen: then no run is begun, and one that is there is left as it is."""
    if options.chosen:
        loaded = ports.store.load()
        state = loaded.state if loaded is not None else None
        chosen = _chosen(packs, definition, options, ports, state)
        fresh = state or fresh_state(definition, run="", system=project_name(ports.place.project), at="")
        _reopened(packs, options, fresh, chosen)


async def refuse_what_cannot_begin(packs: Packs, definition: LoopDefinition, options: Options, ports: RunPorts) -> None:
    """Raises Problem for a new run that what was chosen for it would stop at once: then it is not begun."""
    if options.chosen and not ports.store.exists():
        fresh = fresh_state(definition, run="", system=project_name(ports.place.project), at="")
        await packs.may_begin(ports, definition, _said(options, ports), fresh)


def create_with_choices(conductor: "Conductor", fresh: RunState, started: Change) -> RunState:
    """Begin a run that knows what was chosen for it from its first write on: whoever dies right after has lost nothing.

    What was chosen is said. Raises Problem for what cannot be written.
    """
    choices = _chosen(conductor.packs, conductor.definition, conductor.options, conductor.ports, None)
    options = conductor.options
    began = [changes.move_chosen(options.choice, options.by)] if options.choice is not None else []
    recorded = [*began, *(change for choice in choices for change in _recorded(_made(conductor, choice)))]
    loaded = conductor.store.create(fresh, started, step(conductor.definition, always(*recorded)))
    for choice in choices:
        conductor.output.say("", choice.words, LogLevel.WARN)
    return loaded.state


def record_choices(conductor: "Conductor", state: RunState) -> None:
    """Keep what was chosen in the state and journal of a run that is there, and say it.

    What it knows already is not written again. A choice that comes after the skill that goes by it opens the phase of
    that skill again, in the same write: whoever dies right after leaves no choice that nothing comes of. Raises Problem
    where it comes too late.
    """
    found = _chosen(conductor.packs, conductor.definition, conductor.options, conductor.ports, state)
    made = [replace(choice, facts=_made(conductor, choice).intent) for choice in found]
    new = [choice for choice in made if not choice.is_known_to(state)]
    if not new:
        return
    phase = _reopened(conductor.packs, conductor.options, state, new)
    words = "; ".join(choice.words for choice in new if choice.skill)
    reopened = (changes.phase_reopened(phase, conductor.options.by, words),) if phase else ()
    conductor.write(always(*(c for choice in new for c in _recorded(_made(conductor, choice))), *reopened))
    for choice in new:
        conductor.output.say("", choice.words, LogLevel.WARN)
    if phase:
        conductor.output.say("", f"{phase} is done again for it", LogLevel.WARN)


def _reopened(packs: Packs, options: Options, state: RunState, chosen: Sequence[RunChoice]) -> str:
    """The first phase that is done again for what was chosen; empty for none, and where a jump does it.

    Raises Problem for what comes too late: nothing that the run did for good is passed over unasked, and a jump must
    not skip the skill that goes by the choice.
    """
    names = [phase.id for phase in state.phases]
    said = names.index(options.phase) if options.phase in names else None
    found: list[int] = []
    for choice in chosen:
        at = next((i for i, phase in enumerate(state.phases) if choice.skill and phase.skill(choice.skill)), None)
        if at is None or choice.is_known_to(state):
            continue
        if said is not None and at < said:
            what = f"{choice.words}: {names[at]} needs that, and --phase {options.phase} comes after it"
            raise Problem(what, todo=f"use --phase {names[at]}, or none", code=Code.USAGE)
        if reopened_for(state, choice) and (said is None or options.phase == state.phase):
            done = packs.done_for_good(state.effects) if said is None else ""
            if done:
                what = f"{choice.words}: too late for that, {done} was made"
                todo = f"add --phase {names[at]}: that does {names[at]} again, on top of it"
                raise Problem(what, todo=todo, code=Code.NOT_ALLOWED)
            found.append(at)
    return names[min(found)] if found else ""


def _made(conductor: "Conductor", choice: RunChoice) -> Effect:
    facts = cast(dict[str, JsonValue], masked_facts(dict(choice.facts), conductor.secrets))
    return Effect(id=choice.id, kind=CHOICE, intent=facts)


def _recorded(made: Effect) -> tuple[Change, Change]:
    return changes.effect_intended(made), changes.effect_proven(made.id, {"recorded": True})


def _chosen(
    packs: Packs, definition: LoopDefinition, options: Options, ports: RunPorts, state: RunState | None
) -> tuple[RunChoice, ...]:
    if not options.chosen:
        return ()
    return packs.chosen(definition, _said(options, ports), state)


def _said(options: Options, ports: RunPorts) -> ChosenOptions:
    return ChosenOptions(options.chosen, options.by, options.reason, ports.place.project)
