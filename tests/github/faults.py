"""What goes wrong on demand: armed by a test for requests that match, used up request by request."""

import re
import threading
import time
from dataclasses import dataclass, field

from .http import Reply, Request


@dataclass
class Fault:
    """One kind of trouble, for the next `times` requests that match (None: until it is taken back).

    With `reply`, that is answered, and the model does not hear of the request. With `drop`, the connection is closed:
    `before` anything happened, `after` the effect was done, or in the `middle` of the answer. With `hold`, the answer
    (what was asked is done by then; with `hold="before"` it is not) waits for `release`.
    """

    match: str = ""
    """An expression that is searched for in `METHOD /path?query`."""
    times: int | None = 1
    reply: Reply | None = None
    drop: str = ""
    hold: str = ""
    arrived: threading.Event = field(default_factory=threading.Event)
    """Set when a request is being held."""
    released: threading.Event = field(default_factory=threading.Event)
    used: int = 0

    def takes(self, request: Request) -> bool:
        """Whether it is for this request; counts it if so."""
        if self.times is not None and self.used >= self.times:
            return False
        if not re.search(self.match, f"{request.method} {request.target}"):
            return False
        self.used += 1
        return True

    def release(self) -> None:
        """Let what is held go on."""
        self.released.set()

    def stop(self) -> None:
        """No more of it."""
        self.times = 0
        self.release()


def says(status: int, message: str, headers: dict[str, str] | None = None) -> Reply:
    """An error answer as GitHub words it."""
    return Reply(status, {"message": message, "documentation_url": "https://docs.github.com/rest"}, dict(headers or {}))


def retry_later(seconds: int = 2, status: int = 403) -> Reply:
    """The secondary rate limit."""
    words = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    return says(status, words, {"Retry-After": str(seconds)})


def limit_reached(seconds: int = 30) -> Reply:
    """The primary rate limit, reset in so many seconds by GitHub's clock."""
    reset = str(int(time.time()) + seconds)
    words = "API rate limit exceeded for user ID 1."
    return says(403, words, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset})


def forbidden(message: str = "Resource not accessible by personal access token") -> Reply:
    """The token may not."""
    return says(403, message)


def bad_gateway(status: int = 502) -> Reply:
    """What GitHub's front door says when nobody is behind it: a page, no JSON."""
    page = f"<html><head><title>{status} from the front door</title></head><body>Unicorn!</body></html>"
    return Reply(status, headers={"Content-Type": "text/html"}, raw=page.encode())


def not_found() -> Reply:
    """As if it were not there."""
    return says(404, "Not Found")


def unprocessable(message: str = "Validation Failed") -> Reply:
    """422."""
    return says(422, message)
