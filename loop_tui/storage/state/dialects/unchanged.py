"""What two states share, so that a save need not write down the whole past to compare it."""

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import takewhile
from typing import TypeVar, cast

from msgspec import Struct, field
from pydantic import JsonValue

from loop_tui.model.state import RunState

from .fields import JsonObject

_Dumped = TypeVar("_Dumped")


class Unchanged(Struct, frozen=True):
    """What two states share.

    `entries` stand for themselves by their `id()`; the first `count` need no place in the history.
    """

    entries: Mapping[int, JsonValue] = field(default_factory=dict)
    count: int = 0
    _written: dict[tuple[str, tuple[int, ...]], object] = field(default_factory=dict)

    def once(self, name: str, dump: Callable[[], _Dumped], *parts: object) -> _Dumped:
        """What `dump` makes of parts of a state: the very same for both states where they share these parts."""
        key = (name, tuple(map(id, parts)))
        if key not in self._written:
            self._written[key] = dump()
        return cast(_Dumped, self._written[key])


def unchanged(document: JsonObject, old: RunState, new: RunState) -> Unchanged:
    """What is the same object in both logs."""
    # Two entries that say the same are one object (`remembered`): of these none stands for itself.
    told = Counter(map(id, old.skill_log))
    still = {id(entry) for entry in new.skill_log if told[id(entry)] == 1}
    count = sum(1 for _ in takewhile(lambda pair: pair[0] is pair[1], zip(old.skill_log, new.skill_log, strict=False)))
    metrics = document.get("metrics")
    has_history = isinstance(metrics, dict) and isinstance(metrics.get("skillHistory"), list)
    return Unchanged(
        {id(entry): {"skill": entry.skill} for entry in old.skill_log if id(entry) in still},
        count if has_history else 0,
    )
