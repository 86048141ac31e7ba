"""The documents of a project held against what exists, and what becomes of one that is edited (SPEC section 7)."""

from msgspec import Struct

from .document import DocFinding


class Alignment(Struct, frozen=True):
    """What is stale, by place, of how many documents; `is_cut` says that not everything was looked at."""

    findings: tuple[DocFinding, ...] = ()
    documents: int = 0
    is_cut: bool = False


class DocEdit(Struct, frozen=True):
    """What becomes of a document; `path` is that from the top of the project."""

    path: str
    before: str
    after: str
