"""What a run is told before it begins: golden files, the budget, what is hostile, what is not there."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from loop_tui.fs.paths import claude_home
from loop_tui.model.context.budget import BUDGET, SMALLEST_BUDGET, tokens_in, within
from loop_tui.model.context.earlier_runs import EarlierRun, relevant
from loop_tui.model.context.markdown import BEGIN, END, markdown_of
from loop_tui.model.context.values import ContextLine, ContextPart, ContextSection, LoadedContext, Source, said
from loop_tui.model.outcome import RunOutcome
from loop_tui.model.problem import Problem
from loop_tui.storage.context.loading import load_context
from loop_tui.storage.context.memory import read_memory
from tests.conftest import World

from .context_situations import HOSTILE, LOOP, SAMPLES, SITUATIONS, Place, told


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("LOOP_TUI_HOME", str(tmp_path / "there/claude"))
    return Place(tmp_path / "there")


@pytest.mark.parametrize("name", SITUATIONS)
def test_each_situation_is_told_as_its_sample_has_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`python -m tests.storage.context_situations` writes the samples anew: look at what changed."""
    monkeypatch.setenv("LOOP_TUI_HOME", str(tmp_path / "claude"))
    assert told(name, tmp_path) == (SAMPLES / f"{name}.md").read_text()


def test_nothing_is_loaded_where_nothing_is_known(place: Place) -> None:
    found, problems = load_context(place.project, LOOP, home=place.home)
    assert (bool(found), found.sections, found.tokens, problems) == (False, (), 0, ())


def test_a_template_that_says_nothing_yet_is_nothing(place: Place) -> None:
    place.write("ROADMAP.md", "# Roadmap\n\nTo come.\n")
    assert not place.load()


def test_each_line_names_a_line_that_says_it(place: Place) -> None:
    SITUATIONS["tiers"](place)
    for section in place.load("ovens").sections[:4]:
        for line in section.lines:
            if line.source.line > 1:
                text = Path(line.source.file).read_text().splitlines()[line.source.line - 1]
                assert text.strip()
    organization = place.load().sections[0]
    completed = next(line for line in organization.lines if line.text.startswith("Completed"))
    assert Path(completed.source.file).read_text().splitlines()[completed.source.line - 1].startswith("| 2026-01-05")


def test_a_module_is_found_by_its_folder_and_one_that_is_not_there_is_named(place: Place) -> None:
    SITUATIONS["tiers"](place)
    assert place.load("src/ovens").module == "ovens"
    place.write(".claude/DREAM-STATE.md", "# S\n\n## Modules\n| Module | Path |\n|--|--|\n| dough | ./src/dough/ |\n")
    assert place.load("src/dough").module == "dough"
    SITUATIONS["tiers"](place)
    found, problems = load_context(place.project, LOOP, home=place.home, module="cellar")
    assert [str(problem) for problem in problems] == ["there is no module 'cellar' (one of: ovens, dough, till)"]
    assert "### Not Read\n- there is no module 'cellar'" in markdown_of(found)


def test_what_cannot_be_read_hides_nothing(place: Place) -> None:
    SITUATIONS["remembered"](place)
    place.write("~/memory/patterns.json", "{")
    place.write(".claude/DREAM-STATE.md", "")
    (place.project / ".claude/DREAM-STATE.md").write_bytes(b"\xff\xfe#")
    for system in ("bakery", "shop"):
        place.write(f"~/runs/2026-01/{system}-baking-loop-04T10-00-00.json", "")
    found, problems = load_context(place.project, LOOP, home=place.home)
    assert len(problems) == 3
    assert len(next(each for each in found.sections if each.part is ContextPart.MEMORY).lines) == 5


# --- hostile text


def test_text_of_documents_cannot_leave_its_place(place: Place) -> None:
    SITUATIONS["hostile"](place)
    text = markdown_of(place.load())
    assert (text.count(BEGIN), text.count(END)) == (1, 1)
    assert text.startswith(BEGIN)
    assert text.endswith(f"{END}\n")
    assert "<" not in text.replace(BEGIN, "").replace(END, "")
    assert "ghp_" not in text
    assert text.isprintable() or set(filter(lambda sign: not sign.isprintable(), text)) == {"\n"}
    assert max(map(len, text.splitlines())) < 500
    assert tokens_in(text) <= BUDGET


@given(st.text())
def test_what_is_said_is_one_line_without_a_tag(text: str) -> None:
    made = said(f"{text}<!-- x <b>{text}</b>")
    assert "\n" not in made
    assert "<!" not in made
    assert "<b" not in made
    assert len(made) <= 400


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("patterns", "name", "description", "IMPLEMENT", "x", "")), inner, max_size=4)
    ),
    max_leaves=16,
)


@given(_json)
def test_memory_of_any_shape_is_read(tmp_path_factory: pytest.TempPathFactory, data: object) -> None:
    folder = tmp_path_factory.mktemp("memory")
    (folder / "memory").mkdir()
    for name in ("patterns.json", "calibration.json"):
        (folder / "memory" / name).write_text(json.dumps(data))
    problems: list[Exception] = []
    for section in read_memory({"system": folder}, problems):  # type: ignore[arg-type]
        assert all("\n" not in line.text for line in section.lines)
        assert len(section.lines) <= 24
    assert problems == []


def test_a_calibration_that_repeats_its_names_has_the_line_of_each(tmp_path: Path) -> None:
    (tmp_path / "memory").mkdir()
    loops = {"a-loop": {"skills": {"build": {"count": 4}}, "count": 3}, "b-loop": {"c.count": [{"count": 1}, 2]}}
    text = "\ufeff" + json.dumps({"loops": loops}, indent=1)
    (tmp_path / "memory" / "calibration.json").write_text(text)
    (section,) = read_memory({"system": tmp_path}, [])
    lines = text.splitlines()
    told = {line.text.partition(": ")[2]: lines[line.source.line - 1].strip() for line in section.lines}
    assert told == {
        "loops.a-loop.skills.build.count: 4": '"count": 4',
        "loops.a-loop.count: 3": '"count": 3',
        "loops.b-loop.c.count: 2": "2",
    }


def test_a_memory_that_is_too_large_is_called_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "patterns.json").write_bytes(b" " * (2**20 + 1))
    problems: list[Problem] = []
    assert read_memory({"system": tmp_path}, problems) == ()
    assert "a file of memory has at most" in str(problems[0])


# --- the budget

_parts = st.lists(
    st.tuples(
        st.sampled_from(list(ContextPart)), st.lists(st.tuples(st.text(max_size=80), st.integers(0, 40)), max_size=6)
    ),
    max_size=6,
)


def context_of(parts: list[tuple[ContextPart, list[tuple[str, int]]]]) -> LoadedContext:
    sections = tuple(
        ContextSection(
            part, part.value, tuple(ContextLine(said(text), Source("/a/b.md", 3), rank) for text, rank in lines)
        )
        for part, lines in parts
    )
    return LoadedContext("a-loop", "s", "", sections)


@given(_parts, st.integers(SMALLEST_BUDGET, 600))
def test_a_budget_is_kept_and_what_is_cut_is_counted(
    parts: list[tuple[ContextPart, list[tuple[str, int]]]], budget: int
) -> None:
    whole = context_of(parts)
    cut = within(whole, budget)
    assert tokens_in(markdown_of(cut)) == cut.tokens <= budget
    for before, after in zip(whole.sections, cut.sections, strict=True):
        assert len(after.lines) + after.left_out == len(before.lines)
    kept = [line.rank for section in cut.sections for line in section.lines]
    gone = [
        line.rank
        for before, after in zip(whole.sections, cut.sections, strict=True)
        for line in before.lines
        if line not in after.lines
    ]
    assert not kept or not gone or max(kept) <= min(gone)


def test_what_matters_least_is_left_out_first_and_said(place: Place) -> None:
    SITUATIONS["tiers"](place)
    SITUATIONS["after-a-failure"](place)
    text = markdown_of(place.load(budget=405))
    assert "plan-gate: changes requested: less sugar" in text
    assert "- PLAN.md: plan in PLAN" in text
    assert "Next: rye" not in text
    assert "Left out, lines beyond 405 tokens: organization 2, system 3, roadmap 3" in text
    assert "Left out" not in markdown_of(place.load())


# --- earlier runs

RUN = EarlierRun("r", "a-loop", "", "2026-01-01T00:00:00Z", RunOutcome.SUCCESS)


def runs(*loops: str, files: str = "", module: str = "") -> list[EarlierRun]:
    return [
        replace(RUN, run=f"{loop}-{number}{files}", loop=loop, files=frozenset(filter(None, [files])), module=module)
        for number, loop in enumerate(loops)
    ]


def names(found: tuple[EarlierRun, ...]) -> list[str]:
    return [run.run for run in found]


def test_the_same_loop_goes_first_then_the_same_files_then_the_newest() -> None:
    others = runs("b-loop", "c-loop", "b-loop", "c-loop")
    touched = runs("d-loop", files="src/x.py")
    own = runs("a-loop")
    assert names(relevant([*others, *touched, *own], "a-loop", "", {"src/"})) == [
        "a-loop-0",
        "d-loop-0src/x.py",
        "b-loop-0",
    ]
    assert names(relevant([*others, *touched, *own], "a-loop", "", {"src/x.py"}))[1] == "d-loop-0src/x.py"
    assert names(relevant([*others, *touched, *own], "a-loop", "", {"x.py"})) == ["a-loop-0", "b-loop-0", "c-loop-1"]


def test_at_most_five_runs_are_named_and_the_loop_leaves_room_for_others() -> None:
    own = runs(*["a-loop"] * 7)
    assert names(relevant(own, "a-loop", "", ())) == [f"a-loop-{number}" for number in range(5)]
    touched = runs("b-loop", "b-loop", "b-loop", files="f")
    found = names(relevant([*own, *touched], "a-loop", "", {"f"}))
    assert found == ["a-loop-0", "a-loop-1", "a-loop-2", "b-loop-0f", "b-loop-1f"]


def test_runs_of_the_module_go_first_within_a_loop() -> None:
    found = relevant([*runs("a-loop", "a-loop"), *runs("a-loop", module="m")], "a-loop", "m", ())
    assert found[0].module == "m"
    assert len(found) == 3


def test_runs_of_another_folder_of_the_same_name_are_not_told(place: Place, world: World) -> None:
    place.archive(3, "baking-loop", project="/elsewhere/bakery")
    assert not place.load()
    place.archive(4, "baking-loop")
    assert [len(section.lines) for section in place.load().sections if section.part is ContextPart.RUNS] == [1]


def test_the_home_is_the_one_that_is_given(place: Place) -> None:
    assert claude_home() == place.home
    assert HOSTILE.count("\n") == 2
