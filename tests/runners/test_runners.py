"""Runners and packs: who does a skill, and what happens when two packs want one name."""

import pytest

from loop_tui.cli.packs import packs, runners
from loop_tui.model.definition import COMMANDS, MANUAL, CommandStep, SkillDefinition
from loop_tui.model.problem import Problem
from loop_tui.runners.builtin import BuiltinRunner
from loop_tui.runners.pack_api import API, CommandSpec, EffectSpec, Pack, SkillSpec, TargetSpec, load
from loop_tui.runners.packs import Packs

STEP = CommandStep(name="s", run=("true",))


def test_everything_that_packs_register_can_be_loaded() -> None:
    known = packs()
    assert known.problems == []
    for skill in known.skills.values():
        assert callable(load(skill.ref))
    for kind, target in known.targets.items():
        assert callable(known.confirm_of(kind))
        assert not target.settings or load(target.settings)
    for command in known.commands.values():
        assert callable(load(command.ref))
        assert not command.ready or callable(load(command.ready))
    for effect in known.effects.values():
        assert effect.words
        assert not effect.left_behind or callable(load(effect.left_behind))
    for pack in known.packs:
        for ref in (pack.configure, pack.evidence_void, pack.panel):
            assert not ref or callable(load(ref))


def test_which_runner_goes_on_by_itself() -> None:
    ask = {name: runners().of(SkillDefinition(id="x", runner=name)) for name in runners().ids}
    told = {name: runner.unattended(SkillDefinition(id="x", runner=name)) for name, runner in ask.items()}
    assert told == {"builtin": True, "commands": True, "manual": False}


def test_a_runner_that_is_not_here_is_a_problem() -> None:
    with pytest.raises(Problem, match="no runner 'robot' for x"):
        runners().of(SkillDefinition(id="x", runner="robot"))


@pytest.mark.parametrize(
    ("skill", "wrong"),
    [
        (SkillDefinition(id="x", runner=COMMANDS), "runs commands but has no steps"),
        (SkillDefinition(id="x", runner=MANUAL, steps=(STEP,)), "has steps, but its runner is manual"),
        (SkillDefinition(id="x", runner="builtin", steps=(STEP,)), "has steps, but its runner is builtin"),
    ],
)
def test_a_runner_says_what_a_skill_lacks(skill: SkillDefinition, wrong: str) -> None:
    found = runners().of(skill).check(skill)
    assert found is not None
    assert found.what == wrong


def test_a_skill_that_no_pack_has_is_a_problem_when_it_is_its_turn() -> None:
    runner, skill = BuiltinRunner(Packs(())), SkillDefinition(id="x", runner="builtin")
    assert runner.check(skill) is None
    assert not runner.can_run(skill)
    with pytest.raises(Problem, match="no built-in skill 'x'"):
        runner.function_of("x")


def test_of_two_packs_with_one_name_the_first_has_it() -> None:
    spec, other = SkillSpec("a:b"), SkillSpec("c:d")
    found = Packs((Pack("one", skills={"s": spec}), Pack("two", skills={"s": other, "t": other})))
    assert found.skills == {"s": spec, "t": other}
    assert [p.what for p in found.problems] == ["the skill 's' of the pack two is not used: one has it already"]


def test_a_pack_for_another_version_is_not_used() -> None:
    found = Packs((Pack("late", api=API + 1, skills={"s": SkillSpec("a:b")}),))
    assert found.skills == {}
    assert "made for version" in found.problems[0].what


def test_a_ref_that_leads_nowhere_names_itself() -> None:
    with pytest.raises(Problem, match="no_such_module:x cannot be loaded"):
        load("no_such_module:x")
    with pytest.raises(Problem, match="os:no_such_thing cannot be loaded"):
        load("os:no_such_thing")


def test_nothing_is_imported_to_know_what_packs_have() -> None:
    found = Packs(
        (
            Pack(
                "p",
                skills={"s": SkillSpec("no_such:x")},
                targets={"t": TargetSpec("no_such:x", needed=("url",))},
                effects={"e": EffectSpec("an effect")},
                commands=(CommandSpec("c", "help", "no_such:x"),),
            ),
        )
    )
    assert (set(found.skills), set(found.targets), set(found.effects), set(found.commands)) == (
        {"s"},
        {"t"},
        {"e"},
        {"c"},
    )
