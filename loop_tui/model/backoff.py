"""How long to wait before the next try or the next look."""


def backoff(first_s: float, times: int = 1, *, longest_s: float, growth: float = 2.0) -> float:
    """`first_s` seconds, grown `times` times by the factor `growth`, and never more than `longest_s`.

    The one rule of waiting: for tries after a failure (SPEC section 4) and for looks at what takes its time (SHIP
    "Confirming"). There is no jitter: one driver asks, and never two at once.
    """
    try:
        return min(first_s * growth**times, longest_s)
    except OverflowError:
        return longest_s
