"""One question to GitHub's API through `gh api`: the answer with its headers, or a problem that says what kind it is.

Nothing here tries twice: how often and when is the business of whoever polls, and `GhProblem` carries what that needs
(`external`, `retry_after_s`). What gh prints with `-i` is read (SHIP "Confirming"), never its words for people.
"""

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace
from pydantic import JsonValue

from loop_tui.fs.atomic import write_atomic, write_problem
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.secrets import mask, secrets_in
from loop_tui.model.text import clean, one_line
from loop_tui.process import shell
from loop_tui.process.environment import absolute_path
from loop_tui.services.git import read_only

from .cache import current

HOST = "github.com"
TIMEOUT_S = 60.0
# What GitHub asks for when it limits somebody and does not say for how long.
_LIMITED_S = 60.0
# gh's own exit code for "nobody is signed in".
_SIGNED_OUT_CODE = 4
_STATUS = regex(rb"HTTP/[0-9.]+ ([0-9]{3})\b")
_NEXT = regex(r'<([^>]+)>;\s*rel="next"')
# How gh begins when it was the network: Go's `Get "https://...": reason`, and its own words for no such host.
_NO_NETWORK = regex(r'\b(?:Get|Head|Post|Put|Patch|Delete) "|error connecting to|unexpected EOF|stream error')
_LIMIT_WORDS = ("rate limit", "abuse detection")


class ApiErrorKind(StrEnum):
    """What went wrong between us and GitHub."""

    MISSING = "gh is missing"
    SIGNED_OUT = "signed out"
    FORBIDDEN = "forbidden"
    RATE_LIMITED = "rate limited"
    NOT_FOUND = "not found"
    REFUSED = "refused"
    SERVER = "server error"
    NETWORK = "network"
    UNREADABLE = "unreadable answer"
    FAILED = "gh failed"


_EXTERNAL = (ApiErrorKind.RATE_LIMITED, ApiErrorKind.SERVER, ApiErrorKind.NETWORK, ApiErrorKind.UNREADABLE)
_TODO = {
    ApiErrorKind.SIGNED_OUT: "gh auth login",
    ApiErrorKind.FORBIDDEN: "gh auth status shows what this token may do; gh auth refresh -s SCOPE adds to it",
    ApiErrorKind.RATE_LIMITED: "wait",
    ApiErrorKind.NOT_FOUND: "check that it exists and that your token may read it: gh auth status",
    ApiErrorKind.SERVER: "check https://www.githubstatus.com, then try again",
    ApiErrorKind.NETWORK: "check the network, then try again",
    ApiErrorKind.UNREADABLE: "try again",
    ApiErrorKind.FAILED: "run it by hand: gh api user",
}
_CODES = {
    ApiErrorKind.MISSING: Code.GH_MISSING,
    ApiErrorKind.SIGNED_OUT: Code.GH_SIGNED_OUT,
    ApiErrorKind.FORBIDDEN: Code.GITHUB_REFUSED,
    ApiErrorKind.RATE_LIMITED: Code.GITHUB_LIMITED,
    ApiErrorKind.NOT_FOUND: Code.GITHUB_REFUSED,
    ApiErrorKind.REFUSED: Code.GITHUB_REFUSED,
    ApiErrorKind.SERVER: Code.GITHUB_FAILED,
    ApiErrorKind.NETWORK: Code.NETWORK,
    ApiErrorKind.UNREADABLE: Code.GITHUB_FAILED,
    ApiErrorKind.FAILED: Code.GITHUB_FAILED,
}


class GhProblem(Problem):
    """GitHub could not be asked, or did not do what it was asked. The words are cleaned and masked.

    `status` is the HTTP status, None when there was no answer. Without an answer (`NETWORK`), and with a server error,
    what was asked may have been done all the same: look before asking again.
    """

    def __init__(
        self,
        kind: ApiErrorKind,
        what: str,
        where: str = "",
        todo: str = "",
        *,
        status: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(what, where, todo or _TODO.get(kind, ""), code=_CODES[kind])
        self.kind = kind
        self.status = status
        self.retry_after_s = retry_after_s
        """How long to stay away, in seconds, when GitHub said so."""

    @property
    def external(self) -> bool:
        """True when the same question may well be answered later (SPEC section 4: external failures back off)."""
        return self.kind in _EXTERNAL


class Answer(Struct, frozen=True):
    """What GitHub answered. Names of headers are in lower case.

    `json` is as raw as it came: `read` of `github_models` cleans what anyone sees. `raw` is the body.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    json: JsonValue = None
    raw: bytes = b""

    @property
    def etag(self) -> str:
        """To be given back as `etag`: an answer that did not change is then a 304 and costs no rate."""
        return self.headers.get("etag", "")

    @property
    def remaining(self) -> int | None:
        """How many more questions this token has until the limit is reset; None when GitHub did not say."""
        return _number(self.headers.get("x-ratelimit-remaining"))

    @property
    def scopes(self) -> frozenset[str] | None:
        """The scopes of a classic token; None for the other kinds of token, which do not tell."""
        given = self.headers.get("x-oauth-scopes")
        return None if given is None else frozenset(word.strip() for word in given.split(",") if word.strip())

    @property
    def next_page(self) -> str:
        """The URL of the next page; empty on the last one."""
        found = _NEXT.search(self.headers.get("link", ""))
        return found[1] if found else ""

    @property
    def retry_after_s(self) -> float | None:
        """How long GitHub wants us to stay away, in seconds; None when it is all the same to it.

        `Retry-After`, or with nothing left of the limit the time until its reset, by GitHub's clock and not by ours.
        """
        if (said := _number(self.headers.get("retry-after"))) is not None:
            return float(max(said, 0))
        return self.reset_in_s if self.remaining == 0 else None

    @property
    def reset_in_s(self) -> float | None:
        """How long until the limit is reset, in seconds by GitHub's clock; None when GitHub did not say."""
        reset = _number(self.headers.get("x-ratelimit-reset"))
        if reset is None:
            return None
        try:
            now = parsedate_to_datetime(self.headers.get("date", "")).timestamp()
        except ValueError:
            return _LIMITED_S
        return max(reset - now, 1.0)


def other_host() -> str:
    """The server that GH_HOST names for gh where that is another than github.com, the only one asked here; or nothing.

    It is set in a person's profile for their work, and says nothing about this repository.
    """
    named = os.environ.get("GH_HOST", "").strip()
    return "" if named.lower() == HOST else named


async def call(
    cwd: Path,
    path: str,
    *,
    method: str = "GET",
    body: Mapping[str, JsonValue] | None = None,
    upload: Path | None = None,
    headers: Mapping[str, str] | None = None,
    etag: str = "",
    allowed: Sequence[int] = (),
    timeout_s: float = TIMEOUT_S,
) -> Answer:
    """Ask GitHub once. `body` is sent as JSON, `upload` is a file to be sent as it is.

    With `etag` an unchanged answer has status 304 and no content. Inside a `github_talk.conversation`, a plain GET that
    was asked before gives its tag by itself, and the answer that did not change is the one from before.
    Raises GhProblem, except for statuses in `allowed`.
    """
    talk = current()
    known = talk.known(path) if talk and method == "GET" and not (headers or etag) else None
    answer = await _call(
        cwd,
        path,
        method=method,
        body=body,
        upload=upload,
        headers=headers,
        etag=known.etag if known else etag,
        allowed=allowed,
        timeout_s=timeout_s,
    )
    if talk is None:
        return answer
    talk.heard(answer.remaining, answer.reset_in_s)
    if known and answer.status == 304:
        return replace(known, headers={**known.headers, **answer.headers})
    if method == "GET" and not (headers or etag):
        talk.keep(path, answer)
    return answer


async def _call(
    cwd: Path,
    path: str,
    *,
    method: str,
    body: Mapping[str, JsonValue] | None,
    upload: Path | None,
    headers: Mapping[str, str] | None,
    etag: str,
    allowed: Sequence[int],
    timeout_s: float,
) -> Answer:
    where = f"{method} {path.partition('?')[0]}"
    if shell.which("gh") is None:
        raise GhProblem(ApiErrorKind.MISSING, "gh is not installed", todo=shell.how_to_get("gh"))
    sent = dict(headers or {}) | ({"If-None-Match": etag} if etag else {})
    argv = ["gh", "api", "-i", "--method", method, path]
    for name, value in sent.items():
        argv += ["--header", f"{name}: {value}"]
    if upload is not None:
        argv += ["--input", str(upload)]
    elif body is not None:
        argv += ["--input", "-"]
    data = json.dumps(body).encode() if body is not None else None
    here = {"GH_HOST": HOST} if os.environ.get("GH_HOST") else {}
    try:
        if read_only.is_looking():
            # Nothing that lies in the project has a word in which gh this is, or what it does.
            path_ = {"PATH": absolute_path(), **here}
            done = await shell.capture(argv, cwd=Path("/"), env=path_, timeout_s=timeout_s, input=data)
        else:
            done = await shell.capture(argv, cwd=cwd, env=here, timeout_s=timeout_s, input=data)
    except shell.TimedOut as late:
        raise GhProblem(ApiErrorKind.NETWORK, f"GitHub {late.what}", where) from late
    answer = parse(done, where)
    if answer.status < 300 or answer.status == 304:
        return answer
    problem = problem_of(answer, where)
    # A limit comes as a 403, too, and says nothing about what was asked.
    if answer.status not in allowed or problem.kind is ApiErrorKind.RATE_LIMITED:
        raise problem
    return answer


async def pages(cwd: Path, path: str, key: str = "", limit: int = 10) -> list[JsonValue]:
    """The items of all pages (at most `limit`) of a list; `key` names the list where the answer is an object.

    Raises GhProblem when any page fails: half a list is no answer.
    """
    items: list[JsonValue] = []
    url = path
    for _ in range(limit):
        answer = await call(cwd, url)
        found = answer.json.get(key) if key and isinstance(answer.json, dict) else answer.json
        if not isinstance(found, list):
            raise GhProblem(
                ApiErrorKind.UNREADABLE, f"GitHub returned no list{f' of {key}' if key else ''}", f"GET {path}"
            )
        items += found
        url = answer.next_page
        if not url:
            break
    return items


def parse(done: shell.Captured, where: str) -> Answer:
    """What `gh api -i` printed. Raises GhProblem when there is no answer in it, or only a part of one."""
    status = _STATUS.match(done.raw)
    if status is None:
        raise _without_answer(done, where)
    head, _, body = done.raw.partition(b"\r\n\r\n")
    lines = head.decode("utf-8", "replace").splitlines()[1:]
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    code = int(status[1])
    readable, document = _json(body) if "json" in headers.get("content-type", "") else (False, None)
    if done.exit_code != 0 and code < 300 and not readable:
        # The status came, and then the connection broke: gh says so on stderr only. (It also ends with 1 for the
        # errors in a whole GraphQL answer.)
        raise GhProblem(ApiErrorKind.NETWORK, f"GitHub's answer was cut off: {_words(done.stderr)}", where, status=code)
    return Answer(code, headers, document, body)


def _json(body: bytes) -> tuple[bool, JsonValue]:
    try:
        return True, json.loads(body)
    except (ValueError, RecursionError):
        return False, None


def _without_answer(done: shell.Captured, where: str) -> GhProblem:
    words = _words(done.stderr or done.stdout) or f"gh ended with exit code {done.exit_code} and no message"
    if done.exit_code == _SIGNED_OUT_CODE:
        return GhProblem(ApiErrorKind.SIGNED_OUT, "gh is not signed in to GitHub", where)
    if _NO_NETWORK.search(done.stderr):
        return GhProblem(ApiErrorKind.NETWORK, f"GitHub cannot be reached: {words}", where)
    return GhProblem(ApiErrorKind.FAILED, f"gh failed: {words}", where)


def problem_of(answer: Answer, where: str) -> GhProblem:
    """The problem that an answer with an error status amounts to, with GitHub's own words."""
    words = message(answer.json)
    after = answer.retry_after_s
    kind = _kind(answer, words)
    if kind is ApiErrorKind.RATE_LIMITED and after is None:
        after = _LIMITED_S
    todo = ""
    if kind is ApiErrorKind.RATE_LIMITED:
        todo = f"wait {after:.0f} s"
    elif "x-github-sso" in answer.headers:
        todo = "authorise the token for the organization: gh auth refresh"
    said = f"GitHub answered {answer.status}" + (f": {words}" if words else "")
    return GhProblem(kind, said, where, todo, status=answer.status, retry_after_s=after)


def _kind(answer: Answer, words: str) -> ApiErrorKind:
    status = answer.status
    if status in (403, 429):
        limited = status == 429 or answer.retry_after_s is not None or any(w in words.lower() for w in _LIMIT_WORDS)
        return ApiErrorKind.RATE_LIMITED if limited else ApiErrorKind.FORBIDDEN
    if status >= 500 or status == 408:
        return ApiErrorKind.SERVER
    return {401: ApiErrorKind.SIGNED_OUT, 404: ApiErrorKind.NOT_FOUND, 410: ApiErrorKind.NOT_FOUND}.get(
        status, ApiErrorKind.REFUSED
    )


def message(document: JsonValue) -> str:
    """What an error answer says, with its details, on one line, cleaned and masked."""
    if not isinstance(document, dict):
        return ""
    parts = [str(document.get("message") or "")]
    errors = document.get("errors")
    for error in errors if isinstance(errors, list) else [errors] if errors else []:
        if isinstance(error, dict):
            said = error.get("message") or " ".join(str(error[k]) for k in ("field", "code") if error.get(k))
            parts.append(str(said))
        else:
            parts.append(str(error))
    return _words("; ".join(part for part in parts if part))


def _words(text: str) -> str:
    # In this order: a control sequence inside a token, or a cut through it, would hide it from the mask.
    return one_line(mask(clean(text), secrets_in(os.environ)), 400)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None


async def graphql(cwd: Path, query: str, variables: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """The data of a GraphQL question or mutation. Raises GhProblem, also for errors in an answer with status 200."""
    answer = await call(cwd, "graphql", method="POST", body={"query": query, "variables": dict(variables)})
    document = answer.json if isinstance(answer.json, dict) else {}
    if document.get("errors"):
        kinds = {str(e.get("type", "")) for e in _list(document["errors"]) if isinstance(e, dict)}
        kind = ApiErrorKind.REFUSED
        for word, meant in (("RATE_LIMITED", ApiErrorKind.RATE_LIMITED), ("FORBIDDEN", ApiErrorKind.FORBIDDEN)):
            kind = meant if word in kinds else kind
        kind = ApiErrorKind.NOT_FOUND if kinds == {"NOT_FOUND"} else kind
        what = f"GitHub refused: {message(document)}"
        raise GhProblem(kind, what, "POST graphql", status=answer.status, retry_after_s=answer.retry_after_s)
    data = document.get("data")
    if not isinstance(data, dict):
        raise GhProblem(ApiErrorKind.UNREADABLE, "GitHub's answer holds no data", "POST graphql", status=answer.status)
    return data


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else [value]


async def save(data: bytes, to: Path) -> None:
    """Write a file whole or not at all."""

    def write() -> None:
        try:
            to.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_problem(error, to) from error
        write_atomic(to, data)

    await asyncio.to_thread(write)
