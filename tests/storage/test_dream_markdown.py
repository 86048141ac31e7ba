"""What a reader of Dream States must do with any text at all: end, say the right places, and never raise."""

import time
from collections.abc import Iterator

import pytest
from hypothesis import given

from loop_tui.model.dream.rollup import roll_up
from loop_tui.model.dream.tree import Tier
from loop_tui.storage.dream.dream_state import read_dream_state
from loop_tui.storage.dream.markdown import ListItem, MarkdownList, MarkdownTable, Row, Section, front_matter, parse
from loop_tui.storage.dream.roadmap import read_roadmap

from .dream_documents import documents

SIZE = 15_000
FLOOR_S = 0.03
PIECES = (
    "- [ ] a\n", "- ", "> ", "<!--", "<!-- -", "|a|b|\n|-|-|\n|1/2|2|\n", "a|b\n-|-\n", "# a\n", "[a]: b\n", "a\n", "`",
    "~~", "**", "[", "![a](b ", "](", "- [ ] " + "[a](" * 40 + "\n", "- [ ] " + "(a " * 60 + "\n",
    "- [ ] a " + "-- " * 60 + "\n", "### a " + "(" * 80 + "\n- [ ] b\n", "| " * 300 + "\n", "## Modules\n", "---\n",
    "- x\n  - [ ] y\n", "1. a\n   1. [ ] b\n", "\\|", "\x00", "✅", "{a ", "1/", "9" * 40,
)  # fmt: skip


@given(documents())
def test_any_text_is_read_in_every_way(text: str) -> None:
    for tier in (Tier.ORGANIZATION, Tier.SYSTEM, Tier.MODULE):
        rolled = roll_up(read_dream_state(text, tier, "shop").root)
        assert 0 <= rolled.done <= rolled.total or rolled.is_stated or rolled.children
    read_roadmap(text)


@given(documents())
def test_boxes_and_cells_are_where_they_are_said_to_be(text: str) -> None:
    for section in parse(text).whole():
        assert 0 <= section.start <= section.body <= section.end <= len(text)
        for item in boxes(section):
            found = text[item.start : item.end]
            assert found[0] in "[✅⬜"
        for row in rows(section):
            for cell in row.cells:
                assert text[cell.start : cell.end] == cell.text


def boxes(section: Section) -> Iterator[ListItem]:
    """The items of a section whose box is found in the text, nested ones too."""
    waiting = [item for block in section.blocks if isinstance(block, MarkdownList) for item in block.items]
    while waiting:
        item = waiting.pop()
        waiting += item.items
        if item.start >= 0:
            yield item


def rows(section: Section) -> Iterator[Row]:
    """The rows of a section's tables, headers too."""
    for block in section.blocks:
        if isinstance(block, MarkdownTable):
            yield from (block.header, *block.rows)


@pytest.mark.parametrize("piece", PIECES)
def test_twice_the_text_costs_no_more_than_twice(piece: str) -> None:
    def cost(size: int) -> float:
        text = "# System Dream State: a\n## Modules\n" + piece * (size // len(piece))
        began = time.process_time()
        roll_up(read_dream_state(text, Tier.SYSTEM, "shop").root)
        return time.process_time() - began

    # As in tests/linear.py: CPU time is compared with itself, and what costs nothing is not compared.
    assert any((double := cost(2 * SIZE)) < FLOOR_S or double < 3 * cost(SIZE) for _ in range(3))


def test_front_matter_is_read_and_is_no_heading() -> None:
    text = "---\r\nname: 'shop'\r\n  nested: no\r\nlist:\r\n  - a\r\n---\r\n## Modules\r\n### auth\r\n- [ ] a\r\n"
    assert front_matter(text) == {"name": "shop", "list": ""}
    found = parse(text)
    assert [section.title for section in found.whole()] == ["", "Modules", "auth"]
    assert [section.line for section in found.whole()] == [0, 7, 8]


@pytest.mark.parametrize("text", ["---", "---\n", "---\nname: shop", "--- \n...\n", ""])
def test_front_matter_without_an_end_is_none(text: str) -> None:
    assert front_matter(text) == {}


def test_deep_nesting_ends() -> None:
    text = "".join(f"{'  ' * depth}- [ ] item {depth}\n" for depth in range(200))
    rolled = roll_up(read_dream_state(text, Tier.MODULE, "deep").root)
    assert rolled.total == 1
    assert len(rolled.why) == 1
