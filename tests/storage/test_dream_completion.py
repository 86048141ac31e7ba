"""The end of a run, over whole Dream States of all tiers: told once, and every other byte stays (SPEC section 7)."""

import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from loop_tui.model.dream.told import CompletedRun, RunningLoop
from loop_tui.model.dream.tree import NodeStanding, Tier, key_of
from loop_tui.storage.dream.completing import Completed, complete
from loop_tui.storage.dream.hierarchy import Hierarchy, read_hierarchy
from loop_tui.storage.dream.places import DreamPlaces
from loop_tui.storage.dream.recording import marker_of
from loop_tui.storage.dream.running import enter, running_mark
from loop_tui.storage.dream.ticking import functions_of
from loop_tui.storage.dream.vocabulary import SIGNS

from .dream_documents import KEPT, documents, dream_states

EXAMPLES = 25
"""Each of them reads three documents many times."""
TOP = Path("/srv/shop")
PLACES = DreamPlaces(
    top=TOP,
    organization=Path("/home/ann/.claude/DREAM-STATE.md"),
    system=TOP / ".claude/DREAM-STATE.md",
    modules=(TOP / "src/auth/.claude/DREAM-STATE.md",),
    registries=(),
    roadmaps=(),
    roadmap_json=(),
)
ORGANIZATION, SYSTEM, MODULE = PLACES.organization, TOP / ".claude/DREAM-STATE.md", PLACES.modules[0]
RUN = CompletedRun("3f2a1bc0", "2026-03-02", "distribution-loop", "success", "auth", "a|b `c` <!-- d")
OTHER = replace(RUN, id="77aa", date="2026-03-03")
Texts = dict[Path, str]
BOXES = re.compile(rf"\[[ \txX✓✔/\->~]{{0,3}}\]|[{''.join(SIGNS)}]\ufe0f?")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
ROLLED = re.compile(r"\d+|in-progress|complete|[ ]+")


def whole() -> st.SearchStrategy[Texts]:
    """The documents of three tiers: as people format them, or any Markdown at all."""
    return st.fixed_dictionaries(
        {
            ORGANIZATION: dream_states(Tier.ORGANIZATION, "mill street") | documents(),
            SYSTEM: dream_states(Tier.SYSTEM, "shop") | documents(),
            MODULE: dream_states(Tier.MODULE, "auth") | documents(),
        }
    )


def reading(texts: Texts) -> Hierarchy:
    return read_hierarchy(PLACES, lambda path: texts[path])


def completed(texts: Texts, run: CompletedRun, items: tuple[str, ...] = ()) -> tuple[Texts, Completed]:
    """The documents after the end of a run, and what changed in them."""
    done = complete(PLACES, items=items, run=run, read=lambda path: texts[path])
    assert all(edit.before == texts[edit.path] for edit in done.edits)
    return {**texts, **{edit.path: edit.after for edit in done.edits}}, done


def open_items(texts: Texts) -> list[str]:
    root = reading(texts).root
    functions = functions_of(root.node) if root is not None else ()
    return [node.name for node in functions if node.standing is NodeStanding.OPEN]


def lines(text: str) -> list[str]:
    return re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)


@given(whole(), st.data())
@settings(max_examples=EXAMPLES)
def test_twice_over_one_run_is_one_row_and_every_other_byte_stays(texts: Texts, data: st.DataObject) -> None:
    items = tuple(data.draw(st.lists(st.sampled_from((*open_items(texts), "no such item")), max_size=2)))
    once, done = completed(texts, RUN, items)
    twice, again = completed(once, RUN, items)
    assert again.edits == ()
    assert twice == once
    for path, before in texts.items():
        after = once[path]
        assert after.count(marker_of(RUN)) <= 1
        only_ours_came_in(before, after)
    later, _ = completed(once, OTHER)
    for path, text in later.items():
        assert marker_of(RUN) not in once[path] or marker_of(RUN) in text, "the row of an earlier run stays"
    assert {node.name for node in done.chosen.nodes} <= set(items), "only what was named is ticked"


def only_ours_came_in(before: str, after: str) -> None:
    """What differs is a line that came in, a box that was ticked, or what counts of rows and headings say."""
    old, new = lines(before), lines(after)
    at = 0
    added: list[str] = []
    for line in new:
        if at < len(old) and is_same(old[at], line):
            at += 1
        else:
            added.append(line)
    assert at == len(old) or not "".join(old[at:]).strip(), f"{old[at:]} went"
    ours = "".join(added)
    assert sum(bool(line.strip()) for line in added) <= 7, ours
    for kept in KEPT:
        assert before.count(kept) == after.count(kept)


def is_same(old: str, new: str) -> bool:
    """True for a line as it was, but for its box, its line end, or what is rolled up in it."""
    old, new = old.rstrip("\r\n"), new.rstrip("\r\n")
    if old == new:
        return True
    if BOXES.search(old) and BOXES.sub("", old) == BOXES.sub("", new):
        return True
    if DATE.findall(old) != DATE.findall(new):
        return False  # Those are of other rows: no count.
    is_rolled = "|" in old or old.lstrip().startswith("#") or BOXES.search(old) is not None
    return is_rolled and ROLLED.sub("", BOXES.sub("", old)) == ROLLED.sub("", BOXES.sub("", new))


@given(
    dream_states(Tier.ORGANIZATION, "mill street"), dream_states(Tier.SYSTEM, "shop"), dream_states(Tier.MODULE, "auth")
)
@settings(max_examples=EXAMPLES)
def test_each_tier_of_a_hand_formatted_hierarchy_is_told(organization: str, system: str, module: str) -> None:
    texts = {ORGANIZATION: organization, SYSTEM: system, MODULE: module}
    loop = RunningLoop(RUN.id, RUN.loop, "SHIP", "2026-03-02")
    running = {path: enter(text, tier, loop) for (path, text), tier in zip(texts.items(), Tier, strict=False)}
    assert all(running_mark(RUN.id) in text for text in running.values()), "it is shown while it goes on"
    once, _ = completed(running, RUN)
    for text in once.values():
        assert text.count(marker_of(RUN)) == 1, "its row is there"
        assert running_mark(RUN.id) not in text, "it is not running any more"
    straight, _ = completed(texts, RUN)
    assert once == straight, "what was there while it ran left nothing behind"
    assert "<!-- status distribution-loop -->" in once[SYSTEM]
    found = reading(once)
    assert found.documents.organization is not None
    assert len(found.documents.organization.completions) == len(reading(texts).documents.organization.completions) + 1  # type: ignore[union-attr]
    systems = [key_of(node.name) for node in found.documents.organization.root.children]
    assert systems.count("shop") == 1, "a table of systems that misses it lists it now"


@given(dream_states(Tier.SYSTEM, "shop"), st.data())
@settings(max_examples=EXAMPLES)
def test_an_item_that_is_done_is_ticked_and_its_module_counts_it(system: str, data: st.DataObject) -> None:
    texts = {ORGANIZATION: "", SYSTEM: system, MODULE: ""}
    root = reading(texts).root
    every = [node.name for node in functions_of(root.node)] if root is not None else []
    wanted = [name for name in open_items(texts) if every.count(name) == 1]
    if not wanted:
        return
    name = data.draw(st.sampled_from(wanted))
    once, done = completed(texts, RUN, (name,))
    (node,) = done.chosen.nodes
    assert node.name == name
    before, after = reading(texts).root, reading(once).root
    assert before is not None
    assert after is not None
    assert after.done == before.done + 1
    assert [each.said for each in after.differs] == [each.said for each in before.differs], "counts agree as before"


def test_a_system_that_a_person_took_off_the_table_stays_off_it() -> None:
    head = "# Organization Dream State: mill\n\n## Active Systems\n| System | Status |\n|--|--|\n"
    texts = {ORGANIZATION: head, SYSTEM: "", MODULE: ""}
    once, _ = completed(texts, RUN)
    assert "| shop | active |\n" in once[ORGANIZATION]
    off = {**once, ORGANIZATION: once[ORGANIZATION].replace("| shop | active |\n", "")}
    assert completed(off, RUN)[0] == off
