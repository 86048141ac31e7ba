"""What the lines of a Dream State say: names, statuses, counts, without the marks of Markdown around them."""

import re
import unicodedata

from msgspec import Struct

from loop_tui.model.dream.tree import NodeStanding, Tier
from loop_tui.model.regex import regex

from .vocabulary import COLUMNS, SIGNS, STATUSES, TOPICS, Column, Topic

_MOST = 2000
"""So many characters of a line are looked at."""
_LONGEST = 200


_JOINERS = "\ufe0e\ufe0f\u200d"
_COMMENT = regex(r"<!--(?:[^-]|-(?!->))*(?:-->|\Z)")
_LINK = regex(r"!?\[([^\[\]]*)\]\([^()]*\)")
_EMPHASIS = regex(r"\*\*|~~|`")
_EMPHASISED = regex(r"([*_])([^*_]{1,400})\1")
_ESCAPED = regex(r"\\([!-/:-@\[-`{-~])")
_COUNT = regex(r"(?<!\d)(\d{1,6})\s{0,8}(?:/|of|out of|von|de|sur|di)\s{0,8}(\d{1,6})(?!\d)")
_NUMBER = regex(r"\d{1,2}(?:\.\d{1,2})*[.)]\s+(?=\S)")
_PERCENT = regex(r"(?<!\d)(\d{1,3})\s?%")
_PLACEHOLDER = regex(r"\s*(?:\{[^{}]*\}|\(\s*(?:none|no |first |n/a)[^()]*\)|[—–-]+|none|n/a|tbd)\s*\.?\s*")
_LAST_BRACKET = regex(r"\s*[(\[]([^()\[\]]{0,80})[)\]]\s*\Z")
_LAST_DASH = regex(r"\s+(?:--|[—–-])\s+([^—–]{1,40})\Z")
_DASH = regex(r"\s+(?:--|[—–-])\s+")
_LABEL = regex(r"(\*\*[^*]{1,200}\*\*|`[^`]{1,200}`)\s*:")
_DEFERRED = regex(r"(?:\[(?:deferred|postponed|parked)\]|(?:deferred|postponed|parked)\s{0,4}:)\s*", re.IGNORECASE)
_STRUCK = regex(r"~~[^~]{1,400}~~")
_MEMBER = regex(
    r"(module|modul|módulo|modulo|system|sistema|système)(?:\s+dream\s+state)?\s*(?::|--|[–—-])\s*(?=\S)", re.IGNORECASE
)
_TITLE = regex(
    r"(?:(?:organi[sz]ation|system|module)?\W{0,3}(?:dream\W?state|traumzustand))\s*(?:(?::|--|[–—-])\s*|\Z)",
    re.IGNORECASE,
)
_OWN_LABEL = regex(
    r"(?:organi[sz]ation|organizaci[oó]n|system|sistema|système|modul|module|m[oó]dulo)\s*:\s*(?=\S)", re.IGNORECASE
)


class StatusWords(Struct, frozen=True):
    """What a status says, and its words without signs."""

    standing: NodeStanding | None
    words: str


_NOTHING = StatusWords(None, "")


def plain(text: str) -> str:
    """A line without comments, links, emphasis and escapes of Markdown; of a long one only the beginning."""
    text = _COMMENT.sub("", text[:_MOST])
    text = _LINK.sub(r"\1", text)
    text = _EMPHASIS.sub("", text).strip()
    emphasised = _EMPHASISED.fullmatch(text)
    return " ".join(_ESCAPED.sub(r"\1", emphasised[2] if emphasised else text).split())


def without_signs(text: str) -> str:
    """A text without emoji and ticks at its ends."""
    first, last = 0, len(text)
    while first < last and _is_sign(text[first]):
        first += 1
    while last > first and _is_sign(text[last - 1]):
        last -= 1
    return text[first:last]


def _is_sign(sign: str) -> bool:
    return sign.isspace() or sign in _JOINERS or unicodedata.category(sign) in ("So", "Sk")


def is_placeholder(text: str) -> bool:
    """True for what a template has where nothing was written yet, and for words that say that there is nothing."""
    return not text.strip() or _PLACEHOLDER.fullmatch(text.casefold()[:_MOST]) is not None


def is_template(text: str) -> bool:
    """True for what a template has in braces where a name is due."""
    return text.startswith("{") and text.endswith("}")


def topic_of(title: str) -> Topic | None:
    """What a section of that heading is about; None where the heading is not known."""
    return TOPICS.get(_key(title))


def heading_key(title: str) -> str:
    """What a heading is compared by."""
    return _key(title)


def column_of(header: str) -> Column | None:
    """What a column of that header says."""
    return COLUMNS.get(_key(header))


def _key(text: str) -> str:
    return _without_number(without_signs(plain(text))).strip(" :").casefold()


def _without_number(text: str) -> str:
    """A heading without the number that people begin it with: `2. Modules`."""
    found = _NUMBER.match(text)
    return text[found.end() :] if found is not None else text


def status_of(text: str) -> StatusWords:
    """What a status says: by its word, or by its sign where it has no word that is known."""
    text = plain(text)
    words = without_signs(text)
    standing = STATUSES.get(words.casefold().replace("-", " ").replace("_", " ").strip(" .:"))
    if standing is None:
        standing = next((SIGNS[sign] for sign in text[:80] if sign in SIGNS), None)
    return StatusWords(standing, words or text)


def count_in(text: str) -> tuple[int, int] | None:
    """The first count of the form `4/7` or `4 of 7`."""
    found = _COUNT.search(text[:_MOST])
    return (int(found[1]), int(found[2])) if found else None


def count_at(text: str) -> tuple[int, int] | None:
    """Where the first number of that count stands."""
    found = _COUNT.search(text[:_MOST])
    return found.span(1) if found else None


def whole_count_at(text: str) -> tuple[int, int, str] | None:
    """Where that count stands, from its first number to its last, and what is between the two."""
    found = _COUNT.search(text[:_MOST])
    return (found.start(1), found.end(2), found.string[found.end(1) : found.start(2)]) if found else None


def percent_in(text: str) -> int | None:
    """The first percentage."""
    found = _PERCENT.search(text[:_MOST])
    return int(found[1]) if found else None


def percent_at(text: str) -> tuple[int, int] | None:
    """Where the number of that percentage stands."""
    found = _PERCENT.search(text[:_MOST])
    return found.span(1) if found else None


def title_name(title: str) -> str:
    """What the heading of a document names: what follows `Dream State` or `System:`, or the whole.

    Empty for a heading of nothing but that.
    """
    words = without_signs(plain(title))
    found = _TITLE.search(words) or _OWN_LABEL.match(words)
    return without_signs(words[found.end() :])[:_LONGEST] if found else words[:_LONGEST]


def is_title(title: str) -> bool:
    """True for a heading that says that the document is a Dream State."""
    return _TITLE.search(without_signs(plain(title))) is not None


def member_title(title: str, tier: Tier) -> str:
    """What the heading of a module (or of a system) names that has it as its label, such as `Module: auth`.

    Empty for any other heading.
    """
    words = without_signs(plain(title))
    found = _MEMBER.match(words)
    if found is None or (tier is Tier.SYSTEM) != found[1].casefold().startswith("s"):
        return ""
    return words[found.end() :]


def heading_name(title: str) -> tuple[str, StatusWords, tuple[int, int] | None]:
    """The name in a heading, and the status and the count that it says in brackets, after a dash or by a sign."""
    text = _without_number(plain(title))
    name = without_signs(text)
    status = status_of(text[:2] + text[-2:]) if name != text else _NOTHING
    count: tuple[int, int] | None = None
    for ending in (_LAST_BRACKET, _LAST_BRACKET, _LAST_DASH):
        found = ending.search(name)
        if found is None or not name[: found.start()].strip():
            continue
        said, counted = status_of(found[1]), count_in(found[1])
        if said.standing is None and counted is None and percent_in(found[1]) is None:
            continue
        status = said if said.standing is not None else status
        count, name = counted or count, without_signs(name[: found.start()])
    return (name or text)[:_LONGEST], status, count


def item_name(text: str) -> str:
    """The name of a function: what stands before its description, without `operational`."""
    label = _LABEL.match(text[:_MOST].lstrip())
    words = plain(label[1] if label else text)
    words = _DEFERRED.sub("", words, count=1) if _DEFERRED.match(words) else words
    name = _DASH.split(words, maxsplit=1)[0]
    bracket = _LAST_BRACKET.search(name)
    if bracket and (status_of(bracket[1]).standing is not None or count_in(bracket[1])):
        name = name[: bracket.start()]
    name = name.strip().removesuffix(".")
    return (name.removesuffix(" operational") or words)[:_LONGEST]


def says_deferred(text: str) -> bool:
    """True for an item that says that it is deferred: by the word, or struck out."""
    text = text[:_MOST].strip()
    if NodeStanding.DEFERRED in _in_brackets(text) or _STRUCK.match(text) is not None:
        return True
    return _DEFERRED.match(plain(text)) is not None


def standing_said(text: str) -> NodeStanding | None:
    """What the text of an item with an empty box says of it beside the box: deferred or blocked; None for neither."""
    if says_deferred(text):
        return NodeStanding.DEFERRED
    return NodeStanding.BLOCKED if NodeStanding.BLOCKED in _in_brackets(text[:_MOST].strip()) else None


def _in_brackets(text: str) -> tuple[NodeStanding | None, ...]:
    """What the first words in brackets say that end the name of an item, and its whole text."""
    words = plain(text)
    found = map(_LAST_BRACKET.search, (_DASH.split(words, maxsplit=1)[0], words))
    return tuple(status_of(bracket[1].partition(" ")[0]).standing for bracket in found if bracket)


def names_in(text: str) -> tuple[str, ...]:
    """The names in a list with commas, each once."""
    parts = (plain(part).strip(" .") for part in text[:_MOST].split(","))
    return tuple(dict.fromkeys(part[:_LONGEST] for part in parts if not is_placeholder(part) and not _is_none(part)))


def _is_none(text: str) -> bool:
    return text.casefold().startswith("none ")
