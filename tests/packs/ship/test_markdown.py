"""Markdown made of hostile text: whatever goes in comes out as plain text, in its own place."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from loop_tui.model.secrets import MASK, mask
from loop_tui.model.text import clean, one_line
from loop_tui.packs.ship import markdown as md

RENDER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
HOSTILE = st.text(st.sampled_from("ab1 \\`*_[]()<>|&;#+-=~!:.\"'\n\t\x1b/xé"), max_size=24)


def plain(markup: str) -> list[str]:
    """The text of each block, after checking that there is nothing in it but text and code."""
    found = []
    for token in RENDER.parse(markup):
        if token.type == "inline":
            kinds = {child.type for child in token.children or ()}
            assert kinds <= {"text", "code_inline", "text_special"}, kinds
            found.append("".join(child.content for child in token.children or ()))
    return found


@given(HOSTILE)
def test_a_paragraph_stays_what_it_was(text: str) -> None:
    rendered = plain(md.document("t", text))
    assert rendered[1:] == ([mask(one_line(text))] if one_line(text) else [])


@given(HOSTILE, HOSTILE)
def test_a_table_keeps_its_cells(first: str, second: str) -> None:
    cells = plain(md.table(("a", "b"), [(first, md.code(second)), (md.code(first), second)]))
    wanted = [one_line(first), one_line(second)]
    assert cells == ["a", "b", *wanted, *wanted]


@given(st.lists(HOSTILE, min_size=1, max_size=3))
def test_a_list_keeps_its_items(items: list[str]) -> None:
    assert plain(md.bullets(items)) == [one_line(item) for item in items if one_line(item)]


@given(st.text(st.sampled_from("`a\n~ \x1b"), max_size=30))
def test_nothing_closes_a_fence(text: str) -> None:
    tokens = RENDER.parse(md.fence(text) + "\n\nafter")
    assert [t.type for t in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]
    assert tokens[0].content.strip("\n") == clean(text).strip("\n")


@pytest.mark.parametrize("make", [md.escape, md.code, md.fence, md.heading, md.strong])
def test_secrets_are_masked(make: object) -> None:
    text = make("token ghp_" + "a" * 36)  # type: ignore[operator]
    assert "ghp_" not in text
    assert MASK in re.sub(r"\\", "", text)


def test_versions_and_names_stay_readable() -> None:
    assert md.escape("0.8.0 snake_case a-b (x) #3") == "0.8.0 snake_case a-b (x) #3"
    assert md.escape("1. one") == "1\\. one"
    assert md.join("a ", md.code("b"), " *c*") == "a `b` \\*c\\*"
