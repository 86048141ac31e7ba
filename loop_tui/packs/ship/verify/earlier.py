"""What is said of a check that was made on the same tree before the push, and counts after it."""

BEFORE_PUSH = " (checked before the push)"


def plain(summary: str) -> str:
    """What a check found, without when."""
    return summary.removesuffix(BEFORE_PUSH)


def as_earlier(summary: str) -> str:
    """What a check found, and that it was before the push; said once, however often it is reused."""
    return f"{plain(summary)}{BEFORE_PUSH}"


def together(found: dict[str, str]) -> str:
    """What several checks found, by name; that all of it was before the push is said once, at the end."""
    earlier = bool(found) and all(summary.endswith(BEFORE_PUSH) for summary in found.values())
    told = "; ".join(f"{name}: {plain(summary) if earlier else summary}" for name, summary in found.items())
    return as_earlier(told) if earlier else told
