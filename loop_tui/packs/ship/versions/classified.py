"""Which version comes next, and why, commit by commit (SHIP "Planning a release"). Pure."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from loop_tui.model.base import Model

from .conventional import Commit, original, parse, without_number
from .headers import Header, read_header
from .reverts import reverted

__all__ = ["BumpLevel", "Commit", "CommitVerdict", "classify", "describe", "parse", "strongest"]

_LISTED = 3


class BumpLevel(StrEnum):
    """How much of a version a commit moves."""

    NONE = "none"
    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"

    @property
    def rank(self) -> int:
        """Higher moves more."""
        return list(BumpLevel).index(self)


_LEVELS = {"feat": BumpLevel.MINOR, "fix": BumpLevel.PATCH, "perf": BumpLevel.PATCH}


class CommitVerdict(Model):
    """What one commit counts for. `kind` is its class for people: breaking, a known type, other, revert or merge."""

    commit: Commit
    kind: str
    level: BumpLevel = BumpLevel.NONE
    reason: str = ""
    cancelled_by: str = ""


def classify(commits: Sequence[Commit]) -> tuple[CommitVerdict, ...]:
    """What each commit counts for, newest first as they came; reverts cancel what they name (SHIP).

    A revert that was itself reverted cancels nothing, so what it named counts again. A merge that only repeats a commit
    of this range counts no second time. The time grows with the number of commits.
    """
    found = reverted(commits)
    brought = {_title_of(c): c.sha for c in reversed(commits) if c.header and not c.is_merge}
    return tuple(_verdict(c, found.cancelled.get(c.sha, ""), c.sha in found.reverting, brought) for c in commits)


def _title_of(commit: Commit) -> tuple[str, str, bool, str]:
    header = commit.header or Header(type="")
    return header.type, header.scope, header.breaking, without_number(header.words)


def _verdict(
    commit: Commit, cancelled_by: str, reverts_here: bool, brought: Mapping[tuple[str, str, bool, str], str]
) -> CommitVerdict:
    if cancelled_by:
        reason = f"reverted by {cancelled_by[:7]}"
        return CommitVerdict(commit=commit, kind=_kind(commit), reason=reason, cancelled_by=cancelled_by)
    if commit.is_merge and not reverts_here:
        same = brought.get(_title_of(commit)) if commit.header else None
        if same and commit.breaking is None:
            return CommitVerdict(commit=commit, kind="merge", reason=f"counted once, as {same[:7]}")
        if commit.breaking is None and (commit.header is None or _level_of(commit.header) is BumpLevel.NONE):
            return CommitVerdict(commit=commit, kind="merge", reason="merges count by the commits they bring")
    is_revert = bool(commit.reverts_subject) or (commit.header is not None and commit.header.type == "revert")
    if is_revert and not (commit.breaking is not None or (commit.header and commit.header.breaking)):
        return _revert(commit, reverts_here)
    return _own(commit)


def _revert(commit: Commit, reverts_here: bool) -> CommitVerdict:
    if reverts_here:
        return CommitVerdict(commit=commit, kind="revert", reason="reverts a commit of this release")
    subject, undone = original(commit.subject)
    header = read_header(subject)
    level = _level_of(header) if header else BumpLevel.PATCH
    if undone and level is not BumpLevel.NONE:
        return CommitVerdict(commit=commit, kind="revert", level=BumpLevel.PATCH, reason="reverts an earlier release")
    reason = "restores something reverted before" if level is not BumpLevel.NONE else "changes nothing that is shipped"
    return CommitVerdict(commit=commit, kind="revert", level=level, reason=reason)


def _own(commit: Commit) -> CommitVerdict:
    # The header is the author's decision: what the body lists of the squashed commits never raises it.
    headers = [commit.header] if commit.header else list(commit.included)
    notes = _notes(commit)
    breaking = next((h for h in headers if h.breaking), None)
    if breaking or commit.breaking is not None:
        words = commit.breaking if commit.breaking is not None else breaking.words if breaking else ""
        reason = f"breaking change: {words}{notes}"
        return CommitVerdict(commit=commit, kind="breaking", level=BumpLevel.MAJOR, reason=reason)
    strongest = max(headers, key=lambda h: _level_of(h).rank, default=None)
    level = _level_of(strongest)
    if strongest is None or (level is BumpLevel.NONE and not strongest.known):
        return CommitVerdict(commit=commit, kind="other", reason=f"no type that counts{notes}")
    inside = "" if strongest is commit.header else " (in its body)"
    what = {BumpLevel.MINOR: "new feature", BumpLevel.PATCH: "fix" if strongest.type == "fix" else "faster"}
    reason = what.get(level, f"{strongest.type} changes no version") + inside + notes
    return CommitVerdict(commit=commit, kind=strongest.type, level=level, reason=reason)


def _notes(commit: Commit) -> str:
    """What else there is to say of a commit: how its header should be written, and what its body lists in vain."""
    said = [commit.hint] if commit.hint else []
    if commit.quoted:
        said.append(f"a breaking note in its body was written by a program and does not count: {commit.quoted}")
    own = _level_of(commit.header)
    if commit.header and not commit.header.breaking:
        larger = [h for h in commit.included if _level_of(h).rank > own.rank]
        if larger:
            listed = ", ".join(f"{h.type}{'!' if h.breaking else ''}: {h.words}" for h in larger[:_LISTED])
            more = f" and {len(larger) - _LISTED} more" if len(larger) > _LISTED else ""
            said.append(f"its title decides; its body lists {listed}{more}")
    return "".join(f"; {words}" for words in said)


def _level_of(header: Header | None) -> BumpLevel:
    if header is None:
        return BumpLevel.NONE
    return BumpLevel.MAJOR if header.breaking else _LEVELS.get(header.type, BumpLevel.NONE)


def _kind(commit: Commit) -> str:
    return commit.header.type if commit.header and commit.header.known else "other"


def strongest(verdicts: Sequence[CommitVerdict]) -> CommitVerdict | None:
    """The newest of the commits that move most of the version; None when nothing moves it."""
    found = max(verdicts, key=lambda verdict: verdict.level.rank, default=None)
    return found if found is not None and found.level is not BumpLevel.NONE else None


def describe(verdicts: Sequence[CommitVerdict]) -> str:
    """What the commits are, in words: `3 commits, 1 feature, 2 fixes`; those that cancel each other out are counted."""
    counted = [v for v in verdicts if v.kind != "merge"]
    live = [v for v in counted if not v.cancelled_by]
    amounts = [(len(counted), "commit", "commits")]
    amounts += [
        (sum(1 for v in live if v.kind == kind), one, many)
        for kind, one, many in (
            ("breaking", "breaking change", "breaking changes"),
            ("feat", "feature", "features"),
            ("fix", "fix", "fixes"),
            ("perf", "speed-up", "speed-ups"),
            ("other", "other", "other"),
        )
    ]
    amounts.append((len(counted) - len(live), "reverted", "reverted"))
    return ", ".join(f"{n} {one if n == 1 else many}" for n, one, many in amounts if n) or "no commits"
