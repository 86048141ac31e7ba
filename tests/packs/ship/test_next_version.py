"""Conventional Commits, reverts and versions (SHIP "Planning a release")."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from semver import Version

from loop_tui.model.events import Refusal
from loop_tui.packs.ship.versions import next_version
from loop_tui.packs.ship.versions.classified import BumpLevel
from loop_tui.packs.ship.versions.conventional import parse


def sha(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()


def commit(message: str, *parents: str, key: str = "") -> next_version.Commit:
    return parse(sha(key or message), message, parents)


def plan(current: str, *messages: str, start: str | None = None) -> next_version.Proposal:
    """The proposal for these messages, oldest first as people write them."""
    return next_version.propose(current, [commit(m) for m in reversed(messages)], start)


def revert(message: str, note: str = "") -> str:
    subject = message.splitlines()[0]
    return f'Revert "{subject}"\n\nThis reverts commit {sha(message)}.\n{note}'


# --- the rules ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("messages", "version"),
    [
        (["feat: a"], "0.8.0"),
        (["fix: a"], "0.7.1"),
        (["perf: a"], "0.7.1"),
        (["feat!: a"], "1.0.0"),
        (["fix(api)!: a"], "1.0.0"),
        (["docs: a"], None),
        (["docs: a", "chore: b", "test: c", "refactor: d", "style: e", "ci: f", "build: g"], None),
        (["fix: a", "feat: b", "fix: c", "docs: d"], "0.8.0"),
        (["wip", "Update stuff"], None),
        ([], None),
    ],
)
def test_the_bump_rules(messages: list[str], version: str | None) -> None:
    assert plan("0.7.0", *messages).version == version


@pytest.mark.parametrize(
    ("message", "kind", "level"),
    [
        ("FEAT(Scope): shouting", "feat", BumpLevel.MINOR),
        ("feature: spelled out", "feat", BumpLevel.MINOR),
        ("Fix: a", "fix", BumpLevel.PATCH),
        ("feat(a b/c): odd scope", "feat", BumpLevel.MINOR),
        ("docs: a\n\nBREAKING CHANGE: gone", "breaking", BumpLevel.MAJOR),
        ("docs: a\n\nbody\n\nReviewed-by: z\nBREAKING-CHANGE: gone", "breaking", BumpLevel.MAJOR),
        ("docs: a\n\nBREAKING CHANGE #12", "breaking", BumpLevel.MAJOR),
        ("Rework\n\nBREAKING CHANGE: gone", "breaking", BumpLevel.MAJOR),
        ("docs: a\n\nbreaking change: not a footer in lower case", "docs", BumpLevel.NONE),
        ("docs: a\n\nThis is no BREAKING CHANGE: really", "docs", BumpLevel.NONE),
        ("feat:no space", "feat", BumpLevel.MINOR),
        ("feat : space before", "feat", BumpLevel.MINOR),
        ("feat", "other", BumpLevel.NONE),
        ("feat(): empty scope", "feat", BumpLevel.MINOR),
        ("fixup! feat: a", "other", BumpLevel.NONE),
        ("release: unknown type", "other", BumpLevel.NONE),
        ("release!: unknown type that breaks", "breaking", BumpLevel.MAJOR),
        ("", "other", BumpLevel.NONE),
        ("\ufefffeat: with a byte order mark\r\n\r\nbody", "feat", BumpLevel.MINOR),
    ],
)
def test_reading_one_commit(message: str, kind: str, level: BumpLevel) -> None:
    (verdict,) = next_version.classify([commit(message)])
    assert (verdict.kind, verdict.level) == (kind, level)


def test_a_squash_body_counts_by_its_bullets() -> None:
    body = "Merge the branch (#12)\n\n* feat: one\n* fix: two\n- note: no type\n* chore: three"
    (verdict,) = next_version.classify([commit(body)])
    assert (verdict.kind, verdict.level) == ("feat", BumpLevel.MINOR)
    assert "in its body" in verdict.reason
    assert plan("1.0.0", "A (#2)\n\n* feat!: break").version == "2.0.0"
    assert plan("1.0.0", "docs: a (#2)\n\n* feat!: break").version is None
    assert plan("1.0.0", "docs: a (#2)\n\nfeat: not a bullet").version is None


def test_a_bullet_that_takes_back_another_cancels_it() -> None:
    assert plan("1.0.0", 'Work (#2)\n\n* feat: one\n* fix: two\n* Revert "feat: one"').version == "1.0.1"


def test_the_changelog_in_a_dependency_update_is_not_ours() -> None:
    assert plan("1.0.0", "build(deps): bump x\n\n* feat: theirs\n* fix: theirs").version is None


def test_merges_count_by_what_they_bring() -> None:
    merge = commit("Merge branch 'x'", "a" * 40, "b" * 40)
    (verdict,) = next_version.classify([merge])
    assert (verdict.kind, verdict.level) == ("merge", BumpLevel.NONE)


# --- reverts --------------------------------------------------------------------------------------------------------


def test_a_feature_and_its_revert_are_nothing() -> None:
    proposal = plan("0.7.0", "feat: a", revert("feat: a"))
    assert proposal.version is None
    taken_back = proposal.verdicts[1]
    assert taken_back.cancelled_by == proposal.verdicts[0].commit.sha
    assert "reverted by" in taken_back.reason


def test_a_revert_cancels_only_what_it_names() -> None:
    assert plan("0.7.0", "feat: a", "fix: b", revert("feat: a")).version == "0.7.1"
    assert plan("0.7.0", "feat!: a", "feat: b", revert("feat!: a")).version == "0.8.0"


@pytest.mark.parametrize("again", ['Revert "Revert "feat: a""', 'Reapply "feat: a"', "fix: bring a back"])
def test_a_revert_of_a_revert_restores(again: str) -> None:
    first = revert("feat: a")
    second = f"{again}\n\nThis reverts commit {sha(first)}."
    assert plan("0.7.0", "feat: a", first, second).version == "0.8.0"
    third = f'Revert "x"\n\nThis reverts commit {sha(second)}.'
    assert plan("0.7.0", "feat: a", first, second, third).version is None


@pytest.mark.parametrize(
    "message",
    [
        f"This reverts commit {sha('feat: a')[:10]}.",
        f"THIS REVERTS COMMIT {sha('feat: a').upper()}",
        f"some words\n\nThis reverts commits {sha('feat: a')} and {sha('other')}.",
    ],
)
def test_the_ways_to_name_a_commit(message: str) -> None:
    assert plan("0.7.0", "feat: a", f"chore: out with it\n\n{message}").version is None


def test_the_conventional_way_to_revert() -> None:
    footer = f"revert: let us forget this\n\nRefs: {sha('feat: a')[:7]}, {sha('fix: b')[:7]}"
    assert plan("0.7.0", "feat: a", "fix: b", footer).version is None
    assert plan("0.7.0", "feat: a", "revert: feat: a").version is None
    assert plan("0.7.0", "feat: a", f"feat: c\n\nRefs: {sha('feat: a')}").version == "0.8.0"


def test_a_revert_by_subject_as_a_pull_request_names_it() -> None:
    assert plan("0.7.0", "feat: a (#7)", 'Revert "feat: a (#7)" (#8)\n\nReverts acme/widget#7').version is None
    assert plan("0.7.0", "feat: a (#7)", 'Revert "feat: a"\n\nReverts acme/widget#7').version is None
    stale = f'Revert "feat: a"\n\nThis reverts commit {sha("before the rebase")}.'
    assert plan("0.7.0", "feat: a", stale).version is None


def test_the_newest_of_two_equal_subjects_is_the_one_meant() -> None:
    older, newer = commit("feat: a", key="one"), commit("feat: a", key="two")
    back = commit('Revert "feat: a"')
    verdicts = next_version.classify([back, newer, older])
    assert [bool(v.cancelled_by) for v in verdicts] == [False, True, False]


def test_reverting_what_was_shipped_is_a_patch_and_bringing_it_back_is_what_it_was() -> None:
    assert plan("0.7.0", revert("feat: shipped long ago")).version == "0.7.1"
    assert plan("0.7.0", revert("docs: shipped long ago")).version is None
    assert plan("0.7.0", "revert: something shipped").version == "0.7.1"
    assert plan("0.7.0", 'Reapply "feat: taken out before"').version == "0.8.0"
    assert plan("1.7.0", 'Reapply "feat!: taken out before"').version == "2.0.0"
    assert plan("1.7.0", revert("feat!: shipped long ago")).version == "1.7.1"
    assert plan("0.7.0", revert("feat: shipped", "\nBREAKING CHANGE: it is gone")).version == "1.0.0"


def test_reverting_a_merge_cancels_what_it_brought() -> None:
    base = sha("base")
    side = commit("feat: side", base)
    main = commit("fix: main", base)
    merge = parse(sha("merge"), "Merge branch 'side'", (main.sha, side.sha))
    undo = commit(
        f'Revert "Merge"\n\nThis reverts commit {merge.sha}, reversing\nchanges made to {main.sha}.', merge.sha
    )
    assert next_version.propose("0.7.0", [merge, side, main]).version == "0.8.0"
    assert next_version.propose("0.7.0", [undo, merge, side, main]).version == "0.7.1"


def test_a_commit_cannot_revert_itself() -> None:
    lone = commit("feat: a", key="lone")
    odd = parse(lone.sha, f"feat: a\n\nThis reverts commit {lone.sha}.")
    assert next_version.propose("0.7.0", [odd]).version == "0.8.0"


# --- versions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("current", "message", "version"),
    [
        ("1.0.0-beta.2", "fix: a", "1.0.0-beta.3"),
        ("1.0.0-beta.2", "feat: a", "1.0.0-beta.3"),
        ("1.0.0-beta.2", "feat!: a", "1.0.0-beta.3"),
        ("1.2.3-rc.1", "fix: a", "1.2.3-rc.2"),
        ("1.2.3-rc.1", "feat: a", "1.3.0-rc.1"),
        ("1.2.3-rc.0", "feat: a", "1.3.0-rc.0"),
        ("1.2.0-rc.1", "feat!: a", "2.0.0-rc.1"),
        ("2.0.0-beta", "feat: a", "2.0.0-beta.1"),
        ("2.0.0-rc1", "feat: a", "2.0.0-rc2"),
        ("2.0.0-rc9", "feat: a", "2.0.0-rc9.1"),
        ("2.0.0-rc09", "feat: a", "2.0.0-rc10"),
        ("2.0.0-0", "fix: a", "2.0.0-1"),
        ("0.0.0-alpha.1", "fix: a", "0.0.0-alpha.2"),
        ("1.0.0-canary.ab12cd3", "fix: a", "1.0.0-canary.ab12cd3.1"),
        ("v1.2.3", "fix: a", "1.2.4"),
        ("1.2.3+build.5", "fix: a", "1.2.4"),
        ("0.0.3", "feat!: a", "1.0.0"),
    ],
)
def test_what_follows_a_version(current: str, message: str, version: str) -> None:
    assert plan(current, message).version == version


@pytest.mark.parametrize("current", ["", "latest", "1.2", "01.2.3"])
def test_no_version_no_bump(current: str) -> None:
    proposal = plan(current, "feat: a")
    assert proposal.version is None
    assert "version" in proposal.reason


def test_a_version_that_was_raised_since_the_base_is_not_raised_again() -> None:
    assert plan("0.8.0", "feat: a", start="0.7.0").version is None
    assert plan("0.9.0", "feat: a", start="0.7.0").version is None
    assert plan("0.7.1", "fix: a", "feat: b", start="0.7.0").version == "0.8.0"
    assert plan("0.7.0", "feat: a", start="9.9.9").version == "0.8.0"
    assert plan("0.7.0", "feat: a", start="nonsense").version == "0.8.0"


@pytest.mark.parametrize(
    ("current", "message", "start", "version"),
    [
        ("1.1.0-beta.1", "feat: a", "1.0.0", None),
        ("1.1.0-beta.1", "fix: a", "1.0.0", None),
        ("1.0.1-beta.1", "feat: a", "1.0.0", "1.1.0-beta.1"),
        ("0.0.1-beta.1", "feat: a", "0.0.0", "0.1.0-beta.1"),
        ("1.0.0", "feat: a", "1.0.0-beta.1", None),
        ("0.5.0", "feat!: a", "0.5.0-beta.1", "1.0.0"),
    ],
)
def test_whoever_began_or_ended_a_row_of_pre_releases_has_said_so(
    current: str, message: str, start: str, version: str | None
) -> None:
    assert plan(current, message, start=start).version == version


_TYPES = st.sampled_from(["feat", "fix", "perf", "docs", "chore", "FEAT", "feature", "nonsense", "revert"])
_MESSAGES = st.one_of(
    st.text(max_size=80),
    st.builds(
        "{}{}{}: {}\n\n{}".format,
        _TYPES,
        st.sampled_from(["", "(x)"]),
        st.sampled_from(["", "!"]),
        st.text(),
        st.text(),
    ),
)
_VERSIONS = st.builds("{}.{}.{}{}".format, *[st.integers(0, 30)] * 3, st.sampled_from(["", "-beta.1", "-0"]))


@given(current=_VERSIONS, start=_VERSIONS, messages=st.lists(_MESSAGES, max_size=6))
def test_nothing_below_the_current_version_is_ever_proposed(current: str, start: str, messages: list[str]) -> None:
    proposal = next_version.propose(current, [commit(m, key=f"{i}") for i, m in enumerate(messages)], start)
    assert len(proposal.verdicts) == len(messages)
    assert proposal.reason
    if proposal.version is not None:
        assert Version.parse(proposal.version) > Version.parse(current)
        assert bool(Version.parse(proposal.version).prerelease) == bool(Version.parse(current).prerelease)


@given(st.lists(st.sampled_from(["feat: a", "fix: b", "docs: c", "feat!: d"]), max_size=5), st.integers(0, 4))
def test_a_pair_of_reverts_changes_nothing(messages: list[str], place: int) -> None:
    if not messages:
        return
    commits = [commit(m, key=f"{i}") for i, m in enumerate(messages)]
    target = commits[place % len(commits)]
    first = parse(sha("r1"), f"Revert\n\nThis reverts commit {target.sha}.")
    second = parse(sha("r2"), f"Revert\n\nThis reverts commit {first.sha}.")
    assert (
        next_version.propose("1.0.0", [second, first, *commits]).version
        == next_version.propose("1.0.0", commits).version
    )


# --- the answer -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "chosen"),
    [
        ("", "0.8.0"),
        (" Y ", "0.8.0"),
        ("yes", "0.8.0"),
        ("n", None),
        ("NO", None),
        ("0.9.0", "0.9.0"),
        ("v1.0.0", "1.0.0"),
        ("0.8.0-rc.1", "0.8.0-rc.1"),
        ("patch", "0.7.1"),
        ("Major", "1.0.0"),
    ],
)
def test_answers(answer: str, chosen: str | None) -> None:
    assert next_version.choose(answer, plan("0.7.0", "feat: a")) == chosen


@pytest.mark.parametrize("answer", ["0.7.0", "0.6.9", "0.7.0-rc.1", "1.2", "maybe", "1.0.0+build", "none", "1.0.0; rm"])
def test_what_is_no_answer(answer: str) -> None:
    assert isinstance(next_version.choose(answer, plan("0.7.0", "feat: a")), Refusal)


def test_commits_in_words() -> None:
    proposal = plan("0.7.0", "feat: a", "fix: b", "fix: c", "wip", "feat: d", revert("feat: d"))
    assert next_version.describe(proposal.verdicts) == "6 commits, 1 feature, 2 fixes, 1 other, 1 reverted"
    assert next_version.describe(()) == "no commits"
