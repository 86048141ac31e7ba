"""The machine's own clock. Implements `ports.Clock`."""

import asyncio
from datetime import UTC, datetime


class SystemClock:
    """Time as it passes."""

    def now(self) -> datetime:
        """This moment, in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Let that much time pass."""
        await asyncio.sleep(seconds)
