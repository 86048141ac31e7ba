"""Which endpoint is served by which function."""

import re
from collections.abc import Callable
from urllib.parse import unquote

from .http import Refused, Reply, Request
from .model import Model

Handler = Callable[..., Reply]
_routes: list[tuple[str, re.Pattern[str], Handler]] = []
NOT_FOUND = "Not Found"


def route(methods: str, path: str) -> Callable[[Handler], Handler]:
    """Serve this path; `R` stands for the repository, `:n` for a number, `:s` for one part, `:p` for the rest."""
    pattern = path.replace(":n", r"(\d+)").replace(":s", "([^/]+)").replace(":p", "(.+)")

    def add(handler: Handler) -> Handler:
        for method in methods.split():
            _routes.append((method, re.compile(pattern), handler))
        return handler

    return add


def answer(model: Model, request: Request) -> Reply:
    """The answer to a request whose token is good. Raises Refused."""
    path = request.path
    if request.host == "objects.githubusercontent.com":
        path = f"/objects{path}"
    if path.startswith("/repos/"):
        owner, _, rest = path.removeprefix("/repos/").partition("/")
        name, _, rest = rest.partition("/")
        if f"{owner}/{name}".lower() != model.base.lower():
            raise Refused(404, NOT_FOUND)
        path = f"R/{rest}".removesuffix("/")
    method = "GET" if request.method == "HEAD" else request.method
    for known, pattern, handler in _routes:
        match = pattern.fullmatch(path)
        if match and known == method:
            return handler(model, request, *(unquote(part) for part in match.groups()))
    raise Refused(404, NOT_FOUND)
