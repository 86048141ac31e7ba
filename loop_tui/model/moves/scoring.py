"""The leverage value of a move, from what was measured alone (SPEC section 7).

`0.40 D + 0.25 U + 0.15 L + 0.10 T + 0.10 E`, each from 1 to 10. An input that nothing measured is not guessed: then
there is no score, and the others are shown. A person may state one: it counts as theirs until it is measured.
"""

from collections.abc import Mapping
from math import log

from msgspec.structs import replace

from loop_tui.model.clock import words
from loop_tui.model.text import count_of

from .values import LoopHistory, Measured, MoveInputs

WEIGHTS = (("alignment", 0.40), ("unlock", 0.25), ("likelihood", 0.15), ("time", 0.10), ("effort", 0.10))
FEWEST_RUNS = 3
"""Fewer runs of a loop say nothing of the next one."""
_FAST_MS, _SLOW_MS = 5 * 60_000, 8 * 3_600_000
"""What takes no longer is 10, what takes no less is 1; in between each doubling takes the same off."""
_LEAST, _MOST = 1.0, 10.0
_SPAN = _MOST - _LEAST


def score_of(inputs: MoveInputs) -> float | None:
    """The value, to one decimal; None unless every input was measured."""
    total = 0.0
    for name, weight in WEIGHTS:
        measured: Measured | None = getattr(inputs, name)
        if measured is None:
            return None
        total += weight * measured.value
    return round(total, 1)


def with_stated(inputs: MoveInputs, stated: Mapping[str, Measured]) -> MoveInputs:
    """The inputs with what a person stated in the place of what is not measured; what is measured stays."""
    return replace(inputs, **{name: stated[name] for name in missing_in(inputs) if name in stated})


def missing_in(inputs: MoveInputs) -> tuple[str, ...]:
    """The names of the inputs that were neither measured nor stated."""
    return tuple(name for name, _ in WEIGHTS if getattr(inputs, name) is None)


def alignment(closes: int, open_in_system: int) -> Measured | None:
    """How much of what the Dream State still asks for it would bring; None for what it does not ask for."""
    if not closes or not open_in_system:
        return None
    value = _LEAST + _SPAN * closes / open_in_system
    return Measured(round(value, 1), f"{closes} of {count_of(open_in_system, 'open function')}")


def unlock(waiting: int, open_items: int, *, known: bool) -> Measured | None:
    """How much of what is open waits for it; None where no document says what depends on what."""
    if not known or not open_items:
        return None
    value = _LEAST + _SPAN * waiting / open_items
    return Measured(round(value, 1), f"{waiting} of {count_of(open_items, 'open item')} wait for it")


def likelihood(history: LoopHistory) -> Measured | None:
    """How often the loop succeeded here; None before it ran often enough."""
    if history.runs < FEWEST_RUNS:
        return None
    value = _LEAST + _SPAN * history.succeeded / history.runs
    return Measured(round(value, 1), f"{history.succeeded} of {count_of(history.runs, 'run')} succeeded")


def time_needed(history: LoopHistory) -> Measured | None:
    """How long the loop usually works; None before it ran often enough, or where that is not known."""
    if history.runs < FEWEST_RUNS or not history.usual_ms:
        return None
    share = log(history.usual_ms / _FAST_MS) / log(_SLOW_MS / _FAST_MS)
    value = _MOST - _SPAN * min(max(share, 0.0), 1.0)
    return Measured(round(value, 1), f"usually {words(history.usual_ms)}")


def effort(functions: int) -> Measured | None:
    """How much is asked for at once: one function is light, ten are not. None where nothing is listed."""
    if not functions:
        return None
    return Measured(max(_MOST + 1 - functions, _LEAST), count_of(functions, "function"))
