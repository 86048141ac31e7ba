"""Reading commit messages by Conventional Commits 1.0 (SHIP "Planning a release"). Pure."""

import re

from loop_tui.model.base import Model
from loop_tui.model.text import one_line

_HEADER = re.compile(r"(?P<type>[A-Za-z][\w-]*)(?:\((?P<scope>[^()]+)\))?(?P<bang>!)?:\s+(?P<words>\S.*)")
_BULLET = re.compile(r"\s{0,3}[*+-]\s+(?P<line>\S.*)")
_BREAKING = re.compile(r"(?:[*+-]\s+)?BREAKING[ -]CHANGE(?::(?=\s|$)|\s#)\s*(?P<words>.*)")
_NAMED = re.compile(
    r"\bThis reverts commits? (?P<shas>[0-9a-f]{7,64}(?:(?:,| and|, and) [0-9a-f]{7,64})*)", re.IGNORECASE
)
_MERGE_NAMED = re.compile(
    r"This reverts commit (?P<merge>[0-9a-f]{7,64}), reversing\s+changes made to (?P<kept>[0-9a-f]{7,64})",
    re.IGNORECASE,
)
_REFS = re.compile(r"Refs(?::\s+|\s+#)(?P<shas>.+)", re.IGNORECASE)
_SHA = re.compile(r"\b[0-9a-f]{7,64}\b", re.IGNORECASE)
_QUOTED = re.compile(r"(?P<word>Revert|Reapply) \"(?P<subject>.*)\"(?:\s+\(#\d+\))?")
_NUMBER = re.compile(r"\s+\(#\d+\)$")

ALIASES = {"feature": "feat"}
KNOWN = frozenset(
    ("feat", "fix", "perf", "docs", "chore", "test", "refactor", "style", "ci", "build", "revert"),
)


class Header(Model):
    """A conventional line. `type` is lower-case with its aliases resolved."""

    type: str
    scope: str = ""
    breaking: bool = False
    words: str = ""

    @property
    def known(self) -> bool:
        """True when the type is one of those that the release rules speak of."""
        return self.type in KNOWN


class Commit(Model):
    """A commit as its message reads. `subject` is cleaned; `header` is None when it is not conventional.

    `included` are the conventional bullets of a squash body. `reverts` are the shas that it says it reverts and
    `reverts_merge` pairs of a merge and the parent that is kept; `reverts_subject` is a commit named by its subject.
    """

    sha: str
    subject: str
    parents: tuple[str, ...] = ()
    header: Header | None = None
    breaking: str | None = None
    included: tuple[Header, ...] = ()
    reverts: tuple[str, ...] = ()
    reverts_merge: tuple[tuple[str, str], ...] = ()
    reverts_subject: str = ""

    @property
    def is_merge(self) -> bool:
        """True when it joins lines of history; what it joined stands for itself."""
        return len(self.parents) > 1


def read_header(line: str) -> Header | None:
    """The conventional header that a line is, or None."""
    match = _HEADER.fullmatch(line.strip())
    if match is None:
        return None
    word = match["type"].lower()
    return Header(
        type=ALIASES.get(word, word),
        scope=one_line(match["scope"] or ""),
        breaking=bool(match["bang"]),
        words=one_line(match["words"]),
    )


def parse(sha: str, message: str, parents: tuple[str, ...] = ()) -> Commit:
    """What a raw commit message says. Total: any text gives a commit."""
    lines = message.lstrip("\ufeff\r\n\t ").splitlines()
    subject = one_line(lines[0]) if lines else ""
    body = lines[1:]
    header = read_header(subject)
    footer = next((m for m in map(_BREAKING.match, map(str.strip, body)) if m), None)
    return Commit(
        sha=sha,
        subject=subject,
        parents=parents,
        header=header,
        breaking=one_line(footer["words"]) or subject if footer else None,
        included=() if _is_update(header) else _included(body),
        reverts=_reverted(message, header, body),
        reverts_merge=tuple((m["merge"].lower(), m["kept"].lower()) for m in _MERGE_NAMED.finditer(message)),
        reverts_subject=_reverted_subject(subject, header),
    )


def _is_update(header: Header | None) -> bool:
    # The bodies of dependency updates quote the changelog of somebody else's package.
    return header is not None and header.scope.lower().startswith("deps")


def _included(body: list[str]) -> tuple[Header, ...]:
    """The bullets of a squash body that are conventional lines, without those that a later bullet reverts."""
    found: list[Header] = []
    texts: list[str] = []
    for match in filter(None, map(_BULLET.fullmatch, body)):
        line = one_line(match["line"])
        header = read_header(line)
        undone = _reverted_subject(line, header)
        if undone and undone in texts:
            place = len(texts) - 1 - texts[::-1].index(undone)
            del texts[place], found[place]
        elif header and header.known:
            found.append(header)
            texts.append(line)
    return tuple(found)


def _reverted(message: str, header: Header | None, body: list[str]) -> tuple[str, ...]:
    merges = {m["merge"].lower() for m in _MERGE_NAMED.finditer(message)}
    shas = [sha for m in _NAMED.finditer(message) for sha in _SHA.findall(m["shas"])]
    if header and header.type == "revert":
        shas += [sha for m in map(_REFS.match, map(str.strip, body)) if m for sha in _SHA.findall(m["shas"])]
    return tuple(dict.fromkeys(sha.lower() for sha in shas if sha.lower() not in merges))


def _reverted_subject(subject: str, header: Header | None) -> str:
    if quoted := _QUOTED.fullmatch(subject):
        inner = quoted["subject"]
        return f'Revert "{inner}"' if quoted["word"] == "Reapply" else inner
    return header.words if header and header.type == "revert" and read_header(header.words) else ""


def same_subject(one: str, other: str) -> bool:
    """True when two subjects are the same but for the pull request's number behind them."""
    return _NUMBER.sub("", one) == _NUMBER.sub("", other)


def original(subject: str) -> tuple[str, bool]:
    """The subject inside nested `Revert "..."` and `Reapply "..."`, and whether what it names ends up undone."""
    undone = False
    while quoted := _QUOTED.fullmatch(subject):
        undone ^= quoted["word"] == "Revert"
        subject = quoted["subject"]
    header = read_header(subject)
    if header and header.type == "revert":
        return header.words, not undone
    return subject, undone
