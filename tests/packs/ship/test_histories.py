"""What the planner proposes for sixty frozen histories, against the versions that they became (tests/histories)."""

from tests.histories import Judged, confusion, histories, judge, misses

UNREAD = "the messages are not conventional: nothing in them tells a version"
PLACEHOLDER = "package.json holds a placeholder or an old version: tags are not compared with it"
RULE = "a row of the requirements that the planner does not know yet"

MISSES = {
    "semantic-release 15.9.7": PLACEHOLDER,
    "semantic-release 15.4.3": PLACEHOLDER,
    "semantic-release 16.0.0-beta.18": PLACEHOLDER,
    "npm 5.1.9": PLACEHOLDER,
    "npm 5.2.0-beta.5": PLACEHOLDER,
    "rest-js 16.0.4": PLACEHOLDER,
    "commitlint 5.0.1": PLACEHOLDER,
    "lerna 8.2.2": PLACEHOLDER,
    "release-it 2.0.2": UNREAD,
    "release-it 16.1.4": UNREAD,
    "release-it 11.0.0-rc.1": UNREAD,
    "changesets 2.1.2": UNREAD,
    "got 11.5.1": UNREAD,
    "express 4.6.1": UNREAD,
    "zustand 1.0.7": UNREAD,
    "axios 0.15.1": UNREAD,
    "chalk 5.5.0": UNREAD,
    "tags ahead": RULE,
    "placeholder with tags": RULE,
    "placeholder without tags": RULE,
    "the next is taken elsewhere": RULE,
    "beta and a feature": RULE,
    "candidate of a patch and a feature": RULE,
    "beta of a major and a break": RULE,
    "merge with a title": RULE,
    "merge of a pull request": RULE,
    "merge that breaks": RULE,
    "dependabot quotes": RULE,
    "renovate quotes": RULE,
    "a fix by a bot": RULE,
    "cut off at the base": RULE,
    "a fix with features in its body": RULE,
    "docs with a break in its body": RULE,
    "full-width colon": RULE,
    "an emoji before the type": RULE,
    "a gitmoji before the type": RULE,
    "no blank, and one too many": RULE,
    "a break on a maintenance branch": RULE,
}
"""The histories where the planner is not right, and why."""

TABLE = {
    ("none", "none"): 1,
    ("none", "major"): 3,
    ("patch", "none"): 9,
    ("patch", "patch"): 8,
    ("patch", "major"): 8,
    ("minor", "none"): 6,
    ("minor", "minor"): 10,
    ("minor", "major"): 1,
    ("major", "none"): 1,
    ("major", "major"): 4,
    ("prerelease", "none"): 1,
    ("prerelease", "minor"): 1,
    ("prerelease", "major"): 2,
    ("choice", "minor"): 2,
    ("major", "promotion"): 1,
    ("prerelease", "promotion"): 2,
}
"""How often each level was proposed for each released one: `(released, proposed)`."""


def judged() -> tuple[Judged, ...]:
    return tuple(map(judge, histories()))


def test_the_table_is_the_known_one_and_every_miss_has_its_reason() -> None:
    found = judged()
    assert confusion(found) == TABLE
    assert {one.history.id for one in misses(found)} == set(MISSES)


def test_half_of_them_happened_and_half_are_written() -> None:
    found = histories()
    public = [one for one in found if one.repository]
    assert (len(found), len(public), len({one.id for one in found})) == (60, 30, 60)
    assert all(one.base and one.head and one.tag and one.tool for one in public)
    assert len({one.repository for one in public}) >= 15
    written = {one.kind for one in found if not one.repository}
    assert len(written) == 9, written
