"""How old a document of each kind may get before somebody should look at it again (SPEC section 7)."""

from collections.abc import Mapping
from datetime import date

from .document import JUDGED, DocFinding, DocKind, FindingKind, LifeCycle, MarkdownDocument

LIMIT_DAYS: Mapping[DocKind, int] = {
    DocKind.GUIDES: 365,
    DocKind.SPECS: 365,
    DocKind.AUDITS: 180,
    DocKind.REVIEWS: 180,
}
"""Decisions and records of runs do not age: they say what was so."""
DRAFT_DAYS = 90
"""A draft of any kind should be finished or given up by then."""

FRESH_DAYS = min(DRAFT_DAYS, *LIMIT_DAYS.values())
"""No document is too old before."""


def too_old(document: MarkdownDocument, changed: date | None, today: date) -> DocFinding | None:
    """What is said of a document that was last changed before its limit; None where its age is not known."""
    if document.life not in JUDGED or changed is None:
        return None
    limit = None if document.is_dated else LIMIT_DAYS.get(document.kind)
    if document.life is LifeCycle.DRAFT:
        limit = min(limit or DRAFT_DAYS, DRAFT_DAYS)
    days = (today - changed).days
    if limit is None or days <= limit:
        return None
    what = "a draft" if document.life is LifeCycle.DRAFT else f"a document of kind {document.kind}"
    why = f"not changed for {days} days; {what} is due after {limit}"
    return DocFinding(document.path, 1, FindingKind.AGE, changed.isoformat(), why)
