"""What links can name in a document: its headings as hosting sites write them in addresses."""

import unicodedata
from collections.abc import Iterable

from loop_tui.model.regex import regex

_HYPHENS = regex(r"-{2,}")


def slug(title: str) -> str:
    """A heading as an anchor: small letters, spaces as hyphens, and of signs only hyphens and underscores."""
    kept = (sign for sign in title.strip().lower() if sign in "- " or _is_word(sign))
    return "".join(kept).replace(" ", "-")


def anchors_of(titles: Iterable[str]) -> frozenset[str]:
    """The anchors of headings in order; a title that comes again gets a number. Also without doubled hyphens."""
    seen: dict[str, int] = {}
    found: set[str] = set()
    for title in titles:
        anchor = slug(title)
        count = seen.get(anchor, 0)
        seen[anchor] = count + 1
        found.add(f"{anchor}-{count}" if count else anchor)
    return frozenset(found | {_HYPHENS.sub("-", anchor).strip("-") for anchor in found})


def _is_word(sign: str) -> bool:
    """Letters, marks (those of emoji among them), numbers, and what connects words."""
    category = unicodedata.category(sign)
    return category[0] in "LMN" or category == "Pc"
