"""What a script has to know of a run beside its state: whose it is, who works on it, what waits, what was erased."""

from __future__ import annotations

import contextlib
import time

from msgspec import Struct
from pydantic import JsonValue

from loop_tui.engine.elsewhere import waits_now
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.state import GateState, RunState
from loop_tui.storage.state.leases import current
from loop_tui.storage.state.store import Store

from .answers import AnswerKeeper
from .presence import Presence, presence_in


class RunFacts(Struct, frozen=True):
    """Whose a run is, and how it stands.

    `waits` is the gate or question that waits for a person, `seen` what `--seen` takes for that gate; `overwritten`
    tells of each answer that another program erased.
    """

    presence: Presence
    claims: tuple[str, ...] = ()
    waits: str = ""
    seen: str = ""
    overwritten: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """What is worth a line each, for people."""
        return [*self.claims, *self.overwritten]

    def told(self, state: RunState) -> dict[str, JsonValue]:
        """The same, for a script."""
        return {
            "ours": self.presence.ours,
            "presence": self.presence.word,
            "claims": [claim.model_dump(mode="json") for claim in state.claims],
            "waits": self.waits,
            "blocked": state.blocked.model_dump(mode="json") if state.blocked else None,
            "overwritten": list(self.overwritten),
        }

    def gate(self, state: RunState, gate: GateState) -> dict[str, JsonValue]:
        """One gate, as a state file and a script name what it says; `seen` where it waits, and how often decided."""
        return {
            **gate.model_dump(mode="json", exclude={"checks": {"__all__": {"excerpt"}}}),
            "feedbackAt": gate.feedback_at,
            "feedbackBy": gate.feedback_by,
            "approvalReason": gate.reason,
            "decisions": len(state.decisions_on(gate.id)),
            "seen": self.seen if gate.id == self.waits else "",
        }


def facts_of(store: Store, state: RunState, definition: LoopDefinition) -> RunFacts:
    """The facts of a run in that state. Writes nothing. Raises Problem as reading its files does."""
    presence = presence_in(store, state, current(store.run_dir), time.time())
    waits = waits_now(state, definition, ours=presence.ours)
    overwritten: tuple[str, ...] = ()
    with contextlib.suppress(Problem):
        overwritten = tuple(map(str, AnswerKeeper(store).erased()))
    return RunFacts(
        presence=presence,
        claims=tuple(
            f"claimed: {c.skill or 'the run'} by {c.by} since {c.at}{', quiet' if c.lapsed else ''}"
            for c in state.claims
        ),
        waits=waits,
        seen=store.binding(state, waits).digest if definition.gate(waits) is not None else "",
        overwritten=overwritten,
    )
