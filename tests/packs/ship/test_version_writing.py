"""The version write of a run: workspaces, named files, the project's own scripts around it; once, whatever happens."""

import json
from pathlib import Path

import pytest

from loop_tui.model.definition import LoopDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.packs.ship.dry_run.commands import written_files
from loop_tui.packs.ship.dry_run.model import Bump
from loop_tui.packs.ship.evidence import release_files
from loop_tui.packs.ship.preflight.preflight import PreflightResult
from loop_tui.packs.ship.release_planner.skill import run
from loop_tui.packs.ship.versions.places import planned_write
from loop_tui.runners.context import Asked, SkillFailed
from loop_tui.services.toolchains import npm

from .shipyard import PACKAGE, Killed, Yard

pytestmark = pytest.mark.usefixtures("quick_npm")

SKILL = "release-planner"


def release(loop: LoopDefinition, **settings: object) -> LoopDefinition:
    """The loop with these settings of `[release]`."""
    phases = []
    for phase in loop.phases:
        skills = [
            s.model_copy(update={"settings": dict(settings)}) if s.id == "git-workflow" else s for s in phase.skills
        ]
        phases.append(phase.model_copy(update={"skills": tuple(skills)}))
    return loop.model_copy(update={"phases": tuple(phases)})


def commit(yard: Yard, message: str, **files: str) -> None:
    for name, text in {"notes.md": message, **files}.items():
        yard.write(name.replace("__", "."), text)
    yard.git("add", "--all")
    yard.git("commit", "-q", "-m", message)


def scripts(yard: Yard, **more: str) -> None:
    document = PACKAGE | {"scripts": {**PACKAGE["scripts"], **more}}  # type: ignore[dict-item]
    yard.write("package.json", json.dumps(document, indent=2) + "\n")


def note(words: str) -> str:
    """A script that appends its name, some variables and more words to a file that git does not see."""
    return f"echo $npm_lifecycle_event $npm_old_version $npm_new_version $npm_package_version {words} >> dist.log"


def log(yard: Yard) -> list[str]:
    path = yard.project / "dist.log"
    return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def scripted(start: Yard) -> Yard:
    scripts(start, preversion=note("before"), version=note("after"), postversion=note("push"))
    commit(start, "feat: a", __gitignore="dist.log\ndist/\n")
    return start


# --- the project's own scripts --------------------------------------------------------------------------------------


async def test_scripts_run_around_the_write_with_what_npm_tells_them(scripted: Yard) -> None:
    await scripted.run(run, SKILL)
    assert log(scripted) == ["preversion 0.7.0 0.8.0 0.7.0 before", "version 0.7.0 0.8.0 0.8.0 after"]
    assert "postversion is not run" in scripted.log


async def test_running_again_runs_no_script_twice(scripted: Yard) -> None:
    for _ in range(2):
        await scripted.run(run, SKILL)
    assert len(log(scripted)) == 2


@pytest.mark.parametrize(("wanted", "ran"), [([], []), (["version"], ["version"]), (["preversion"], ["preversion"])])
async def test_a_setting_says_which_scripts_run(scripted: Yard, wanted: list[str], ran: list[str]) -> None:
    scripted.definition = release(scripted.definition, version_scripts=wanted)
    await scripted.run(run, SKILL)
    assert [line.split(" ")[0] for line in log(scripted)] == ran
    assert scripted.asked[0].id.startswith("version-"), "nothing is asked but the version"
    assert len(scripted.asked) == 1


@pytest.mark.parametrize("instant", ["intent", "act", "observe", "proof"])
@pytest.mark.sampled(4)
async def test_killed_at_any_instant_the_script_after_the_write_has_run_in_the_end(
    scripted: Yard, instant: str
) -> None:
    scripted.kill.add(f"version-write:{instant}")
    with pytest.raises(Killed):
        await scripted.run(run, SKILL)
    await scripted.run(run, SKILL)
    assert log(scripted)[-1] == "version 0.7.0 0.8.0 0.8.0 after"
    assert sum(line.startswith("version ") for line in log(scripted)) == 1


async def test_a_script_before_the_write_that_fails_leaves_everything_as_it_was(start: Yard) -> None:
    scripts(start, preversion="echo the reason; exit 7")
    commit(start, "feat: a")
    before = (start.project / "package.json").read_bytes()
    with pytest.raises(SkillFailed, match=r"preversion script failed \(exit 7\)[\s\S]*the reason"):
        await start.run(run, SKILL)
    assert (start.project / "package.json").read_bytes() == before


async def test_a_script_after_the_write_that_fails_is_run_again(start: Yard) -> None:
    scripts(start, version="test -e dist/ready && echo done >> dist.log")
    commit(start, "feat: a", __gitignore="dist.log\ndist/\n")
    with pytest.raises(SkillFailed, match=r"version script failed \(exit 1\)"):
        await start.run(run, SKILL)
    start.write("dist/ready", "")
    await start.run(run, SKILL)
    assert log(start) == ["done"]
    assert start.acted == ["version-write"]


async def test_what_the_script_changes_and_stages_is_part_of_the_release(start: Yard) -> None:
    scripts(start, version="echo $npm_package_version > version.txt && echo new > made.txt && git add made.txt")
    commit(start, "feat: a", version__txt="0.7.0\n")
    await start.run(run, SKILL)
    assert (start.project / "version.txt").read_text() == "0.8.0\n"
    assert set(release_files(start.context(SKILL))) == {"package.json", "version.txt", "made.txt"}
    assert "made.txt" in start.git("diff", "--cached", "--name-only")


async def test_a_script_that_writes_another_version_is_refused(start: Yard) -> None:
    scripts(start, version="npm pkg set version=9.9.9")
    commit(start, "feat: a")
    with pytest.raises(SkillFailed, match=r"wrote a version other than 0\.8\.0"):
        await start.run(run, SKILL)


# --- named files ----------------------------------------------------------------------------------------------------


async def test_named_files_are_raised_and_part_of_the_release(start: Yard) -> None:
    commit(start, "feat: a", **{"src/version.ts": "export default '0.7.0';\n", "README.md": "v0.6.1-blue\n"})
    start.definition = release(start.definition, version_files=["src/version.ts", "README.md: v{version}-blue"])
    await start.run(run, SKILL)
    assert (start.project / "src/version.ts").read_text() == "export default '0.8.0';\n"
    assert (start.project / "README.md").read_text() == "v0.8.0-blue\n"
    assert set(release_files(start.context(SKILL))) == {"package.json", "src/version.ts", "README.md"}


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (["src/gone.ts"], "there is no such file"),
        (["notes.md"], "0.7.0 is missing"),
        ("src/version.ts", "version_files is not a list of files"),
        (["../x"], "version_files is not a list of files"),
    ],
)
async def test_a_named_file_that_cannot_be_written_is_said_at_the_start(start: Yard, files: object, words: str) -> None:
    commit(start, "feat: a")
    start.definition = release(start.definition, version_files=files)
    with pytest.raises(SkillFailed, match=words):
        await start.run(run, SKILL)
    assert start.asked == []
    assert start.acted == []


# --- workspaces -----------------------------------------------------------------------------------------------------


def member(yard: Yard, name: str, **document: object) -> None:
    yard.write(f"packages/{name}/package.json", json.dumps({"name": name, "version": "0.7.0", **document}))


@pytest.fixture
def monorepo(start: Yard) -> Yard:
    """A workspace in whose package `a` the run works; the package has changed since the release."""
    top = start.project
    start.write("package.json", json.dumps({"name": "root", "private": True, "workspaces": ["packages/*"]}))
    member(start, "a")
    member(start, "b", dependencies={"a": "0.7.0"})
    packages = {
        "packages/a": {"name": "a", "version": "0.7.0"},
        "packages/b": {"name": "b", "version": "0.7.0", "dependencies": {"a": "0.7.0"}},
    }
    start.write("package-lock.json", json.dumps({"name": "root", "lockfileVersion": 3, "packages": packages}))
    commit(start, "chore: workspaces", __gitignore="**/.loop/\ndistribution-state.json\n")
    commit(start, "feat: a", **{"packages/a/x.js": "1"})
    start.project = top / "packages/a"
    return start


async def test_the_lock_and_the_dependents_of_a_workspace_go_along(monorepo: Yard) -> None:
    await monorepo.run(run, SKILL)
    top = monorepo.project.parents[1]
    lock = json.loads((top / "package-lock.json").read_text())["packages"]
    assert (lock["packages/a"]["version"], lock["packages/b"]["dependencies"]) == ("0.8.0", {"a": "0.8.0"})
    assert json.loads((top / "packages/b/package.json").read_text())["dependencies"] == {"a": "0.8.0"}
    assert set(release_files(monorepo.context(SKILL))) == {
        "packages/a/package.json",
        "packages/b/package.json",
        "package-lock.json",
    }
    assert "packages/b dependencies: a 0.7.0 -> 0.8.0" in monorepo.log
    assert "packages/b/package.json: range of a 0.7.0 -> 0.8.0" in monorepo.log


@pytest.mark.parametrize(("answer", "range_"), [("y", "^0.8.0"), ("n", "^0.7.0")])
async def test_a_range_that_users_see_is_a_matter_of_choice(monorepo: Yard, answer: str, range_: str) -> None:
    top = monorepo.project.parents[1]
    file = top / "packages/b/package.json"
    file.write_text(json.dumps({"name": "b", "version": "0.7.0", "peerDependencies": {"a": "^0.7.0"}}))
    monorepo.git("commit", "-qam", "chore: peers", cwd=top)
    with pytest.raises(Asked) as asked:
        await monorepo.run(run, SKILL)
    question = asked.value.question
    assert question.id.startswith("dependents-")
    assert question.default is None
    assert "packages/b peerDependencies: a ^0.7.0 -> ^0.8.0" in question.detail
    assert monorepo.acted == []
    monorepo.answers[question.id] = answer
    await monorepo.run(run, SKILL)
    assert json.loads(file.read_text())["peerDependencies"] == {"a": range_}


@pytest.mark.parametrize("instant", ["intent", "act", "observe", "proof"])
async def test_killed_at_any_instant_the_workspace_is_whole_in_the_end(monorepo: Yard, instant: str) -> None:
    monorepo.kill.add(f"version-write:{instant}")
    with pytest.raises(Killed):
        await monorepo.run(run, SKILL)
    await monorepo.run(run, SKILL)
    top = monorepo.project.parents[1]
    assert json.loads((top / "packages/b/package.json").read_text())["dependencies"] == {"a": "0.8.0"}
    assert "packages/b/package.json" in release_files(monorepo.context(SKILL))


async def test_a_write_that_was_cut_off_before_the_dependents_is_completed(monorepo: Yard) -> None:
    """They are written last: as long as they are not, it is seen that they break."""
    monorepo.kill.add("version-write:intent")
    with pytest.raises(Killed):
        await monorepo.run(run, SKILL)
    top = monorepo.project.parents[1]
    package = npm.read_package(monorepo.project)
    assert package is not None
    writing = planned_write(monorepo.context(SKILL), package, top, "0.7.0", "0.8.0")
    for path, data in list(writing.missing().items())[:-1]:
        path.write_bytes(data)
    assert json.loads((top / "packages/b/package.json").read_text())["dependencies"] == {"a": "0.7.0"}
    await monorepo.run(run, SKILL)
    assert not writing.missing()
    assert json.loads((top / "packages/b/package.json").read_text())["dependencies"] == {"a": "0.8.0"}
    assert "packages/b/package.json" in release_files(monorepo.context(SKILL))


# --- somebody's unfinished work outside of the package ----------------------------------------------------------------


def unfinished(yard: Yard, name: str = "packages/b/package.json", *, staged: bool = False) -> bytes:
    """Work that nobody has committed, in a package beside the released one."""
    path = yard.project.parents[1] / name
    if name.endswith(".json"):
        path.write_text(json.dumps({**json.loads(path.read_text()), "devDependencies": {"left-pad": "WIP"}}))
    else:
        path.write_text("WIP")
    if staged:
        yard.git("add", name, cwd=yard.project.parents[1])
    return path.read_bytes()


@pytest.mark.parametrize("staged", [False, True])
async def test_unfinished_work_where_a_range_is_raised_is_asked_about_before(monorepo: Yard, staged: bool) -> None:
    data = unfinished(monorepo, staged=staged)
    with pytest.raises(Asked) as asked:
        await monorepo.run(run, SKILL)
    question = asked.value.question
    assert question.id.startswith("uncommitted-")
    assert question.default is None
    assert "packages/b/package.json" in question.text
    assert (monorepo.project.parents[1] / "packages/b/package.json").read_bytes() == data
    assert monorepo.acted == []
    monorepo.answers["uncommitted-"] = "n"
    with pytest.raises(SkillFailed, match=r"the release would contain it: packages/b/package\.json"):
        await monorepo.run(run, SKILL)
    assert release_files(monorepo.context(SKILL)) == ()
    monorepo.state = monorepo.state.model_copy(update={"questions": ()})
    monorepo.answers["uncommitted-"] = "y"
    await monorepo.run(run, SKILL)
    assert "packages/b/package.json" in release_files(monorepo.context(SKILL))


async def test_unfinished_work_where_nothing_is_raised_is_not_asked_about(monorepo: Yard) -> None:
    unfinished(monorepo, "packages/a/x.js")
    monorepo.write("../b/new.js", "WIP")
    await monorepo.run(run, SKILL)
    assert [question.id.partition("-")[0] for question in monorepo.asked] == ["version"]


@pytest.mark.parametrize("instant", ["intent", "act", "observe", "proof"])
async def test_what_the_run_itself_raised_is_no_unfinished_work(monorepo: Yard, instant: str) -> None:
    monorepo.kill.add(f"version-write:{instant}")
    with pytest.raises(Killed):
        await monorepo.run(run, SKILL)
    for _ in range(2):
        await monorepo.run(run, SKILL)
    assert {question.id.partition("-")[0] for question in monorepo.asked} == {"version"}


async def test_unfinished_work_that_a_version_script_may_change_is_asked_about_before(monorepo: Yard) -> None:
    """The script changes a file that was changed before: `git status` says the same of it afterwards."""
    top = monorepo.project.parents[1]
    script = {"version": "echo x >> ../b/notes.txt; echo ran >> ../../ran.log"}
    monorepo.write("package.json", json.dumps({"name": "a", "version": "0.7.0", "scripts": script}))
    (top / "packages/b/notes.txt").write_text("1")
    monorepo.git("add", ".", "../b/notes.txt")
    monorepo.git("commit", "-qm", "feat: notes", cwd=top)
    unfinished(monorepo, "packages/b/notes.txt")
    with pytest.raises(Asked) as asked:
        await monorepo.run(run, SKILL)
    assert "the version script may change it: packages/b/notes.txt" in asked.value.question.text
    assert not (top / "ran.log").exists()
    monorepo.answers["uncommitted-"] = "y"
    await monorepo.run(run, SKILL)
    assert "packages/b/notes.txt" in release_files(monorepo.context(SKILL))
    await monorepo.run(run, SKILL)
    assert (top / "ran.log").read_text() == "ran\n"


# --- links that lead out of the repository ----------------------------------------------------------------------------


LINKS = ("package.json", "package-lock.json", "src/version.ts", "src")


def link_out(yard: Yard, name: str) -> Path:
    """Let a file, or its folder, lie outside of the repository behind a link."""
    path = yard.project / name
    there = yard.project.parent / "elsewhere" / name
    there.parent.mkdir(parents=True, exist_ok=True)
    path.rename(there)
    path.symlink_to(there)
    return there


@pytest.mark.parametrize("name", LINKS)
async def test_a_version_is_not_written_through_a_link_out_of_the_repository(start: Yard, name: str) -> None:
    start.write("package-lock.json", json.dumps({"name": "widget", "version": "0.7.0", "lockfileVersion": 3}))
    start.write("src/version.ts", "'0.7.0'")
    commit(start, "feat: a")
    start.definition = release(start.definition, version_files=["src/version.ts"])
    there = link_out(start, name)
    package = npm.read_package(start.project)
    assert package is not None
    ground = PreflightResult(root=start.project, package=package)
    bump = Bump.model_construct(before="0.7.0", after="0.8.0")
    with pytest.raises(Problem, match="a link that leads out") as planned:
        written_files(start.context(SKILL), ground, bump)
    assert planned.value.code is Code.PATH_UNSAFE
    with pytest.raises(SkillFailed, match="a link that leads out") as failed:
        await start.run(run, SKILL)
    assert failed.value.code is Code.PATH_UNSAFE
    assert start.acted == []
    assert "0.8.0" not in (there / "version.ts" if there.is_dir() else there).read_text()


async def test_a_version_is_written_through_a_link_within_it(start: Yard) -> None:
    start.write("config/version.ts", "'0.7.0'")
    (start.project / "version.ts").symlink_to("config/version.ts")
    commit(start, "feat: a")
    start.definition = release(start.definition, version_files=["version.ts"])
    await start.run(run, SKILL)
    assert (start.project / "config/version.ts").read_text() == "'0.8.0'"
    assert (start.project / "version.ts").is_symlink()
    assert "config/version.ts" in release_files(start.context(SKILL))
