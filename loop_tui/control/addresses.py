"""The web addresses that a question names, to be copied: what a border folds cannot be selected in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loop_tui.model.regex import regex
from loop_tui.model.text import clean

if TYPE_CHECKING:
    from .snapshot import Snapshot

_ADDRESS = regex(r"https?://[^\s<>\"'`]*[^\s<>\"'`.,;:!?)\]]")


def addresses(snapshot: Snapshot) -> tuple[str, ...]:
    """The addresses in the open question, each once, in their order; none where none is asked."""
    question = snapshot.question if snapshot.attention.kind == "question" else None
    found = _ADDRESS.findall(clean(f"{question.text}\n{question.detail}")) if question is not None else ()
    return tuple(dict.fromkeys(found))
