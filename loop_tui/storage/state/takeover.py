"""Making a run ours, and giving one of ours another definition: in an order of files that a kill cannot spoil."""

from collections.abc import Callable
from uuid import uuid4

from loop_tui.model.clock import stamp
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Refusal
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.transaction import Transaction
from loop_tui.ports import Committed

from .owner import Ownership, new_record, renewed, write_copy, write_record
from .reader import read_state
from .store import Store


def take_over(
    store: Store, definition: LoopDefinition, by: str, step_for: Callable[[str], Transaction]
) -> Committed | Refusal:
    """Make the run ours, with a definition that it goes by from now on.

    `step_for` is given the id that the run goes by, and says what becomes of its state. The record comes last: until it
    is there the run belongs to whom it belonged to, and taking it over may be said again. Raises Problem as
    `Store.transact`, and when the record cannot be kept.
    """
    with store.locked():
        store.definition = definition
        run = read_state(store.path, definition).state.run or str(uuid4())
        write_copy(store.run_dir, definition)
        moment = stamp(store.now())
        record, signer = new_record(
            store.project, store.loop, run=run, by=by, at=moment, definition=definition, env=store.env
        )
        with store.taking_over(Ownership(record, definition, signer, "")):
            outcome = store.transact(step_for(run))
        if not isinstance(outcome, Refusal):
            write_record(store.run_dir, record)
        return outcome


def change_definition(store: Store, definition: LoopDefinition, step: Transaction) -> Committed | Refusal:
    """Let a run of ours go by another definition; `step` says what becomes of its state.

    The record names the definition that counts, and is written last: may be said again after it was cut short. Raises
    Problem as `Store.transact`, and for a run that is not ours.
    """
    with store.locked():
        owner = store.owner()
        if owner.record is None or owner.signer is None:
            raise Problem(f"is not your run: {owner.found}", str(store.run_dir), code=Code.NOT_ALLOWED)
        before, store.definition = store.definition, definition
        write_copy(store.run_dir, definition)
        outcome = store.transact(step)
        if isinstance(outcome, Refusal):
            store.definition = before
        else:
            write_record(store.run_dir, renewed(owner.record, store.project, store.loop, definition, owner.signer))
        return outcome
