"""Edits of a Dream State: what is done is written once, and every other byte stays (SPEC section 7)."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loop_tui.model.dream.rollup import roll_up
from loop_tui.model.dream.told import CompletedRun
from loop_tui.model.dream.tree import Completion, Node, Tier, key_of
from loop_tui.storage.dream.dream_state import read_dream_state
from loop_tui.storage.dream.recording import marker_of, record
from loop_tui.storage.dream.ticking import choose, correct_counts, functions_of, roll_counts, tick

from .dream_documents import documents, dream_states
from .test_dream_labels import LABELS, TREES, document

RUN = CompletedRun("3f2a1bc0", "2026-03-02", "engineering-loop", "success", "auth", "FEATURESPEC.md, a|b `c` <d>")
TIERS = st.sampled_from((Tier.ORGANIZATION, Tier.SYSTEM, Tier.MODULE))


def completions(text: str, tier: Tier) -> tuple[Completion, ...]:
    return read_dream_state(text, tier, "shop").completions


def is_one_piece(before: str, after: str) -> bool:
    """True where all that happened is that one piece came in."""
    more = len(after) - len(before)
    return any(before[:at] == after[:at] and before[at:] == after[at + more :] for at in range(len(before) + 1))


def names(node: Node) -> list[str]:
    return [function.name for function in functions_of(node)]


@given(documents(), TIERS)
@example("## Recent Completions", Tier.SYSTEM)
@example("## Recent Completions\r\n## Notes\r\n", Tier.SYSTEM)
@example("## Recent Completions\n\n> Last 5.\n\n## Notes", Tier.SYSTEM)
@example("## Recent Completions\n- 2026-01-02 a\n- 2026-01-01 b", Tier.SYSTEM)
@example("## Recent Completions\n| Date | Loop |\n|--|--|\n| 2026-01-02 | a |\n| 2026-01-01 | b |", Tier.SYSTEM)
@example("<!-- never ends", Tier.SYSTEM)
@example("```\nnever ends", Tier.SYSTEM)
@example("---\nname: x\n---", Tier.SYSTEM)
def test_a_run_is_recorded_once_and_nothing_else_changes(text: str, tier: Tier) -> None:
    recorded = record(text, tier, RUN)
    assert record(recorded, tier, RUN) == recorded
    if recorded == text:
        return
    assert len(completions(recorded, tier)) == len(completions(text, tier)) + 1
    assert recorded.count(marker_of(RUN)) == 1
    at = next(place for place in range(len(text) + 1) if text[:place] != recorded[:place] or place == len(text))
    length = len(recorded) - len(text)
    assert any(text == recorded[:place] + recorded[place + length :] for place in range(max(0, at - 3), at + 1)), (
        "one piece was put in"
    )
    before, after = (read_dream_state(each, tier, "shop") for each in (text, recorded))
    assert names(before.root) == names(after.root)
    assert [node.name for node in before.root.children] == [node.name for node in after.root.children]
    assert [each.text for each in before.loops] == [each.text for each in after.loops]
    assert (before.vision, before.depends_on) == (after.vision, after.depends_on)


def ticked(text: str, tier: Tier, wanted: list[str], module: str = "") -> str:
    """A text with the items of these names ticked."""
    root = read_dream_state(text, tier, "shop").root
    return tick(text, choose(root, wanted, module).nodes)


@given(documents(), TIERS, st.data())
def test_only_the_box_of_the_item_changes(text: str, tier: Tier, data: st.DataObject) -> None:
    root = read_dream_state(text, tier, "shop").root
    wanted = data.draw(st.lists(st.sampled_from((*names(root), "none of that name")), max_size=3))
    chosen = choose(root, wanted)
    edited = tick(text, chosen.nodes)
    assert ticked(edited, tier, wanted) == edited
    after = read_dream_state(edited, tier, "shop").root
    assert names(after) == names(root)
    boxes = str.maketrans("", "", "xX ✅☑⬜[]/~-☐✓")
    assert edited.translate(boxes) == text.translate(boxes)
    done = [a.name for a, b in zip(functions_of(root), functions_of(after), strict=True) if a.standing != b.standing]
    assert set(done) <= {node.name for node in chosen.nodes}


def test_a_row_is_put_where_the_newest_stand() -> None:
    rows = "| 2026-02-27 | audit-loop |  | success |  |\n| 2026-02-20 | audit-loop |  | success |  |\n"
    head = "## Recent Completions\n\n| Date | Loop | Scope | Outcome | Key Deliverables |\n|--|--|--|--|--|\n"
    line = (
        "| 2026-03-02 | engineering-loop | auth | success | "
        "FEATURESPEC.md, a\\|b \\`c\\` &lt;d> <!-- run 3f2a1bc0 --> |\n"
    )
    assert record(head + rows, Tier.SYSTEM, RUN) == head + line + rows
    oldest_first = "".join(reversed(rows.splitlines(keepends=True)))
    assert record(head + oldest_first, Tier.SYSTEM, RUN) == head + oldest_first + line


def test_two_runs_of_one_day_are_two_rows() -> None:
    other = CompletedRun("77aa", RUN.date, RUN.loop, RUN.outcome, RUN.module, RUN.more)
    both = record(record("", Tier.SYSTEM, RUN), Tier.SYSTEM, other)
    assert len(completions(both, Tier.SYSTEM)) == 2
    assert record(both, Tier.SYSTEM, RUN) == both


def test_the_id_of_a_run_cannot_leave_its_comment() -> None:
    hostile = CompletedRun("a --> <b>\n| x |", "2026-03-02", "l\x1b]52;c\x07oop", "success")
    text = record("# System Dream State: shop\n", Tier.SYSTEM, hostile)
    (found,) = completions(text, Tier.SYSTEM)
    assert found.loop == "loop"
    assert "\x1b" not in text
    assert text.count("-->") == 1


LEDGER = document(LABELS["02-system"])


def both(text: str, tier: Tier, names_: list[str], module: str = "") -> str:
    """A text with items ticked and its counts rolled up, as one document alone."""
    edited = ticked(text, tier, names_, module)
    before, after = (roll_up(read_dream_state(each, tier, "").root) for each in (text, edited))
    pairs = zip(before.children, after.children, strict=True)
    return roll_counts(edited, tier, {key_of(old.node.name): (old, new) for old, new in pairs})


def test_counts_are_rolled_up_with_the_items() -> None:
    text = both(LEDGER, Tier.SYSTEM, ["close_month"])
    changed = [(a, b) for a, b in zip(LEDGER.splitlines(), text.splitlines(), strict=True) if a != b]
    assert changed == [
        ("| closing | in-progress | 1/3 |", "| closing | in-progress | 2/3 |"),
        ("- [ ] close_month operational", "- [x] close_month operational"),
    ]


def test_a_module_that_is_done_says_so() -> None:
    text = both(LEDGER, Tier.SYSTEM, ["close_month", "reopen_month operational"])
    assert "| closing | complete | 3/3 |" in text
    assert "### closing (complete)" in text


def test_the_box_of_a_module_is_ticked_once_all_of_it_is_done() -> None:
    text = "## Modules\n- [ ] auth (1/3)\n- [ ] cart\n\n### auth\n- [x] a\n- [ ] b\n- [ ] c\n\n### cart\n- [ ] d\n"
    assert "- [ ] auth (2/3)\n- [ ] cart\n" in both(text, Tier.SYSTEM, ["b"])
    assert "- [x] auth (3/3)\n- [ ] cart\n" in both(text, Tier.SYSTEM, ["b", "c"])
    wrong = text.replace("- [ ] auth (1/3)", "- [x] auth (1/3)")
    assert both(wrong, Tier.SYSTEM, ["b"]).startswith("## Modules\n- [x] auth (2/3)\n"), "a box is never taken away"


def test_counts_that_contradicted_before_are_left_to_the_person() -> None:
    text = document(LABELS["05-five-columns"])
    after = both(text, Tier.SYSTEM, ["confirm", "photograph"])
    assert "| picking | src/picking.ts | complete | 2/2 | 80% |" in after
    assert "| intake | src/intake.ts | complete | 3/3 | 100% |" in after


def corrected(text: str, tier: Tier) -> str:
    """A text with its counts as its lists have them, as one document alone."""
    rolled = roll_up(read_dream_state(text, tier, "").root)
    return correct_counts(text, tier, {key_of(each.node.name): each for each in rolled.children})


def test_counts_are_corrected_as_the_lists_have_them() -> None:
    text = (
        "## Modules\n| Module | Status      | Functions   | Progress |\n|--|--|--|--|\n"
        "| a      | complete    | 9 of 9      | 100%     |\n| b      | in-progress | 0/1         | 0%       |\n"
        "| c      | complete    | 1/1         | 100%     |\n| d      | blocked     | 0/2         |          |\n"
        "### a\n- [x] a1\n- [ ] a2\n- [-] a3\n### b (pending)\n- [x] b1\n### c\n- [ ] c1\n### d (0/1)\n- [x] d1\n"
    )
    assert corrected(text, Tier.SYSTEM).splitlines()[3:7] == [
        "| a      | in-progress | 1 of 2      | 50%      |",
        "| b      | complete    | 1/1         | 100%     |",
        "| c      | pending     | 0/1         | 0%       |",
        "| d      | blocked     | 1/1         |          |",
    ]
    assert "### b (complete)\n" in corrected(text, Tier.SYSTEM)
    assert "### d (1/1)\n" in corrected(text, Tier.SYSTEM)


@given(documents() | dream_states(Tier.SYSTEM, "shop"))
def test_what_is_corrected_is_that_once_and_stays_on_its_lines(text: str) -> None:
    after = corrected(text, Tier.SYSTEM)
    assert corrected(after, Tier.SYSTEM) == after
    differs = {each.line for each in roll_up(read_dream_state(text, Tier.SYSTEM, "").root).differs}
    old, new = (re.split(r"(?<=\n)|(?<=\r)(?!\n)", each) for each in (text, after))
    assert len(old) == len(new)
    assert {at for at, (one, other) in enumerate(zip(old, new, strict=True), 1) if one != other} <= differs


@pytest.mark.parametrize("name", TREES)
def test_what_is_corrected_contradicts_no_more_and_what_agrees_stays(name: str) -> None:
    text, tier = document(LABELS[name]), Tier(LABELS[name]["tier"])
    after = corrected(text, tier)
    assert corrected(after, tier) == after
    before, now = (roll_up(read_dream_state(each, tier, "").root) for each in (text, after))
    assert [(each.done, each.total) for each in now.children] == [(each.done, each.total) for each in before.children]
    assert not [each.said for each in now.differs if re.search(r"\d", each.said) and "parts" not in each.counted]
    wrong = {each.line for each in before.differs}
    pairs = zip(text.splitlines(keepends=True), after.splitlines(keepends=True), strict=True)
    assert {at for at, (old, new) in enumerate(pairs, 1) if old != new} <= wrong


def test_a_table_keeps_its_columns() -> None:
    rows = "".join(f"- [{'x' if at < 9 else ' '}] f{at}\n" for at in range(10))
    text = (
        "## Modules\n| Module | Functions | Status      |\n|--------|-----------|-------------|\n"
        f"| big    | 9/10      | in-progress |\n### big\n{rows}"
    )
    assert "| big    | 10/10     | complete    |" in both(text, Tier.SYSTEM, ["f9"])


def test_a_name_that_is_there_twice_ticks_nothing_unless_its_module_is_named() -> None:
    text = "## Modules\n### a\n- [ ] open\n### b\n- [ ] open\n"
    root = read_dream_state(text, Tier.SYSTEM, "").root
    assert choose(root, ["open"]).several == ("open",)
    assert ticked(text, Tier.SYSTEM, ["open"]) == text
    assert ticked(text, Tier.SYSTEM, ["open"], "B") == text[: -len("[ ] open\n")] + "[x] open\n"


@pytest.mark.parametrize("name", ["Open", "ope", "open ", "", "a > open"])
def test_only_the_exact_name_ticks(name: str) -> None:
    text = "- [ ] open — the first of the month\n- [ ] close\n"
    assert choose(read_dream_state(text, Tier.MODULE, "").root, [name]).missing == (name,)
    assert ticked(text, Tier.MODULE, [name]) == text


def test_what_is_ticked_already_is_told() -> None:
    assert choose(read_dream_state("- [x] open\n", Tier.MODULE, "").root, ["open"]).before == ("open",)


@pytest.mark.parametrize("name", TREES)
def test_labelled_documents_are_edited_once(name: str) -> None:
    tier = Tier(LABELS[name]["tier"])
    text = document(LABELS[name])
    recorded = record(text, tier, RUN)
    assert record(recorded, tier, RUN) == recorded
    assert is_one_piece(text, recorded)


def test_bytes_that_are_no_text_stay(tmp_path: Path) -> None:
    from loop_tui.storage.dream.reading import bytes_of, text_of

    data = b"# caf\xe9\n- [ ] open \xff\n"
    (tmp_path / "D.md").write_bytes(data)
    text = text_of(tmp_path / "D.md")
    assert bytes_of(text) == data
    (name,) = names(read_dream_state(text, Tier.MODULE, "").root)
    assert bytes_of(ticked(text, Tier.MODULE, [name])) == b"# caf\xe9\n- [x] open \xff\n"
