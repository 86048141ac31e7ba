"""Documents as texts: the index and the state change nothing else, and any text can be read (SPEC section 7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_tui.model.docs.anchors import anchors_of, slug
from loop_tui.model.docs.commands import stale_command
from loop_tui.model.docs.document import LifeCycle, MarkdownDocument
from loop_tui.model.docs.known import KnownReferents
from loop_tui.model.docs.versions import is_behind
from loop_tui.model.problem import Problem
from loop_tui.storage.docs.front_matter import read_front_matter, with_state
from loop_tui.storage.docs.index import BEGIN, END, with_index
from loop_tui.storage.docs.reading import read_document

END_OF_LINE = st.sampled_from(["\n", "\r\n", "\r"])
PIECES = st.sampled_from(
    [
        "# Title", "text", "", "- item", "| a | b |", "|---|---|", "> quote", "```", "~~~", "    code", "<!-- note -->",
        "---", "state: draft", "kind: guides", "state: 'x'  # why", "[x](y.md#z)", "`src/a.py`", "\ufeff", "$ make x",
        "<h2 id=a>b</h2>", "[[[[", "\udcff", "***", "\x00\x1b[2J",
    ]
)  # fmt: skip
LINES = st.lists(PIECES, max_size=12)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Texts with any line ends, and with or without one at the end."""
    parts = [f"{line}{draw(END_OF_LINE)}" for line in draw(LINES)]
    return "".join(parts) + draw(st.sampled_from(["", "end"]))


def document(path: str, title: str) -> MarkdownDocument:
    return read_document(f"# {title}\n", path)


@given(texts(), texts(), END_OF_LINE, st.lists(st.text(max_size=20), max_size=3))
def test_an_index_changes_nothing_else_and_once_is_enough(before: str, after: str, end: str, titles: list[str]) -> None:
    if BEGIN in before or "```" in before or "~~~" in before:
        return
    found = [document(f"docs/{number} x.md", title) for number, title in enumerate(titles)]
    head = f"{before}{end}{BEGIN}{end}"
    if before.endswith("\r") and end == "\n":
        return  # They are one line end.
    tail = f"{END}{end}{after}"
    written = with_index(head + tail, "docs/README.md", found)
    assert written is not None
    assert written.startswith(head)
    assert written.endswith(tail)
    assert with_index(written, "docs/README.md", found) == written


@given(texts(), st.sampled_from(LifeCycle))
def test_a_state_changes_one_line_and_is_read_again(text: str, state: LifeCycle) -> None:
    written = with_state(text, state.value)
    assert read_front_matter(written).get("state")[0] == state.value
    assert with_state(written, state.value) == written
    old, new = text.removeprefix("\ufeff"), written.removeprefix("\ufeff")
    if not read_front_matter(text).end_line:
        assert new.endswith(old)
        return
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    if len(before) == len(after):
        assert sum(a != b for a, b in zip(before, after, strict=True)) <= 1
    else:
        assert [line for line in after if not line.startswith("state:")] == [
            line for line in before if not line.startswith("state:")
        ]


@given(texts())
def test_any_text_is_a_document(text: str) -> None:
    found = read_document(text, "docs/x.md")
    count = text.count("\n") + text.count("\r") + 1
    assert all(1 <= reference.line <= count for reference in found.references)


def test_the_lines_of_references_are_those_of_the_file() -> None:
    text = "---\ntitle: x\n---\n\n[a](a)\n`b`\n![c](c)\n\n```sh\nd\n```\n\n<p>\n<img src='e'></p>\n\n- f\n  [g](g)\n"
    found = [(each.line, each.text) for each in read_document(text.replace("\n", "\r\n"), "x.md").references]
    assert found == [(5, "a"), (6, "b"), (7, "c"), (10, "d"), (14, "e"), (17, "g")]


def test_a_fence_of_another_language_and_what_a_program_printed_are_not_commands() -> None:
    text = "```toml\nmake x\n```\n```console\n$ make y\nmake z: done\n```\n"
    assert [each.text for each in read_document(text, "x.md").references] == ["$ make y"]


def test_headings_are_named_as_hosting_sites_do() -> None:
    assert slug("What's `new`, in 1.2?") == "whats-new-in-12"
    assert slug("\U0001f4fd\ufe0f Video") == "\ufe0f-video"
    assert anchors_of(["Setup", "Use", "Setup"]) >= {"setup", "use", "setup-1"}
    assert "x-y" in anchors_of(["x & y"])
    assert "x--y" in anchors_of(["x & y"])


def test_versions_are_compared_in_the_parts_that_both_have() -> None:
    assert is_behind("1.9", "1.10.0")
    assert not is_behind("1", "1.10.0")
    assert not is_behind("2.0.0", "1.10.0")
    assert not is_behind("", "1.0")
    assert not is_behind("9" * 5000, "1.0")


def test_what_is_not_known_is_not_judged() -> None:
    known = KnownReferents(lambda _: False, lambda _: False, {}, lambda _: None)
    for command in ("make x", "npm run x", "loop-tui x", "python -m x", "./x/y.sh", "'", "make x " * 1000):
        assert stale_command(command, "docs/x.md", known, is_fence=True) is None


@pytest.mark.parametrize("text", [f"{BEGIN}\n", f"{END}\n{BEGIN}\n", f"{BEGIN}\n{END}\n" * 2])
def test_comments_that_are_no_pair_are_refused(text: str) -> None:
    with pytest.raises(Problem, match="the index needs two comments") as raised:
        with_index(text, "docs/README.md", ())
    assert raised.value.where == "docs/README.md:1"


def test_comments_in_a_fence_are_an_example() -> None:
    assert with_index(f"```\n{BEGIN}\n{END}\n```\n", "docs/README.md", ()) is None
