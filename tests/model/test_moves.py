"""The next move: thirty situations with the move that a person would expect, and the score."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from loop_tui.model.context.values import Source
from loop_tui.model.dream.assemble import system_of
from loop_tui.model.dream.rollup import Rolled, roll_up
from loop_tui.model.dream.tree import NodeStanding, Roadmap, RoadmapGroup, RoadmapItem, Tier
from loop_tui.model.moves.ranking import moves_of
from loop_tui.model.moves.scoring import (
    WEIGHTS,
    alignment,
    effort,
    likelihood,
    missing_in,
    score_of,
    time_needed,
    unlock,
)
from loop_tui.model.moves.values import LastRun, LoopHistory, Measured, Move, MoveFacts, MoveInputs, MoveKind, RunHere
from loop_tui.storage.dream.dream_state import read_dream_state
from loop_tui.storage.dream.roadmap import read_roadmap

OPEN = NodeStanding.OPEN
SITUATIONS = tomllib.loads((Path(__file__).parent.parent / "samples/moves.toml").read_text())["situation"]


def facts_of(said: dict[str, Any]) -> MoveFacts:
    """What a situation of the table says."""
    system: Rolled | None = None
    if "system" in said:
        document = read_dream_state(f"# System: s\n\n{said['system']}\n", Tier.SYSTEM, "s", "d.md")
        system = roll_up(system_of("s", document, (), ()))
    last = said.get("last", "").split(":") if said.get("last") else None
    return MoveFacts(
        system=system,
        roadmap=read_roadmap(said["roadmap"]) if "roadmap" in said else None,
        roadmap_file="ROADMAP.md",
        broken=frozenset(place for name in said.get("broken", ()) for place in _places(system, name)),
        runs=tuple(_run(*run.split(":")) for run in said.get("runs", ())),
        last=LastRun(last[0], Source(run="r"), last[1] == "success", tuple(filter(None, [last[2]]))) if last else None,
        unreleased=said.get("unreleased", ""),
        history=tuple(_history(*each.split(":")) for each in said.get("history", ())),
    )


def _places(rolled: Rolled | None, name: str) -> list[tuple[str, int]]:
    assert rolled is not None
    own = [(rolled.node.document, rolled.node.line)] if rolled.node.name == name else []
    return [*own, *(place for child in rolled.children for place in _places(child, name))]


def _run(loop: str, need: str) -> RunHere:
    return RunHere(loop, f"{loop} {need}", needs_answer=need == "answer", stands=need == "stands")


def _history(loop: str, runs: str, succeeded: str, minutes: str) -> tuple[str, LoopHistory]:
    return loop, LoopHistory(int(runs), int(succeeded), int(minutes) * 60_000)


def words(move: Move) -> str:
    return f"{move.loop} > {move.target}" if move.target else move.loop


def test_there_are_thirty_situations() -> None:
    assert len({said["name"] for said in SITUATIONS}) == len(SITUATIONS) == 30


@pytest.mark.parametrize("said", SITUATIONS, ids=lambda said: said["name"])
def test_the_next_move_is_the_one_that_a_person_would_expect(said: dict[str, Any]) -> None:
    moves = moves_of(facts_of(said))
    assert [words(move) for move in moves] == said["expect"]
    if "score" in said:
        assert moves[0].score == said["score"]
    if "missing" in said:
        assert moves[0].score is None
        assert list(missing_in(moves[0].inputs)) == said["missing"]


@given(st.lists(st.none() | st.floats(1, 10), min_size=5, max_size=5))
def test_the_score_equals_the_formula_where_all_inputs_are_measured(values: list[float | None]) -> None:
    inputs = MoveInputs(*(None if value is None else Measured(value, "x") for value in values))
    whole = all(value is not None for value in values)
    if not whole:
        assert score_of(inputs) is None
        return
    d, u, likely, t, e = (value or 0 for value in values)
    assert score_of(inputs) == round(0.40 * d + 0.25 * u + 0.15 * likely + 0.10 * t + 0.10 * e, 1)
    assert sum(weight for _, weight in WEIGHTS) == pytest.approx(1)


@given(st.integers(1, 50), st.integers(1, 50), st.integers(3, 50), st.integers(1, 10**9))
def test_every_input_is_from_one_to_ten(part: int, whole: int, runs: int, usual_ms: int) -> None:
    part = min(part, whole)
    history = LoopHistory(runs, min(part, runs), usual_ms)
    counted = (alignment(part, whole), unlock(part, whole, known=True), effort(part))
    found = (*counted, likelihood(history), time_needed(history))
    for measured in found:
        assert measured is not None
        assert 1 <= measured.value <= 10
        assert measured.by


def test_what_nothing_measures_is_no_input() -> None:
    assert alignment(0, 4) is None
    assert unlock(0, 4, known=False) is None
    assert likelihood(LoopHistory(2, 2, 1)) is None
    assert time_needed(LoopHistory(9, 9, None)) is None
    assert effort(0) is None


def test_what_waits_is_named_with_the_move_that_unblocks_it() -> None:
    said = next(each for each in SITUATIONS if each["name"] == "what unblocks more comes first")
    move = moves_of(facts_of(said))[0]
    assert move.unblocks == ("bread", "rolls")
    assert move.evidence == (Source("ROADMAP.md", 6),)


_boxes = st.lists(st.sampled_from(("- [ ]", "- [x]", "- [-]", "- ⛔")), min_size=1, max_size=6)


@given(st.lists(_boxes, max_size=4))
def test_nothing_that_is_complete_blocked_or_deferred_is_proposed(modules: list[list[str]]) -> None:
    lines = ["## Module Checklists"]
    for number, boxes in enumerate(modules):
        lines.append(f"### m{number}")
        lines += [f"{box} f{number}x{at}" for at, box in enumerate(boxes)]
    facts = facts_of({"system": "\n".join(lines)})
    assert facts.system is not None
    open_now = {
        child.node.name
        for child in facts.system.children
        if any(
            each.standing is NodeStanding.OPEN and each.node.standing is NodeStanding.OPEN for each in child.children
        )
    }
    assert {move.target for move in moves_of(facts)} == open_now


def test_a_long_chain_is_followed_to_its_end_in_the_order_of_the_documents() -> None:
    count = 3000
    items = tuple(RoadmapItem(f"f{n}", OPEN, (f"f{n + 1}",) if n + 1 < count else ()) for n in range(count))
    (move,) = moves_of(MoveFacts(roadmap=Roadmap((RoadmapGroup("Now", items),))))
    assert move.target == f"f{count - 1}"
    assert move.unblocks == tuple(f"f{n}" for n in range(count - 1))


def test_what_waits_for_itself_by_way_of_others_is_no_move() -> None:
    items = (RoadmapItem("a", OPEN, ("b",)), RoadmapItem("b", OPEN, ("a",)), RoadmapItem("c", OPEN))
    assert [move.target for move in moves_of(MoveFacts(roadmap=Roadmap((RoadmapGroup("Now", items),))))] == ["c"]


CHECKED = (
    "## Modules\n| Module | Status |\n|--|--|\n| a | active |\n| b | blocked |\n"
    "### a\n- [x] one\n- ⛔ two\n### b\n- [x] three\n"
)


def repairs(runs: tuple[RunHere, ...] = ()) -> list[tuple[str, str]]:
    """The repairs where the check of everything fails, each with its module."""
    facts = facts_of({"system": CHECKED, "broken": ["one", "two", "three"]})
    return [(each.target, each.module) for each in moves_of(replace(facts, runs=runs)) if each.kind is MoveKind.REPAIR]


def test_what_is_blocked_is_not_repaired_and_a_repair_is_of_its_module() -> None:
    assert repairs() == [("one", "a")]


@pytest.mark.parametrize("about", ["one", "a"])
def test_what_a_run_here_repairs_already_is_not_proposed_again(about: str) -> None:
    assert repairs((RunHere("bugfix-loop", "stopped", stands=True, about=(about,)),)) == []
