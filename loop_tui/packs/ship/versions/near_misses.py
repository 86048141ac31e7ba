"""Headers that are nearly conventional, as people write them: read where there is one meaning, else hinted at. Pure.

`feat：x`, `✨ feat: x`, `:sparkles: feat: x`, `feat:x` and `feat : x` can mean nothing else (SHIP "What users of such
tools reported"). A missing colon or a misspelt type can.
"""

import difflib
import unicodedata

from loop_tui.model.regex import regex

from .headers import ALIASES, KNOWN, Header, header_of

_TYPES = (KNOWN | set(ALIASES)) - {"revert"}
_COUNTING = ("feat", "feature", "fix", "perf")
"""The types that move a version: to have meant another one changes nothing."""
_SHORTCODES = regex(r"(?::[a-z0-9_+-]{1,40}:\s*)+")
_LOOSE = regex(
    r"(?P<type>[A-Za-z]+)(?P<gap>\s*)(?:[(\uff08](?P<scope>[^()\uff08\uff09]*)[)\uff09])?"
    r"(?P<space>\s*)(?P<bang>[!\uff01]?)\s*(?P<colon>[:\uff1a\ufe55\ufe13])(?P<blank>\s*)(?P<words>[^\s:/].*)"
)
_UNREAD = regex(
    r"\[(?P<boxed>[A-Za-z]+)\]|(?P<dashed>[A-Za-z]+)(?:\([^()]*\))?!?\s*[-–—|>]\s|(?P<bare>feat|perf)\s"
    r"|(?P<other>[A-Za-z]{3,12})(?:\([^()]*\))?!?\s*[:\uff1a]\s*\S"
)
_MEANT = {
    "bugfix": "fix",
    "hotfix": "fix",
    "fixes": "fix",
    "fixed": "fix",
    "bug": "fix",
    "features": "feat",
    "feats": "feat",
    "performance": "perf",
}
_PICTURES = {
    "\N{SPARKLES}": "feat",
    ":sparkles:": "feat",
    "\N{BUG}": "fix",
    ":bug:": "fix",
    "\N{AMBULANCE}": "fix",
    ":ambulance:": "fix",
    "\N{HIGH VOLTAGE SIGN}": "perf",
    ":zap:": "perf",
    "\N{COLLISION SYMBOL}": "feat!",
    ":boom:": "feat!",
}
"""What pictures before a subject stand for at gitmoji.dev."""
_DECORATION = frozenset(("So", "Sk", "Mn", "Cf"))


def read_nearly(line: str) -> tuple[Header | None, str]:
    """The header that a line can only mean, and what is not conventional about it; nothing and no word for others."""
    text, faults = _without_pictures(line.strip())
    match = _LOOSE.fullmatch(text)
    if match is None or match["type"].lower() not in _TYPES:
        return None, ""
    if match["colon"] != ":":
        faults.append("a full-width colon")
    if match["gap"] or match["space"]:
        faults.append("a space before the colon")
    elif not match["blank"] and match["colon"] == ":":
        faults.append("no space after the colon")
    if match["bang"] == "\uff01" or "\uff08" in text[: match.start("colon")]:
        faults.append("full-width characters")
    if match["scope"] is not None and not match["scope"].strip():
        faults.append("an empty scope")
    header = header_of(match["type"], match["scope"] or "", match["words"], breaking=bool(match["bang"]))
    return header, f"read as {_written(header)}, in spite of {' and '.join(faults)}" if faults else ""


def hint_for(line: str) -> str:
    """What a line may have meant that is no header, as the header to write; empty when there is no telling."""
    text = line.strip()
    rest, pictures = _without_pictures(text)
    if pictures:
        meant = next((word for sign, word in _PICTURES.items() if text.startswith(sign)), "")
        if meant:
            return f"write `{meant}: …` if that is what the emoji means"
    match = _UNREAD.match(rest)
    if match is None:
        return ""
    word = next(found for found in match.groups() if found).lower()
    close = difflib.get_close_matches(word, _COUNTING, n=1, cutoff=0.74)
    meant = word if word in _COUNTING else _MEANT.get(word) or (close[0] if close else "")
    return f"write `{ALIASES.get(meant, meant)}: …` if it is one" if meant else ""


def _without_pictures(line: str) -> tuple[str, list[str]]:
    """The line without the emoji and gitmoji codes before its words, and what to say about them."""
    start = 0
    while start < len(line):
        code = _SHORTCODES.match(line, start)
        if code is not None:
            start = code.end()
        elif unicodedata.category(line[start]) in _DECORATION or (start and line[start].isspace()):
            start += 1
        else:
            break
    return (line[start:], ["an emoji before the type"]) if start else (line, [])


def _written(header: Header) -> str:
    scope = f"({header.scope})" if header.scope else ""
    return f"`{header.type}{scope}{'!' if header.breaking else ''}: …`"
