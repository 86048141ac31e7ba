"""How long to wait before the next try or the next look."""


def backoff(first_s: float, times: int = 1, *, longest_s: float, growth: float = 2.0) -> float:
    """Seconds to wait: `first_s`, grown `times` times by the factor `growth`, and never more than `longest_s`.

    The one rule of waiting: for tries after a failure (SPEC section 4), for looks at what takes its time (SHIP
    "Confirming"), at a server that starts and at processes that end. The same in gives the same out: whoever asks a
    server that others ask, too, spreads what comes out by a jitter of its own.
    """
    try:
        return min(first_s * growth**times, longest_s)
    except OverflowError:
        return longest_s
