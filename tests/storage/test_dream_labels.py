"""Dream States and roadmaps as people write them: each gives the tree, roll-up and reasons that it is labelled with."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loop_tui.model.dream.rollup import Rolled, roll_up
from loop_tui.model.dream.tree import ActiveLoop, Completion, NodeStanding, Roadmap, Tier
from loop_tui.storage.dream.dream_state import read_dream_state
from loop_tui.storage.dream.roadmap import read_roadmap

FOLDER = Path(__file__).parents[1] / "samples/dreams"
LABELS = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml"))}
TREES = [name for name, label in LABELS.items() if label["tier"] != "roadmap"]
ROADMAPS = [name for name, label in LABELS.items() if label["tier"] == "roadmap"]
BOXES = {NodeStanding.DONE: "[x]", NodeStanding.OPEN: "[ ]", NodeStanding.BLOCKED: "[ ]", NodeStanding.DEFERRED: "[-]"}


def document(label: dict[str, Any]) -> str:
    """The document of a label, with its line ends."""
    text = str(label["document"])
    return text.replace("\n", "\r\n") if label.get("newline") == "crlf" else text


def tree(rolled: Rolled, depth: int = 0) -> Iterator[str]:
    """A roll-up as labels have it."""
    indent = "  " * depth
    if rolled.node.tier is Tier.FUNCTION:
        yield f"{indent}{BOXES[rolled.standing]} {rolled.node.name}"
    else:
        more = (f" +{rolled.deferred}" if rolled.deferred else "") + (" stated" if rolled.is_stated else "")
        counts = f"{rolled.done}/{rolled.total}{more}"
        yield f"{indent}{rolled.node.tier} {rolled.node.name}: {rolled.standing} {counts}"
    for child in rolled.children:
        yield from tree(child, depth + 1)


def words(found: ActiveLoop | Completion) -> str:
    """A loop or a completion as labels have it."""
    parts = (
        (found.loop, found.phase, found.module, found.started)
        if isinstance(found, ActiveLoop)
        else (found.date, found.loop, found.module, found.outcome)
    )
    return found.text or " ".join(filter(None, parts))


def lines(label: dict[str, Any], name: str) -> list[str]:
    return [line for line in str(label.get(name, "")).split("\n") if line]


@pytest.mark.parametrize("name", TREES)
def test_a_dream_state_is_read_as_labelled(name: str) -> None:
    label = LABELS[name]
    found = read_dream_state(document(label), Tier(label["tier"]), label.get("folder", "shop"))
    rolled = roll_up(found.root)
    assert list(tree(rolled)) == lines(label, "tree")
    assert [f"{' > '.join(why.path)}: {why.missing}" for why in rolled.why] == lines(label, "why")
    assert [f"{each.name}: {each.said}, {each.counted}" for each in rolled.differs] == lines(label, "differs")
    assert found.vision == label.get("vision", "")
    assert [words(each) for each in found.loops] == label.get("loops", [])
    assert [words(each) for each in found.completions] == label.get("completions", [])
    assert list(found.depends_on) == label.get("depends_on", [])
    assert list(found.depended_on_by) == label.get("depended_on_by", [])
    assert [each.title for each in found.kept] == label.get("kept", [])


def roadmap_lines(roadmap: Roadmap) -> Iterator[str]:
    """A roadmap as labels have it."""
    for group in roadmap.groups:
        yield group.title
        for item in group.items:
            needs = f" < {', '.join(item.depends_on)}" if item.depends_on else ""
            yield f"  {BOXES[item.standing]} {item.name}{needs}"


@pytest.mark.parametrize("name", ROADMAPS)
def test_a_roadmap_is_read_as_labelled(name: str) -> None:
    label = LABELS[name]
    found = read_roadmap(document(label))
    assert list(roadmap_lines(found)) == lines(label, "tree")
    assert [each.title for each in found.kept] == label.get("kept", [])
