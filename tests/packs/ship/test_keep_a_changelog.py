"""CHANGELOG.md in the form of Keep a Changelog: only the bytes of the release change, and they can be taken back."""

from datetime import date

import pytest

from loop_tui.model.problem import Problem
from loop_tui.packs.ship.versions.changelog_entries import proposed_entries
from loop_tui.packs.ship.versions.classified import classify, parse
from loop_tui.packs.ship.versions.keep_a_changelog import read_changelog
from loop_tui.packs.ship.versions.text_edits import apply_edits, taken_back

DAY = date(2026, 3, 4)
LINKS = "[Unreleased]: https://h/a/compare/v0.7.0...HEAD\n[0.7.0]: https://h/a/compare/v0.6.0...v0.7.0\n"


def raised(text: str, notes: str | None = None, version: str = "0.8.0") -> str:
    """The file with the version in it; what was done can be taken back to the byte."""
    edits = read_changelog(text.encode(), "CHANGELOG.md").raised(version, DAY, notes)
    after = apply_edits(text, edits)
    assert taken_back(after, edits) == text
    return after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "# Log\n\n## [Unreleased]\n\n### Added\n\n- a\n\n## [0.7.0] - 2025-01-02\n",
            "# Log\n\n## [Unreleased]\n\n## [0.8.0] - 2026-03-04\n\n### Added\n\n- a\n\n## [0.7.0] - 2025-01-02\n",
        ),
        ("## Unreleased\n- a", "## Unreleased\n\n## 0.8.0 - 2026-03-04\n- a"),
        (
            "\ufeff## [unreleased] ##\r\n\r\n- a  \r\n",
            "\ufeff## [unreleased] ##\r\n\r\n## [0.8.0] - 2026-03-04\r\n\r\n- a  \r\n",
        ),
        ("##  Unreleased\n- a\n## v0.7.0\n", "##  Unreleased\n\n## v0.8.0\n- a\n## v0.7.0\n"),
    ],
)
def test_what_is_unreleased_becomes_the_version(before: str, after: str) -> None:
    assert raised(before) == after


@pytest.mark.parametrize(
    ("heading", "written"),
    [
        ("## [0.7.0] - 2025-01-02", "## [0.8.0] - 2026-03-04"),
        ("## [0.7.0] - 2025-01-02 [YANKED]", "## [0.8.0] - 2026-03-04"),
        ("## 0.7.0 (2025-01-02)", "## 0.8.0 (2026-03-04)"),
        ("## v0.7.0 — 2025/01/02", "## v0.8.0 — 2026/03/04"),
        ("## [0.7.0] - 02.01.2025", "## [0.8.0] - 04.03.2026"),
        ("## [0.7.0] - January 2, 2025", "## [0.8.0] - March 4, 2026"),
        ("## [0.7.0] - 2 Jan 2025", "## [0.8.0] - 4 Mar 2026"),
        ("## [0.7.0]", "## [0.8.0]"),
        ("## [0.7.0] - soon", "## [0.8.0] - 2026-03-04"),
    ],
)
def test_the_date_and_the_version_are_written_as_elsewhere(heading: str, written: str) -> None:
    text = f"## [Unreleased]\n\n- a\n\n{heading}\n"
    assert raised(text) == f"## [Unreleased]\n\n{written}\n\n- a\n\n{heading}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (LINKS, LINKS.replace("v0.7.0...HEAD\n", "v0.8.0...HEAD\n[0.8.0]: https://h/a/compare/v0.7.0...v0.8.0\n")),
        (
            LINKS.rstrip(),
            LINKS.replace("v0.7.0...HEAD\n", "v0.8.0...HEAD\n[0.8.0]: https://h/a/compare/v0.7.0...v0.8.0\n").rstrip(),
        ),
        (
            "[0.7.0]: https://h/a/releases/tag/v0.7.0\n[unreleased]: https://h/a/compare/v0.7.0...main",
            "[0.7.0]: https://h/a/releases/tag/v0.7.0\n[0.8.0]: https://h/a/releases/tag/v0.8.0\n"
            "[unreleased]: https://h/a/compare/v0.8.0...main",
        ),
        (
            "[0.7.0]: https://h/a/compare/w@0.6.0...w@0.7.0\n",
            "[0.8.0]: https://h/a/compare/w@0.7.0...w@0.8.0\n[0.7.0]: https://h/a/compare/w@0.6.0...w@0.7.0\n",
        ),
        ("[unreleased]: https://h/a/commits/HEAD\n", "[unreleased]: https://h/a/commits/HEAD\n"),
        (
            "[Unreleased]: https://h/a/commits/HEAD\n[0.7.0]: https://h/a/compare/v0.6.0...v0.7.0",
            "[Unreleased]: https://h/a/commits/HEAD\n[0.8.0]: https://h/a/compare/v0.7.0...v0.8.0\n"
            "[0.7.0]: https://h/a/compare/v0.6.0...v0.7.0",
        ),
        (
            "[Unreleased]: https://h/a/compare/v0.7.0...next/major\r\n[0.7.0]: https://h/a/compare/v0.6.0...v0.7.0",
            "[Unreleased]: https://h/a/compare/v0.8.0...next/major\r\n[0.8.0]: https://h/a/compare/v0.7.0...v0.8.0\r\n"
            "[0.7.0]: https://h/a/compare/v0.6.0...v0.7.0",
        ),
        (
            "[Unreleased]: <https://h/a/compare/v0.7.0...HEAD>\n[0.7.0]: <https://h/a/releases/tag/v0.7.0>\n",
            "[Unreleased]: <https://h/a/compare/v0.8.0...HEAD>\n[0.8.0]: <https://h/a/releases/tag/v0.8.0>\n"
            "[0.7.0]: <https://h/a/releases/tag/v0.7.0>\n",
        ),
        (
            "[Unreleased]: https://h/a/compare/v0.7.0...HEAD\n\n<!-- the end -->\n",
            "[Unreleased]: https://h/a/compare/v0.8.0...HEAD\n[0.8.0]: https://h/a/compare/v0.7.0...v0.8.0\n"
            "\n<!-- the end -->\n",
        ),
        (
            "[Unreleased]: https://h/a/compare/v0.7.0...v0.9.0\n[0.7.0]: https://h/a/releases/tag/v0.7.0\n",
            "[Unreleased]: https://h/a/compare/v0.7.0...v0.9.0\n[0.8.0]: https://h/a/releases/tag/v0.8.0\n"
            "[0.7.0]: https://h/a/releases/tag/v0.7.0\n",
        ),
        ("[#1]: https://h/a/issues/1\n", "[#1]: https://h/a/issues/1\n"),
    ],
)
def test_links_at_the_end_are_kept_in_step_where_they_are_understood(before: str, after: str) -> None:
    head = "## [Unreleased]\n\n- a\n\n## [0.7.0] - 2025-01-02\n\n- b\n\n"
    assert raised(head + before).endswith("- b\n\n" + after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("## [Unreleased]\n\n## [0.7.0]\n", "## [Unreleased]\n\n## [0.8.0]\n\nNOTES\n\n## [0.7.0]\n"),
        (
            "## [Unreleased]\n\n### Added\n\n### Fixed\n\n## [0.7.0]\n",
            "## [Unreleased]\n\n### Added\n\n### Fixed\n\n## [0.8.0]\n\nNOTES\n\n## [0.7.0]\n",
        ),
        (
            "## [Unreleased]\n<!-- say it\nhere -->\n\n## [0.7.0]\n",
            "## [Unreleased]\n<!-- say it\nhere -->\n\n## [0.8.0]\n\nNOTES\n\n## [0.7.0]\n",
        ),
        ("## [Unreleased]\n\n- a\n- b\n\n## [0.7.0]\n", "## [Unreleased]\n\n## [0.8.0]\n\nNOTES\n\n## [0.7.0]\n"),
        ("## [Unreleased]", "## [Unreleased]\n\n## [0.8.0] - 2026-03-04\n\nNOTES"),
    ],
)
def test_other_words_come_where_the_section_is(before: str, after: str) -> None:
    assert raised(before, "NOTES") == after


@pytest.mark.parametrize(
    "text",
    [
        "# Changelog\n\n## [0.7.0](https://h/a/compare/v0.6.0...v0.7.0) (2025-01-02)\n",
        "# 0.7.0\n\n- a\n",
        "```\n## [Unreleased]\n```\n",
        "<!--\n## [Unreleased]\n-->\n",
        "## [Unreleased]\n\n## Unreleased\n",
        "## [0.7.0]\n\n## [Unreleased]\n",
        "## [Unreleased]\n\n## [0.7.0](https://h/a/compare/v0.6.0...v0.7.0) (2025-01-02)\n",
        "## [Unreleased]\n\xe9",
        "## [Unreleased]\n\n- a\n\n### 1.0.0\n\n- b\n",
        "## [Unreleased]\n\n- a\n\n# [1.0.0] - 2025-01-02\n\n- b\n",
        "## [Unreleased]\n\n- a\n\n### [1.0.0](https://h/a) (2025-01-02)\n\n- b\n",
        "## [Unreleased]\n\n- a\n\n1.0.0 - 2025-01-02\n---\n\n- b\n",
        "## [Unreleased]\n\n- a\n\n<h2>v1.0.0</h2>\n\n- b\n",
        '## [Unreleased]\n\n- a\n\n<h2 id="a"><a href="b">1.0.0</a> (2025-01-02)</h2>\n\n- b\n',
        "## [Unreleased]\n\n- a <!--\n\n## [0.7.0]\n\n- b\n",
        "## [Unreleased]\n\n- a\n  ```sh\n  b\n\n## [0.7.0]\n\n- b\n",
    ],
)
def test_what_is_not_of_the_form_is_told(text: str) -> None:
    with pytest.raises(Problem, match="not in the form of Keep a Changelog"):
        read_changelog(text.encode("latin-1"), "CHANGELOG.md")


def test_headings_in_code_end_no_section() -> None:
    text = "## [Unreleased]\n\n- a\n\n~~~md\n## [0.1.0]\n~~~\n\n- b\n\n## [0.7.0]\n\n- c\n"
    found = read_changelog(text.encode(), "")
    assert found.notes == "- a\n\n~~~md\n## [0.1.0]\n~~~\n\n- b"
    assert [each.version for each in found.versions] == ["0.7.0"]
    assert found.section("0.7.0") == "- c"
    assert found.section("0.1.0") == ""


@pytest.mark.parametrize(
    "entry",
    [
        "- what begins with `<!--` is a comment",
        "- ``a ` <!--`` and `-->`",
        "- ```a``` and `<!--`",
        "- \\<!-- is none",
        "- a <!-- b --> and `<!--`",
        "- a <!-->",
        "<!-- a\nb --> c `<!--`",
        "### 1.0.0 and before\n\n- a",
    ],
)
def test_what_is_no_comment_and_no_version_hides_no_heading(entry: str) -> None:
    found = read_changelog(f"## [Unreleased]\n\n{entry}\n\n## [0.7.0]\n\n- c\n".encode(), "")
    assert found.notes == entry
    assert not found.is_empty
    assert [each.version for each in found.versions] == ["0.7.0"]


def test_comments_alone_say_nothing() -> None:
    text = "## [Unreleased]\n\n<!-- a\n\n- b\n--> <!-- c -->\n### Added\n<!-- `d` -->\n\n## [0.7.0]\n"
    assert read_changelog(text.encode(), "").is_empty


@pytest.mark.parametrize(
    "line",
    [
        "## x" + " " * 300_000 + "y",
        "## " + " #" * 200_000 + "y",
        "<!-- a " * 200_000 + "-->",
        "<!" * 200_000,
        "".join("`" * n + " " for n in range(1, 800)),
        "` `` " * 200_001,
        "<h2>" + "<" * 300_000,
        "[a]: " + "/compare/" * 100_000,
        "[0.7.0]: " + "1" * 300_000,
    ],
    ids=lambda line: line[:8],
)
def test_no_line_takes_longer_than_it_is(line: str) -> None:
    # Each of these took minutes, or would take them, where a part of the line is read again and again.
    assert read_changelog(f"## [Unreleased]\n\n- a\n\n## [0.7.0]\n{line}\n".encode(), "").raised("0.8.0", DAY)


def test_a_text_that_was_changed_meanwhile_is_not_taken_back() -> None:
    text = "## [Unreleased]\n\n- a\n"
    edits = read_changelog(text.encode(), "").raised("0.8.0", DAY)
    with pytest.raises(ValueError, match="another text"):
        taken_back(apply_edits(text, edits).replace("0.8.0", "0.8.1"), edits)


def entries(*messages: str) -> dict[str, tuple[str, ...]]:
    commits = [parse(f"{number:040x}", message, (), "") for number, message in enumerate(messages, 1)]
    return dict(proposed_entries(classify(commits)))


@pytest.mark.parametrize(
    ("messages", "found"),
    [
        (["feat: a", "fix(core): b", "docs: c"], {"Added": ("a",), "Fixed": ("core: b",)}),
        (["feat!: a", "perf: b"], {"Changed": ("Breaking: a", "b")}),
        (["fix: a\n\nBREAKING CHANGE: b", "feat: c"], {"Changed": ("Breaking: a",), "Added": ("c",)}),
        (["fix(security): c", "security: d"], {"Security": ("security: c", "d")}),
        (['Revert "feat: a"', "feat: b"], {"Added": ("b",), "Removed": ("a",)}),
        (["feat: a", "feat: a"], {"Added": ("a",)}),
        (["say it", "chore: b"], {"Changed": ("say it",)}),
        (["chore: b"], {}),
        (
            ["feat: <script>x</script> [a](http://h) `b` ![c](d)", "fix: # *not* a heading"],
            {
                "Added": (r"\<script>x\</script> \[a\](http://h) \`b\` !\[c\](d)",),
                "Fixed": (r"\# \*not\* a heading",),
            },
        ),
    ],
)
def test_entries_are_the_words_of_the_commits(messages: list[str], found: dict[str, tuple[str, ...]]) -> None:
    assert entries(*messages) == found


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("## [Unreleased]\n", "### Added\n\n- a\n- b"),
        ("## [Unreleased]\n\n## [0.7.0]\n\n### Fixed\n* x\n", "### Added\n* a\n* b"),
        ("## [Unreleased]\n\n## [0.7.0]\n\n### Fixed\n\n* x\n", "### Added\n\n* a\n* b"),
    ],
)
def test_entries_are_written_as_elsewhere(text: str, written: str) -> None:
    assert read_changelog(text.encode(), "").entries([("Added", ["a", "b"])]) == written


def test_a_comment_in_a_heading_is_no_part_of_it() -> None:
    text = "## [Unreleased] <!-- next -->\n\n- a\n\n## [0.7.0] - 05.03.2026 <!-- late -->\n\n- b\n"
    assert read_changelog(text.encode(), "CHANGELOG.md").versions[0].rest == " - 05.03.2026"
    assert raised(text).startswith("## [Unreleased] <!-- next -->\n\n## [0.8.0] - 04.03.2026\n\n- a\n")
