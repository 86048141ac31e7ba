"""The guard against stray keys: for a moment after a panel opened, nothing that is typed counts (SCREEN "Answers")."""

from collections.abc import Callable

HELD_S = 0.3
"""How long keys are swallowed, in seconds."""


class Guard:
    """Closed for `HELD_S` after each `close`. `clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until = clock() + HELD_S

    def close(self) -> None:
        """Swallow keys from now on, for a moment."""
        self._until = self._clock() + HELD_S

    @property
    def swallows(self) -> bool:
        """True while keys do not count."""
        return self._clock() < self._until
