"""The index of documents by kind, as Markdown: the same documents always give the same text."""

import posixpath
from collections.abc import Iterable
from urllib.parse import quote

from loop_tui.model.regex import regex
from loop_tui.model.text import one_line

from .document import DocKind, LifeCycle, MarkdownDocument

_LONGEST = 120
_SPECIAL = regex(r"([\\`*_\[\]<>|])")


def listing(documents: Iterable[MarkdownDocument], index: str) -> tuple[str, ...]:
    """The lines of an index that stands in the document `index`; it does not list itself, nor what is pruned."""
    folder = posixpath.dirname(index)
    lines: list[str] = []
    listed = [each for each in documents if each.path != index and each.life is not LifeCycle.PRUNED]
    for kind in DocKind:
        of_kind = sorted((each for each in listed if each.kind is kind), key=lambda each: each.path)
        if of_kind:
            lines += ["", f"**{kind.value.capitalize()}**", ""]
            lines += [_line(each, folder) for each in of_kind]
    return (*lines, "") if lines else ("", "No documents.", "")


def _line(document: MarkdownDocument, folder: str) -> str:
    title = one_line(document.title, _LONGEST) or one_line(posixpath.basename(document.path))
    quoted = _SPECIAL.sub(r"\\\1", title)
    place = quote(posixpath.relpath(document.path, folder or "."), safe="/~", errors="surrogateescape")
    state = "" if document.life is LifeCycle.ACTIVE else f" ({document.life.value})"
    return f"- [{quoted}]({place}){state}"
