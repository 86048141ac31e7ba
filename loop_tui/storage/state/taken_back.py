"""Which approvals were taken back since: the journal knows, though somebody may put an older state file back."""

from loop_tui.model.definition import LoopDefinition
from loop_tui.model.events import Category, Event

from .journal import Journal

_TAKES_BACK = ("rejected", "voided", "unproven", "failed")


class TakenBack:
    """Reads a journal as it grows."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._place = 0
        self._undone: dict[str, str] = {}

    def gates(self, definition: LoopDefinition | None) -> dict[str, str]:
        """The gates whose last decision was taken back, each with the time of that.

        Raises Problem where the journal cannot be read: nobody then knows which approvals still stand.
        """
        if definition is None:
            return {}
        events, place = self._journal.read_from(self._place)
        if place < self._place:
            self._undone.clear()
        self._place = place
        for event in events:
            self._note(event, definition)
        return dict(self._undone)

    def _note(self, event: Event, definition: LoopDefinition) -> None:
        if event.category is Category.GATE:
            if event.action in _TAKES_BACK:
                self._undone[event.subject] = event.timestamp
            elif event.action in ("approved", "skipped"):
                self._undone.pop(event.subject, None)
            gate = definition.gate(event.subject)
            if event.action == "rejected" and event.context.get("feedback") and gate is not None:
                self._reopened(gate.after, event, definition)
        elif event.category is Category.PHASE and event.action == "reopened":
            self._reopened(event.subject, event, definition)

    def _reopened(self, phase: str, event: Event, definition: LoopDefinition) -> None:
        names = [each.id for each in definition.phases]
        later = set(names[names.index(phase) :]) if phase in names else set(names)
        self._undone |= {gate.id: event.timestamp for gate in definition.gates if gate.after in later}
