"""Making a run ours, and letting a run of ours go by a newer definition: what is asked first, and doing it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from msgspec import Struct

from loop_tui.engine import changes
from loop_tui.engine.adoption import Found, differences, dropped, found_in
from loop_tui.engine.transaction import step
from loop_tui.model.binding import definition_hash
from loop_tui.model.events import Change, Refusal
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import RunState
from loop_tui.model.transaction import Transaction
from loop_tui.ports import Committed
from loop_tui.storage.state.deliverables import find_deliverable
from loop_tui.storage.state.leases import current
from loop_tui.storage.state.store import Store
from loop_tui.storage.state.takeover import change_definition, take_over

from .presence import Presence, presence_of
from .run_definition import RunDefinition, definition_of
from .snapshot import TrustAsk


class Adoption(Struct, frozen=True):
    """What a person should know before they make a run theirs.

    `why` is how it is known that it is not; `found` is what it brings along that nobody here saw; `definition` says
    that it was begun with another definition than the one here, and what differs as far as that is known.
    """

    state: RunState
    presence: Presence
    found: Found
    definition: str = ""
    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    """Gates that were approved on documents that are others by now: they wait again."""
    trust: TrustAsk | None = None

    @property
    def why(self) -> str:
        """How it is known that somebody else drives it."""
        return self.presence.found

    def lines(self) -> list[str]:
        """What to read before the yes."""
        told = [f"not your run: {self.why}"] if self.why else []
        told += [str(self.found)] if str(self.found) else []
        told += [self.definition] if self.definition else []
        told += [f"missing here: {', '.join(self.missing)}"] if self.missing else []
        told += [f"approved with other documents, so asked again: {', '.join(self.changed)}"] if self.changed else []
        return told


def adoption_of(store: Store) -> Adoption | None:
    """What adopting the run of that store would mean; None where there is no run, or it is ours. Raises Problem."""
    asked = _asked(store)
    return asked[0] if asked is not None else None


def _asked(store: Store) -> tuple[Adoption, RunDefinition] | None:
    """The same, with the definition that it was found out by."""
    loaded = store.load()
    if loaded is None or store.owner().of(loaded.state.run):
        return None
    known = definition_of(store.project, store.loop)
    return _found(store, loaded.state, known), known


def _found(store: Store, state: RunState, known: RunDefinition) -> Adoption:
    owner = store.owner()
    driver = current(store.run_dir)
    found = owner.found or f"its owner record is that of run {owner.record.run if owner.record else '?'}"
    presence = presence_of(state, ours=False, driver=driver, heard=store.heard(), now=time.time(), found=found)
    gone = [d.name for d in state.deliverables if find_deliverable(store.run_dir, store.project, d.name) is None]
    return Adoption(
        state=state,
        presence=presence,
        found=found_in(state, known.definition),
        changed=_changed(store, state),
        definition=_begun_with(state, known),
        missing=tuple(gone),
        trust=known.trust,
    )


def _changed(store: Store, state: RunState) -> tuple[str, ...]:
    """The gates that were approved on documents that are others now, as far as the file says on which."""
    bound = [(gate.id, gate.bound) for gate in state.gates if gate.bound is not None and not gate.open]
    return tuple(
        name for name, seen in bound if seen and any(_differs(store, *each) for each in seen.deliverables.items())
    )


def _differs(store: Store, name: str, sha256: str) -> bool:
    there = store.find(name)
    return bool(sha256) and (there is None or there.sha256 != sha256)


def _begun_with(state: RunState, known: RunDefinition) -> str:
    here = definition_hash(known.definition)
    if not state.definition or state.definition == here:
        return ""
    return f"it was started with another definition ({state.definition[:12]}) than the one here ({here[:12]})"


def adopt(store: Store, by: str) -> Committed:
    """Make the run ours. The person's yes, and their trust, are for the caller to have.

    Raises Problem when there is nothing to adopt, when the definition may not run here, and when it cannot be written.
    """
    found = _asked(store)
    if found is None:
        raise Problem("there is no run to adopt here", str(store.path), code=Code.NOT_ALLOWED)
    asked, known = found
    if not asked.state.dialect.writable:
        raise Problem(
            "this file belongs to another program and is read-only here", str(store.path), code=Code.STATE_FOREIGN
        )
    if asked.presence.driver is not None:
        driver = asked.presence.driver
        raise Problem(f"driven by {driver.name} on {driver.host}", str(store.path), code=Code.LEASE_HELD)
    if asked.trust is not None:
        what = f"{store.loop} is not trusted in this repository"
        raise Problem(what, asked.trust.path, "use --trust to trust it", code=Code.NOT_TRUSTED)
    # The very definition that was asked about: another reading of the file could be of another file.
    definition = known.definition
    sha256 = definition_hash(definition)

    def step_for(run: str) -> Transaction:
        change = changes.adopted(run, by, sha256, str(asked.found), asked.changed)
        return step(definition, lambda state: (change,))

    return _done(take_over(store, definition, by, step_for), store)


def adopt_definition(store: Store, by: str) -> Committed | None:
    """Let a run of ours go by the definition of the catalog; None when it does already.

    Raises Problem when a gate that waits, or that a person passed, would go, and when that definition may not run here.
    """
    known = definition_of(store.project, store.loop)
    if not known.ours or known.found is None:
        raise Problem("you have no run here", str(store.path), code=Code.NOT_ALLOWED)
    old, new = known.definition, known.found.definition
    sha256, was = definition_hash(new), definition_hash(old)
    loaded = store.load()
    record = store.owner().record
    named = {sha256, record.definition if record else "", loaded.state.definition if loaded else sha256}
    if sha256 == was and named == {sha256}:
        return None
    from .trust import trust_needed

    trust = trust_needed(store.project, known.found)
    if trust is not None:
        what = f"the new definition of {store.loop} is not trusted in this repository"
        raise Problem(what, trust.path, "use --trust to trust it", code=Code.NOT_TRUSTED)
    change = changes.definition_adopted(store.loop, by, sha256, was, differences(old, new))

    def wish(state: RunState) -> Sequence[Change] | Refusal:
        gate = dropped(state, old, new)
        if gate:
            return Refusal(
                reason=f"the new definition removes {gate}, which is waiting or was approved by a person",
                todo="decide it first, or keep it in the definition",
            )
        return (change,)

    return _done(change_definition(store, new, step(new, wish)), store)


def _done(outcome: Committed | Refusal, store: Store) -> Committed:
    if isinstance(outcome, Refusal):
        raise Problem(outcome.reason, store.loop, outcome.todo, code=outcome.code)
    return outcome
