"""Which version comes next, and why (SHIP "Planning a release"); where a person chooses, which there are. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from pydantic import Field
from semver import Version

from loop_tui.model.answers import yes_or_no
from loop_tui.model.base import Model
from loop_tui.model.events import Refusal

from .channels import Channel, channel_of, dist_tag
from .classified import BumpLevel, CommitVerdict, classify, describe, strongest
from .conventional import Commit, parse
from .prerelease import counts_from, following, is_placeholder, name_of, no_version, read_version

__all__ = [
    "Alternative",
    "BumpLevel",
    "Commit",
    "CommitVerdict",
    "Proposal",
    "ReleaseFacts",
    "choose",
    "classify",
    "describe",
    "outside_of",
    "parse",
    "propose",
    "read_version",
]

PROMOTE = ("release", "promote", "stable")
UNSHALLOW = "unshallow"
"""Words that answer the question about the version: release what a pre-release leads to; fetch the whole history."""


class ReleaseFacts(Model):
    """Where a release stands, besides its commits.

    `tag` is the highest release tag that HEAD contains, and `tag_version` its version. `taken` are the versions that
    have a tag, wherever it is. `cut_off` says where history is cut off, when that hides the base of the comparison.
    """

    tag: str = ""
    tag_version: str = ""
    taken: Mapping[str, str] = Field(default_factory=dict)
    branch: str = ""
    cut_off: str = ""

    @property
    def channel(self) -> Channel:
        """What the branch says."""
        return channel_of(self.branch)


class Alternative(Model):
    """A version among which a person chooses, and where it comes from. `taken` names the tag that it has already."""

    version: str
    why: str
    taken: str = ""

    @property
    def words(self) -> str:
        """For people, on one line."""
        return f"{self.version}: {self.why}" + (
            f"; not free, because the tag {self.taken} exists" if self.taken else ""
        )


class Proposal(Model):
    """The next version. `version` is None when none is proposed; `reason` says why either way.

    With a `question` it is a matter of choice: there is no default, and `alternatives` are the values side by side.
    `notes` are what else is said. `promotion` is what a pre-release leads to, when that can be asked for.
    """

    current: str
    start: str
    level: BumpLevel
    version: str | None = None
    reason: str = ""
    verdicts: tuple[CommitVerdict, ...] = ()
    question: str = ""
    alternatives: tuple[Alternative, ...] = ()
    notes: tuple[str, ...] = ()
    promotion: str = ""
    facts: ReleaseFacts = ReleaseFacts()

    @property
    def free(self) -> tuple[str, ...]:
        """The versions that may be chosen as they are shown."""
        return tuple(each.version for each in self.alternatives if not each.taken)

    def dist_tag(self, version: str) -> str:
        """The dist-tag that this version is to be published with."""
        found = read_version(version)
        return dist_tag(found, self.facts.channel) if found else ""


def propose(
    current: str, commits: Sequence[Commit], start: str | None = None, facts: ReleaseFacts | None = None
) -> Proposal:
    """The version that these commits ask for.

    `start` is the version as of the base of the comparison (None: the current one): when the version was raised since
    then, only what is still missing is proposed. Breaking changes go to the next major also from 0.x; a pre-release is
    followed by the next one of its name. Nothing that is not above `current`, or has a tag, is ever proposed.
    """
    facts = facts or ReleaseFacts()
    verdicts = classify(commits)
    first = strongest(verdicts)
    level = first.level if first else BumpLevel.NONE
    answer = Proposal(current=current, start=current, level=level, verdicts=verdicts, facts=facts)
    now = read_version(current)
    if now is None:
        reason = no_version(current) if current else "package.json has no version"
        return answer.model_copy(update={"reason": reason})
    answer = answer.model_copy(update={"notes": tuple(_notes(now, facts))})
    if facts.cut_off:
        return _asking(answer, f"history is cut off at {facts.cut_off}, so the last release is unknown", ())
    if first is None:
        return _nothing(answer, now, commits)
    why = f"{level}: {first.reason} ({first.commit.sha[:7]})"
    tagged = read_version(facts.tag_version)
    if is_placeholder(now) or (tagged is not None and tagged > now):
        return _against_tags(answer, now, tagged).model_copy(update={"reason": why})
    then = min(read_version(start or "") or now, now)
    answer = answer.model_copy(update={"start": str(then), "reason": why})
    target = _target(then, now, level, facts)
    if target <= now:
        reason = f"{now} is already raised enough for a {level} change since {then}"
        return answer.model_copy(update={"reason": reason, "promotion": _promotion(now)})
    if not facts.channel.holds(target):
        return _outside(answer, now, target)
    if str(target) in facts.taken:
        return _taken(answer, target)
    return answer.model_copy(update={"version": str(target), "promotion": _promotion(target)})


def _target(then: Version, now: Version, level: BumpLevel, facts: ReleaseFacts) -> Version:
    """What follows the version of the base; a pre-release where `now` is one, and only there.

    Between the two a person may have begun or ended a row of pre-releases: that is theirs to say.
    """
    target = following(then, level, _first_count(then, facts))
    if not now.prerelease:
        return target.finalize_version()
    if target.prerelease:
        return target
    return now if target <= now.finalize_version() else following(now, level, _first_count(now, facts))


# --- where a person chooses -----------------------------------------------------------------------------------------


def _nothing(answer: Proposal, now: Version, commits: Sequence[Commit]) -> Proposal:
    """Nobody is asked; that package.json says nothing true of the releases is said all the same."""
    why = "nothing in these commits changes the version" if commits else "no commits since the base"
    tagged, notes = read_version(answer.facts.tag_version), answer.notes
    if is_placeholder(now):
        notes = (f"package.json says {now}, which is not a version", *notes)
    if tagged is not None and tagged > now:
        notes = (f"the highest release tag is {answer.facts.tag}, above package.json, which has {now}", *notes)
    return answer.model_copy(update={"reason": why, "promotion": _promotion(now), "notes": notes})


def _promotion(now: Version) -> str:
    return str(now.finalize_version()) if now.prerelease and not is_placeholder(now) else ""


def _notes(now: Version, facts: ReleaseFacts) -> Iterator[str]:
    """What is said of tags and branch without a question."""
    tagged = read_version(facts.tag_version)
    if tagged is not None and tagged < now:
        yield f"the highest release tag is {facts.tag}, behind package.json, which has {now}"
    if facts.channel.words:
        yield facts.channel.words


def _asking(answer: Proposal, question: str, alternatives: Sequence[tuple[Version, str]]) -> Proposal:
    taken = answer.facts.taken
    rows = tuple(
        Alternative(version=str(version), why=why, taken=taken.get(str(version), "")) for version, why in alternatives
    )
    return answer.model_copy(update={"question": question, "alternatives": rows})


def _against_tags(answer: Proposal, now: Version, tagged: Version | None) -> Proposal:
    """What follows the highest tag, and what follows package.json."""
    facts, level = answer.facts, answer.level.value
    rows: list[tuple[Version, str]] = []
    if tagged is not None:
        after = following(tagged, level, _first_count(tagged, facts))
        rows.append((after, f"after {facts.tag}, the highest release tag"))
    if is_placeholder(now):
        said = f"package.json says {now}, which is not a version"
        if tagged is None:
            rows = [(Version(1), "as a first release"), (Version(0, 1), "as a first release that may change")]
            return _asking(answer, f"{said}, and there is no release tag", rows)
        return _asking(answer, f"{said}; the highest release tag is {facts.tag}", rows)
    rows.append((following(now, level, _first_count(now, facts)), f"after {now} in package.json"))
    said = f"package.json has {now}, but the release tag {facts.tag} is above it"
    agreed = rows[0][0]
    if rows[-1][0] == agreed and facts.channel.holds(agreed) and str(agreed) not in facts.taken:
        return answer.model_copy(update={"version": str(agreed), "notes": (said, *answer.notes)})
    return _asking(answer, said, rows)


def _outside(answer: Proposal, now: Version, target: Version) -> Proposal:
    """What the commits ask for lies outside of the range of a maintenance branch."""
    channel, taken = answer.facts.channel, answer.facts.taken
    patch = now.bump_patch()
    while str(patch) in taken:
        patch = patch.bump_patch()
    inside = [found for found in (now.bump_minor(), patch) if channel.holds(found) and str(found) not in taken]
    rows = [(found, f"within {channel.name}") for found in inside[:1]]
    rows.append((target, f"computed from the commits, outside {channel.name}"))
    return _asking(answer, f"{target} is not within {channel.name}, which this branch is limited to", rows)


def _taken(answer: Proposal, target: Version) -> Proposal:
    taken, level = answer.facts.taken, answer.level.value
    free = target
    while str(free) in taken:
        free = following(free, level)
    rows = [(target, "computed from the commits"), (free, "the next that is free")]
    question = f"{target} is taken: the tag {taken[str(target)]} exists, but not in this branch"
    rows = rows if answer.facts.channel.holds(free) else rows[:1]
    return _asking(answer, question, rows)


def _first_count(now: Version, facts: ReleaseFacts) -> int:
    """The number that a new row of pre-releases begins with: 0 or 1, as the tags of that name and this version do."""
    name = name_of(now)
    counts = [counts_from(now)]
    counts += [
        counts_from(version) for version in map(read_version, facts.taken) if version and name_of(version) == name
    ]
    return 0 if 0 in counts else 1


# --- the answer -----------------------------------------------------------------------------------------------------


def choose(answer: str, proposal: Proposal) -> str | Refusal | None:
    """The version that an answer to `[Y/n/version]` asks for: None keeps the current one.

    Refusal for anything else than yes, no, major, minor, patch, release (of a pre-release), or a semantic version above
    the current one that has no tag yet; for one outside of a maintenance branch's range that is not among the values
    that were shown; and for a yes where there are several values to choose from.
    """
    word = answer.strip().lower()
    now = read_version(proposal.current)
    if yes_or_no(word) is False:
        return None
    if not word or yes_or_no(word):
        return _agreed(proposal)
    if now is not None and word in (BumpLevel.MAJOR.value, BumpLevel.MINOR.value, BumpLevel.PATCH.value):
        wanted: Version | None = now.next_version(word)
    elif word in PROMOTE and proposal.promotion:
        wanted = read_version(proposal.promotion)
    else:
        wanted = None if "+" in answer else read_version(answer)
    if wanted is None:
        return Refusal(reason=f"{answer.strip()[:40]!r} is not a version", todo="Y, n, or a version like 1.2.3")
    if now is not None and wanted <= now:
        return Refusal(reason=f"{wanted} is not above {now}", todo="Y, n, or a higher version")
    if tag := proposal.facts.taken.get(str(wanted)):
        return Refusal(
            reason=f"{wanted} was already released: the tag {tag} exists", todo="use a version without a tag"
        )
    outside = None if str(wanted) in proposal.free else outside_of(str(wanted), proposal)
    return outside or str(wanted)


def outside_of(version: str, proposal: Proposal) -> Refusal | None:
    """Why a version is none of a maintenance branch; None where it may be released from this branch."""
    channel = proposal.facts.channel
    if _is_held(channel, version):
        return None
    todo = f"a version at least {channel.low} and below {channel.below}; release others from another branch"
    return Refusal(reason=f"{version} is not within {channel.name}, which this branch is limited to", todo=todo)


def _agreed(proposal: Proposal) -> str | Refusal | None:
    if not proposal.question:
        return proposal.version
    if len(proposal.free) == 1 and _is_held(proposal.facts.channel, proposal.free[0]):
        return proposal.free[0]
    shown = ", ".join(proposal.free) or "a version like 1.2.3"
    return Refusal(reason="yes does not name a version", todo=f"{shown}, or n")


def _is_held(channel: Channel, version: str) -> bool:
    found = read_version(version)
    return found is not None and channel.holds(found)
