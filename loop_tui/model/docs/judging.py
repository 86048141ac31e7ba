"""Which references of a document are stale (SPEC section 7): what is not known to be a reference is left alone.

External links are never looked at. docs/documents.md has how often these rules are right.
"""

import posixpath
from collections.abc import Iterator
from urllib.parse import unquote

from loop_tui.model.regex import regex

from .commands import stale_command
from .document import JUDGED, DocFinding, FindingKind, MarkdownDocument, Reference, ReferenceMarkup
from .known import MADE, KnownReferents
from .versions import is_behind, stale_version

_SCHEME = regex(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_RUN = regex(r"(?:~/\.claude/runs/)?(?:\d{4}-\d{2}/)?([A-Za-z0-9_.-]+-\d{2}T\d{2}-\d{2}-\d{2}(?:-\d+)?)(?:\.json|/)?")
_PATH = regex(r"(?:\./)?([\w.@+-]+(?:/[\w.@+-]+)+)(?::\d+){0,2}")
_PLACEHOLDER = regex(r"(?:[A-Z][A-Z_]+|[Xx]+|[Yy]{4}.*)\Z")
_LINE_ANCHOR = regex(r"L\d+.*")
_MARKDOWN = (".md", ".markdown")
_HOSTING = frozenset({".github", ".gitlab", ".gitea", ".forgejo", ".circleci"})
"""Of hidden folders only these are the repository's own: others are often those of the reader's project."""
_MOST_SAME = 200
"""So many files of one name are compared; with more, one of them may be meant."""
_FOUND = tuple[FindingKind, str]


def findings(document: MarkdownDocument, known: KnownReferents) -> Iterator[DocFinding]:
    """What is stale in a document, but for its age; nothing in one that is archived or pruned."""
    if document.life not in JUDGED:
        return
    for line, text in document.unknown:
        yield DocFinding(document.path, line, FindingKind.STATE, text, "no such kind or state")
    if document.life.value == "stale":
        yield DocFinding(document.path, document.life_line, FindingKind.STATE, "stale", "is marked as stale")
    if is_behind(document.version, known.version):
        why = f"the version is {known.version}"
        yield DocFinding(document.path, document.version_line, FindingKind.VERSION, document.version, why)
    for reference in document.references:
        found = judge(reference, document, known)
        if found is not None:
            yield DocFinding(document.path, reference.line, found[0], reference.text, found[1])


def judge(reference: Reference, document: MarkdownDocument, known: KnownReferents) -> _FOUND | None:
    """What is stale about a reference, and why; None where nothing is known to be."""
    if reference.markup is ReferenceMarkup.LINK:
        return _link(reference.text, document, known)
    text = reference.text.strip()
    if (run := _run(text, known)) is not None:
        return run
    if document.is_record:
        return None
    if (
        command := stale_command(text, document.path, known, is_fence=reference.markup is ReferenceMarkup.SHELL)
    ) is not None:
        return FindingKind.COMMAND, command
    if (version := stale_version(text, known)) is not None:
        return FindingKind.VERSION, version
    return _path(text, document, known) if reference.markup is ReferenceMarkup.CODE else None


def _link(text: str, document: MarkdownDocument, known: KnownReferents) -> _FOUND | None:
    if not text or _SCHEME.match(text):
        return None
    place, _, anchor = text.partition("#")
    place = unquote(place.partition("?")[0])
    target = document.path
    if place:
        base = "" if place.startswith("/") else posixpath.dirname(document.path)
        target = posixpath.normpath(posixpath.join(base, place.strip("/") if not base else place))
        if target.startswith("../") or target == "..":
            return None  # It leaves the project: on a hosting site this is another page.
        if not known.is_there(target):
            if (run := _run(target, known)) is not None:
                return run
            return FindingKind.LINK, "no such file"
    return _anchor(unquote(anchor), target, known)


def _anchor(anchor: str, target: str, known: KnownReferents) -> _FOUND | None:
    if anchor.lower() in ("", "top") or not target.lower().endswith(_MARKDOWN):
        return None
    anchors = known.anchors(target)
    if anchors is None or _LINE_ANCHOR.fullmatch(anchor) or anchor.lower() in anchors:
        return None
    return FindingKind.HEADING, f"no such heading in {target}"


def _run(text: str, known: KnownReferents) -> _FOUND | None:
    found = _RUN.fullmatch(text)
    if found is None or known.archived is None or known.archived(found[1]):
        return None
    return FindingKind.RUN, "no such archived run"


def _path(text: str, document: MarkdownDocument, known: KnownReferents) -> _FOUND | None:
    """A file by its path: it has an ending, and the folder that it begins with exists."""
    found = _PATH.fullmatch(text)
    if found is None:
        return None
    path = found[1]
    parts = path.split("/")
    stem, dot, ending = parts[-1].rpartition(".")
    if not dot or not stem or not ending.isalnum() or parts[0] in MADE or any(map(_PLACEHOLDER.match, (*parts, stem))):
        return None
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(document.path), path))
    if beside.startswith("../") or known.is_there(path) or known.is_there(beside):
        return None
    begins = (not parts[0].startswith(".") or parts[0] in _HOSTING) and known.is_folder(parts[0])
    same = known.named.get(parts[-1], ())
    if not begins or len(same) > _MOST_SAME or any(each.endswith(f"/{path}") for each in same):
        return None
    return FindingKind.PATH, "no such file"
