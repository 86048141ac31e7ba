"""What an approval binds to: what its approver could see (SPEC section 4)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from pydantic import Field

from .base import Model
from .definition import GateDefinition, LoopDefinition
from .evidence import Check, Deliverable
from .status import GateType

if TYPE_CHECKING:
    from .state import RunState

Find = Callable[[str], Deliverable | None]
"""The deliverable of that name as it lies there now; None when it is missing or empty."""
_SHOWN = 12


class Binding(Model):
    """What is approved: a gate of a run under a definition, its deliverables by content, and the checks seen.

    `decisions` is how many decisions there were on the gate before; a deliverable that is missing has no hash.
    """

    run: str = ""
    gate: str
    decisions: int = 0
    definition: str = ""
    deliverables: dict[str, str] = Field(default_factory=dict)
    checks: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """What `--seen` names: the same for the same things seen, and for no others."""
        return _hash(self.model_dump(mode="json"))[:_SHOWN]

    @property
    def missing(self) -> tuple[str, ...]:
        """The deliverables that are not there."""
        return tuple(name for name, sha256 in self.deliverables.items() if not sha256)


def definition_hash(definition: LoopDefinition) -> str:
    """What tells one definition from another, wherever its file lies and however it is written."""
    return _hash(definition.model_dump(mode="json", exclude_defaults=True, exclude={"source"}))


def check_id(check: Check) -> str:
    """What tells one result of a check from another."""
    return _hash(check.model_dump(mode="json", include={"name", "status", "summary", "tree", "commit", "at"}))[:_SHOWN]


def deliverables_of(definition: LoopDefinition, gate: GateDefinition) -> tuple[str, ...]:
    """The documents that an approver of a gate goes by: the gate's own, and what its phase has to leave behind.

    An auto gate goes by its checks.
    """
    if gate.type is GateType.AUTO:
        return gate.deliverables
    phase = definition.phase(gate.after)
    left = [name for skill in phase.skills for name in skill.deliverables] if phase else []
    return tuple(dict.fromkeys((*gate.deliverables, *left)))


def binding_of(state: RunState, definition: LoopDefinition, gate_id: str, find: Find) -> Binding:
    """What an approval of that gate would bind to now."""
    gate = definition.gate(gate_id)
    names = deliverables_of(definition, gate) if gate else ()
    found = {name: find(name) for name in names}
    return Binding(
        run=state.run,
        gate=gate_id,
        decisions=len(state.decisions_on(gate_id)),
        definition=definition_hash(definition),
        deliverables={name: there.sha256 if there else "" for name, there in found.items()},
        checks=tuple(check_id(check) for check in state.checks_of(gate.after)) if gate else (),
    )


def difference(seen: Binding, now: Binding) -> str:
    """What is not as the approver saw it, in words; nothing where both are the same."""
    if seen == now:
        return ""
    if seen.run != now.run:
        return "this is a different run now"
    if seen.decisions != now.decisions:
        return f"{now.gate} has been decided in the meantime"
    if seen.definition != now.definition:
        return "the definition of the loop changed while you were reading"
    for name in dict.fromkeys((*seen.deliverables, *now.deliverables)):
        was, is_now = seen.deliverables.get(name, ""), now.deliverables.get(name, "")
        if was != is_now:
            word = "vanished" if not is_now else "changed" if was else "appeared"
            return f"{name} {word} while you were reading"
    return "its checks ran again while you were reading" if seen.checks != now.checks else "it is a different gate"


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
