"""The part of a transaction that touches no file: what is to be written, and how its events are stamped.

Shared by the store on files and by the one in memory that tests use, so that they cannot drift apart.
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import cast

from pydantic import JsonValue

from loop_tui.fs.atomic import revision
from loop_tui.model.clock import stamp
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Category, Change, Event
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import mask, masked, masked_facts
from loop_tui.model.state import RunState
from loop_tui.model.transaction import Stamp
from loop_tui.ports import Loaded

from .dialects import save
from .reader import understood
from .signing import Signer, signed

_VERBATIM = frozenset(("edited", "restored"))
"""Carry a whole state as somebody wrote it: masked where it is journaled."""
_FACTS = frozenset(("effect-intended", "effect-proven", "answered"))
"""Hold what is compared with the world again; a journal has it masked like all else."""
_ALWAYS_WRITTEN = (
    "status",
    "phase",
    "skill_log",
    "failure_count",
    "failures",
    "questions",
    "effects",
    "deliverables",
    "gate_history",
)


def written(
    before: Loaded,
    state: RunState,
    events: Sequence[Event],
    *,
    now: Callable[[], datetime],
    where: str,
    definition: LoopDefinition | None,
    signer: Signer | None = None,
    touch: bool = True,
    anew: bool = False,
) -> tuple[RunState, Loaded] | None:
    """The state with its time, and what its file will read; None when nothing of it differs in the file.

    `signer` signs for a run of ours: what differs, or all of it `anew` when that becomes ours. Without `touch` the time
    of the last write stays that of whoever drives the run. Raises Problem for a dialect that is only read.
    """
    if state is before.state or state == before.state:
        return None
    if not state.dialect.writable:
        raise Problem("belongs to another program and is read-only here", where, code=Code.STATE_FOREIGN)
    if signer is not None:
        state = signed(RunState(loop=state.loop) if anew else before.state, state, signer)
    if not touch:
        state = state.model_copy(update={"updated_at": before.state.updated_at})
        text = _saved(before, state)
        if text == before.text:
            return None
        return state, understood(text, revision(text.encode("utf-8")), where, definition)
    if state.updated_at == before.state.updated_at:
        if not _surely_differs(before.state, state) and _saved(before, state) == before.text:
            return None
        moment = events[-1].timestamp if events else stamp(now())
        state = state.model_copy(update={"updated_at": moment})
    text = _saved(before, state)
    # An edit that went wrong must never reach the disk: what cannot be read back is not written.
    return state, understood(text, revision(text.encode("utf-8")), where, definition)


def _saved(before: Loaded, state: RunState) -> str:
    """The text that reads as that state; what is not believed and did not change stays in it as it was written."""
    old = before.written
    if old is None:
        return save(before.text, before.state, state)
    gates = {gate.id: gate for gate in before.state.gates}
    effects = {effect.id: effect for effect in before.state.effects}
    kept = {
        "gates": tuple((old.gate(g.id) or g) if g == gates.get(g.id) else g for g in state.gates),
        # What nobody here meant stays in the file, and is in no state.
        "effects": (
            *(e for e in old.effects if e.id not in effects and state.effect(e.id) is None),
            *((old.effect(e.id) or e) if e == effects.get(e.id) else e for e in state.effects),
        ),
        "skill_log": tuple(
            told if entry == mine else entry
            for entry, mine, told in zip_longest(
                state.skill_log,
                before.state.skill_log[: len(state.skill_log)],
                old.skill_log[: len(state.skill_log)],
            )
        ),
        "status": old.status if state.status is before.state.status else state.status,
    }
    return save(before.text, old, state.model_copy(update=kept))


def stamper(run: str, now: Callable[[], datetime], known: Iterable[str] = ()) -> Stamp:
    """Gives changes of that run their id and time.

    What they say is masked (SPEC section 8; `known` are values of secrets): all that we write into a state file and a
    journal comes through here. Names of phases, skills and gates stay: by them the file is read.
    """
    values = tuple(known)

    def stamped(change: Change) -> Event:
        moment = now()
        context, outcome = change.context, change.outcome
        if change.action not in _VERBATIM:
            by_name = masked_facts if change.action in _FACTS else masked
            context = cast("dict[str, JsonValue]", by_name(context, values))
        return Event(
            # Ordered by time, and unique among processes that write in the same millisecond.
            id=f"{int(moment.timestamp() * 1000):012x}-{secrets.token_hex(4)}",
            run=run,
            timestamp=stamp(moment),
            category=change.category,
            action=change.action,
            subject=change.subject,
            context=context,
            duration_ms=change.duration_ms,
            outcome=None if outcome is None else mask(outcome, values),
        )

    return stamped


def edited(state: RunState, subject: str = "") -> Change:
    """Somebody else wrote the state: this is what it is now."""
    return Change(
        category=Category.SYSTEM,
        action="edited",
        subject=subject,
        context={"state": state.model_dump(mode="json", exclude={"claims"})},
    )


def _surely_differs(old: RunState, new: RunState) -> bool:
    """True when something differs that every dialect writes; what else differs may be the same in the file."""
    return any(getattr(old, name) != getattr(new, name) for name in _ALWAYS_WRITTEN)
