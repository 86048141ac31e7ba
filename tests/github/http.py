"""A request and an answer, as the routes see them."""

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qs, urlencode, urlsplit

Value = object


@dataclass
class Request:
    """What gh asked. `status` is what it was answered: 0 while it is open, -1 when the connection was dropped."""

    method: str
    host: str
    target: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes = b""
    status: int = 0
    broken: bool = False
    """Its body broke off: gh was killed, or the line."""

    @property
    def path(self) -> str:
        """Without the query, still escaped."""
        return urlsplit(self.target).path

    @cached_property
    def query(self) -> dict[str, str]:
        """The last value of each name."""
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query, True).items()}

    def json(self) -> dict[str, Value]:
        """The body. Raises Refused (400) when it is no object."""
        try:
            found = json.loads(self.body or b"{}")
        except ValueError:
            raise Refused(400, "Problems parsing JSON") from None
        if not isinstance(found, dict):
            raise Refused(400, "Body should be a JSON object")
        return found

    def text(self, name: str, default: str = "") -> str:
        """A text of the body."""
        value = self.json().get(name)
        return value if isinstance(value, str) else default

    def flag(self, name: str) -> bool:
        """A yes or no of the body."""
        return self.json().get(name) is True

    def __str__(self) -> str:
        """For messages of failed tests."""
        return f"{self.method} {self.target} -> {self.status}"


@dataclass
class Reply:
    """What is answered. `raw` goes out as it is, with `headers` for its type."""

    status: int = 200
    json: Value = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None

    def bytes(self) -> bytes:
        """The body."""
        if self.raw is not None:
            return self.raw
        return b"" if self.status in (204, 304) else json.dumps(self.json).encode()

    @property
    def etag(self) -> str:
        """Of this body."""
        return f'W/"{hashlib.sha256(self.bytes()).hexdigest()}"'


class Refused(Exception):
    """An error answer."""

    def __init__(self, status: int, message: str, errors: list[Value] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors

    def reply(self) -> Reply:
        """As GitHub words it."""
        body: dict[str, Value] = {"message": self.message, "documentation_url": "https://docs.github.com/rest"}
        if self.errors:
            body["errors"] = self.errors
        return Reply(self.status, body)


def invalid(resource: str, name: str, code: str, message: str = "") -> Refused:
    """422 Validation Failed."""
    error: dict[str, Value] = {"resource": resource, "field": name, "code": code}
    return Refused(422, "Validation Failed", [error | ({"message": message} if message else {})])


def paged(request: Request, items: list[Value], key: str = "") -> Reply:
    """One page of a list, with GitHub's Link header; `key` for lists inside an object."""
    size = min(max(int(request.query.get("per_page", "30") or 30), 1), 100)
    page = max(int(request.query.get("page", "1") or 1), 1)
    last = max((len(items) + size - 1) // size, 1)
    shown = items[(page - 1) * size : page * size]
    links = {"prev": page - 1, "first": 1} if page > 1 else {}
    links |= {"next": page + 1, "last": last} if page < last else {}
    headers = {}
    if links:
        url = f"https://api.github.com{request.path}"
        words = [f'<{url}?{urlencode(request.query | {"page": str(n)})}>; rel="{rel}"' for rel, n in links.items()]
        headers["Link"] = ", ".join(words)
    return Reply(200, {"total_count": len(items), key: shown} if key else shown, headers)
