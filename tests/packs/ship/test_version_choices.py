"""Where the version is a matter of choice: tags, placeholders, pre-releases, maintenance branches, channels."""

import hashlib
from collections.abc import Mapping

import pytest

from loop_tui.model.events import Refusal
from loop_tui.packs.ship.versions.channels import LATEST, channel_of, dist_tag
from loop_tui.packs.ship.versions.conventional import parse
from loop_tui.packs.ship.versions.next_version import Proposal, ReleaseFacts, choose, propose, read_version
from loop_tui.packs.ship.versions.prerelease import is_placeholder, name_of

pytestmark = pytest.mark.usefixtures("quick_npm")


def plan(current: str, *messages: str, tag: str = "", branch: str = "main", **more: object) -> Proposal:
    commits = [parse(hashlib.sha1(text.encode()).hexdigest(), text) for text in messages]
    version = tag.removeprefix("v").rpartition("@")[2]
    taken: Mapping[str, str] = {version: tag} if tag else {}
    facts = ReleaseFacts(tag=tag, tag_version=version, taken=taken, branch=branch)
    return propose(current, commits, None, facts.model_copy(update=more))


# --- tags against package.json --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("current", "tag", "message", "values"),
    [
        ("1.0.0", "v1.4.2", "feat: a", ("1.5.0", "1.1.0")),
        ("1.4.1", "v1.4.2", "fix: a", ("1.4.3", "1.4.2")),
        ("1.0.0", "v2.0.0-beta.1", "feat: a", ("2.0.0-beta.2", "1.1.0")),
        ("2.0.0-beta.1", "v2.0.0-beta.3", "fix: a", ("2.0.0-beta.4", "2.0.0-beta.2")),
        ("2.0.0-beta.1", "v2.0.0", "fix: a", ("2.0.1", "2.0.0-beta.2")),
        ("0.9.0", "demo@1.0.0", "feat!: a", ("2.0.0", "1.0.0")),
        ("0.0.0-development", "v1.4.2", "fix: a", ("1.4.3",)),
        ("0.0.0-semantically-released", "v3.1.0", "feat: a", ("3.2.0",)),
        ("0.0.0-semantic-release", "v16.0.0-beta.17", "fix: a", ("16.0.0-beta.18",)),
        ("0.0.0-dev", "", "fix: a", ("1.0.0", "0.1.0")),
        ("0.0.0", "v1.4.2", "feat: a", ("1.5.0", "0.1.0")),
    ],
)
def test_tags_ahead_and_placeholders_are_a_choice_with_the_values_side_by_side(
    current: str, tag: str, message: str, values: tuple[str, ...]
) -> None:
    proposal = plan(current, message, tag=tag)
    assert proposal.version is None
    assert tuple(each.version for each in proposal.alternatives) == values
    assert current in proposal.question
    assert tag in proposal.question


@pytest.mark.parametrize("current", ["1.0.0", "0.0.0-development"])
def test_where_nothing_moves_the_version_nothing_is_asked(current: str) -> None:
    proposal = plan(current, "docs: a", tag="v1.4.2")
    assert (proposal.version, proposal.question) == (None, "")
    assert f"the highest release tag is v1.4.2, above package.json, which has {current}" in proposal.notes


def test_a_placeholder_is_said_where_there_is_no_tag() -> None:
    assert plan("0.0.0-dev", "docs: a").notes == ("package.json says 0.0.0-dev, which is not a version",)


@pytest.mark.parametrize(
    ("current", "tag"), [("1.6.0", "v1.5.0"), ("2.0.0-beta.1", "v1.9.0"), ("1.0.0", "v1.0.0-rc.1")]
)
def test_tags_behind_are_said(current: str, tag: str) -> None:
    proposal = plan(current, "feat: a", tag=tag)
    assert proposal.question == ""
    assert proposal.version is not None
    assert any(tag in note and "behind" in note for note in proposal.notes)


def test_tags_that_agree_are_not_mentioned() -> None:
    proposal = plan("1.5.0", "feat: a", tag="v1.5.0")
    assert (proposal.version, proposal.notes) == ("1.6.0", ())


@pytest.mark.parametrize(
    ("version", "placeholder"),
    [
        ("0.0.0-development", True),
        ("0.0.0-semantically-released", True),
        ("0.0.0-managed.by.ci", True),
        ("0.0.0-placeholder", True),
        ("0.0.0", False),
        ("0.0.0-0", False),
        ("0.0.0-alpha.1", False),
        ("0.0.0-rc1", False),
        ("0.0.1-development", False),
        ("1.0.0-development", False),
    ],
)
def test_what_is_a_placeholder(version: str, placeholder: bool) -> None:
    found = read_version(version)
    assert found is not None
    assert is_placeholder(found) is placeholder


@pytest.mark.parametrize(
    ("current", "message", "taken", "values"),
    [
        ("1.4.2", "feat: a", ("1.5.0",), ("1.5.0", "1.6.0")),
        ("1.4.2", "fix: a", ("1.4.3", "1.4.4"), ("1.4.3", "1.4.5")),
        ("2.0.0-beta.1", "fix: a", ("2.0.0-beta.2",), ("2.0.0-beta.2", "2.0.0-beta.3")),
    ],
)
def test_a_version_with_a_tag_elsewhere_is_never_proposed(
    current: str, message: str, taken: tuple[str, ...], values: tuple[str, ...]
) -> None:
    proposal = plan(current, message, taken={version: f"v{version}" for version in taken})
    assert proposal.version is None
    assert tuple(each.version for each in proposal.alternatives) == values
    assert proposal.free == values[1:]
    assert "not free" in proposal.alternatives[0].words
    assert isinstance(choose(taken[0], proposal), Refusal)


# --- the answer to a choice -----------------------------------------------------------------------------------------


def test_a_yes_chooses_only_where_there_is_one_value() -> None:
    two = plan("1.0.0", "feat: a", tag="v1.4.2")
    refused = choose("y", two)
    assert isinstance(refused, Refusal)
    assert refused.todo == "1.5.0, 1.1.0, or n"
    assert isinstance(choose("", two), Refusal)
    assert choose("y", plan("0.0.0-development", "feat: a", tag="v1.4.2")) == "1.5.0"


@pytest.mark.parametrize(
    ("answer", "chosen"), [("1.5.0", "1.5.0"), ("1.1.0", "1.1.0"), ("v2.0.0", "2.0.0"), ("n", None), ("minor", "1.1.0")]
)
def test_a_value_that_is_shown_or_another_one_may_be_said(answer: str, chosen: str | None) -> None:
    assert choose(answer, plan("1.0.0", "feat: a", tag="v1.4.2")) == chosen


# --- pre-releases ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["release", "Promote", "stable", "2.0.0", "patch"])
def test_a_pre_release_is_promoted_when_that_is_said(answer: str) -> None:
    for proposal in (plan("2.0.0-beta.1", "docs: a"), plan("2.0.0-beta.1")):
        assert (proposal.version, proposal.promotion) == (None, "2.0.0")
        assert choose(answer, proposal) == "2.0.0"


def test_what_is_proposed_can_be_promoted_at_once() -> None:
    assert choose("release", plan("2.0.0-beta.1", "feat: a")) == "2.0.0"
    assert choose("release", plan("1.2.3-rc.1", "feat: a")) == "1.3.0"


def test_a_promotion_is_no_word_where_there_is_none() -> None:
    assert isinstance(choose("release", plan("2.0.0", "feat: a")), Refusal)


@pytest.mark.parametrize(
    ("taken", "version"),
    [
        (("1.2.3-rc.1", "1.0.0-rc.0"), "1.3.0-rc.0"),
        (("1.2.3-rc.1", "1.0.0-beta.0"), "1.3.0-rc.1"),
        ((), "1.3.0-rc.1"),
    ],
)
def test_a_new_row_of_pre_releases_begins_as_the_tags_do(taken: tuple[str, ...], version: str) -> None:
    proposal = plan("1.2.3-rc.1", "feat: a", taken={each: f"v{each}" for each in taken})
    assert proposal.version == version


@pytest.mark.parametrize(
    ("version", "name"),
    [
        ("2.0.0-beta.1", "beta"),
        ("2.0.0-rc1", "rc"),
        ("2.0.0-alpha", "alpha"),
        ("2.0.0-0", "next"),
        ("2.0.0-x", "next"),
        ("2.0.0-next.3", "next"),
        ("2.0.0-v8.1", "next"),
        ("2.0.0", ""),
    ],
)
def test_the_name_of_a_pre_release(version: str, name: str) -> None:
    found = read_version(version)
    assert found is not None
    assert name_of(found) == name


# --- branches -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("branch", "name", "low", "below"),
    [
        ("1.x", "1.x", "1.0.0", "2.0.0"),
        ("1.x.x", "1.x", "1.0.0", "2.0.0"),
        ("1.2.x", "1.2.x", "1.2.0", "1.3.0"),
        ("v1.2.x", "1.2.x", "1.2.0", "1.3.0"),
        ("release/1.x", "1.x", "1.0.0", "2.0.0"),
        ("release-0.4.x", "0.4.x", "0.4.0", "0.5.0"),
        ("support/v3.x", "3.x", "3.0.0", "4.0.0"),
    ],
)
def test_maintenance_branches(branch: str, name: str, low: str, below: str) -> None:
    found = channel_of(branch)
    assert (found.name, str(found.low), str(found.below)) == (name, low, below)
    assert found.is_maintenance


@pytest.mark.parametrize(
    "branch", ["main", "master", "feature/1.x-again", "x", "1.2", "fix-1.x", "beta-2", "", "develop"]
)
def test_other_branches_say_nothing(branch: str) -> None:
    assert channel_of(branch).words == ""


@pytest.mark.parametrize(
    ("branch", "current", "message", "version", "values"),
    [
        ("1.x", "1.4.2", "feat: a", "1.5.0", ()),
        ("1.x", "1.4.2", "feat!: a", None, ("1.5.0", "2.0.0")),
        ("1.2.x", "1.2.3", "fix: a", "1.2.4", ()),
        ("1.2.x", "1.2.3", "feat: a", None, ("1.2.4", "1.3.0")),
        ("1.2.x", "1.2.3", "feat!: a", None, ("1.2.4", "2.0.0")),
        ("1.x", "2.0.0", "fix: a", None, ("2.0.1",)),
        ("0.4.x", "0.4.1", "feat!: a", None, ("0.4.2", "1.0.0")),
        ("1.x", "1.5.0-beta.1", "feat: a", "1.5.0-beta.2", ()),
    ],
)
def test_a_maintenance_branch_keeps_to_its_range(
    branch: str, current: str, message: str, version: str | None, values: tuple[str, ...]
) -> None:
    proposal = plan(current, message, branch=branch)
    assert proposal.version == version
    assert tuple(each.version for each in proposal.alternatives) == values
    assert bool(proposal.question) is (version is None)
    assert any("maintenance branch" in note for note in proposal.notes)


def test_within_a_range_what_is_free_is_shown() -> None:
    proposal = plan("1.4.2", "feat!: a", branch="1.x", taken={"1.5.0": "v1.5.0"})
    assert proposal.free == ("1.4.3", "2.0.0")


@pytest.mark.parametrize(
    ("branch", "current", "message", "taken", "free"),
    [
        ("1.0.x", "1.0.0", "feat!: a", ("1.0.0", "1.0.1"), ("1.0.2", "2.0.0")),
        ("1.0.x", "1.0.0", "feat: a", ("1.0.1", "1.0.2", "1.0.3"), ("1.0.4", "1.1.0")),
        ("1.x", "1.4.2", "feat!: a", ("1.5.0", "1.4.3", "1.4.4"), ("1.4.5", "2.0.0")),
        ("1.0.x", "1.0.0", "feat!: a", ("1.0.1", "2.0.0"), ("1.0.2",)),
    ],
)
def test_within_a_range_there_is_always_a_next_one_that_is_free(
    branch: str, current: str, message: str, taken: tuple[str, ...], free: tuple[str, ...]
) -> None:
    proposal = plan(current, message, branch=branch, taken={each: f"v{each}" for each in taken})
    assert proposal.free == free
    answer = choose("y", proposal)
    assert answer == free[0] if len(free) == 1 else isinstance(answer, Refusal)


@pytest.mark.parametrize(
    ("branch", "current", "tag", "outside"),
    [("1.x", "2.0.0", "", "2.0.1"), ("1.0.x", "1.2.0", "", "1.2.1"), ("1.x", "0.0.0-development", "v2.0.0", "2.0.1")],
)
def test_a_yes_takes_no_version_outside_of_the_range(branch: str, current: str, tag: str, outside: str) -> None:
    proposal = plan(current, "fix: a", branch=branch, tag=tag)
    assert proposal.free == (outside,)
    assert isinstance(choose("y", proposal), Refusal)
    assert choose(outside, proposal) == outside


@pytest.mark.parametrize("branch", ["next", "next-major", "beta", "alpha"])
def test_a_channel_is_said_and_makes_no_pre_release(branch: str) -> None:
    proposal = plan("1.4.2", "feat: a", branch=branch)
    assert proposal.version == "1.5.0"
    assert any(f"dist-tag {branch}" in note for note in proposal.notes)
    assert proposal.dist_tag("1.5.0") == branch


@pytest.mark.parametrize(
    ("version", "branch", "tag"),
    [
        ("1.5.0", "main", LATEST),
        ("2.0.0-beta.2", "main", "beta"),
        ("2.0.0-rc.1", "next", "rc"),
        ("2.0.0-0", "main", "next"),
        ("1.5.0", "next", "next"),
        ("1.4.3", "1.x", "release-1.x"),
        ("1.2.4", "release/1.2.x", "release-1.2.x"),
    ],
)
def test_the_dist_tag(version: str, branch: str, tag: str) -> None:
    found = read_version(version)
    assert found is not None
    assert dist_tag(found, channel_of(branch)) == tag


# --- a history that is cut off --------------------------------------------------------------------------------------


@pytest.mark.parametrize("messages", [("feat: a",), ("docs: a",), ()])
def test_a_history_that_is_cut_off_gives_no_version(messages: tuple[str, ...]) -> None:
    proposal = plan("1.0.0", *messages, cut_off="abc1234")
    assert proposal.version is None
    assert "abc1234" in proposal.question
    assert choose("1.2.0", proposal) == "1.2.0"
    assert choose("n", proposal) is None
