"""Reading commit messages by Conventional Commits 1.0 (SHIP "Planning a release"). Pure.

What is nearly conventional is read by `near_misses`; what of a body its author said by `bots`.
"""

import re

from loop_tui.model.base import Model
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line

from .bots import own_lines
from .headers import Header, read_header
from .near_misses import hint_for, read_nearly

_BULLET = regex(r"\s{0,3}[*+-]\s+(?P<line>\S.*)")
_BREAKING = regex(r"(?P<bullet>[*+-]\s+)?BREAKING[ -]CHANGE(?::(?=\s|$)|\s#)\s*(?P<words>.*)")
_NAMED = regex(r"\bThis reverts commits? (?P<shas>[0-9a-f]{7,64}(?:(?:,| and|, and) [0-9a-f]{7,64})*)", re.IGNORECASE)
_MERGE_NAMED = regex(
    r"This reverts commit (?P<merge>[0-9a-f]{7,64}), reversing\s+changes made to (?P<kept>[0-9a-f]{7,64})",
    re.IGNORECASE,
)
_REFS = regex(r"Refs(?::\s+|\s+#)(?P<shas>.+)", re.IGNORECASE)
_SHA = regex(r"\b[0-9a-f]{7,64}\b", re.IGNORECASE)
_QUOTED = regex(r"(?P<word>Revert|Reapply) \"(?P<subject>.*)\"(?:\s+\(#\d+\))?")
_NUMBER = regex(r"\s+\(#\d+\)$")

# As git, GitHub, GitLab, Bitbucket and Azure write it; only the last has the title in the same line.
_MERGED = regex(
    r"Merge (?:pull request|branch(?:es)?|remote-tracking branch|tag|commit|PR|!?#?\d+)\b|Merged in \S"
    r"|Merged PR \d+: (?P<title>.+)",
    re.IGNORECASE,
)


class Commit(Model):
    """A commit as its message reads. `subject` is cleaned; `header` is None when it is not conventional.

    A merge may have its header in the first line of its body, where GitHub and others put the title. `hint` says that a
    header was nearly conventional, and how it is written. `included` are the conventional bullets of a squash body:
    they count only where there is no header, which is the author's decision.

    `quoted` is a breaking note that a program put into the body, and that does not count. `reverts` are the shas that
    it says it reverts and `reverts_merge` pairs of a merge and the parent that is kept; `reverts_subject` is a commit
    named by its subject.
    """

    sha: str
    subject: str
    parents: tuple[str, ...] = ()
    header: Header | None = None
    hint: str = ""
    breaking: str | None = None
    quoted: str = ""
    included: tuple[Header, ...] = ()
    reverts: tuple[str, ...] = ()
    reverts_merge: tuple[tuple[str, str], ...] = ()
    reverts_subject: str = ""

    @property
    def is_merge(self) -> bool:
        """True when it joins lines of history; what it joined stands for itself."""
        return len(self.parents) > 1


def parse(sha: str, message: str, parents: tuple[str, ...] = (), author: str = "") -> Commit:
    """What a raw commit message says. Total: any text gives a commit.

    What a program quotes in the body of an update, bullets and breaking notes alike, is not ours and is not read.
    """
    lines = message.lstrip("\ufeff\r\n\t ").splitlines()
    subject = one_line(lines[0]) if lines else ""
    body = lines[1:]
    header, hint = _title(subject, body, parents)
    own = own_lines(author, subject, header, body)
    found, notes = _notes(body), _notes(own)
    # Below a header the bullets are the list of what was squashed, and decide nothing.
    footer = next((m for m in notes if header is None or not m["bullet"]), None)
    return Commit(
        sha=sha,
        subject=subject,
        parents=parents,
        header=header,
        hint=hint,
        breaking=one_line(footer["words"]) or subject if footer else None,
        quoted=one_line(found[0]["words"]) if found and not notes else "",
        included=() if len(parents) > 1 else _included(own),
        reverts=_reverted(message, header, body),
        reverts_merge=tuple((m["merge"].lower(), m["kept"].lower()) for m in _MERGE_NAMED.finditer(message)),
        reverts_subject=_reverted_subject(subject, header),
    )


def _title(subject: str, body: list[str], parents: tuple[str, ...]) -> tuple[Header | None, str]:
    """The header of a message and how it should have been written; of a merge also where its title stands."""
    if found := read_header(subject):
        return found, "" if found.known else hint_for(subject)
    header, hint = read_nearly(subject)
    merged = _MERGED.match(subject)
    if header is None and (merged or len(parents) > 1):
        line = (merged and merged["title"]) or next((one_line(line) for line in body if line.strip()), "")
        header, hint = (read_header(line), "") if read_header(line) else read_nearly(line)
    return header, hint or ("" if header else hint_for(subject))


def _notes(body: list[str]) -> list[re.Match[str]]:
    return [m for m in map(_BREAKING.match, map(str.strip, body)) if m]


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


def without_number(subject: str) -> str:
    """A subject without the number of the pull request behind it: two that are the same then are the same."""
    return _NUMBER.sub("", subject)


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
