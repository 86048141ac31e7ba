"""The fixture's time, as GitHub writes it."""

from datetime import UTC, datetime


def now() -> str:
    """UTC to the second: `2026-01-02T03:04:05Z`."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
