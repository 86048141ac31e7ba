"""What a person chose for a run with options that packs have for it: checked before anything begins, then recorded."""

from typing import TYPE_CHECKING, cast

from pydantic import JsonValue

from loop_tui.engine import changes
from loop_tui.engine.transaction import always
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.evidence import Effect
from loop_tui.model.log import LogLevel
from loop_tui.model.secrets import masked_facts
from loop_tui.model.state import RunState
from loop_tui.ports import RunStore
from loop_tui.runners.pack_api import CHOICE, ChosenOptions, RunChoice
from loop_tui.runners.packs import Packs

from .options import Options

if TYPE_CHECKING:
    from .conductor import Conductor


def check_choices(packs: Packs, definition: LoopDefinition, options: Options, store: RunStore) -> None:
    """Raises Problem for what cannot be chosen: then no run is begun, and one that is there is left as it is."""
    if options.chosen:
        loaded = store.load()
        _chosen(packs, definition, options, loaded.state if loaded is not None else None)


def record_choices(conductor: "Conductor", before: RunState | None, state: RunState) -> None:
    """Keep what was chosen in the run's state and journal, and say it; what it knows already is not written again.

    `before` is the run as it was when the driver came: None for one that began just now.
    """
    for choice in _chosen(conductor.packs, conductor.definition, conductor.options, before):
        facts = cast(dict[str, JsonValue], masked_facts(dict(choice.facts), conductor.secrets))
        known = state.effect(choice.id)
        if known is not None and known.kind == CHOICE and known.intent == facts:
            continue
        made = Effect(id=choice.id, kind=CHOICE, intent=facts)
        conductor.write(always(changes.effect_intended(made), changes.effect_proven(choice.id, {"recorded": True})))
        conductor.output.say("", choice.words, LogLevel.WARN)


def _chosen(
    packs: Packs, definition: LoopDefinition, options: Options, state: RunState | None
) -> tuple[RunChoice, ...]:
    if not options.chosen:
        return ()
    return packs.chosen(definition, ChosenOptions(options.chosen, options.by, options.reason), state)
