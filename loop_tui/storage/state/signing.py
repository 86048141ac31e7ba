"""What shows that a decision was taken here, that a check ran here, and that a proof was seen here (SPEC section 4).

A state file can be written by anybody, so on a run of ours nothing in it is believed for being there: what passes a
gate, what a gate rests on and what was done to the world carries a code that only the owner's key makes.
"""

import hmac
import json
from collections.abc import Collection, Mapping
from types import MappingProxyType

from msgspec import Struct
from pydantic import JsonValue

from loop_tui.model.definition import LoopDefinition
from loop_tui.model.evidence import Check, Effect
from loop_tui.model.state import GateState, RunState, SkillRun
from loop_tui.model.status import Autonomy, GateStatus, RunStatus

BY_THE_FILE = "the state file"
"""Who reports a check that has no code of ours."""
_CODE = 32
"""How long a code is, in characters."""


class Signer(Struct, frozen=True):
    """Signs what belongs to one run, for as long as it has one owner."""

    key: bytes
    run: str
    nonce: str

    def mac(self, what: str, value: JsonValue) -> str:
        """The code of a value."""
        text = json.dumps([self.run, self.nonce, what, value], sort_keys=True, separators=(",", ":"))
        return hmac.digest(self.key, text.encode(), "sha256").hex()[:_CODE]

    def fits(self, what: str, value: JsonValue, mac: str) -> bool:
        """True when the code of that value is this one."""
        return bool(mac) and hmac.compare_digest(self.mac(what, value).encode(), mac.encode("utf-8", "replace"))


class Known(Struct, frozen=True):
    """A state as its file had it, and what was believed of it."""

    written: RunState
    believed: RunState

    def entries(self, state: RunState) -> dict[int, SkillRun]:
        """What was believed of the entries of the log that stand in a state as they stood then, by their place."""
        rows = zip(state.skill_log, self.written.skill_log, self.believed.skill_log, strict=False)
        return {at: mine for at, (entry, then, mine) in enumerate(rows) if entry == then}

    def effects(self, state: RunState) -> dict[str, Effect | None]:
        """What was believed of the effects that stand in a state as they stood then, by id."""
        then = {effect.id: effect for effect in self.written.effects}
        mine = {effect.id: effect for effect in self.believed.effects}
        return {e.id: mine.get(e.id) for e in state.effects if e == then.get(e.id)}


def signed(before: RunState, after: RunState, signer: Signer) -> RunState:
    """The state with the codes of all that differs from what was there before."""
    old = {gate.id: gate for gate in before.gates}
    code = signer.mac("run", _run_told(after)) if after.autonomy or after.definition else ""
    gates = tuple(gate if gate == old.get(gate.id) else _signed_gate(gate, signer) for gate in after.gates)
    log = _signed_log(before, after, signer)
    known = {effect.id: effect for effect in before.effects}
    effects = tuple(e if e == known.get(e.id) else _signed_effect(e, signer) for e in after.effects)
    return after.model_copy(update={"gates": gates, "skill_log": log, "effects": effects, "mac": code})


def believed(
    state: RunState,
    definition: LoopDefinition | None,
    signer: Signer,
    taken_back: Mapping[str, str] = MappingProxyType({}),
    known: Known | None = None,
) -> RunState:
    """The state without what only its file says: what others wrote is a request or a report, never a decision.

    A passed gate without a code waits, with who asks for it; a check without one is reported and decides nothing; a
    proof without one is looked for anew, and an intent without one is nobody's; and a run is complete only when all of
    it is over. `taken_back` are gates whose approval was taken back, with the time of that: an older file does not undo
    that. `known` is what was believed of an earlier state for the same signer: what is the same in it is not looked at
    again.
    """
    entries = known.entries(state) if known else {}
    log = tuple(entries.get(at) or _believed_entry(entry, signer) for at, entry in enumerate(state.skill_log))
    ran = {check.mac for entry in log for check in entry.checks if check.mac}
    gates = tuple(_believed_gate(gate, signer, ran, taken_back.get(gate.id, "")) for gate in state.gates)
    seen = known.effects(state) if known else {}
    effects = tuple(
        e
        for effect in state.effects
        if (e := seen[effect.id] if effect.id in seen else _believed_effect(effect, signer)) is not None
    )
    found = state.model_copy(update={"gates": gates, "skill_log": log, "effects": effects})
    if not is_signed(state, signer) and state.autonomy is not Autonomy.SUPERVISED:
        found = found.model_copy(update={"autonomy": None})
    if found.status is RunStatus.COMPLETE and not _is_over(found, definition):
        found = found.model_copy(update={"status": RunStatus.ACTIVE})
    return found


def is_signed(state: RunState, signer: Signer) -> bool:
    """True when the definition and the autonomy that a state names were written by us."""
    return signer.fits("run", _run_told(state), state.mac)


def _run_told(state: RunState) -> JsonValue:
    return {"autonomy": state.autonomy.value if state.autonomy else "", "definition": state.definition}


def _is_over(state: RunState, definition: LoopDefinition | None) -> bool:
    known = {gate.id: gate for gate in state.gates}
    open_gates = [g.id for g in definition.gates if g.id not in known or known[g.id].open] if definition else []
    return all(phase.over for phase in state.phases) and not open_gates


# --- gates


def _passes(gate: GateState) -> bool:
    """True for what nobody but the owner's own side may say."""
    return gate.status in (GateStatus.APPROVED, GateStatus.SKIPPED) or bool(gate.preapproved_by)


def _gate_told(gate: GateState) -> JsonValue:
    names = {"id", "status", "by", "at", "decision", "reason", "preapproved_by", "stated", "bound"}
    told = gate.model_dump(mode="json", include=names)
    return [told, [_check_told(check) for check in gate.checks]]


def _signed_gate(gate: GateState, signer: Signer) -> GateState:
    mac = signer.mac("gate", _gate_told(gate)) if _passes(gate) else ""
    return gate.model_copy(update={"mac": mac, "request": ""})


def _believed_gate(gate: GateState, signer: Signer, ran: Collection[str], taken_back: str) -> GateState:
    if _passes(gate) and signer.fits("gate", _gate_told(gate), gate.mac) and not (taken_back and gate.at < taken_back):
        return gate
    if gate.checks:
        checks = tuple(c if c.mac in ran else _reported(c) for c in gate.checks)
        gate = gate.model_copy(update={"checks": checks})
    if not _passes(gate):
        return gate
    asked = gate.by or gate.preapproved_by or "someone"
    return gate.model_copy(
        update={
            "status": GateStatus.PENDING,
            "by": "",
            "at": "",
            "decision": "",
            "preapproved_by": "",
            "bound": None,
            "mac": "",
            "stated": False,
            "request": f"{gate.status.value} by {asked}"
            if gate.status is not GateStatus.PENDING
            else f"named by {asked}",
        }
    )


# --- checks


def _check_told(check: Check) -> JsonValue:
    return check.model_dump(mode="json", exclude={"mac", "reported_by", "excerpt", "duration_ms", "shows"})


def _of(entry: SkillRun, check: Check) -> JsonValue:
    """What the code of a check is about: also of which skill it is, so that no other lends it."""
    return [entry.phase, entry.skill, _check_told(check)]


def _reported(check: Check) -> Check:
    return check.model_copy(update={"mac": "", "reported_by": check.reported_by or BY_THE_FILE})


def _signed_log(before: RunState, after: RunState, signer: Signer) -> tuple[SkillRun, ...]:
    if after.skill_log is before.skill_log:
        return after.skill_log
    return tuple(
        entry.model_copy(update={"checks": tuple(_signed_check(entry, check, signer) for check in entry.checks)})
        if any(not check.mac and not check.reported_by for check in entry.checks)
        else entry
        for entry in after.skill_log
    )


def _signed_check(entry: SkillRun, check: Check, signer: Signer) -> Check:
    if check.mac or check.reported_by:
        return check
    return check.model_copy(update={"mac": signer.mac("check", _of(entry, check))})


def _believed_entry(entry: SkillRun, signer: Signer) -> SkillRun:
    checks = tuple(_believed_check(entry, check, signer) for check in entry.checks)
    return entry if checks == entry.checks else entry.model_copy(update={"checks": checks})


def _believed_check(entry: SkillRun, check: Check, signer: Signer) -> Check:
    if signer.fits("check", _of(entry, check), check.mac):
        return check if not check.reported_by else check.model_copy(update={"reported_by": ""})
    return _reported(check)


# --- effects


def _intent_told(effect: Effect) -> JsonValue:
    return effect.model_dump(mode="json", include={"id", "kind", "intent"})


def _signed_effect(effect: Effect, signer: Signer) -> Effect:
    """The effect with two codes: of what was meant, and of what was seen, so that one may hold without the other."""
    meant = signer.mac("intent", _intent_told(effect))
    seen = signer.mac("proof", [_intent_told(effect), effect.proof]) if effect.proven else ""
    return effect.model_copy(update={"mac": f"{meant}{seen}"})


def _believed_effect(effect: Effect, signer: Signer) -> Effect | None:
    """The effect; without its proof where nobody here saw that, and None where nobody here meant it."""
    meant, seen = effect.mac[:_CODE], effect.mac[_CODE:]
    if not signer.fits("intent", _intent_told(effect), meant):
        return None
    if not effect.proven or signer.fits("proof", [_intent_told(effect), effect.proof], seen):
        return effect
    return effect.model_copy(update={"proof": None, "proven_at": "", "mac": meant})
