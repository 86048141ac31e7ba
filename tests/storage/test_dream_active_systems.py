"""Active Systems: a row for a system that completed a run and has none, in a table that exists (SPEC section 7)."""

import pytest
from hypothesis import example, given

from loop_tui.model.dream.rollup import roll_up
from loop_tui.model.dream.tree import Node, NodeStanding, Tier
from loop_tui.storage.dream.active_systems import list_system
from loop_tui.storage.dream.dream_state import read_dream_state

from .dream_documents import documents

HEAD = "## Active Systems\n\n| System | Status | Progress |\n|--------|--------|----------|\n"
HALF = roll_up(
    Node(
        Tier.SYSTEM,
        "shop",
        children=(
            Node(Tier.FUNCTION, "buy", standing=NodeStanding.DONE),
            Node(Tier.FUNCTION, "sell", standing=NodeStanding.OPEN),
        ),
    )
)


def names(text: str) -> list[str]:
    return [node.name for node in read_dream_state(text, Tier.ORGANIZATION, "").root.children]


def test_a_system_that_is_missing_gets_a_row() -> None:
    text = HEAD + "| bakery | active | 60% |\n\n## Notes\n"
    row = "| shop | active | 50% |\n"
    assert list_system(text, "shop", HALF) == text.replace("\n\n## Notes", f"\n{row}\n## Notes")


def test_what_is_not_known_is_left_empty() -> None:
    assert list_system(HEAD, "a|b", None) == HEAD + "| a\\|b | active |  |\n"
    done = roll_up(Node(Tier.SYSTEM, "shop", children=(Node(Tier.FUNCTION, "buy", standing=NodeStanding.DONE),)))
    assert list_system(HEAD, "shop", done) == HEAD + "| shop | complete | 100% |\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEAD + "| Shop | paused | |\n",
        HEAD + "\n## Deferred\n- shop\n",
        "## Active Systems\n\nnone yet\n",
        "## Active Systems\n\n- bakery\n",
        "## Active Systems\n\n| Place | Boss |\n|--|--|\n",
        "## Notes\n\n| System | Status |\n|--|--|\n",
        "```\n" + HEAD,
    ],
)
def test_nothing_is_added_to_what_lists_it_or_is_no_table_of_systems(text: str) -> None:
    assert list_system(text, "shop", HALF) == text


def test_a_system_that_only_the_checklist_has_gets_its_row() -> None:
    text = HEAD + "\n## Master Checklist\n\n### shop\n- [ ] buy\n"
    listed = list_system(text, "shop", HALF)
    assert "| shop | active | 50% |" in listed
    assert names(listed) == names(text)


@given(documents())
@example("# Organization Dream State: mill\r\n\r\n## Systems\r\n| System | `a|b` |\r\n|--|--|\r\n| x | `y|z` |")
@example("## Active Systems\n\n| System |\n|--|\n\n<!--\n")
def test_it_is_listed_once_and_nothing_else_changes(text: str) -> None:
    listed = list_system(text, "shop", HALF)
    assert list_system(listed, "shop", HALF) == listed
    if listed == text:
        return
    more = len(listed) - len(text)
    assert any(text == listed[:at] + listed[at + more :] for at in range(len(text) + 1)), "one piece came in"
    assert set(names(listed)) == {*names(text), "shop"}
