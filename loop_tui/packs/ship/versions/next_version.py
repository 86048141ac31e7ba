"""Which version comes next, and why, commit by commit (SHIP "Planning a release"). Pure."""

from collections.abc import Sequence
from enum import StrEnum

from semver import Version

from loop_tui.model.answers import yes_or_no
from loop_tui.model.base import Model
from loop_tui.model.events import Refusal

from .conventional import Commit, Header, original, parse, read_header, same_subject

__all__ = ["BumpLevel", "Commit", "CommitVerdict", "Proposal", "choose", "classify", "describe", "parse", "propose"]


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


class Proposal(Model):
    """The next version. `version` is None when none is proposed; `reason` says why either way."""

    current: str
    start: str
    level: BumpLevel
    version: str | None = None
    reason: str = ""
    verdicts: tuple[CommitVerdict, ...] = ()


def classify(commits: Sequence[Commit]) -> tuple[CommitVerdict, ...]:
    """What each commit counts for, newest first as they came; reverts cancel what they name (SHIP).

    A revert that was itself reverted cancels nothing, so what it named counts again.
    """
    cancelled: dict[str, str] = {}
    effective: dict[str, tuple[str, ...]] = {}
    for place, commit in enumerate(commits):
        if commit.sha not in cancelled:
            effective[commit.sha] = targets = _targets(commit, commits, place, cancelled)
            cancelled |= {sha: commit.sha for sha in targets if sha not in cancelled}
    return tuple(_verdict(c, cancelled.get(c.sha, ""), bool(effective.get(c.sha))) for c in commits)


def _targets(commit: Commit, commits: Sequence[Commit], place: int, gone: dict[str, str]) -> tuple[str, ...]:
    """The commits of this range that a commit reverts."""
    shas = [c.sha for c in commits if c.sha != commit.sha]
    named = [next((sha for sha in shas if sha.startswith(prefix)), "") for prefix in commit.reverts]
    for merge, kept in commit.reverts_merge:
        named += _brought_by(merge, kept, commits)
    if commit.reverts_subject and not any(named):
        # Named by its subject only, or by a sha that a rebase has since replaced.
        older = (c for c in commits[place + 1 :] if c.sha not in gone)
        named.append(next((c.sha for c in older if same_subject(c.subject, commit.reverts_subject)), ""))
    return tuple(dict.fromkeys(sha for sha in named if sha))


def _brought_by(merge: str, kept: str, commits: Sequence[Commit]) -> list[str]:
    """The commits of this range that a merge brought to the side that is kept, and the merge itself."""
    known = {c.sha: c for c in commits}
    full = next((sha for sha in known if sha.startswith(merge)), None)
    if full is None:
        return []
    kept_parents = [p for p in known[full].parents if p.startswith(kept)]
    return sorted(_history(known, [full]) - _history(known, kept_parents))


def _history(known: dict[str, Commit], tips: list[str]) -> set[str]:
    seen: set[str] = set()
    while tips:
        sha = tips.pop()
        if sha in known and sha not in seen:
            seen.add(sha)
            tips += known[sha].parents
    return seen


def _verdict(commit: Commit, cancelled_by: str, reverts_here: bool) -> CommitVerdict:
    if cancelled_by:
        reason = f"reverted by {cancelled_by[:7]}"
        return CommitVerdict(commit=commit, kind=_kind(commit), reason=reason, cancelled_by=cancelled_by)
    if commit.is_merge and not reverts_here:
        return CommitVerdict(commit=commit, kind="merge", reason="merges count by the commits they bring")
    is_revert = bool(commit.reverts_subject) or (commit.header is not None and commit.header.type == "revert")
    if is_revert and not (commit.breaking is not None or (commit.header and commit.header.breaking)):
        return _revert(commit, reverts_here)
    return _own(commit)


def _revert(commit: Commit, reverts_here: bool) -> CommitVerdict:
    if reverts_here:
        return CommitVerdict(commit=commit, kind="revert", reason="takes back a commit of this release")
    subject, undone = original(commit.subject)
    header = read_header(subject)
    level = _level_of(header) if header else BumpLevel.PATCH
    if undone and level is not BumpLevel.NONE:
        return CommitVerdict(
            commit=commit, kind="revert", level=BumpLevel.PATCH, reason="takes back what was shipped before"
        )
    reason = (
        "brings back what was taken out before" if level is not BumpLevel.NONE else "changes nothing that is shipped"
    )
    return CommitVerdict(commit=commit, kind="revert", level=level, reason=reason)


def _own(commit: Commit) -> CommitVerdict:
    headers = [h for h in (commit.header, *commit.included) if h is not None]
    breaking = next((h for h in headers if h.breaking), None)
    if breaking or commit.breaking is not None:
        words = commit.breaking if commit.breaking is not None else breaking.words if breaking else ""
        return CommitVerdict(commit=commit, kind="breaking", level=BumpLevel.MAJOR, reason=f"breaking change: {words}")
    strongest = max(headers, key=lambda h: _level_of(h).rank, default=None)
    level = _level_of(strongest)
    if strongest is None or (level is BumpLevel.NONE and not strongest.known):
        return CommitVerdict(commit=commit, kind="other", reason="no type that counts")
    inside = "" if strongest is commit.header else " (in its body)"
    what = {BumpLevel.MINOR: "new feature", BumpLevel.PATCH: "fix" if strongest.type == "fix" else "faster"}
    reason = what.get(level, f"{strongest.type} changes no version") + inside
    return CommitVerdict(commit=commit, kind=strongest.type, level=level, reason=reason)


def _level_of(header: Header | None) -> BumpLevel:
    if header is None:
        return BumpLevel.NONE
    return BumpLevel.MAJOR if header.breaking else _LEVELS.get(header.type, BumpLevel.NONE)


def _kind(commit: Commit) -> str:
    return commit.header.type if commit.header and commit.header.known else "other"


def propose(current: str, commits: Sequence[Commit], start: str | None = None) -> Proposal:
    """The version that these commits ask for.

    `start` is the version as of the base of the comparison (None: the current one): when the version was raised since
    then, only what is still missing is proposed. Breaking changes go to the next major also from 0.x; the prerelease of
    a version counts as below it. Nothing that is not above `current` is ever proposed.
    """
    verdicts = classify(commits)
    level = max((v.level for v in verdicts), key=lambda found: found.rank, default=BumpLevel.NONE)
    now = read_version(current)
    if now is None:
        reason = f"{current!r} is no semantic version" if current else "package.json has no version"
        return Proposal(current=current, start=current, level=level, reason=reason, verdicts=verdicts)
    then = read_version(start or "") or now
    then = min(then, now)
    answer = Proposal(current=current, start=str(then), level=level, verdicts=verdicts)
    if level is BumpLevel.NONE:
        why = "nothing in these commits changes the version" if commits else "no commits since the base"
        return answer.model_copy(update={"reason": why})
    target = then.next_version(level.value)
    if target <= now:
        return answer.model_copy(update={"reason": f"{now} is already raised enough for a {level} change since {then}"})
    strongest = next(v for v in verdicts if v.level is level)
    why = f"{level}: {strongest.reason} ({strongest.commit.sha[:7]})"
    return answer.model_copy(update={"version": str(target), "reason": why})


def read_version(text: str) -> Version | None:
    """The semantic version of a text (a leading `v` is fine, build metadata is dropped), or None."""
    try:
        return Version.parse(text.strip().removeprefix("v")).replace(build=None)
    except (ValueError, TypeError):
        return None


def choose(answer: str, proposal: Proposal) -> str | Refusal | None:
    """The version that an answer to `[Y/n/version]` asks for: None keeps the current one.

    Refusal for anything else than yes, no, major, minor, patch, or a semantic version above the current one.
    """
    word = answer.strip().lower()
    if not word or yes_or_no(word):
        return proposal.version
    if yes_or_no(word) is False:
        return None
    now = read_version(proposal.current)
    if now is not None and word in (BumpLevel.MAJOR.value, BumpLevel.MINOR.value, BumpLevel.PATCH.value):
        return str(now.next_version(word))
    wanted = read_version(answer)
    if wanted is None or "+" in answer:
        return Refusal(reason=f"{answer.strip()[:40]!r} is no version", todo="Y, n, or a version like 1.2.3")
    if now is not None and wanted <= now:
        return Refusal(reason=f"{wanted} is not above {now}", todo="Y, n, or a higher version")
    return str(wanted)


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
    amounts.append((len(counted) - len(live), "taken back", "taken back"))
    return ", ".join(f"{n} {one if n == 1 else many}" for n, one, many in amounts if n) or "no commits"
