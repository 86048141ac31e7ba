"""Runners and packs: who does a skill, and what happens when two packs want one name."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from loop_tui.cli.packs import Installed, packs, runners
from loop_tui.engine.begin import fresh_state
from loop_tui.model.definition import COMMANDS, MANUAL, CommandStep, LoopDefinition, PhaseDefinition, SkillDefinition
from loop_tui.model.problem import Problem
from loop_tui.runners.builtin import BuiltinRunner
from loop_tui.runners.pack_api import API, CommandSpec, EffectSpec, Pack, Param, SkillSpec, TargetSpec, load
from loop_tui.runners.packs import Packs
from loop_tui.storage.definitions.extensions import extensions, use

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
        for ref in (pack.configure, pack.evidence_void, pack.panel, pack.sample):
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
        (SkillDefinition(id="x", runner=MANUAL, uses="y"), "uses a built-in skill, but its runner is manual"),
        (
            SkillDefinition(id="x", runner=COMMANDS, steps=(STEP,), uses="y"),
            "uses a built-in skill, but its runner is commands",
        ),
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


def test_a_skill_may_use_one_of_another_name() -> None:
    runner = BuiltinRunner(Packs((Pack("one", skills={"infra-deploy": SkillSpec("a:b", interruptible=True)}),)))
    skill = SkillDefinition(id="deploy", runner="builtin", uses="infra-deploy")
    assert (runner.can_run(skill), runner.interruptible(skill)) == (True, True)
    assert not runner.can_run(SkillDefinition(id="deploy", runner="builtin"))


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


@pytest.mark.parametrize(
    ("pack", "wrong"),
    [
        (Pack("p", skills=None), "its skills are not a mapping by name"),  # type: ignore[arg-type]
        (Pack("p", skills={"s": "a:b"}), "its skills are not all SkillSpec"),  # type: ignore[dict-item]
        (Pack("p", targets={1: TargetSpec("a:b")}), "its targets are not a mapping by name"),  # type: ignore[dict-item]
        (Pack("p", commands=("x",)), "its commands are not all CommandSpec"),  # type: ignore[arg-type]
        (Pack("p", commands=(CommandSpec("two words", "", "a:b"),)), "'two words' cannot be the name of a command"),
        (Pack("p", commands=(CommandSpec("c", "", "a:b", (Param("json", ""),)),)), "c has an option 'json'"),
        (Pack("p", commands=(CommandSpec("c", "", "a:b", (Param("no way", ""),)),)), "c has an option 'no way'"),
        (
            Pack("p", commands=(CommandSpec("c", "", "a:b", (Param("x", ""), Param("x", ""))),)),
            "c has an option 'x, x'",
        ),
    ],
)
def test_a_pack_that_registers_nonsense_is_left_out(pack: Pack, wrong: str) -> None:
    good = Pack("good", skills={"s": SkillSpec("a:b")})
    found = Packs((pack, good))
    assert set(found.skills) == {"s"}
    assert wrong in found.problems[0].what


def raises(*given: object) -> object:
    raise ValueError("the pack's own fault")


def says(*given: object) -> tuple[str, ...]:
    return ("fine",)


def test_what_a_pack_raises_names_the_pack(tmp_path: Path) -> None:
    here = __name__
    bad = Pack("bad", configure=f"{here}:raises", panel=f"{here}:raises")
    known = Packs((bad, Pack("good", panel=f"{here}:says")))
    loop = LoopDefinition(id="x", phases=(PhaseDefinition(id="P"),))
    with pytest.raises(Problem, match="the pack bad failed: ValueError: the pack's own fault"):
        known.configure(loop, tmp_path, ())
    state = fresh_state(loop, run="r", system="s", at="")
    assert known.panel(state, loop) == ("the pack bad failed: ValueError: the pack's own fault", "fine")


def test_threads_that_ask_first_get_the_same_answers() -> None:
    asked: list[int] = []

    class Slow(Installed):
        def __init__(self) -> None:
            asked.append(1)
            started.wait(30)

    started = threading.Barrier(1)
    try:
        use(Slow)
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: extensions(), range(8)))
    finally:
        use(Installed)
    assert len(asked) == 1
    assert {type(each) for each in found} == {Slow}


async def gives_nothing(ctx: object) -> None:
    """A skill whose author forgot the result."""


async def leaves(ctx: object) -> None:
    raise SystemExit(0)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("gives_nothing", "it returned NoneType instead of a SkillResult"), ("leaves", "it ended the program with 0")],
)
async def test_a_skill_that_does_not_keep_the_rules_fails(name: str, wrong: str) -> None:
    runner = BuiltinRunner(Packs((Pack("p", skills={"s": SkillSpec(f"{__name__}:{name}")}),)))

    class Given:
        skill = SkillDefinition(id="s", runner="builtin")

    with pytest.raises(Problem, match=wrong):
        await runner.run(Given())  # type: ignore[arg-type]
