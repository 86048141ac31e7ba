"""What programs answer that publish to a registry, read into one of a few outcomes.

Measured with npm 11, pnpm 9 and yarn 1 against verdaccio, and from what registry.npmjs.org is known to say. `--json`
makes npm print `{"error": {"code", "summary", "detail"}}`, without a code where npm refuses before it asks.
"""

import json
import re
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct
from pydantic import JsonValue

from loop_tui.model.going_on import THEN_GO
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.secrets import mask
from loop_tui.model.text import clean, one_line
from loop_tui.process.capture import Captured, why_it_ended


class PublishOutcome(StrEnum):
    """How a publish, or a question to a registry, ended."""

    DONE = "done"
    EXISTS = "exists already"
    PASSWORD = "one-time password needed"  # noqa: S105  # the name of an outcome
    SIGNED_OUT = "signed out"
    NOT_ALLOWED = "not allowed"
    REFUSED = "refused"
    CONFLICT = "changed by another client"
    """Somebody else changed the package at the same moment (409): what was asked may be done, by them or by us."""
    LOST = "no answer"
    """The line broke, nobody answered, or the registry has trouble of its own: it may be done all the same."""


class BrowserLogin(Struct, frozen=True):
    """Where a person confirms in a browser who they are, and where the one-time password stands after that."""

    confirm: str
    password: str

    @property
    def steps(self) -> str:
        """What to do there, for the person who is asked for the password: each address on a line of its own."""
        then = "then enter the token that this page shows:"
        return f"With a browser, confirm at:\n{self.confirm}\n{then}\n{self.password}"


class PublishAnswer(Struct, frozen=True):
    """How it ended, and the words of who said so, on one line; `browser` where a password is had there."""

    outcome: PublishOutcome
    words: str = ""
    browser: BrowserLogin | None = None


class RegistryProblem(Problem):
    """A registry did not do what was asked. `external`: worth another try later."""

    def __init__(self, answer: PublishAnswer, where: str = "", todo: str = "") -> None:
        code = _CODES.get(answer.outcome, Code.REGISTRY_REFUSED)
        what = answer.words or f"the registry answered: {answer.outcome.value}"
        super().__init__(what, where, todo or _todo(answer.outcome, where), code=code)
        self.outcome = answer.outcome

    @property
    def external(self) -> bool:
        """True for what may well work later."""
        return self.outcome in (PublishOutcome.LOST, PublishOutcome.CONFLICT)


_CODES = {
    PublishOutcome.LOST: Code.NETWORK,
    PublishOutcome.CONFLICT: Code.REGISTRY_CONFLICT,
    PublishOutcome.SIGNED_OUT: Code.REGISTRY_SIGNED_OUT,
}


def _todo(outcome: PublishOutcome, registry: str) -> str:
    if outcome is PublishOutcome.SIGNED_OUT:
        return f"npm login --registry {registry}, {THEN_GO}" if registry else f"npm login, {THEN_GO}"
    if outcome is PublishOutcome.CONFLICT:
        return "look at what the registry has now, then run the command again"
    return "check the network, then try again" if outcome is PublishOutcome.LOST else ""


_BY_CODE = {
    "EOTP": PublishOutcome.PASSWORD,
    "E401": PublishOutcome.SIGNED_OUT,
    "ENEEDAUTH": PublishOutcome.SIGNED_OUT,
    "EAUTHIP": PublishOutcome.NOT_ALLOWED,
    "E402": PublishOutcome.NOT_ALLOWED,
    "E403": PublishOutcome.NOT_ALLOWED,
    "E404": PublishOutcome.NOT_ALLOWED,
    # Worth another try; a conflict may be of any kind, where nothing of ours is there as well.
    "E408": PublishOutcome.LOST,
    "E409": PublishOutcome.CONFLICT,
    "E429": PublishOutcome.LOST,
    "EPUBLISHCONFLICT": PublishOutcome.EXISTS,
}
_HTTPS = regex(r"https://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::[0-9]{1,5})?/[A-Za-z0-9._~/?=&%+-]{0,300}")
_EXISTS = regex(r"cannot publish over|already (?:present|exists|published)", re.I)
# What a registry refuses, and npm by itself before it sends anything, with a code or (the words) without one. All other
# ends say nothing of the upload: "Exit handler never called!" and a full disk may come after the version is out.
_REFUSED_CODE = regex(
    r"E4\d\d|EPRIVATE|EUNSCOPED|EBADSEMVER|EUSAGE|EINVALID\w+|EBADENGINE|EBADDEVENGINES|TAR_BAD_ARCHIVE|ERR_INVALID_URL"
    r"|CERT_\w+|ERR_TLS_\w+|\w*SELF_SIGNED\w*|UNABLE_TO_\w+"
)
_REFUSED = regex(r"must specify a tag using --tag|tag name must not be|marked as private", re.I)
# yarn 1 gives no code: these are its own words and the usual ones of registries.
_PASSWORD = regex(r"one-time pass|two factor authentication enabled", re.I)
_SIGNED_OUT = regex(r"authenticate|logged in|unauthorized|no token found", re.I)
_LOST = regex(
    r"\b5\d\d\b [A-Z]|update conflict|save packument|socket hang up|network|ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT"
    r"|ESOCKETTIMEDOUT|tunneling",
    re.I,
)
_YARN_REFUSED = regex(r"couldn't publish package|invalid|private", re.I)
_NOT_ALLOWED = regex(r"forbidden|not allowed|may not|payment|sign up|permission|not found", re.I)


def read_npm(done: Captured) -> PublishAnswer:
    """What npm (or pnpm, which hands a tarball to it) answered with `--json`."""
    if done.exit_code == 0:
        return PublishAnswer(PublishOutcome.DONE)
    error = _error_of(done.stdout)
    code, summary = str(error.get("code") or ""), str(error.get("summary") or "")
    words = said(summary) or why_it_ended(done)
    if _EXISTS.search(summary):
        return PublishAnswer(PublishOutcome.EXISTS, words)
    if code in _BY_CODE:
        return PublishAnswer(_BY_CODE[code], words, _browser_in(error) if code == "EOTP" else None)
    refused = _REFUSED_CODE.fullmatch(code) or (not code and _REFUSED.search(summary))
    return PublishAnswer(PublishOutcome.REFUSED if refused else PublishOutcome.LOST, words)


def read_yarn(done: Captured) -> PublishAnswer:
    """What yarn 1 answered with `--json`: a line for each thing that it says, one of type `error` when it fails."""
    if done.exit_code == 0:
        return PublishAnswer(PublishOutcome.DONE)
    lines = [line for line in map(_event, f"{done.stdout}\n{done.stderr}".splitlines()) if line]
    errors = [text for kind, text in lines if kind == "error"]
    words = said(errors[-1] if errors else "") or why_it_ended(done)
    everything = "\n".join([done.stderr, *(text for kind, text in lines if kind in ("error", "info"))])
    if any(_PASSWORD.search(text) for _, text in lines):
        return PublishAnswer(PublishOutcome.PASSWORD, words)
    for pattern, outcome in (
        (_EXISTS, PublishOutcome.EXISTS),
        (_SIGNED_OUT, PublishOutcome.SIGNED_OUT),
        (_LOST, PublishOutcome.LOST),
        (_NOT_ALLOWED, PublishOutcome.NOT_ALLOWED),
    ):
        if pattern.search(everything if outcome is PublishOutcome.LOST else words):
            return PublishAnswer(outcome, words)
    # What the registry refused yarn gives on in these words; what else may have ended it says nothing of the upload.
    refused = done.exit_code > 0 and _YARN_REFUSED.search(words)
    return PublishAnswer(PublishOutcome.REFUSED if refused else PublishOutcome.LOST, words)


def said(text: str) -> str:
    """Words of a program or a registry as they may be shown: masked, on one line."""
    return one_line(clean(mask(text)), 300)


def first_object(text: str) -> dict[str, JsonValue]:
    """The JSON object that a program printed; empty when it printed none."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _error_of(text: str) -> dict[str, JsonValue]:
    error = first_object(text).get("error")
    return error if isinstance(error, dict) else {}


def _browser_in(error: Mapping[str, JsonValue]) -> BrowserLogin | None:
    """Both addresses of npm's web authentication; None unless each is a plain one of https: a person opens them."""
    confirm, password = error.get("authUrl"), error.get("doneUrl")
    if (
        isinstance(confirm, str)
        and isinstance(password, str)
        and _HTTPS.fullmatch(confirm)
        and _HTTPS.fullmatch(password)
    ):
        return BrowserLogin(confirm, password)
    return None


def _event(line: str) -> tuple[str, str] | None:
    event = first_object(line)
    kind, data = event.get("type"), event.get("data")
    return (kind, data) if isinstance(kind, str) and isinstance(data, str) else None
