"""What a person chose for a run with options that packs have for it: checked before anything begins, then recorded."""

from typing import TYPE_CHECKING, cast

from pydantic import JsonValue

from loop_tui.engine import changes
from loop_tui.engine.begin import fresh_state
from loop_tui.engine.transaction import always, step
from loop_tui.fs.paths import project_name
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Change
from loop_tui.model.evidence import Effect
from loop_tui.model.log import LogLevel
from loop_tui.model.secrets import masked_facts
from loop_tui.model.state import RunState
from loop_tui.ports import RunPorts
from loop_tui.runners.pack_api import CHOICE, ChosenOptions, RunChoice
from loop_tui.runners.packs import Packs

from .options import Options

if TYPE_CHECKING:
    from .conductor import Conductor


def check_choices(packs: Packs, definition: LoopDefinition, options: Options, ports: RunPorts) -> None:
    """Raises Problem for what cannot be chosen: then no run is begun, and one that is there is left as it is."""
    if options.chosen:
        loaded = ports.store.load()
        _chosen(packs, definition, options, ports, loaded.state if loaded is not None else None)


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
    recorded = [change for choice in choices for change in _recorded(_made(conductor, choice))]
    loaded = conductor.store.create(fresh, started, step(conductor.definition, always(*recorded)))
    for choice in choices:
        conductor.output.say("", choice.words, LogLevel.WARN)
    return loaded.state


def record_choices(conductor: "Conductor", state: RunState) -> None:
    """Keep what was chosen in the state and journal of a run that is there, and say it.

    What it knows already is not written again.
    """
    for choice in _chosen(conductor.packs, conductor.definition, conductor.options, conductor.ports, state):
        made = _made(conductor, choice)
        known = state.effect(choice.id)
        if known is not None and known.kind == CHOICE and known.intent == made.intent:
            continue
        conductor.write(always(*_recorded(made)))
        conductor.output.say("", choice.words, LogLevel.WARN)


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
