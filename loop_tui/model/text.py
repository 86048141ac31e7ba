"""Text from outside is hostile (SPEC section 8): control sequences go, secrets are masked."""

import re
from collections.abc import Iterable, Mapping

MASK = "[masked]"
NOTIFY_VARIABLE = "LOOP_TUI_NOTIFY"
"""Holds apprise URLs, with the credentials of chats and webhooks in them (`loop_tui.notifications.notify`)."""

# Sequences first, whole, so that their payload goes with them; then every lone control character.
_SEQUENCES = re.compile(
    r"(?:\x1b\][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$))"  # OSC, also when it never ends
    r"|(?:\x9d[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$))"
    r"|(?:(?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x1b\x9c]*(?:\x1b\\|\x9c|$))"  # DCS, SOS, PM, APC
    r"|(?:(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?)"  # CSI
    r"|(?:\x1b[ -/]*[0-~]?)"  # two-character escapes
)
# The one kind of sequence that a line may keep, for the log pane to show: colours and emphasis, nothing that moves.
_COLOURS = re.compile(r"\x1b\[[0-9;]{0,60}m")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
_SURROGATES = re.compile("[\ud800-\udfff]")

# One expression a kind, each beginning with a literal, behind one character that its text must hold: over ordinary
# output that is 50 times faster than one expression for all of them, and a million lines go through here.
_TOKENS = tuple(
    (mark, re.compile(pattern), MASK if not kept else f"{kept}{MASK}")
    for mark, pattern, kept in (
        ("_", r"gh[pousr]_[A-Za-z0-9]{20,}", ""),
        ("_", r"github_pat_[A-Za-z0-9_]{20,}", ""),
        ("_", r"npm_[A-Za-z0-9]{30,}", ""),
        ("-", r"glpat-[A-Za-z0-9_-]{16,}", ""),
        ("-", r"xox[abprs]-[A-Za-z0-9-]{10,}", ""),
        ("-", r"sk-[A-Za-z0-9_-]{20,}", ""),
        ("A", r"AKIA[0-9A-Z]{16}", ""),
        ("J", r"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}", ""),
        ("@", r"://[^/\s:@]+:[^/\s@]+(?=@)", "://"),
        ("=", r"_authToken=\S+", "_authToken="),
    )
)
_AUTHORIZATION = re.compile(r"(authorization: (?:bearer|token|basic) )\S+", re.IGNORECASE)
_SECRET_NAME = re.compile(r"(?:_|^)(?:TOKEN|KEY|SECRET|PASSWORD|PASSWD)$", re.IGNORECASE)
_SPLIT = re.compile(r"[\s,]+")
_SHORTEST_SECRET = 6


def clean(text: str) -> str:
    """The text with every control sequence, control character and bidirectional override taken out.

    Line feeds and tabs stay, carriage returns go; the result is safe to print and to store.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _SEQUENCES.sub("", text)
    text = _CONTROLS.sub("", text)
    return _SURROGATES.sub("\ufffd", text)


def uncoloured(text: str) -> str:
    """The text without sequences that set colours and emphasis (SGR). Nothing else is taken out."""
    return _COLOURS.sub("", text) if "\x1b" in text else text


def coloured_parts(text: str) -> list[str]:
    """What stands between the colour sequences of a text, and the sequences: text, sequence, text, …, text."""
    parts: list[str] = []
    at = 0
    for found in _COLOURS.finditer(text):
        parts += [text[at : found.start()], found[0]]
        at = found.end()
    return [*parts, text[at:]]


def one_line(text: str, limit: int = 0) -> str:
    """The cleaned text on one line, cut to `limit` characters when that is given."""
    line = " ".join(clean(text).split())
    return line if not limit or len(line) <= limit else line[: max(limit - 1, 0)] + "…"


def secrets_in(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The values of variables that are named like secrets (`*_TOKEN`, `*_KEY`, `*_SECRET`, `*_PASSWORD`), and URLs to
    notify: they carry the credentials of chats and webhooks.
    """
    values = {v for k, v in environment.items() if _SECRET_NAME.search(k) and len(v) >= _SHORTEST_SECRET}
    notified = environment.get(NOTIFY_VARIABLE, "")
    values |= {v for v in (notified, *_SPLIT.split(notified)) if len(v) >= _SHORTEST_SECRET}
    return tuple(sorted(values, key=len, reverse=True))


def mask(text: str, secrets: Iterable[str] = ()) -> str:
    """The text with known secret values and anything shaped like a token replaced by `[masked]`."""
    for secret in secrets:
        if secret in text:
            text = text.replace(secret, MASK)
    for mark, token, masked in _TOKENS:
        if mark in text:
            text = token.sub(masked, text)
    if ":" in text and "authorization: " in text.lower():
        text = _AUTHORIZATION.sub(rf"\1{MASK}", text)
    return text


def shown(text: object, width: int = 60) -> str:
    """A name from outside in quotes, safe to print, cut to so many characters."""
    return f"'{one_line(str(text), width)}'"
