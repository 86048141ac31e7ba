"""What the summary of an archive says for everybody of what packs told: `release` and `targets` (docs/shipping.md).

Whatever has another shape, as others may write it, counts as not said.
"""

from collections.abc import Mapping
from typing import NamedTuple

from loop_tui.model.text import one_line

_LONGEST = 200
_MOST = 40


class Reached(NamedTuple):
    """How far a target got, in its level's word, and what shows it."""

    id: str
    level: str = ""
    proof: str = ""
    title: str = ""

    @property
    def name(self) -> str:
        """What the loop calls it; its id in archives that do not say."""
        return self.title or self.id


def release_in(told: Mapping[str, object]) -> dict[str, str]:
    """`from`, `to`, `commit` and `tag` of what was released; empty when nothing was.

    What stood before the run has `new` = "no" besides (see `released_in`).
    """
    value = told.get("release")
    found = value if isinstance(value, dict) else {}
    return {
        key: one_line(text, _LONGEST) for key in ("from", "to", "commit", "tag", "new") if (text := _text(found, key))
    }


def released_in(told: Mapping[str, object]) -> str:
    """The version that was released; empty where none was, or what is out stood before the run."""
    release = release_in(told)
    return release.get("to", "") if release.get("new") != "no" else ""


_OF_TARGET = ("id", "level", "proof", "title")


def targets_in(told: Mapping[str, object]) -> tuple[Reached, ...]:
    """The targets that it delivered to, and how far each got."""
    value = told.get("targets")
    entries = [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
    found = [Reached(*(one_line(_text(entry, key), _LONGEST) for key in _OF_TARGET)) for entry in entries]
    return tuple(each for each in found if each.id)[:_MOST]


def _text(table: Mapping[str, object], key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""
