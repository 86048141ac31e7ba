"""Time as the files write it: UTC, ISO-8601 with `Z`."""

from datetime import UTC, datetime


def stamp(moment: datetime) -> str:
    """The moment as UTC text with milliseconds, like `2026-01-02T03:04:05.678Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_stamp(text: str) -> datetime | None:
    """The moment a timestamp names, or None for placeholders and garbage (which stay text)."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def ms_between(start: str, end: str) -> int | None:
    """Milliseconds from one timestamp to another, or None when either cannot be read."""
    first, last = parse_stamp(start), parse_stamp(end)
    return round((last - first).total_seconds() * 1000) if first and last else None


def words(duration_ms: int | None) -> str:
    """A duration for people: `340ms`, `2.1s`, `2m10s`, `1h05m`; empty when unknown.

    One below zero is nothing: the clock was put back in between.
    """
    if duration_ms is None:
        return ""
    duration_ms = max(duration_ms, 0)
    if duration_ms < 1000:
        return f"{duration_ms}ms"
    seconds = duration_ms / 1000
    if seconds < 60:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m{rest:02d}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02d}m"
