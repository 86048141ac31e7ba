"""Statistics in words, the same for screen and commands. Without enough runs there is no number."""

from loop_tui.model.clock import words

from .values import Durations, LoopStats, Rate, Trend

TOO_FEW = "too few to tell"
_STEADY = 0.1
"""Less is no trend."""
_MOST_PERCENT = 999


def usually(times: Durations) -> str:
    """The median, or a sign that there is none."""
    return words(times.spread.median_ms) if times.spread is not None else "-"


def quartiles(times: Durations) -> str:
    """Between which times half of the runs lie."""
    if times.spread is None:
        return TOO_FEW
    return f"{words(times.spread.lower_ms)} to {words(times.spread.upper_ms)}"


def whole(times: Durations) -> str:
    """All that is known of how long something takes, in a few words."""
    if times.spread is None:
        return TOO_FEW
    change = trend(times.trend)
    return f"usually {usually(times)} ({quartiles(times)}){f', {change}' if change != '-' else ''}"


def trend(told: Trend | None) -> str:
    """How the last runs differ from those before: `+40%` took longer, `steady` differs by less than a tenth."""
    if told is None:
        return "-"
    if abs(told.change) < _STEADY:
        return "steady"
    percent = min(round(abs(told.change) * 100), _MOST_PERCENT)
    return f"{'+' if told.change > 0 else '-'}{percent}%"


def rate(told: Rate) -> str:
    """So many of so many: the counts themselves, which say how much they are worth."""
    return f"{told.hits}/{told.total}" if told.tells else TOO_FEW if told.total else "-"


def name_of(stats: LoopStats) -> str:
    """The loop with its system."""
    return f"{stats.loop} on {stats.system}" if stats.system else stats.loop
