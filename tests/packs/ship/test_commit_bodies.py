"""What stands below a title: merges, updates made by programs, squashed commits."""

import hashlib
import sys
from collections.abc import Callable
from types import FrameType

import pytest

from loop_tui.packs.ship.versions.classified import BumpLevel, CommitVerdict, classify
from loop_tui.packs.ship.versions.conventional import Commit, parse
from loop_tui.packs.ship.versions.next_version import describe, propose


def sha(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()


def commit(message: str, *parents: str, author: str = "") -> Commit:
    return parse(sha(message + author), message, parents, author)


def verdict(message: str, author: str = "") -> CommitVerdict:
    (found,) = classify([commit(message, author=author)])
    return found


# --- merges ---------------------------------------------------------------------------------------------------------


def merged(message: str, *inside: str) -> tuple[CommitVerdict, ...]:
    """A merge of a line of commits, newest first."""
    base = sha("base")
    tip, line = base, list[Commit]()
    for text in inside:
        line.insert(0, commit(text, tip))
        tip = line[0].sha
    return classify([commit(message, base, tip), *line])


@pytest.mark.parametrize(
    ("message", "level"),
    [
        ("feat: login by link (#12)", BumpLevel.MINOR),
        ("fix: login by link\n\nBREAKING CHANGE: passwords are gone", BumpLevel.MAJOR),
        ("feat!: login by link", BumpLevel.MAJOR),
        ("Merge pull request #12 from acme/login\n\nfeat: login by link", BumpLevel.MINOR),
        ("Merge pull request #12 from acme/login\n\nfix(ui)!: login by link", BumpLevel.MAJOR),
        ("Merge pull request #12 from acme/login\n\nfeat：login by link", BumpLevel.MINOR),
        ("Merge branch 'login' into 'main'\n\nfix: login by link\n\nSee merge request acme/a!12", BumpLevel.PATCH),
        ("Merged in login (pull request #12)\n\nfeat: login by link", BumpLevel.MINOR),
        ("Merged PR 12: feat: login by link", BumpLevel.MINOR),
        ("Merge branch 'login'\n\nBREAKING CHANGE: passwords are gone", BumpLevel.MAJOR),
        ("Merge pull request #12 from acme/login\n\nLogin by link", BumpLevel.NONE),
        ("Merge branch 'login'", BumpLevel.NONE),
        ("Merge branch 'main' into login\n\n# Conflicts:\n#\tfeat: x", BumpLevel.NONE),
        ("docs: login by link", BumpLevel.NONE),
    ],
)
def test_the_title_of_a_merge_counts(message: str, level: BumpLevel) -> None:
    assert merged(message, "wip", "address review")[0].level is level


def test_a_merge_counts_by_what_it_brings_as_well() -> None:
    merge, small, large = merged("fix: login", "feat: link", "fix: phones")
    assert (merge.level, small.level, large.level) == (BumpLevel.PATCH, BumpLevel.PATCH, BumpLevel.MINOR)
    assert describe((merge, small, large)) == "3 commits, 1 feature, 2 fixes"


@pytest.mark.parametrize(
    "title",
    ["feat: link (#12)", "feat: link", "Merge pull request #12 from a/b\n\nfeat: link", "Merged PR 3: feat: link (#4)"],
)
def test_a_merge_that_repeats_what_it_brings_counts_once(title: str) -> None:
    merge, *inside = merged(title, "feat: link (#9)", "fix: phones")
    assert (merge.kind, merge.level) == ("merge", BumpLevel.NONE)
    assert "counted once" in merge.reason
    assert describe((merge, *inside)) == "2 commits, 1 feature, 1 fix"


def test_a_merge_that_repeats_a_title_and_breaks_counts() -> None:
    assert merged("feat: link\n\nBREAKING CHANGE: gone", "feat: link")[0].level is BumpLevel.MAJOR
    assert merged("feat!: link", "feat: link")[0].level is BumpLevel.MAJOR


def test_the_list_that_git_puts_into_a_merge_is_not_read() -> None:
    assert merged("Merge branch 'x'\n\n* x:\n  feat: a\n* feat: b", "feat: b", "fix: c")[0].level is BumpLevel.NONE


def test_a_rebased_merge_has_its_title_in_the_body_as_well() -> None:
    assert verdict("Merge pull request #12 from acme/login\n\nfeat: login").level is BumpLevel.MINOR
    assert verdict("Merge sort\n\nfix: not a title").level is BumpLevel.NONE


# --- updates that programs make -------------------------------------------------------------------------------------

_QUOTED = "### Release notes\n\n* feat: theirs\n* feat!: theirs\n\nBREAKING CHANGE: theirs\n\n"
_AGENT = "Co-authored-by: copilot-swe-agent[bot] <198982749+Copilot@users.noreply.github.com>"
_SIGNED = "Signed-off-by: dependabot[bot] <support@github.com>"


@pytest.mark.parametrize(
    ("message", "author", "level"),
    [
        (f"chore(deps): update dependency uuid to v14 (#295)\n\n{_QUOTED}{_SIGNED}", "A Person", BumpLevel.NONE),
        (f"build(deps): bump uuid from 13 to 14\n\n{_QUOTED}", "dependabot[bot]", BumpLevel.NONE),
        (f"build(deps-dev): bump uuid\n\n{_QUOTED}", "dependabot[bot]", BumpLevel.NONE),
        ("chore(deps): bump uuid\n\nBREAKING CHANGE: theirs", "renovate[bot]", BumpLevel.NONE),
        ("fix(deps): update dependency ms\n\nBREAKING CHANGE: theirs", "renovate[bot]", BumpLevel.PATCH),
        (f"Bump uuid from 13 to 14\n\n{_QUOTED}", "dependabot-preview[bot]", BumpLevel.NONE),
        (f"chore: update dependency uuid to v14\n\n{_QUOTED}", "renovate-bot", BumpLevel.NONE),
        ("chore(package): update x\n\nBREAKING CHANGE: theirs", "greenkeeper[bot]", BumpLevel.NONE),
        ("chore(deps): bump x\n\nBREAKING CHANGE: y\n\nupdated-dependencies:\n- x", "A Person", BumpLevel.NONE),
        ("build(deps): bump x\n\nBumps [x](y) from 1 to 2.\n\nBREAKING CHANGE: theirs", "A Person", BumpLevel.NONE),
        ("chore(deps)!: require node 20", "renovate[bot]", BumpLevel.MAJOR),
        # What people and agents write of their own.
        ("chore(deps): use uuid 14\n\nBREAKING CHANGE: node 16 is gone", "A Person", BumpLevel.MAJOR),
        ("feat: search\n\nBREAKING CHANGE: the old one is gone", "some-agent[bot]", BumpLevel.MAJOR),
        ("fix: dates\n\n### Release notes\n\nBREAKING CHANGE: utc only", "A Person", BumpLevel.MAJOR),
        ("feat: upgrade session handling\n\nBREAKING CHANGE: a\n\n<details>why</details>", "Jane", BumpLevel.MAJOR),
        (f"feat: update the parser API\n\nBREAKING CHANGE: parse() is async\n\n{_AGENT}", "Jane", BumpLevel.MAJOR),
        ("feat(package): add x\n\nBREAKING CHANGE: drop y\n\nChangelog", "Jane", BumpLevel.MAJOR),
        ("fix: pin the protocol version\n\nBREAKING CHANGE: a\n\n## Changelog", "an-agent[bot]", BumpLevel.MAJOR),
        ("fix: update the config format\n\n## Changelog\n\nBREAKING CHANGE: a", "an-agent[bot]", BumpLevel.MAJOR),
        (f"fix: upgrade node from 16 to 18\n\nBREAKING CHANGE: 16 is gone\n\n{_AGENT}", "Jane", BumpLevel.MAJOR),
        ("feat: bump the level from 1 to 2\n\nChangelog\n\nBREAKING CHANGE: a", "Jane", BumpLevel.MAJOR),
        ("chore(deps): use x 2\n\nBREAKING CHANGE: ours\n\n<details>theirs</details>", "Jane", BumpLevel.MAJOR),
        ("fix(deps): x 2\n\n<details>\ntheirs\n</details>\n\nBREAKING CHANGE: ours", "Jane", BumpLevel.MAJOR),
        ("fix(deps): x 2\n\n<details>\nBREAKING CHANGE: theirs\n</details>", "an-agent[bot]", BumpLevel.PATCH),
        ("Bump x from 1.0 to 2.0\n\n<details>\n\n* feat!: theirs\n\n</details>", "Jane", BumpLevel.NONE),
        ("feat(depth): deeper\n\nBREAKING CHANGE: ours\n\n" + _SIGNED, "A Person", BumpLevel.MAJOR),
    ],
)
def test_what_a_program_quotes_is_not_ours(message: str, author: str, level: BumpLevel) -> None:
    assert verdict(message, author).level is level


def test_a_breaking_note_that_does_not_count_is_shown() -> None:
    found = verdict("fix(deps): update octo\n\nBREAKING CHANGE: node 18 is gone", "renovate[bot]")
    assert found.level is BumpLevel.PATCH
    assert "does not count: node 18 is gone" in found.reason
    assert "does not count" not in verdict("fix(deps): update octo\n\nBREAKING CHANGE: a", "A Person").reason


# --- squashed commits -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "level", "shown"),
    [
        ("fix: dates (#7)\n\n* feat: zones\n\n* fix: leap years", BumpLevel.PATCH, "feat: zones"),
        ("fix: dates\n\n- feat!: utc only", BumpLevel.PATCH, "feat!: utc only"),
        ("docs: dates\n\n* fix: leap years", BumpLevel.NONE, "fix: leap years"),
        ("chore: all\n\n* feat: a\n* feat: b\n* feat: c\n* feat: d", BumpLevel.NONE, "and 1 more"),
        ("fix: dates\n\n* BREAKING CHANGE: utc only", BumpLevel.PATCH, ""),
        ("fix: dates\n\n* feat: zones\n\nBREAKING CHANGE: utc only", BumpLevel.MAJOR, "breaking change: utc only"),
        ("feat: dates\n\n* fix: leap years", BumpLevel.MINOR, ""),
        ("wip: all (#7)\n\n* feat: zones", BumpLevel.NONE, "feat: zones"),
        ("Dates (#7)\n\n* feat: zones\n* fix: leap years", BumpLevel.MINOR, "in its body"),
        ("Dates\n\n* BREAKING CHANGE: utc only", BumpLevel.MAJOR, "utc only"),
    ],
)
def test_the_title_decides_and_what_it_leaves_out_is_shown(message: str, level: BumpLevel, shown: str) -> None:
    found = verdict(message)
    assert found.level is level
    assert shown in found.reason


# --- many of them ---------------------------------------------------------------------------------------------------


def work(function: Callable[[], object]) -> int:
    """How many instructions of Python a call takes: what it costs, on any machine."""
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Callable[..., object]:
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    sys.settrace(trace)
    try:
        function()
    finally:
        sys.settrace(None)
    return count


def fixes(count: int) -> list[Commit]:
    return [commit(f"fix: number {n}") for n in range(count)]


def reverts_by_subject(count: int) -> list[Commit]:
    one = [parse(sha(f"r{n}"), 'Revert "fix: the same"') for n in range(count // 2)]
    return one + [parse(sha(f"f{n}"), "fix: the same") for n in range(count // 2)]


def reverts_by_sha(count: int) -> list[Commit]:
    made = [parse(sha(f"s{n}"), f"fix: number {n}") for n in range(count // 2)]
    return [parse(sha(f"u{c.sha}"), f"Out\n\nThis reverts commit {c.sha[:12]}.") for c in made] + made


def reverted_merges(count: int) -> list[Commit]:
    found: list[Commit] = []
    tip = sha("root")
    for n in range(count // 3):
        side = parse(sha(f"side{n}"), f"feat: side {n}", (tip,))
        merge = parse(sha(f"merge{n}"), f"Merge branch 's{n}'", (tip, side.sha))
        undo = f"Out\n\nThis reverts commit {merge.sha}, reversing\nchanges made to {tip}."
        back = parse(sha(f"back{n}"), undo, (merge.sha,))
        found = [back, merge, side, *found]
        tip = back.sha
    return found


@pytest.mark.parametrize("many", [fixes, reverts_by_subject, reverts_by_sha, reverted_merges])
def test_the_work_grows_with_the_number_of_commits(many: Callable[[int], list[Commit]]) -> None:
    small, large = many(120), many(480)
    spent = [work(lambda those=those: propose("1.0.0", those)) for those in (small, large)]  # type: ignore[misc]
    assert spent[1] < 5 * spent[0], spent


def test_what_many_reverts_take_back_is_what_they_name() -> None:
    assert propose("1.0.0", reverts_by_subject(40)).version is None
    assert propose("1.0.0", reverts_by_sha(40)).version is None
    assert propose("1.0.0", reverted_merges(39)).version is None
    assert propose("1.0.0", reverted_merges(39)[1:]).version == "1.1.0"
