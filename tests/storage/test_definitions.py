"""Reading loop definitions: the native form and every dialect of loop.json."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loop_tui.model.definition import COMMANDS, MANUAL, LoopDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.status import Autonomy, GateType
from loop_tui.model.text import clean
from loop_tui.storage.definitions.loop_json import checks_in
from loop_tui.storage.definitions.loop_toml import parse, parse_json, parse_toml
from loop_tui.storage.definitions.validation import is_plain_name

SAMPLES = Path(__file__).parent.parent / "samples" / "loops"
CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "loops"
SMALL = 'id = "a-loop"\n[[phases]]\nid = "ONE"\nskills = ["x"]\n'


def sample(name: str) -> LoopDefinition:
    return parse((SAMPLES / name).read_text(), name)


def problem_of(text: str, where: str = "loop.toml") -> Problem:
    with pytest.raises(Problem) as caught:
        parse(text, where)
    return caught.value


def assert_read_or_refused(text: str, where: str) -> None:
    try:
        parse(text, where)
    except Problem as refused:
        problem = refused
    else:
        return
    assert problem.where.startswith(where)
    assert clean(str(problem)) == str(problem)
    assert "\n" not in str(problem)


def test_the_native_form_in_full() -> None:
    loop = sample("commands.toml")
    assert (loop.id, loop.name, loop.version, loop.autonomy) == (
        "bake-loop",
        "Bake Loop",
        "1.0.0",
        Autonomy.AUTONOMOUS,
    )
    assert loop.source == "commands.toml"
    assert [p.id for p in loop.phases] == ["MIX", "BAKE"]
    flour, yeast = loop.phases[0].skills
    assert (flour.runner, flour.required) == (MANUAL, True)
    assert (yeast.required, yeast.deliverables) == (False, ("yeast.md",))
    oven = loop.phases[1].skills[0]
    assert oven.runner == COMMANDS
    assert [(s.name, s.run, s.timeout_s) for s in oven.steps] == [
        ("heat", ("true",), 5),
        ("bake", ("sleep", "0"), 1800),
    ]
    assert oven.settings == {"degrees": 220, "since": "2026-01-02"}
    gate = loop.gates[0]
    assert (gate.after, gate.type, gate.checks, gate.required) == ("BAKE", GateType.AUTO, ("heat", "bake"), True)
    assert [(t.id, t.kind) for t in loop.targets] == [("table", "local")]


def test_a_bom_and_crlf_are_no_trouble() -> None:
    assert parse_toml("\ufeff" + SMALL.replace("\n", "\r\n"), "x").id == "a-loop"
    assert parse_json('\ufeff{"id": "j", "phases": [{"name": "P"}]}', "x").id == "j"


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('id = "a"\nphases = [\n', "loop.toml:2", ("not valid TOML",)),
        ('id = "a"\nname = = 2\n', "loop.toml:2:8", ("not valid TOML",)),
        ("", "loop.toml:1", ("the loop has no 'id'",)),
        ('id = "a"\n', "loop.toml:1", ("the loop has no 'phases'",)),
        ('id = "a"\nphases = []\n', "loop.toml:2", ("empty 'phases'",)),
        ('\n\nid = "a"\nphases = "x"\n', "loop.toml:4", ("'phases' should be a list",)),
        ('id = "../x"\n[[phases]]\nid = "P"\n', "loop.toml:1", ("file name", "'../x'")),
        (SMALL + '[[phases]]\nid = "ONE"\n', "loop.toml:6", ("two phases", "'ONE'")),
        (SMALL + '\n[[gates]]\nid = "g"\nafter = "TWO"\n', "loop.toml:8", ("gate 'g'", "phase 'TWO'")),
        (
            SMALL + '[[gates]]\nid = "g"\nafter = "ONE"\n[[gates]]\nid = "g"\nafter = "ONE"\n',
            "loop.toml:9",
            ("two gates",),
        ),
        (SMALL + '[[gates]]\nid = "g"\nafter = "ONE"\ntype = "robot"\n', "loop.toml:8", ("gate 'g'", "type 'robot'")),
        (SMALL + '[[gates]]\nid = "g"\nafter = "ONE"\ntype = "auto"\n', "loop.toml:5", ("gate 'g'", "no checks")),
        (
            SMALL + '[[gates]]\nid = "g"\nafter = "ONE"\nwhen = "deploy-target"\n',
            "loop.toml:8",
            ("gate 'g' has a condition", "its type is human"),
        ),
        (
            SMALL + '[[gates]]\nid = "g"\nafter = "ONE"\ntype = "auto"\nchecks = ["x"]\nwhen = ["deploy-target"]\n',
            "loop.toml:10",
            ("gate 'g' has a condition", "its type is auto"),
        ),
        (
            SMALL + '[[gates]]\nid = "g"\nafter = "ONE"\ntype = "conditional"\nwhen = "friday"\n',
            "loop.toml:9",
            ("gate 'g'", "condition 'friday'", "unknown"),
        ),
        (
            SMALL + '[[gates]]\nid = "g"\nafter = "ONE"\ntype = "conditional"\n'
            'when = [\n "deploy-target",\n "changed:../up/**",\n]\n',
            "loop.toml:11",
            ("gate 'g'", "condition 'changed:../up/**'", "nothing inside the project"),
        ),
        (
            SMALL + '[[gates]]\nid = "g"\nafter = "ONE"\ntype = "conditional"\nwhen = 5\n',
            "loop.toml:9",
            ("gate 'g'", "'when' should be a list"),
        ),
        (SMALL + '[[gates]]\nid = "g"\nafer = "ONE"\nafter = "ONE"\n', "loop.toml:7", ("gate 'g'", "'afer'")),
        (SMALL + "title = 5\n", "loop.toml:5", ("phase 'ONE'", "'title' should be text")),
        (
            SMALL + '[[gates]]\nid = "g"\nafter = "ONE"\ndeliverables = ["ok.md", "../up.md"]\n',
            "loop.toml:8",
            ("'../up.md'",),
        ),
        (SMALL + 'autonomie = "hybrid"\n', "loop.toml:5", ("unknown key 'autonomie'",)),
        ('autonomy = "wild"\n' + SMALL, "loop.toml:1", ("unknown autonomy 'wild'",)),
        ('source = "x"\n' + SMALL, "loop.toml:1", ("unknown key 'source'",)),
        (
            'id = "a"\n[[phases]]\nid = "P"\nskills = [\n  "x",\n  "y",\n  "x",\n]\n',
            "loop.toml:7",
            ("two skills", "'x'", "phase 'P'"),
        ),
        (
            'id = "a"\n[[phases]]\nid = "P"\n'
            '[[phases.skills]]\nid = "x"\n[[phases.skills]]\nid = "y"\nrunner = "magic"\n',
            "loop.toml:8",
            ("skill 'y' of phase 'P'", "runner 'magic'"),
        ),
        (
            'id = "a"\n[[phases]]\nid = "P"\nskills = [\n "x",\n { id = "y", runner = "commands" },\n]\n',
            "loop.toml:6",
            ("skill 'y' in phase 'P'", "no steps"),
        ),
        (
            'id = "a"\n[[phases]]\nid = "P"\nskills = [{ id = "y", steps = [{ name = "s", run = "npm test" }] }]\n',
            "loop.toml:4",
            ("skill 'y' of phase 'P'", "not a shell line"),
        ),
        (
            'id = "a"\n[[phases]]\nid = "P"\n'
            'skills = [{ id = "y", runner = "manual", steps = [{ name = "s", run = ["a"] }] }]\n',
            "loop.toml:4",
            ("has steps, but its runner is manual",),
        ),
    ],
)
def test_an_error_names_file_line_and_reason(text: str, place: str, words: tuple[str, ...]) -> None:
    problem = problem_of(text)
    assert problem.where == place
    for word in words:
        assert word in problem.what


@pytest.mark.parametrize(
    ("written", "when"),
    [
        ('when = "deploy-target"', ("deploy-target",)),
        ('when = ["changed:migrations/**", "changed:schema.sql"]', ("changed:migrations/**", "changed:schema.sql")),
        ("when = []", ()),
        ("", ()),
    ],
)
def test_a_condition_is_one_text_or_several(written: str, when: tuple[str, ...]) -> None:
    text = SMALL + f'[[gates]]\nid = "g"\nafter = "ONE"\ntype = "conditional"\n{written}\n'
    assert parse_toml(text, "x").gates[0].when == when


def test_an_unknown_condition_is_told_what_is_allowed() -> None:
    problem = problem_of(SMALL + '[[gates]]\nid = "g"\nafter = "ONE"\ntype = "conditional"\nwhen = "friday"\n')
    assert '"deploy-target"' in problem.todo
    assert '"changed:PATTERN"' in problem.todo


@pytest.mark.parametrize(
    ("gate", "when"),
    [
        ({"type": "conditional", "when": "changed:src/**"}, ("changed:src/**",)),
        ({"type": "conditional", "when": ["deploy-target", "changed:a"]}, ("deploy-target", "changed:a")),
        ({"type": "conditional", "condition": "Auto-passes if no deploy target configured"}, ("deploy-target",)),
        ({"type": "conditional", "condition": "Skipped when no deployment-targets exist"}, ("deploy-target",)),
        ({"type": "conditional", "condition": "Required if no deploy target is configured"}, ()),
        ({"type": "conditional", "condition": "Only in spring"}, ()),
        ({"type": "human", "condition": "Auto-passes if no deploy target configured"}, ()),
        ({"type": "conditional", "when": "changed:a", "condition": "Auto-passes if no deploy target"}, ("changed:a",)),
    ],
)
def test_conditions_in_json(gate: dict[str, object], when: tuple[str, ...]) -> None:
    document = {"id": "a", "phases": [{"id": "P"}], "gates": [{"id": "g", "afterPhase": "P", **gate}]}
    found = parse_json(json.dumps(document), "x.json").gates[0]
    assert found.when == when
    assert found.criteria == gate.get("condition", "")


def test_a_misspelt_key_is_guessed() -> None:
    assert "'after'" in problem_of(SMALL + '[[gates]]\nid = "g"\nafer = "ONE"\nafter = "ONE"\n').todo


def test_lines_are_right_behind_multi_line_values() -> None:
    text = 'description = """\n[[gates]]\nid = "no"\n"""\n' + SMALL + '[[gates]]\nid = "g"\nafter = "NO"\n'
    assert problem_of(text).where == "loop.toml:11"


@pytest.mark.parametrize("text", ["a = " + "9" * 5000, "a = " + "[" * 3000])
def test_what_breaks_the_toml_reader_is_a_problem(text: str) -> None:
    assert problem_of(text).where.startswith("loop.toml")


def test_hostile_ids_load_and_are_cleaned_in_errors() -> None:
    name = "\\u001b]52;c;x\\u0007[/red]"
    loop = parse_toml(f'id = "a"\n[[phases]]\nid = "P"\nskills = ["{name}"]\ntitle = "T\\u001b[31m!"\n', "x")
    assert loop.phases[0].skills[0].id == "\x1b]52;c;x\x07[/red]"
    assert loop.phases[0].title == "T!"
    problem = problem_of(f'id = "a"\n[[phases]]\nid = "P"\nskills = ["{name}", "{name}"]\n')
    assert str(problem).isprintable()


@pytest.mark.parametrize("name", ["report.md", "a b.md", ".github/workflows/x.yml", "Ünicode.md"])
def test_names_that_stay_inside(name: str) -> None:
    assert is_plain_name(name)


@pytest.mark.parametrize(
    "name",
    ["", " ", "..", ".", "../x", "a/../b", "/etc/passwd", "~/x", "a\\b", "C:x", "a//b", "a/", "a\nb", "a\x1b[1m"],
)
def test_names_that_do_not(name: str) -> None:
    assert not is_plain_name(name)


def test_json_with_skills_as_names() -> None:
    loop = sample("strings.json")
    assert [(p.id, p.required, [s.id for s in p.skills]) for p in loop.phases] == [
        ("DIG", True, ["spade", "rake"]),
        ("PLANT", False, ["seed"]),
    ]
    assert loop.phases[0].skills[0].title == "Digging"
    soil, seed = loop.gates
    assert (soil.type, soil.checks, soil.deliverables) == (GateType.AUTO, ("build", "test", "lint"), ("SOIL.md",))
    assert soil.criteria == "Build compiles, all tests pass, linter clean"
    assert (seed.type, seed.required, seed.criteria) == (GateType.CONDITIONAL, False, "Only in spring")
    assert loop.autonomy is Autonomy.AUTONOMOUS
    assert all(s.runner == MANUAL for p in loop.phases for s in p.skills)


def test_json_with_titles_objects_and_nested_gates() -> None:
    loop = sample("titles.json")
    assert [(p.id, p.title) for p in loop.phases] == [("CALL", "Call Ahead"), ("GO", "Go There")]
    phone, note = loop.phases[0].skills
    assert (phone.id, phone.required, phone.deliverables) == ("phone", True, ("call-notes.md",))
    assert (note.id, note.required, note.deliverables) == ("note", False, ())
    call, arrived = loop.gates
    assert (call.id, call.after, call.type) == ("call-gate", "CALL", GateType.HUMAN)
    assert (arrived.after, arrived.criteria) == ("GO", "Parked; Bell rung")


@pytest.mark.parametrize(
    ("document", "place", "words"),
    [
        ([], "loop.json", ("not a JSON object",)),
        ({}, "loop.json, id", ("the loop has no id",)),
        ({"id": "a"}, "loop.json, phases", ("the loop has no phases",)),
        ({"phases": [{"name": "P"}]}, "loop.json, id", ("no id",)),
        ({"id": "a", "phases": 5}, "loop.json, phases", ("must be a list",)),
        ({"id": "a", "phases": [{}]}, "loop.json, phases[0].id", ("the phase has no id",)),
        ({"id": "a", "phases": [{"id": "P", "skills": [7]}]}, "loop.json, phases[0].skills[0]", ("must be a name",)),
        (
            {"id": "a", "phases": [{"id": "P", "skills": [{"required": "x"}]}]},
            "loop.json, phases[0].skills[0].required",
            ("true or false",),
        ),
        (
            {"id": "a", "phases": [{"id": "P", "skills": ["s", "s"]}]},
            "loop.json, phases[0].skills[1]",
            ("two skills", "'s'"),
        ),
        (
            {"id": "a", "phases": [{"id": "P"}], "gates": [{"id": "g", "afterPhase": "Q"}]},
            "loop.json, gates[0].afterPhase",
            ("gate 'g'", "phase 'Q'"),
        ),
        (
            {"id": "a", "phases": [{"id": "P"}], "gates": [{"id": "g", "afterPhase": "P", "type": "x"}]},
            "loop.json, gates[0].type",
            ("unknown gate type", "'x'"),
        ),
        (
            {"id": "a", "phases": [{"id": "P"}], "gates": [{"id": "g", "afterPhase": "P", "when": "deploy-target"}]},
            "loop.json, gates[0].when",
            ("gate 'g'", "its type is human"),
        ),
        (
            {
                "id": "a",
                "phases": [{"id": "P"}],
                "gates": [{"id": "g", "afterPhase": "P", "type": "conditional", "when": ["deploy-target", "friday"]}],
            },
            "loop.json, gates[0].when",
            ("condition 'friday'", "unknown"),
        ),
        ({"id": "a", "phases": [{"id": "P"}], "defaults": {"autonomy": "x"}}, "loop.json, defaults.autonomy", ("'x'",)),
        (
            {"id": "a", "phases": [{"id": "P", "skills": ["s"], "deliverables": ["/x"]}]},
            "loop.json, phases[0].skills[0].deliverables",
            ("'/x'",),
        ),
    ],
)
def test_a_json_error_names_the_key(document: object, place: str, words: tuple[str, ...]) -> None:
    problem = problem_of(json.dumps(document), "loop.json")
    assert problem.where == place
    for word in words:
        assert word in problem.what


def test_a_json_syntax_error_has_line_and_column() -> None:
    assert problem_of('{\n  "id": "a",\n  "phases": [}\n', "loop.json").where == "loop.json:3:14"
    assert problem_of("[" * 100_000, "loop.json").what.startswith("is not a loop definition")


@pytest.mark.parametrize(
    ("text", "checks"),
    [
        ("build passes, tests pass, lint clean", ("build", "test", "lint")),
        ("build passes, tests pass, smoke tests green", ("build", "test")),
        ("smoke tests green", ()),
        ("push succeeded, pipeline triggered", ()),
        ("Compiles", ("build",)),
    ],
)
def test_checks_named_in_words(text: str, checks: tuple[str, ...]) -> None:
    assert checks_in(text) == checks


@pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus here")
@pytest.mark.parametrize(
    ("name", "phases", "skills", "gates"),
    [
        ("bugfix-loop", 7, 8, 4),
        ("champion-loop", 4, 5, 1),
        ("complete-loop", 6, 31, 4),
        ("distribution-loop", 4, 6, 2),
        ("engineering-loop", 10, 15, 6),
        ("infrastructure-loop", 5, 10, 2),
    ],
)
def test_the_corpus(name: str, phases: int, skills: int, gates: int) -> None:
    loop = parse((CORPUS / f"{name}.json").read_text(), name + ".json")
    assert loop.id == name
    assert (len(loop.phases), sum(len(p.skills) for p in loop.phases), len(loop.gates)) == (phases, skills, gates)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["id", "name", "phases", "gates", "gate", "skills", "skillId", "required", "type", "afterPhase",
                         "approvalType", "autoCheck", "when", "condition", "deliverables", "defaults", "autonomy",
                         "criteria"]),
        inner,
        max_size=5,
    ),
    max_leaves=25,
)  # fmt: skip
TOML_LINES = st.lists(
    st.sampled_from([
        'id = "a"', "[[phases]]", "[[phases.skills]]", "[[gates]]", "[[targets]]", 'after = "P"', 'id = "P"', "[gates]",
        'skills = ["x", {id = 1}]', "skills = [", "]", 'steps = [{name = "s", run = ["a"]}]', 'runner = "commands"',
        'type = "auto"', "checks = [1]", "settings = { a = 1979-05-27 }", '"""', "phases.x = 1", "[phases]", "= 3",
    ]) | st.text(max_size=12),
    max_size=14,
)  # fmt: skip


@given(st.text(max_size=80) | TOML_LINES.map("\n".join))
@example('"\\ud800" = 1')
def test_no_text_breaks_the_toml_reader(text: str) -> None:
    assert_read_or_refused(text, "x.toml")


@settings(max_examples=300)
@given(
    st.text(max_size=60)
    | JSON.map(json.dumps)
    | JSON.map(lambda v: json.dumps({"id": "a", "phases": [{"id": "P"}], "gates": v}))
)
@example('{"id": "\\ud800", "phases": [{"id": "\\ud800"}]}')
def test_no_text_breaks_the_json_reader(text: str) -> None:
    assert_read_or_refused(text, "x.json")
