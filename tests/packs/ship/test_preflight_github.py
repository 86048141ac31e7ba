"""Preflight for GitHub with the real gh: what is found, what fixes it, and what of it may stop a run."""

import asyncio
import subprocess
from pathlib import Path

import pytest

from loop_tui.model.definition import LoopDefinition, TargetDefinition
from loop_tui.model.status import SkillStatus
from loop_tui.packs.ship.preflight.findings import Finding, Prospect
from loop_tui.packs.ship.preflight.github_findings import github_findings
from loop_tui.packs.ship.preflight.preflight import preflight, refuse
from loop_tui.packs.ship.preflight.remote_checks import push_place
from loop_tui.packs.ship.targets.project_file import merge, parse
from loop_tui.process import shell
from loop_tui.runners.context import SkillFailed
from tests.github import bad_gateway, fixture, forbidden, not_found, retry_later
from tests.github.fixture import CI, GitHub

from .shipyard import Yard, definition

github = fixture.github

ACTIONS = '[[targets]]\nid = "github-actions"\nworkflow = "ci.yml"\n'
PUBLISHED = '[[targets]]\nid = "npm-registry"\npublish = "workflow"\nworkflow = "ci.yml"\n'
RAILWAY = '[[targets]]\nid = "railway"\nenvironment = "widget / production"\napp = "railway-app"\n'
PULL = '[release]\nroute = "pull-request"\n'


def loop(settings: str = "") -> LoopDefinition:
    """The loop with the shipped targets of GitHub, and a project's settings for them."""
    kinds = {"github-actions": "github-actions", "railway": "github-deployment", "github-release": "github-release"}
    kinds["npm-registry"] = "npm-registry"
    plain = definition(*(TargetDefinition(id=name, kind=kind) for name, kind in kinds.items()))
    return merge(plain, parse(settings, "targets.toml", plain.targets))


@pytest.fixture
def yard(start: Yard, github: GitHub) -> Yard:
    """A project whose remote is on GitHub."""
    github.adopt(start.project)
    return start


async def asked(of: Prospect) -> tuple[Finding, ...]:
    return await github_findings(of, of.project, asyncio.ensure_future(push_place(of, of.project)))


async def look(yard: Yard, settings: str = "") -> dict[str, Finding]:
    """The findings by their name; the worst of each name."""
    found: dict[str, Finding] = {}
    for finding in await asked(subject(yard, settings)):
        known = found.get(finding.name)
        if known is None or (finding.fatal, not finding.good) > (known.fatal, not known.good):
            found[finding.name] = finding
    return found


def subject(yard: Yard, settings: str = "") -> Prospect:
    return Prospect(yard.project, yard.project / "distribution-state.json", loop(settings), yard.state, yard.home)


# --- nothing to say, nothing to ask ---------------------------------------------------------------------------------


async def test_all_well(yard: Yard, github: GitHub) -> None:
    github.workflow()
    github.deploy(yard.git("rev-parse", "HEAD"), "railway-app[bot]", "widget / production", "success")
    found = await asked(subject(yard, ACTIONS + RAILWAY))
    assert [(f.name, f.words) for f in found] == [
        ("gh", "signed in as ann"),
        ("scopes", "read:org, repo, workflow"),
        ("github", "acme/widget, default branch main"),
        ("workflow", f"{CI} is active, for github-actions"),
        ("protection", "main accepts direct pushes"),
    ]
    assert all(f.good for f in found)
    assert github.changes() == []


@pytest.mark.parametrize("named", ["ghe.corp.example", "GITHUB.example.org:8443", "[red]x\x1b[31m"])
async def test_a_server_for_work_in_the_profile_is_named_and_not_asked(
    yard: Yard, github: GitHub, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.setenv("GH_HOST", named)
    found = await asked(subject(yard))
    assert found[0].words.startswith("GH_HOST is ")
    assert "\x1b" not in found[0].words
    assert not any(finding.fatal for finding in found)
    assert found[1].words == "signed in as ann"
    monkeypatch.setenv("GH_HOST", "GitHub.com")
    assert (await asked(subject(yard)))[0].words == "signed in as ann"


async def test_a_remote_elsewhere_is_asked_nothing(
    start: Yard, github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await look(start) == {}
    monkeypatch.setenv("PATH", str(git_only(start.project.parent / "bin")))
    assert await look(start) == {}
    assert github.called() == []


async def test_a_remote_elsewhere_stops_only_what_needs_github(start: Yard) -> None:
    finding = (await look(start, RAILWAY))["github"]
    assert finding.fatal
    assert "not on github.com, which the target railway needs" in finding.words
    assert finding.fix.startswith("git remote set-url origin git@github.com:")


async def test_a_run_that_neither_pushes_nor_distributes_asks_nothing(yard: Yard, github: GitHub) -> None:
    for skill in ("git-workflow", "distribute"):
        skip(yard, skill)
    assert await look(yard, ACTIONS + PULL) == {}
    assert github.called() == []


async def test_targets_of_a_skipped_distribute_need_nothing(yard: Yard, github: GitHub) -> None:
    skip(yard, "distribute")
    github.model.token = "another"
    finding = (await look(yard, ACTIONS))["gh"]
    assert not finding.fatal


# --- gh and who is signed in ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("settings", "fatal"), [("", False), (ACTIONS, True), (PULL, True)])
async def test_without_gh(yard: Yard, monkeypatch: pytest.MonkeyPatch, settings: str, fatal: bool) -> None:
    monkeypatch.setenv("PATH", str(git_only(yard.project.parent / "bin")))
    (finding,) = (await look(yard, settings)).values()
    assert (finding.name, finding.fatal, finding.good) == ("gh", fatal, False)
    assert "cli.github.com" in finding.fix


@pytest.mark.parametrize(("settings", "fatal"), [("", False), (ACTIONS, True), (PULL, True)])
async def test_signed_out(
    yard: Yard, github: GitHub, monkeypatch: pytest.MonkeyPatch, settings: str, fatal: bool
) -> None:
    monkeypatch.delenv("GH_TOKEN")
    (finding,) = (await look(yard, settings)).values()
    assert finding == Finding("gh", "you are not signed in to GitHub", "gh auth login", fatal=fatal)


async def test_a_token_in_the_environment_stands_in_the_way_of_signing_in(yard: Yard, github: GitHub) -> None:
    github.model.token = "another"
    finding = (await look(yard, ACTIONS))["gh"]
    assert finding.words == "GitHub rejects the token in GH_TOKEN"
    assert finding.fix == "unset GH_TOKEN && gh auth login"


@pytest.mark.parametrize(
    ("scopes", "settings", "words", "fatal"),
    [
        (("read:org", "workflow"), ACTIONS, "lacks repo; it has read:org, workflow", True),
        (("read:org", "workflow"), "", "lacks repo; it has read:org, workflow", False),
        (("gist",), ACTIONS, "lacks repo and workflow; it has gist", True),
        (("gist",), PUBLISHED, "lacks repo and workflow; it has gist", True),
        (("repo",), ACTIONS, "lacks workflow; it has repo", False),
        (("public_repo",), ACTIONS, "lacks workflow; it has public_repo", False),
    ],
)
async def test_missing_scopes(
    yard: Yard, github: GitHub, scopes: tuple[str, ...], settings: str, words: str, fatal: bool
) -> None:
    github.workflow()
    github.model.scopes = scopes
    finding = (await look(yard, settings))["scopes"]
    assert words in finding.words
    assert finding.fatal is fatal
    assert finding.fix == "unset GH_TOKEN && gh auth refresh -s repo,workflow"


@pytest.mark.parametrize("scopes", [None, ()])
async def test_a_token_that_tells_no_scopes_is_taken_as_it_is(
    yard: Yard, github: GitHub, scopes: tuple[str, ...] | None
) -> None:
    github.workflow()
    github.model.scopes = scopes
    assert (await look(yard, ACTIONS))["scopes"].good


async def test_a_token_of_no_person(yard: Yard, github: GitHub) -> None:
    github.workflow()
    github.fail("GET /user", forbidden("Resource not accessible by integration"))
    assert all(finding.good for finding in (await look(yard, ACTIONS)).values())


# --- the repository -------------------------------------------------------------------------------------------------


async def test_a_repository_that_the_token_does_not_see(yard: Yard, github: GitHub) -> None:
    github.fail("GET /repos/acme/widget$", not_found())
    finding = (await look(yard, ACTIONS))["github"]
    assert finding.words == "GitHub shows no acme/widget to ann"
    assert (finding.fix, finding.fatal) == ("gh repo view acme/widget", True)


async def test_who_may_not_write_is_stopped_only_where_something_is_made(yard: Yard, github: GitHub) -> None:
    github.model.may_push = False
    github.workflow()
    create = '[[targets]]\nid = "github-release"\ntag = "v{version}"\nmode = "create"\n'
    assert (await look(yard, ACTIONS))["github"].good
    for settings in (create, PULL):
        finding = (await look(yard, settings))["github"]
        assert finding.fatal
        assert "ann may not write to acme/widget" in finding.words
        assert finding.fix.startswith("gh auth login")


async def test_auto_merge_that_is_not_allowed(yard: Yard, github: GitHub) -> None:
    github.model.allow_auto_merge = False
    assert (await look(yard, PULL))["github"].good
    finding = (await look(yard, f'{PULL}merge = "auto"\n'))["github"]
    assert finding.fix == "gh repo edit acme/widget --enable-auto-merge"
    assert not finding.fatal


# --- workflows ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ci.yml", CI])
async def test_a_disabled_workflow_that_a_target_waits_for(yard: Yard, github: GitHub, name: str) -> None:
    github.workflow(state="disabled_manually")
    finding = (await look(yard, ACTIONS.replace("ci.yml", name)))["workflow"]
    assert finding.fatal
    assert finding.words == f"{CI} is disabled manually: no push starts it, and github-actions waits for it"
    assert finding.fix == "gh workflow enable ci.yml"
    # The command is the right one: gh itself says so.
    assert (await shell.run(finding.fix.split(), cwd=yard.project)).ok
    assert (await look(yard, ACTIONS))["workflow"].good


async def test_a_workflow_that_publishes_is_looked_for_before_the_push_too(yard: Yard, github: GitHub) -> None:
    """Its run is what the target npm-registry waits for first; what is published here waits for none."""
    github.workflow(state="disabled_manually")
    finding = (await look(yard, PUBLISHED))["workflow"]
    assert finding.fatal
    assert finding.words == f"{CI} is disabled manually: no push starts it, and npm-registry waits for it"
    unnamed, here = PUBLISHED.replace('workflow = "ci.yml"\n', ""), PUBLISHED.replace('"workflow"', '"here"')
    for settings in (unnamed, here):
        assert not any(found.fatal for found in (await look(yard, settings)).values()), settings


async def test_a_disabled_workflow_that_nobody_waits_for(yard: Yard, github: GitHub) -> None:
    github.workflow(state="disabled_inactivity")
    assert "workflow" not in await look(yard)
    yard.write(CI, "on: push\n")
    finding = (await look(yard))["workflow"]
    assert (finding.fatal, finding.fix) == (False, "gh workflow enable ci.yml")


async def test_a_workflow_that_is_nowhere(yard: Yard, github: GitHub) -> None:
    github.workflow(".github/workflows/build.yml")
    finding = (await look(yard, ACTIONS))["workflow"]
    assert finding.fatal
    assert finding.words == f"{CI} does not exist, but github-actions waits for it; GitHub has: build.yml"
    assert ".loops/targets.toml" in finding.fix


async def test_a_workflow_that_comes_with_this_push(yard: Yard) -> None:
    yard.write(CI, "on: push\n")
    finding = (await look(yard, ACTIONS))["workflow"]
    assert finding.good
    assert "the push adds it" in finding.words


# --- protection -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_rule", [False, True])
async def test_a_protected_branch(yard: Yard, github: GitHub, by_rule: bool) -> None:
    if by_rule:
        github.model.rules["main"] = [{"type": "pull_request"}]
    else:
        github.protect("main")
    finding = (await look(yard))["protection"]
    assert (finding.good, finding.fatal) == (False, False)
    assert "main is protected" in finding.words
    assert finding.fix == 'set route = "pull-request" under [release] in .loops/targets.toml'
    assert (await look(yard, PULL))["protection"].good


@pytest.mark.parametrize("reply", [forbidden(), not_found()])
async def test_protection_that_nobody_may_know(yard: Yard, github: GitHub, reply: object) -> None:
    github.fail("/branches/main", reply, times=None)  # type: ignore[arg-type]
    finding = (await look(yard))["protection"]
    assert finding.good
    assert "does not show" in finding.words


# --- deployments ----------------------------------------------------------------------------------------------------


async def test_an_environment_that_was_never_deployed_to(yard: Yard, github: GitHub) -> None:
    sha = yard.git("rev-parse", "HEAD")
    finding = (await look(yard, RAILWAY))["deployments"]
    assert "no deployment so far" in finding.words
    github.deploy(sha, "railway-app[bot]", "widget / staging", "success")
    finding = (await look(yard, RAILWAY))["deployments"]
    assert (finding.good, finding.fatal) == (False, False)
    assert "so far: railway-app[bot] to widget / staging" in finding.words
    assert finding.fix == "loop-tui targets --detect"


# --- the outside fails ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["before", "middle"])
async def test_network_loss_is_a_warning_until_something_needs_it(yard: Yard, github: GitHub, when: str) -> None:
    github.drop("", when, times=None)
    (finding,) = (await look(yard)).values()
    assert (finding.name, finding.fatal, finding.external, finding.good) == ("gh", False, True, False)
    (finding,) = (await look(yard, ACTIONS)).values()
    assert (finding.fatal, finding.external) == (True, True)
    assert finding.fix


async def test_no_socket_at_all(yard: Yard, github: GitHub) -> None:
    github.server.stop()
    (finding,) = (await look(yard, ACTIONS)).values()
    assert (finding.fatal, finding.external) == (True, True)
    assert "cannot be reached" in finding.words


async def test_a_github_that_does_not_answer(yard: Yard, github: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    held = github.hold("GET /user", "before", times=None)
    monkeypatch.setattr("loop_tui.packs.ship.github.TIMEOUT_S", 1.0)
    (finding,) = (await look(yard, ACTIONS)).values()
    held.stop()
    assert (finding.fatal, finding.external) == (True, True)
    assert "did not answer within 1 s" in finding.words


@pytest.mark.parametrize("trouble", [bad_gateway(), retry_later(5)])
async def test_a_list_that_cannot_be_had(yard: Yard, github: GitHub, trouble: object) -> None:
    github.fail("/actions/workflows", trouble, times=None)  # type: ignore[arg-type]
    finding = (await look(yard, ACTIONS))["workflow ci.yml"]
    assert (finding.fatal, finding.external) == (True, True)
    assert not any(f.fatal for f in (await look(yard, RAILWAY)).values())


async def test_a_token_in_an_answer_is_masked(yard: Yard, github: GitHub) -> None:
    token = "ghp_" + "x1Y2" * 9
    github.fail("/actions/workflows", forbidden(f"no, {token} may not"), times=None)
    assert token not in str(await look(yard, ACTIONS))


# --- all of it together ---------------------------------------------------------------------------------------------


async def test_everything_is_said_at_once(yard: Yard, github: GitHub) -> None:
    github.workflow(state="disabled_manually")
    github.model.scopes = ("gist",)
    github.protect("main")
    yard.write("package.json", '{"name": "widget", "version": "0.7.0"}\n')
    yard.write("package-lock.json", '{"name": "widget", "version": "0.6.0", "lockfileVersion": 3, "packages": {}}\n')
    github.commit("feat: somebody else's")
    ground = await preflight(subject(yard, ACTIONS))
    with pytest.raises(SkillFailed) as refused:
        refuse(ground.findings)
    assert refused.value.kind == "error"
    for fix in ("git pull --ff-only origin main", "gh workflow enable ci.yml", "gh auth refresh -s repo,workflow"):
        assert fix in refused.value.what
    warned = {f.fix for f in ground.findings if not f.fatal}
    assert "npm install --package-lock-only" in warned
    assert any("pull-request" in fix for fix in warned)


async def test_only_the_outside_failing_is_worth_a_retry(yard: Yard, github: GitHub) -> None:
    github.drop("", "before", times=None)
    ground = await preflight(subject(yard, ACTIONS))
    with pytest.raises(SkillFailed) as refused:
        refuse(ground.findings)
    assert refused.value.kind == "external"


async def test_offline_asks_nothing(yard: Yard, github: GitHub) -> None:
    before = len(github.bare.calls)
    ground = await preflight(subject(yard, ACTIONS), offline=True)
    assert not any(finding.fatal for finding in ground.findings)
    assert github.called() == []
    assert len(github.bare.calls) == before


def skip(yard: Yard, skill_id: str) -> None:
    """Somebody skipped this skill, and said why."""
    phases = []
    for phase in yard.state.phases:
        skills = [
            s.model_copy(update={"status": SkillStatus.SKIPPED, "reason": "not today"}) if s.id == skill_id else s
            for s in phase.skills
        ]
        phases.append(phase.model_copy(update={"skills": tuple(skills)}))
    yard.state = yard.state.model_copy(update={"phases": tuple(phases)})


def git_only(folder: Path) -> Path:
    """A folder for PATH with git, a shell and nothing else."""
    folder.mkdir(exist_ok=True)
    for name in ("git", "sh"):
        found = subprocess.run(["which", name], capture_output=True, text=True, check=True).stdout.strip()
        if not (folder / name).exists():
            (folder / name).symlink_to(found)
    return folder
