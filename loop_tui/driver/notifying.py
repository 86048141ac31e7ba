"""What a driver tells a person who is away when it ends (`loop_tui.notifications.notify`)."""

import asyncio
import contextlib
from typing import TYPE_CHECKING

from loop_tui.model.log import LogLevel
from loop_tui.notifications import notify

from .options import DriveResult, Exit

if TYPE_CHECKING:
    from .conductor import Conductor


def warn_when_mute(conductor: "Conductor") -> None:
    """Say at the start, when there is still a log to say it in, that nothing can be sent."""
    why = notify.why_not(conductor.environment)
    if why:
        conductor.output.say("", why, LogLevel.WARN)


async def tell_end(conductor: "Conductor", outcome: DriveResult) -> None:
    """Tell how a driver ended. Never raises; the lease is free by now, so that an answer can start the next driver."""
    if outcome.state is None or outcome.code in (Exit.USAGE, Exit.INTERRUPTED):
        return
    message = notify.message_of(
        outcome.state,
        conductor.definition,
        conductor.ports.place.project,
        archived=outcome.archive is not None,
        secrets=conductor.secrets,
    )
    if message is not None:
        await _tell(conductor, message)


async def tell_trouble(conductor: "Conductor", error: Exception) -> None:
    """Tell that the driver itself stopped. Never raises."""
    place = conductor.ports.place
    message = notify.trouble_of(error, conductor.definition, place.project, secrets=conductor.secrets)
    await _tell(conductor, message)


async def _tell(conductor: "Conductor", message: notify.Message) -> None:
    def warn(text: str) -> None:
        if conductor.store.exists():
            conductor.output.say("", text, LogLevel.WARN)
        else:
            # The log of a finished run lies in the archive: a new one would look like an unfinished run.
            conductor.output.show("", text, LogLevel.WARN)

    # Who ends the driver now only cuts the message short: the run has ended as it has.
    with contextlib.suppress(asyncio.CancelledError):
        await notify.tell(message, conductor.ports.place.run_dir, conductor.environment, warn)
    conductor.output.flush_if_possible()
