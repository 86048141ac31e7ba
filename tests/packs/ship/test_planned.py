"""The version that was planned is the one that is checked, committed and pushed; whatever else writes another one."""

import json

import pytest

from loop_tui.model.definition import GateDefinition
from loop_tui.model.evidence import Check
from loop_tui.model.status import CheckStatus, GateType
from loop_tui.packs.ship.commit import git_workflow
from loop_tui.packs.ship.release_planner import skill
from loop_tui.packs.ship.verify.code_verification import run
from loop_tui.packs.ship.versions.prerelease import read_version
from loop_tui.runners.context import EvidenceVoid, PhaseOutdated, SkillFailed

from .shipyard import PACKAGE, Yard

pytestmark = pytest.mark.usefixtures("quick_npm")

OTHER = "node -e \"p=require('./package.json');p.version='{}';fs.writeFileSync('package.json',JSON.stringify(p))\""


@pytest.fixture
def yard(start: Yard) -> Yard:
    """A run whose gate decides on all checks; a feature waits to be released."""
    gate = GateDefinition(id="readiness-gate", after="VERIFY", type=GateType.AUTO, checks=("*",))
    others = tuple(g for g in start.definition.gates if g.id != gate.id)
    start.definition = start.definition.model_copy(update={"targets": (), "gates": (gate, *others)})
    return start


def package(yard: Yard, **scripts: str) -> None:
    yard.write("package.json", json.dumps(PACKAGE | {"type": "commonjs", "scripts": scripts}, indent=2) + "\n")
    yard.git("commit", "-q", "--all", "-m", "feat: more")


async def checks(yard: Yard) -> dict[str, Check]:
    return {check.name: check for check in (await yard.run(run, "code-verification")).checks}


@pytest.mark.parametrize("script", ["build", "test"])
async def test_another_version_written_by_a_script_is_red(yard: Yard, script: str) -> None:
    package(yard, **{script: OTHER.format("9.9.9")})
    await yard.run(skill.run, "release-planner")
    found = (await checks(yard))["version"]
    assert found.status is CheckStatus.FAILED
    assert found.summary.startswith("0.8.0 was planned, but package.json has 9.9.9 Fix: ")


async def test_a_version_that_was_to_stay_stays(yard: Yard) -> None:
    package(yard, build=OTHER.format("0.8.0"))
    yard.answers |= {"version": "n", "same-version": "y"}
    await yard.run(skill.run, "release-planner")
    found = (await checks(yard))["version"]
    assert (found.status, found.summary[:46]) == (CheckStatus.FAILED, "0.7.0 was planned, but package.json has 0.8.0 ")


async def test_a_commit_with_another_version_is_not_pushed(yard: Yard) -> None:
    """A hook wrote it, and no gate is there to be voided."""
    package(yard)
    yard.definition = yard.definition.model_copy(update={"gates": ()})
    await yard.run(skill.run, "release-planner")
    hook = yard.project / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nsed -i 's/0\\.8\\.0/7.0.0/' package.json && git add package.json\n")
    hook.chmod(0o755)
    before = yard.remote_head()
    with pytest.raises(SkillFailed, match=r"0\.8\.0 was planned, but package\.json in \w{7} has 7\.0\.0"):
        await yard.run(git_workflow.run, "git-workflow")
    assert yard.remote_head() == before


async def test_after_a_reset_by_hand_it_is_planned_committed_and_pushed_anew(yard: Yard) -> None:
    package(yard, test="exit 0")
    await yard.run(skill.run, "release-planner")
    await yard.verify_as(await checks(yard))
    hook = yard.project / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(SkillFailed):
        await yard.run(git_workflow.run, "git-workflow")
    hook.unlink()
    yard.git("reset", "-q", "--hard", "HEAD~1")
    with pytest.raises(EvidenceVoid):
        await yard.run(git_workflow.run, "git-workflow")
    with pytest.raises(PhaseOutdated, match=r"0\.8\.0 was undone, package\.json has 0\.7\.0 again") as outdated:
        await checks(yard)
    assert outdated.value.phase == "INIT"
    await yard.run(skill.run, "release-planner")
    await yard.verify_as(await checks(yard))
    await yard.run(git_workflow.run, "git-workflow")
    assert json.loads(yard.git("show", "HEAD:package.json"))["version"] == "0.8.0"
    assert yard.remote_head() == yard.git("rev-parse", "HEAD")


async def test_files_that_only_the_persons_own_excludes_hide_are_named(yard: Yard) -> None:
    with (yard.project / ".git/info/exclude").open("a") as file:
        file.write("hidden.js\n.idea\n")
    for name in ("hidden.js", ".idea/x", "dist/out.js"):
        yard.write(name, "1\n")
    package(yard, test="exit 0")
    await checks(yard)
    assert "Hidden by your own git excludes, not committed, but seen by the checks: hidden.js\n" in yard.log + "\n"


@pytest.mark.parametrize(
    ("hidden", "words", "scripts", "asked"),
    [
        ("lib.js", 'require("./lib")', {}, True),
        ("lib.js", "import x from './lib.js'", {"build": "exit 0"}, True),
        ("src/deep/x.ts", 'export * from "./deep/x"', {}, True),
        ("gen/out.js", 'require("./gen/out")', {}, True),
        ("gen/out.js", 'require("./gen/out")', {"build": "exit 0"}, False),
        ("scratch.js", 'require("./lib")', {}, False),
    ],
)
async def test_what_the_package_names_and_only_the_persons_own_excludes_hide_is_asked_about(
    yard: Yard, hidden: str, words: str, scripts: dict[str, str], asked: bool
) -> None:
    """Whoever has the commit misses it, though every check passes here and npm packs it."""
    with (yard.project / ".git/info/exclude").open("a") as file:
        file.write(f"{hidden.split('/')[0] if hidden.startswith('gen/') else hidden}\n")
    yard.write(hidden, "1\n")
    yard.write("server.js", f"{words}\n")
    yard.git("commit", "-q", "-am", "feat: more")
    package(yard, test="exit 0", **scripts)
    yard.answers["hidden"] = "n"
    if not asked:
        await checks(yard)
        assert "seen by the checks: " + ("gen/" if hidden.startswith("gen/") else hidden) in yard.log
        return
    with pytest.raises(SkillFailed, match="hidden by your own git excludes, and in no commit") as failed:
        await checks(yard)
    assert "git add -f" in failed.value.todo
    yard.answers["hidden"] = "y"
    assert "hidden from git" in (await checks(yard))["tree"].summary


async def test_tags_that_are_not_fetched_are_said(yard: Yard) -> None:
    package(yard)
    yard.git("config", "remote.origin.tagOpt", "--no-tags")
    await yard.run(skill.run, "release-planner")
    assert "tags of origin are not fetched, so a higher one may exist: git fetch --tags origin" in yard.log


@pytest.mark.parametrize("text", ["1.99999999999999999999.0", "1.0.9007199254740992", f"1.0.0-{'a' * 260}"])
def test_what_the_semver_of_npm_refuses_is_no_version(text: str) -> None:
    assert read_version(text) is None
    assert read_version("1.0.9007199254740991") is not None
