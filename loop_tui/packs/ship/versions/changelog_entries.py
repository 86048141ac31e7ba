"""What a changelog may say of commits: their own words, grouped as Keep a Changelog groups entries. Pure."""

from collections.abc import Iterator, Sequence

from loop_tui.packs.ship import markdown as md

from .classified import BumpLevel, CommitVerdict
from .conventional import original
from .headers import Header, read_header

GROUPS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
"""The groups, in the order of https://keepachangelog.com."""
_OF_TYPE = {"feat": "Added", "fix": "Fixed", "perf": "Changed", "deprecate": "Deprecated", "security": "Security"}
_SECURITY = "security"
# They move no version by themselves, and are told all the same.
_BESIDE = (_SECURITY, "deprecate")


def proposed_entries(verdicts: Sequence[CommitVerdict]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The groups that have entries, each entry as Markdown with everything from outside escaped and masked.

    Commits that move the version are in it, newest first; where none does, those that say no type. What was taken back
    and merges that repeat a commit are not.
    """
    live = [v for v in verdicts if not v.cancelled_by]
    moving = [v for v in live if v.level is not BumpLevel.NONE or _type_of(v) in _BESIDE]
    chosen = moving or [v for v in live if v.kind == "other"]
    found: dict[str, dict[str, None]] = {}
    for verdict in chosen:
        for group, entry in _entries(verdict):
            found.setdefault(group, {}).setdefault(entry)
    return tuple((group, tuple(found[group])) for group in GROUPS if group in found)


def _type_of(verdict: CommitVerdict) -> str:
    return verdict.commit.header.type if verdict.commit.header else ""


def _entries(verdict: CommitVerdict) -> Iterator[tuple[str, str]]:
    commit = verdict.commit
    if verdict.kind == "revert":
        subject, undone = original(commit.subject)
        header = read_header(subject)
        yield "Removed" if undone else "Added", _words(header, subject)
        return
    counted = (h for h in commit.included if h.type in _OF_TYPE or h.breaking)
    headers: Sequence[Header] = [commit.header] if commit.header else list(counted)
    if not headers:
        yield "Changed", _words(None, commit.subject)
    for header in headers:
        breaking = header.breaking or (verdict.kind == "breaking" and header is headers[0])
        yield _group(header, breaking=breaking), _words(header, "", breaking=breaking)


def _group(header: Header, *, breaking: bool) -> str:
    if _SECURITY in (header.type, header.scope.lower()):
        return "Security"
    return "Changed" if breaking else _OF_TYPE.get(header.type, "Changed")


def _words(header: Header | None, subject: str, *, breaking: bool = False) -> str:
    if header is None:
        return md.escape(subject)
    scope = f"{header.scope}: " if header.scope else ""
    return md.escape(f"{'Breaking: ' if breaking else ''}{scope}{header.words}")
