"""The guard against stray keys (SCREEN "Answers").

Where a panel opened by itself nothing that is typed counts for a moment; where the person's key opened it, only the
enter that would decide does not.
"""

from collections.abc import Callable

HELD_S = 0.3
"""How long keys are swallowed, in seconds."""


class Guard:
    """Closed for `HELD_S` after each `close`. `clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.close()

    def close(self) -> None:
        """Swallow keys from now on, for a moment."""
        self._until = self._enter_until = self._clock() + HELD_S
        self._letters_count = False

    def close_enter(self) -> None:
        """Let no enter decide from now on, for a moment; letters count."""
        self._enter_until = self._clock() + HELD_S
        self._letters_count = True

    def opened_by_key(self) -> None:
        """The person's own key leads here: letters count at once, even where the panel has just come up."""
        self._until = self._clock()
        self.close_enter()

    def let_through(self) -> None:
        """All keys count from now on."""
        self._until = self._enter_until = self._clock()

    def renew(self) -> None:
        """Begin the moment anew, as it was: what it is there to be read in has only now been painted."""
        if self._letters_count:
            self.close_enter()
        else:
            self.close()

    @property
    def swallows(self) -> bool:
        """True while keys do not count."""
        return self._clock() < self._until

    @property
    def holds_enter(self) -> bool:
        """True while no enter decides."""
        return self._clock() < self._enter_until
