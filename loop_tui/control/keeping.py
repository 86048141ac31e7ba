"""Answers that are written again while somebody looks: asked after each look, and cheap where nothing changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from loop_tui.fs.atomic import Mark, mark_of
from loop_tui.model.problem import Problem
from loop_tui.model.state import RunState
from loop_tui.model.status import GateStatus
from loop_tui.storage.state.store import Store
from loop_tui.storage.user.key import known_key

if TYPE_CHECKING:
    from .answers import AnswerKeeper


class Keeping:
    """Watches over the answers to one run. Nothing is read but where a gate or a question waits, after a change."""

    def __init__(self, store: Store, env: Mapping[str, str] | None = None) -> None:
        self._store = store
        self._env = env
        self._keeper: AnswerKeeper | None = None
        self._settled: tuple[object, ...] | None = None
        self._told: set[str] = set()

    def keep(self, state: RunState) -> tuple[str, ...]:
        """Write again what somebody erased; gives a line for each such answer, once."""
        if not _asks(state):
            return ()
        here = self._marks()
        if here == self._settled or here[-1] is None or known_key(self._env) is None:
            return ()
        if self._keeper is None:
            from .answers import AnswerKeeper

            self._keeper = AnswerKeeper(self._store, self._env)
        try:
            found = self._keeper.keep()
        except Problem:
            return ()  # Half a file is a passing thing: the next look asks again.
        if all(lost.why for lost in found):
            self._settled = here
        news = [lost for lost in found if lost.event.id not in self._told]
        self._told |= {lost.event.id for lost in news}
        return tuple(str(lost) if lost.why else f"{lost}; it is restored" for lost in news)

    def _marks(self) -> tuple[Mark | None, ...]:
        return (*(self._store.mark() or ()), mark_of(self._store.journal.path))


def _asks(state: RunState) -> bool:
    """True where a question waits, or a gate after a phase that is over may: an answer may have been erased."""
    return bool(state.pending_questions) or (
        any(phase.over for phase in state.phases) and any(gate.status is GateStatus.PENDING for gate in state.gates)
    )
