"""Which targets a run serves: chosen with its options, kept in the run, never confirmed when left out."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from loop_tui.cli.packs import packs
from loop_tui.model.definition import LoopDefinition, TargetDefinition
from loop_tui.model.evidence import Effect
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import RunState
from loop_tui.model.status import CheckStatus
from loop_tui.packs.ship.choices import choose, skipped_targets
from loop_tui.packs.ship.commit import git_workflow
from loop_tui.packs.ship.preflight.findings import Prospect
from loop_tui.packs.ship.preflight.github_needs import needs
from loop_tui.packs.ship.targets import distribute
from loop_tui.packs.ship.verify import deploy
from loop_tui.runners.pack_api import CHOICE, ChosenOptions

from .shipyard import Yard, definition, new_yard

pytestmark = pytest.mark.usefixtures("quick_npm")

TARGETS = (
    TargetDefinition(id="local", kind="local", title="Local"),
    TargetDefinition(id="git-remote", kind="git-remote"),
    TargetDefinition(id="tarball", kind="tarball"),
    TargetDefinition(id="commands-sync", kind="commands-sync"),
    TargetDefinition(id="ci", kind="github-actions", title="CI", settings={"workflow": "ci.yml"}),
    TargetDefinition(id="railway", kind="github-deployment", title="Railway"),
)
LOOP = definition(*TARGETS)


def said(*, only: tuple[str, ...] = (), skip: tuple[str, ...] = (), reason: str = "", by: str = "ann") -> ChosenOptions:
    return ChosenOptions({"only": list(only), "skip-target": list(skip)}, by, reason)


def after(given: ChosenOptions, state: RunState | None = None, loop: LoopDefinition = LOOP) -> RunState:
    """The state of a run with what was chosen in it."""
    state = state or RunState(loop=loop.id)
    (choice,) = choose(loop, given, state)
    kept = (e for e in state.effects if e.id != choice.id)
    made = Effect(id=choice.id, kind=CHOICE, intent=dict(choice.facts))
    return state.model_copy(update={"effects": (*kept, made)})


def left_out(state: RunState) -> dict[str, str]:
    return {name: why.words for name, why in skipped_targets(state).items()}


# --- what is chosen -------------------------------------------------------------------------------------------------


def test_a_target_that_is_left_out_says_why_and_who_said_so() -> None:
    assert left_out(after(said(skip=("ci",), reason="GitHub is down"))) == {"ci": "GitHub is down (chosen by ann)"}


def test_several_are_left_out_for_one_reason() -> None:
    found = left_out(after(said(skip=("ci", "tarball", "ci"), reason="later")))
    assert found == dict.fromkeys(("tarball", "ci"), "later (chosen by ann)")


def test_only_leaves_out_all_others_but_the_proof_of_the_push() -> None:
    found = left_out(after(said(only=("tarball",))))
    assert set(found) == {"local", "commands-sync", "ci", "railway"}
    assert found["ci"] == "not among --only tarball (chosen by ann)"
    assert set(left_out(after(said(only=("ci", "local"), reason="a hotfix")))) == {
        "tarball",
        "commands-sync",
        "railway",
    }
    assert left_out(after(said(only=("ci",), reason="a hotfix")))["local"] == "a hotfix (chosen by ann)"


def test_what_is_said_later_is_added_and_only_says_it_anew() -> None:
    first = after(said(skip=("ci",), reason="down"))
    second = after(said(skip=("tarball",), reason="no use", by="bob"), first)
    assert left_out(second) == {"ci": "down (chosen by ann)", "tarball": "no use (chosen by bob)"}
    again = after(said(skip=("ci",), reason="down", by="bob"), second)
    assert again == second, "who says it again is not who said it"
    assert "ci" not in left_out(after(said(only=("ci",)), second))


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (said(skip=("vercel",), reason="x"), Code.NAME_UNKNOWN, "railway"),
        (said(only=("Tarball",)), Code.NAME_UNKNOWN, "tarball"),
        (said(only=("",)), Code.NAME_UNKNOWN, "tarball"),
        (said(skip=("ci", "ci\x1b[2J"), reason="x"), Code.NAME_UNKNOWN, "commands-sync"),
        (said(skip=("ci",)), Code.USAGE, "--skip-target ci --reason"),
        (said(skip=("ci",), reason="  "), Code.USAGE, "--reason"),
        (said(skip=("git-remote",), reason="x"), Code.USAGE, "--dry-run"),
        (said(only=("ci",), skip=("ci",), reason="x"), Code.USAGE, "--only"),
        (said(only=("railway",)), Code.TARGET_INVALID, "environment or app"),
        (said(only=("tarball", "railway"), reason="x"), Code.TARGET_INVALID, "environment or app"),
    ],
)
def test_what_cannot_be_chosen_is_refused_with_what_can(given: ChosenOptions, code: Code, words: str) -> None:
    with pytest.raises(Problem) as refused:
        choose(LOOP, given, None)
    assert refused.value.code is code
    assert words in refused.value.todo
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize(
    ("package", "only", "words"),
    [
        ({"name": "w", "version": "1.0.0", "private": True}, ("tarball",), "the package is private"),
        ({"version": "1.0.0"}, ("tarball",), "no name or no version"),
        ({"name": "w"}, ("ci", "tarball"), "no name or no version"),
        ({"name": "w", "version": "1.0.0"}, ("local",), "no build or start script"),
        ({"name": "w", "version": "1.0.0"}, ("commands-sync",), "no commands/"),
    ],
)
def test_only_what_the_project_has_nothing_for_is_refused(
    tmp_path: Path, package: dict[str, object], only: tuple[str, ...], words: str
) -> None:
    """Through the packs, as `run` does it: such a run would serve nothing, and look like a success."""
    (tmp_path / "package.json").write_text(json.dumps(package))
    given = replace(said(only=only), project=tmp_path)
    with pytest.raises(Problem, match=f"is not configured: .*{words}") as refused:
        packs().chosen(LOOP, given, None)
    assert refused.value.code is Code.TARGET_INVALID
    assert packs().chosen(LOOP, replace(given, options={"only": ["ci"]}), None), "another one is there"


def test_a_loop_without_targets_has_none_to_choose_from() -> None:
    with pytest.raises(Problem, match="no targets"):
        choose(definition(), said(only=("tarball",)), None)


@pytest.mark.parametrize("facts", [{}, {"skipped": []}, {"skipped": {"ci": "x"}}, {"skipped": None}])
def test_what_somebody_else_wrote_there_leaves_out_nothing(facts: dict[str, object]) -> None:
    effect = Effect.model_validate({"id": "choice-targets", "kind": CHOICE, "intent": facts})
    assert skipped_targets(RunState(loop="x", effects=(effect,))) == {}
    other = Effect.model_validate({"id": "choice-targets", "kind": "push", "intent": {"skipped": {"ci": {}}}})
    assert skipped_targets(RunState(loop="x", effects=(other,))) == {}


def test_packs_say_what_their_options_come_to_and_nothing_without_them() -> None:
    assert packs().chosen(LOOP, said(), None) == ()
    assert packs().chosen(LOOP, ChosenOptions({"other": "x"}), None) == ()
    assert [choice.id for choice in packs().chosen(LOOP, said(only=("ci",)), None)] == ["choice-targets"]


# --- what comes of it -----------------------------------------------------------------------------------------------


@pytest.fixture
async def yard(world: object, tmp_path: Path) -> Yard:
    """A project whose 0.8.0 was verified and pushed."""
    yard = new_yard(tmp_path / "yard", tmp_path / "world/claude")
    yard.bump()
    yard.write("commands/a-loop.md", "a\n")
    yard.git("add", "commands")
    await yard.verify()
    await yard.run(git_workflow.run, "git-workflow")
    yard.write("dist/out.js", "built\n")
    yard.definition = LOOP
    return yard


async def test_nothing_is_done_for_what_is_left_out_and_it_counts_as_skipped(yard: Yard) -> None:
    yard.state = after(said(only=("commands-sync",), reason="only these"), yard.state)
    result = await yard.run(distribute.run, "distribute")
    checks = {check.name: check for check in result.checks}
    assert [name for name, check in checks.items() if check.passed] == ["git-remote", "commands-sync"]
    for name in ("local", "tarball", "ci", "railway"):
        assert checks[name].status is CheckStatus.SKIPPED
        assert checks[name].summary == "skipped: only these (chosen by ann)"
    assert result.summary == "2 of 2 targets confirmed, 4 skipped"
    assert "tarball" not in yard.acted
    assert "**skipped**" in yard.text("distribution-manifest.md")
    seen = {key: facts.get("level") for key, facts in yard.remembered}
    assert seen["target-ci"] == "skipped"


async def test_the_server_is_not_started_where_the_local_target_is_left_out(yard: Yard) -> None:
    yard.write("server.js", "process.exit(1)\n")
    yard.git("commit", "-qam", "fix: a server that does not start")
    yard.git("push", "-q")
    state = yard.state
    yard.state = state.model_copy(update={"effects": tuple(e for e in state.effects if e.kind != "push")})
    yard.state = after(said(skip=("local",), reason="it needs a database"), yard.state)
    result = await yard.run(deploy.run, "deploy")
    assert [check.name for check in result.checks] == ["build"]
    assert "Server: not started, local is skipped: it needs a database (chosen by ann)" in yard.log


def test_github_is_not_needed_for_what_is_left_out(yard: Yard) -> None:
    def wanted(state: RunState) -> list[str]:
        prospect = Prospect(yard.project, yard.project / "distribution-state.json", LOOP, state, yard.home)
        return [target.id for target in needs(prospect).targets]

    assert wanted(yard.state) == ["ci"]
    assert wanted(after(said(skip=("ci",), reason="down"), yard.state)) == []
    assert wanted(after(said(only=("tarball",)), yard.state)) == []
    assert wanted(after(said(skip=("tarball",), reason="x"), yard.state)) == ["ci"]
