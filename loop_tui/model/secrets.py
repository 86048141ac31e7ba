"""The table of secrets (SPEC section 8): how they look, what they are called, and where they stand.

`mask` is the one function that takes them out of a text. A row of a table is what `tests/model/test_secrets.py` and
`tests/e2e/test_ways_out.py` have a sample for. What surrounds a secret (names, headers, addresses, private keys) is
in `secret_places`.
"""

import base64
import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from loop_tui.model.regex import regex

from .secret_places import MASK, is_secret_name, mask_blocks, mask_places

__all__ = [
    "MASK",
    "SHAPES",
    "Shape",
    "command_line",
    "know",
    "known",
    "mask",
    "masked",
    "masked_facts",
    "secrets_in",
    "spellings",
    "typed",
    "without_own",
]

if TYPE_CHECKING:
    from pydantic import JsonValue

NOTIFY_VARIABLE = "LOOP_TUI_NOTIFY"
"""Holds apprise URLs, with the credentials of chats and webhooks in them (`loop_tui.notifications.notify`)."""
_OWN = regex(r"LOOP_TUI_[A-Z0-9_]*_SECRET")
"""The variables that answer questions for a secret (`answers.secret_name`)."""
SHORTEST = 6
"""A value that is shorter is not masked by the name of its variable: it would stand anywhere."""


class Shape(NamedTuple):
    """A secret that is known by its look alone.

    `sign` is a character that it holds, and says with `_GATES` whether the dearer patterns are tried at all: a million
    lines go through here. No pattern begins with a boundary: a control character may have stood there.

    `passed` is what the search goes over at once where the pattern begins and does not match, because no match begins
    inside it. A pattern that needs something behind a part without a limit has one: otherwise each of its beginnings
    in a long word is read to the end of that word.
    """

    sign: str
    service: str
    pattern: str
    passed: str = ""


# fmt: off
SHAPES = (
    # Behind the last `_`: 16 letters and digits, or more; or what `_GATES` names.
    Shape("_", "github", r"gh[pousr]_[A-Za-z0-9]{20,}"),
    Shape("_", "github fine-grained", r"github_pat_[A-Za-z0-9_]{20,}"),
    Shape("_", "npm", r"npm_[A-Za-z0-9]{30,}"),
    Shape("_", "stripe", r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,}"),
    Shape("_", "digitalocean", r"do[opr]_v1_[a-f0-9]{40,}"),
    Shape("_", "hugging face", r"hf_[A-Za-z0-9]{30,}"),
    Shape("_", "netlify", r"nf[cpub]_[A-Za-z0-9]{30,}"),
    Shape("_", "supabase", r"sbp_[A-Za-z0-9]{36,}"),
    Shape("_", "shopify", r"shp(?:at|ca|pa|ss|tka)_[A-Fa-f0-9]{32}"),
    Shape("_", "sentry user", r"sntryu_[a-f0-9]{60,}"),
    Shape("_", "rubygems", r"rubygems_[a-f0-9]{40,}"),
    Shape("_", "vercel", r"vc[acikpr]_[A-Za-z0-9]{20,}"),
    Shape("_", "linear", r"lin_(?:api|oauth)_[A-Za-z0-9]{30,}"),
    Shape("_", "groq", r"gsk_[A-Za-z0-9]{40,}"),
    Shape("_", "replicate", r"r8_[A-Za-z0-9]{30,}"),
    Shape("_", "docker hub", r"dckr_[po]at_[A-Za-z0-9_-]{20,}"),
    Shape("_", "figma", r"figd_[A-Za-z0-9_-]{30,}"),
    Shape("_", "sentry", r"sntrys_[A-Za-z0-9+/=_-]{30,}"),
    Shape("_", "supabase secret", r"sb_secret_[A-Za-z0-9_-]{20,}"),
    Shape("_", "vercel blob", r"vercel_blob_rw_[A-Za-z0-9_]{20,}"),
    Shape("_", "stripe webhook", r"whsec_[A-Za-z0-9+/=]{20,}"),
    # Behind the first `-`: 16 letters, digits, `-` and `_`, or more.
    Shape("-", "gitlab", r"gl(?:pat|dt|rt|rtr|cbt|ptt|ft|imt|agent|wt|soat|ffct|oas)-[A-Za-z0-9_.-]{16,}"),
    Shape("-", "slack", r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{16,}"),
    Shape("-", "slack app", r"xapp-[A-Za-z0-9-]{16,}"),
    # Not every word behind `sk-`: "desk-reservation-system" is the name of a branch.
    Shape("-", "openai, anthropic", r"sk-(?:(?:proj|ant|svcacct|admin|or|lf)-[A-Za-z0-9_-]{20,}|[A-Za-z0-9_]{20,})"),
    Shape("-", "mailgun", r"key-[a-f0-9]{32}"),
    Shape("-", "new relic", r"NR(?:AK|II|JS|AA)-[A-Za-z0-9_-]{16,}"),
    Shape("-", "pypi", r"pypi-[A-Za-z0-9_-]{16,}"),
    Shape("-", "heroku", r"HRKU-[A-Za-z0-9_-]{30,}"),
    Shape("-", "age", r"AGE-SECRET-KEY-1[A-Z0-9]{30,}"),
    Shape("-", "postman", r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
    Shape("-", "pulumi", r"pul-[a-f0-9]{40}"),
    # Behind a `.`: 16 of these, or what `_GATES` names.
    Shape(".", "sendgrid", r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    Shape(".", "vault", r"hv[sbr]\.[A-Za-z0-9_-]{20,}"),
    Shape(".", "google oauth", r"ya29\.[A-Za-z0-9_-]{20,}"),
    Shape(".", "discord bot", r"\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,40}"),
    Shape(".", "terraform cloud", r"\.atlasv1\.[A-Za-z0-9_=-]{40,}"),
    Shape(".", "slack webhook", r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]{10,}"),
    Shape(".", "teams webhook", r"webhook\.office\.com/[A-Za-z0-9@/_-]{20,}"),
    Shape(".", "jwt", r"eyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?", r"eyJ[A-Za-z0-9_-]*+"),
    # Behind a `/`.
    Shape("/", "discord webhook", r"discord(?:app)?\.com/api/(?:v[0-9]+/)?webhooks/[0-9]+/[A-Za-z0-9_-]{20,}"),
    Shape("/", "google refresh", r"1//0[A-Za-z0-9_-]{30,}"),
    # Those of one first letter are one expression: the search finds it by this letter.
    Shape("A", "google api", r"AIza[A-Za-z0-9_-]{30,}"),
    Shape("A", "aws key id", r"AKIA[0-9A-Z]{16}"),
    Shape("A", "aws session key id", r"ASIA[0-9A-Z]{16}"),
    Shape("A", "atlassian", r"ATATT[A-Za-z0-9_=-]{20,}"),
    Shape("A", "atlassian connect", r"ATCTT[A-Za-z0-9_=-]{20,}"),
    Shape("A", "azure storage", r"AccountKey\s?=\s?[A-Za-z0-9+/=]{20,}"),
    Shape("G", "google oauth client", r"GOCSPX-[A-Za-z0-9_-]{20,}"),
    Shape("G", "gitlab runner", r"GR1348941[A-Za-z0-9_-]{16,}"),
    Shape("S", "twilio", r"SK[a-f0-9]{32}"),
    Shape("S", "azure shared access", r"SharedAccess(?:Key|Signature)\s?=\s?[^\s;\"']{10,}"),
    Shape("c", "crates.io", r"cio[A-Za-z0-9]{32}"),
    Shape(":", "telegram", r":AA[A-Za-z0-9_-]{30,}"),
)
"""Every shape, those of one sign beside each other."""
# fmt: on

# What a text has to hold besides for the shapes of a sign to be looked for: nearly no ordinary output does.
_GATES = {
    "_": r"_(?:[A-Za-z0-9]{16}"
    r"|(?<=[cdstw]_)(?=[A-Za-z0-9+/=_-]{16})(?:(?<=_[po]at_)|(?<=figd_)|(?<=trys_)|(?<=cret_)|(?<=b_rw_)|(?<=hsec_)))",
    "-": r"-[A-Za-z0-9_-]{16}",
    ".": r"\.(?:[A-Za-z0-9_-]{16}|eyJ|[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27}|atlasv1\.|slack\.com/|office\.com/)",
    "/": r"/(?:/0[A-Za-z0-9_-]{16}|api/(?:v[0-9]+/)?webhooks/)",
}


def _searched(shape: Shape) -> str:
    return f"{shape.pattern}|(?P<passed>{shape.passed})" if shape.passed else shape.pattern


def _joined(patterns: Sequence[str], sign: str) -> Sequence[str]:
    """The patterns of one sign: those that begin with it as one, since the search finds them all by that letter."""
    return patterns if sign in _GATES else ("|".join(patterns),)


_GROUPS = tuple(
    (sign, _GATES.get(sign, ""), _joined(tuple(_searched(shape) for shape in shapes), sign))
    for sign, shapes in groupby(SHAPES, lambda shape: shape.sign)
)
_SPLIT = regex(r"[\s,]+")
# Names, numbers and times of an archive: nothing has a shape of so few letters, and a place has a sign of its own.
_PLAIN = regex(
    r" *[A-Za-z0-9._/-]{0,19} *|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9.]{2,9}(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)
_ENCODED_FROM = 12
_HELD: tuple[str, ...] = ()
_TYPED: tuple[str, ...] = ()


def know(environment: Mapping[str, str]) -> None:
    """From now on `mask` takes out what is secret in that environment: this process is one that has it."""
    global _HELD
    _HELD = secrets_in(environment)


def typed(secret: str) -> None:
    """From now on `mask` takes out a secret that a person typed, as long as this process lives."""
    global _TYPED
    _TYPED = tuple(sorted({*_TYPED, *known((secret,))}, key=lambda text: (-len(text), text)))


def secrets_in(environment: Mapping[str, str]) -> tuple[str, ...]:
    """What must not be shown of an environment, the longest first.

    The values of variables that are named like secrets, each line of one that has several, and these as they stand in
    other texts (`spellings`); URLs to notify: they carry the credentials of chats and webhooks.
    """
    values = {v for k, v in environment.items() if len(v) >= SHORTEST and is_secret_name(k)}
    notified = environment.get(NOTIFY_VARIABLE, "")
    values |= {v for v in (notified, *_SPLIT.split(notified)) if len(v) >= SHORTEST}
    return known(values)


def without_own(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without the variables that hold secrets for loop-tui alone: no other program needs them."""
    return {k: v for k, v in environment.items() if k != NOTIFY_VARIABLE and not _OWN.fullmatch(k)}


def known(secrets: Iterable[str]) -> tuple[str, ...]:
    """Secret values as they can appear in a line: each of their lines, and each spelling; the longest first."""
    found: set[str] = set()
    for secret in secrets:
        lines = [secret, *secret.splitlines(), *secret.split("\\n")] if _has_lines(secret) else [secret]
        for part in lines:
            text = part.strip()
            if len(text) >= SHORTEST:
                # Output comes line by line: what has several is found by each of them.
                found.update(spelled for spelled in spellings(text) if len(spelled.splitlines()) == 1)
    return tuple(sorted(found, key=lambda text: (-len(text), text)))


def _has_lines(secret: str) -> bool:
    return "\n" in secret or "\r" in secret or "\\n" in secret


def spellings(secret: str) -> set[str]:
    """A secret as it is, inside JSON, in an address, in shell quotes, and inside any base64 that holds it."""
    found = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    found |= {quote(secret, safe=""), quote(secret), secret.replace("'", "'\"'\"'"), secret.replace("'", "'\\''")}
    data = secret.encode("utf-8", "surrogateescape")
    if len(data) >= _ENCODED_FROM:
        for before in range(3):
            # What stands before and after decides about the outermost letters only.
            whole = len(data) - (3 - before) % 3
            inner = data[(3 - before) % 3 :][: whole // 3 * 3]
            found.add(base64.b64encode(inner).decode())
            found.add(base64.urlsafe_b64encode(inner).decode())
    return found


def mask(text: str, secrets: Iterable[str] = ()) -> str:
    """The text with secrets replaced by `[masked]`: values that are given or known (`know`), and all that looks, is
    named or stands like one. Lines stay lines.
    """
    text = _mask_known(text, secrets)
    if _PLAIN.fullmatch(text):
        return text
    return mask_places(_mask_shapes(mask_blocks(text)[0]))


def _mask_known(text: str, secrets: Iterable[str]) -> str:
    for secret in (*secrets, *_TYPED, *_HELD):
        if secret in text:
            text = text.replace(secret, MASK)
    return text


def _mask_shapes(text: str) -> str:
    for sign, gate, patterns in _GROUPS:
        if sign in text and (not gate or _compiled(gate).search(text)):
            for pattern in patterns:
                text = _compiled(pattern).sub(_unless_passed if "passed" in pattern else MASK, text)
    return text


def _unless_passed(found: re.Match[str]) -> str:
    return found["passed"] or MASK


def command_line(argv: Sequence[str], secrets: Iterable[str] = ()) -> str:
    """A command as a person would type it, masked: quotes round an argument hide nothing of it."""
    known_values = tuple(secrets)
    return mask(shlex.join([mask(word, known_values) for word in argv]), known_values)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # When first used: most commands mask nothing before the first paint.
    return re.compile(pattern)


def masked(value: "JsonValue", secrets: Iterable[str] = ()) -> "JsonValue":
    """A value as JSON has it, with secrets masked in every text of it, keys included, and under secret names."""
    return _masked(value, tuple(secrets))


_NAMES = frozenset(("branch", "base", "remote", "tag", "files", "added", "changed", "file", "folder", "name"))
_NO_NAME = "text"
_SAID = frozenset(("message", "subject", "answer"))


def masked_facts(value: "JsonValue", secrets: Iterable[str] = ()) -> "JsonValue":
    """As `masked`, for what programs go by when they ask the world again, in a state file (SPEC section 6).

    Names of references, remotes and files lose only values of secrets: a branch called `token=x1` has no other name.
    What a person said (an answer, a commit's message) loses what looks like a token besides, but not what only stands
    behind a word such as `token:`. Addresses are masked whatever they are called.
    """
    return _facts(value, tuple(secrets), "")


def _facts(value: "JsonValue", secrets: tuple[str, ...], name: str) -> "JsonValue":
    if isinstance(value, dict):
        return {_masked_key(str(key), secrets): _facts(item, secrets, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_facts(item, secrets, name) for item in value]
    if not isinstance(value, str) or name not in _NAMES | _SAID or "://" in value:
        return _under(name, value, secrets) if name else _masked(value, secrets)
    known_masked = _mask_known(value, secrets)
    return known_masked if name in _NAMES else _mask_shapes(mask_blocks(known_masked)[0])


def _masked_key(key: str, secrets: tuple[str, ...]) -> str:
    # Of thousands of keys in an archive some dozens differ.
    rest = _mask_known(key, secrets)
    return _masked_name(rest) if len(rest) <= _LONGEST_NAME else mask(rest)


_LONGEST_NAME = 64


@lru_cache(maxsize=1024)
def _masked_name(name: str) -> str:
    return mask_places(_mask_shapes(mask_blocks(name)[0]))


def _masked(value: "JsonValue", secrets: tuple[str, ...]) -> "JsonValue":
    if isinstance(value, str):
        return mask(value, secrets)
    if isinstance(value, list | tuple):
        return [_masked(item, secrets) for item in value]
    if isinstance(value, dict):
        return {_masked_key(str(key), secrets): _under(str(key), item, secrets) for key, item in value.items()}
    return value


def _under(name: str, value: "JsonValue", secrets: tuple[str, ...]) -> "JsonValue":
    """A value under its name: what no text of its own would give away is masked with the name before it."""
    if isinstance(value, str) and len(value) >= SHORTEST and _by_its_name(name, value):
        found = mask(value, secrets)
        return found if MASK in found else MASK
    return _masked(value, secrets)


def _by_its_name(name: str, value: str) -> bool:
    """True when a value is a secret because of the name before it.

    Not where it is masked under any other name, too: a line end is no space in JSON, and `token: x` before one would
    make one word with the next line.
    """
    text = json.dumps(value)
    found = mask(f"{json.dumps(name)}: {text}")
    return MASK in found and not found.endswith(mask(f'"{_NO_NAME}": {text}').removeprefix(f'"{_NO_NAME}": '))
