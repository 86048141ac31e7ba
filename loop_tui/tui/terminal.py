"""What happens when the terminal goes away: the screen must not outlive it.

Writing to a terminal that is gone blocks the event loop for good, and signal handlers of the loop with it. So a thread
of its own waits for the hang-up, which costs nothing while nothing happens.
"""

import os
import select
import threading
from collections.abc import Callable

_GRACE_S = 1.0
EXIT_HANGUP = 129
"""128 + SIGHUP."""


def leave_with_terminal(leave: Callable[[], None], fd: int = 0) -> threading.Thread | None:
    """Watch the terminal on `fd`: when it hangs up, call `leave` (from a thread), and end the process a second later.

    Gives the watching thread, or None when `fd` is no terminal.
    """
    if not os.isatty(fd):
        return None

    def watch() -> None:
        poll = select.poll()
        poll.register(fd, 0)  # Hang-ups and errors are always reported.
        poll.poll()
        threading.Timer(_GRACE_S, os._exit, (EXIT_HANGUP,)).start()
        leave()

    thread = threading.Thread(target=watch, name="terminal", daemon=True)
    thread.start()
    return thread
