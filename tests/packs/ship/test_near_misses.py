"""Headers that are nearly conventional: what is read, what is only hinted at, and what is neither."""

import hashlib

import pytest

from loop_tui.packs.ship.versions.classified import BumpLevel, CommitVerdict, classify
from loop_tui.packs.ship.versions.conventional import parse
from loop_tui.packs.ship.versions.near_misses import read_nearly


def verdict(message: str) -> CommitVerdict:
    (found,) = classify([parse(hashlib.sha1(message.encode()).hexdigest(), message)])
    return found


@pytest.mark.parametrize(
    ("subject", "level", "written"),
    [
        ("feat：search", BumpLevel.MINOR, "`feat: …`"),
        ("fix（api）：dates", BumpLevel.PATCH, "`fix(api): …`"),
        ("feat！：drop it", BumpLevel.MAJOR, "`feat!: …`"),
        ("✨ feat: search", BumpLevel.MINOR, "`feat: …`"),
        ("🐛 fix(api): dates", BumpLevel.PATCH, "`fix(api): …`"),
        ("⚡️ perf: faster", BumpLevel.PATCH, "`perf: …`"),
        ("💥✨ feat!: new", BumpLevel.MAJOR, "`feat!: …`"),
        (":sparkles: feat: search", BumpLevel.MINOR, "`feat: …`"),
        (":bug::ambulance: fix: dates", BumpLevel.PATCH, "`fix: …`"),
        ("feat:search", BumpLevel.MINOR, "`feat: …`"),
        ("fix(api):dates", BumpLevel.PATCH, "`fix(api): …`"),
        ("feat : search", BumpLevel.MINOR, "`feat: …`"),
        ("feat (api): search", BumpLevel.MINOR, "`feat(api): …`"),
        ("feat(api) : search", BumpLevel.MINOR, "`feat(api): …`"),
        ("Feature : search", BumpLevel.MINOR, "`feat: …`"),
        ("feat(): search", BumpLevel.MINOR, "`feat: …`"),
        ("✨ feat!:search", BumpLevel.MAJOR, "`feat!: …`"),
        ("docs:search", BumpLevel.NONE, "`docs: …`"),
    ],
)
def test_what_can_mean_one_thing_only_is_read_with_a_hint(subject: str, level: BumpLevel, written: str) -> None:
    found = verdict(subject)
    assert found.level is level
    assert f"read as {written}, in spite of " in found.reason


@pytest.mark.parametrize(
    ("subject", "written"),
    [
        ("✨ add search", "`feat: …`"),
        (":sparkles: add search", "`feat: …`"),
        (":boom: drop node 16", "`feat!: …`"),
        ("🐛 leap years", "`fix: …`"),
        ("[feat] search", "`feat: …`"),
        ("[Fix] dates", "`fix: …`"),
        ("feat - search", "`feat: …`"),
        ("feat(api) | search", "`feat: …`"),
        ("feat search by date", "`feat: …`"),
        ("bugfix: dates", "`fix: …`"),
        ("fature: search", "`feat: …`"),
        ("features: search", "`feat: …`"),
        ("performance: faster", "`perf: …`"),
    ],
)
def test_what_may_mean_something_else_counts_nothing_and_is_hinted_at(subject: str, written: str) -> None:
    found = verdict(subject)
    assert found.level is BumpLevel.NONE
    assert f"write {written} if" in found.reason


@pytest.mark.parametrize(
    "subject",
    [
        "wip",
        "Update stuff",
        "Fix typo in the readme",
        "feature flags are on",
        "fix:// is no scheme",
        "feat::namespace",
        "fix: ",
        "Note : something",
        "http://example.org: moved",
        "fixup! feat: search",
        "1.2.3",
        "✨",
        ":sparkles:",
        "",
        ": feat",
        "feat/fix: both",
        "WIP: something",
    ],
)
def test_what_means_neither_is_left_alone(subject: str) -> None:
    found = verdict(subject)
    assert (found.level, found.kind) == (BumpLevel.NONE, "other")
    assert "read as" not in found.reason


@pytest.mark.parametrize("subject", ["feat: a", "fix(api)!: a", "FEAT: a", "feature: a", "feat:  two blanks"])
def test_what_is_conventional_gets_no_hint(subject: str) -> None:
    assert "read as" not in verdict(subject).reason
    assert "write `" not in verdict(subject).reason


def test_a_breaking_note_below_a_near_miss_counts() -> None:
    assert verdict("fix：dates\n\nBREAKING CHANGE: utc only").level is BumpLevel.MAJOR


@pytest.mark.parametrize("text", ["✨" * 5000, ":a:" * 5000, "feat" + "(" * 5000, "feat" + " " * 5000, "ab " * 5000])
def test_long_rows_are_no_header(text: str) -> None:
    assert read_nearly(text) == (None, "")
