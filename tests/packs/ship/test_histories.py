"""What the planner proposes for sixty frozen histories, against the versions that they became (tests/histories)."""

from tests.histories import Judged, confusion, histories, judge, misses

UNREAD = "the messages are not conventional: nothing in them tells a version"
ELSEWHERE = "its version stands in lerna.json: the package.json at the top has none to raise"
CHANGE_FILES = "nothing but changesets' own files tells the version: the messages are not conventional"
PROMOTED = "a pre-release was released as what it led to: a person asks for that"

MISSES = {
    "node-semver 4.0.0": PROMOTED,
    "lerna 8.2.2": ELSEWHERE,
    "release-it 2.0.2": UNREAD,
    "release-it 16.1.4": UNREAD,
    "release-it 11.0.0-rc.1": UNREAD,
    "changesets 2.1.2": CHANGE_FILES,
    "got 11.5.1": UNREAD,
    "express 4.6.1": UNREAD,
    "zustand 1.0.7": UNREAD,
    "axios 0.15.1": UNREAD,
    "chalk 5.5.0": UNREAD,
}
"""The histories where the planner is not right, and why (docs/planning.md speaks of each)."""

TABLE = {
    ("none", "none"): 4,
    ("patch", "none"): 8,
    ("patch", "patch"): 11,
    ("patch", "asked"): 6,
    ("minor", "none"): 1,
    ("minor", "minor"): 14,
    ("minor", "asked"): 2,
    ("major", "major"): 4,
    ("major", "prerelease"): 1,
    ("major", "asked"): 1,
    ("prerelease", "none"): 1,
    ("prerelease", "prerelease"): 3,
    ("prerelease", "asked"): 2,
    ("choice", "asked"): 2,
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
