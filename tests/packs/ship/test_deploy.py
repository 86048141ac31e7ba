"""deploy against a real node server: built once, seen up, asked for its version, and never left running."""

import asyncio
import json
import os
import shutil
import tarfile
import tempfile
import threading
from pathlib import Path

import psutil
import pytest

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.status import CheckStatus
from loop_tui.packs.ship.commit import git_workflow
from loop_tui.packs.ship.packaging import clean_copy, tarball
from loop_tui.packs.ship.targets import distribute
from loop_tui.packs.ship.verify import deploy
from loop_tui.runners.context import SkillFailed

from .shipyard import PACKAGE, Yard, new_yard

pytestmark = pytest.mark.usefixtures("quick_npm")


@pytest.fixture
def yard(world: object, tmp_path: Path) -> Yard:
    return new_yard(tmp_path / "yard", tmp_path / "world/claude")


def package(yard: Yard, **scripts: str) -> None:
    yard.write("package.json", json.dumps(PACKAGE | {"scripts": scripts}))


def children(yard: Yard) -> list[str]:
    """Command lines of whatever still runs in the project."""
    found = []
    for process in psutil.process_iter(["cwd", "cmdline"]):
        if str(process.info["cwd"] or "").startswith(str(yard.project)):
            found.append(" ".join(process.info["cmdline"] or []))
    return found


def seen(checks: object) -> dict[str, CheckStatus]:
    return {check.name: check.status for check in checks}  # type: ignore[attr-defined]


async def test_builds_starts_asks_and_stops(yard: Yard) -> None:
    result = await yard.run(deploy.run, "deploy")
    assert seen(result.checks) == dict.fromkeys(("build", "server", "version"), CheckStatus.PASSED)
    build, server, version = result.checks
    assert yard.commands == [("npm", "run", "build")]
    assert build.tree == server.tree == version.tree == yard.git("rev-parse", "HEAD^{tree}")
    assert server.summary.startswith("/health answered 200")
    assert deploy.served_version(version) == "0.7.0"
    assert "up on" in server.excerpt
    assert children(yard) == []
    report = yard.text("deploy-report.md")
    assert "npm start" in report or "npm run start" in report
    assert "0.7.0, as in package.json" in report


async def test_the_verified_build_is_reused_and_that_is_said(yard: Yard) -> None:
    yard.bump()
    await yard.verify()
    await yard.run(git_workflow.run, "git-workflow")
    result = await yard.run(deploy.run, "deploy")
    assert yard.commands == []
    assert "before the push" in result.checks[0].summary
    assert result.checks[0].commit == yard.git("rev-parse", "HEAD")
    assert "before the push" in yard.text("deploy-report.md")


async def test_a_build_of_another_tree_is_not_reused(yard: Yard) -> None:
    await yard.verify()
    yard.bump()
    await yard.run(deploy.run, "deploy")
    assert yard.commands == [("npm", "run", "build")]


async def test_a_tree_that_is_not_what_was_pushed_is_refused(yard: Yard) -> None:
    yard.bump()
    await yard.verify()
    await yard.run(git_workflow.run, "git-workflow")
    yard.write("server.js", "// later\n")
    with pytest.raises(SkillFailed, match=r"server\.js changed"):
        await yard.run(deploy.run, "deploy")


async def checked(yard: Yard) -> None:
    """The yard before its push, with what its build left and a target that wants a tarball."""
    target = TargetDefinition(id="tarball", kind="tarball")
    yard.definition = yard.definition.model_copy(update={"targets": (target,)})
    yard.bump()
    yard.write(".gitignore", "dist/\n")
    yard.git("add", ".gitignore")
    yard.write("dist/out.js", "1\n")
    await yard.verify()


async def shipped(yard: Yard) -> None:
    """The yard after its push, and nothing packed yet: its driver died."""
    await checked(yard)
    await yard.run(git_workflow.run, "git-workflow")
    await yard.asides.end()


def in_tarball(yard: Yard) -> list[str]:
    with tarfile.open(yard.run_dir / "artifacts/widget-0.8.0.tgz") as archive:
        return archive.getnames()


async def packed(yard: Yard) -> None:
    """Wait for what goes on beside the skills."""
    await tarball.packed(yard.context("distribute"), yard.git("rev-parse", "HEAD"))


async def test_the_tarball_is_packed_beside_what_runs(yard: Yard) -> None:
    await shipped(yard)
    await yard.run(deploy.run, "deploy")
    await packed(yard)
    assert yard.acted[-1] == "tarball"
    result = await yard.run(distribute.run, "distribute")
    assert [check.passed for check in result.checks] == [True]
    assert yard.acted.count("tarball") == 1


async def test_what_the_server_writes_is_not_in_the_tarball(yard: Yard) -> None:
    await shipped(yard)
    yard.write("start.sh", "echo 2 > dist/late.js; exec node server.js\n")
    await yard.run(deploy.run, "deploy", {"start": ["sh", "start.sh"]})
    assert (yard.project / "dist/late.js").exists()
    await packed(yard)
    assert "package/dist/out.js" in in_tarball(yard)
    assert "package/dist/late.js" not in in_tarball(yard)


async def test_the_packing_begins_with_the_push(yard: Yard) -> None:
    """It takes as long as all that follows; put into its place it is only when the push is proven."""
    await checked(yard)
    hook = yard.project / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 2 > dist/late.js\n")
    hook.chmod(0o755)
    await yard.run(git_workflow.run, "git-workflow")
    await packed(yard)
    assert yard.acted == ["commit", "push", "tarball"]
    assert (yard.project / "dist/late.js").exists()
    assert "package/dist/out.js" in in_tarball(yard)
    assert "package/dist/late.js" not in in_tarball(yard)


async def test_a_commit_that_is_not_shipped_leaves_no_tarball(yard: Yard) -> None:
    await checked(yard)
    away = yard.origin.rename(yard.origin.with_name("away"))
    with pytest.raises(SkillFailed, match="cannot fetch"):
        await yard.run(git_workflow.run, "git-workflow")
    await packed(yard)
    assert not list(yard.run_dir.glob("artifacts/**/*"))
    assert "tarball" not in {effect.kind for effect in yard.state.effects}
    away.rename(yard.origin)
    await yard.run(git_workflow.run, "git-workflow")
    await packed(yard)
    assert yard.acted.count("tarball") == 1


async def test_a_packing_that_fails_leaves_the_push_alone(yard: Yard) -> None:
    """It is over, without a tarball, while the push still goes on; distribute says why."""
    await checked(yard)
    scripts = {**PACKAGE["scripts"], "prepack": "exit 3"}  # type: ignore[dict-item]
    yard.write("package.json", json.dumps(PACKAGE | {"version": "0.8.0", "scripts": scripts}, indent=2) + "\n")
    await yard.verify()
    begun, go_on = yard.project / ".git/begun", yard.project / ".git/go-on"
    for pipe in (begun, go_on):
        os.mkfifo(pipe)
    hook = yard.project / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\necho > '{begun}'\ncat '{go_on}'\n")
    hook.chmod(0o755)
    working = asyncio.create_task(yard.run(git_workflow.run, "git-workflow"))
    await asyncio.to_thread(begun.read_text)
    await packed(yard)
    await asyncio.to_thread(go_on.write_text, "")
    assert all(check.passed for check in (await working).checks)
    assert yard.acted == ["commit", "push"]
    await yard.run(deploy.run, "deploy")
    (check,) = (await yard.run(distribute.run, "distribute")).checks
    assert check.status is CheckStatus.FAILED
    assert "npm pack" in check.summary


async def test_a_copy_that_is_cancelled_leaves_nothing(
    yard: Yard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread that copies cannot be stopped: it is waited for, and then its folder goes."""
    await shipped(yard)
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    copying, go_on = threading.Event(), threading.Event()

    def slowly(root: Path, top: Path, paths: tuple[str, ...]) -> tuple[str, ...]:
        copying.set()
        go_on.wait()
        (top / "late").mkdir(parents=True)
        return ()

    monkeypatch.setattr(clean_copy, "_copy", slowly)
    working = asyncio.create_task(yard.run(deploy.run, "deploy"))
    await asyncio.to_thread(copying.wait)
    ending = asyncio.create_task(yard.asides.end())
    await asyncio.sleep(0)
    go_on.set()
    await ending
    await working
    assert list(place.glob("loop-tui-pack-*")) == []


async def test_a_driver_that_stops_ends_the_packing(yard: Yard) -> None:
    await shipped(yard)
    with pytest.raises(SkillFailed, match="did not start"):
        await yard.run(deploy.run, "deploy", {"start": ["node", "-e", "process.exit(7)"]})
    await yard.asides.end()
    assert children(yard) == []
    assert not list((yard.run_dir / "artifacts").glob(".packing-*"))
    await yard.run(deploy.run, "deploy")
    result = await yard.run(distribute.run, "distribute")
    assert [check.passed for check in result.checks] == [True]


async def test_what_cannot_be_packed_is_for_distribute_to_say(yard: Yard) -> None:
    await shipped(yard)
    shutil.rmtree(yard.run_dir / "artifacts", ignore_errors=True)
    (yard.run_dir / "artifacts").write_text("in the way")
    assert (await yard.run(deploy.run, "deploy")).checks[1].passed
    (check,) = (await yard.run(distribute.run, "distribute")).checks
    assert check.status is CheckStatus.FAILED


async def test_no_scripts_are_skips(yard: Yard) -> None:
    package(yard)
    result = await yard.run(deploy.run, "deploy")
    assert seen(result.checks) == dict.fromkeys(("build", "server", "version"), CheckStatus.SKIPPED)
    assert result.checks[1].summary == "skipped (no start script)"


async def test_a_red_build_shows_its_output(yard: Yard) -> None:
    package(yard, build="node -e \"console.log('no such gauge');process.exit(2)\"")
    with pytest.raises(SkillFailed, match=r"the build failed \(exit 2\)[\s\S]*no such gauge") as failed:
        await yard.run(deploy.run, "deploy")
    assert failed.value.kind == "check"


async def test_a_server_that_dies_shows_its_output(yard: Yard) -> None:
    package(yard, start="node -e \"console.error('no database');process.exit(7)\"")
    with pytest.raises(SkillFailed, match=r"did not start[\s\S]*no database") as failed:
        await yard.run(deploy.run, "deploy")
    assert failed.value.kind == "check"
    assert "$PORT" in failed.value.todo


async def test_a_server_that_never_listens_is_ended(yard: Yard) -> None:
    package(yard, start="node -e \"console.log('thinking');setInterval(()=>{},1000)\"")
    with pytest.raises(SkillFailed, match=r"nothing is listening[\s\S]*thinking"):
        await yard.run(deploy.run, "deploy", {"timeout_s": 1.5})
    assert children(yard) == []


async def test_cancelled_it_leaves_nothing_running(yard: Yard) -> None:
    package(yard, start="node -e \"console.log('thinking');setInterval(()=>{},1000)\"")
    going = asyncio.ensure_future(yard.run(deploy.run, "deploy"))
    await asyncio.wait_for(yard.heard("thinking"), 30)
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    assert children(yard) == []


async def test_another_version_is_a_failed_check(yard: Yard) -> None:
    server = (yard.project / "server.js").read_text()
    yard.write("server.js", server.replace("const { version }", "const version = '0.6.9', { x }"))
    with pytest.raises(SkillFailed, match=r"reports version 0\.6\.9, but package\.json has 0\.7\.0"):
        await yard.run(deploy.run, "deploy")
    assert children(yard) == []


async def test_a_server_without_health_or_version(yard: Yard) -> None:
    listen = "require('http').createServer((q,r)=>{r.statusCode=404;r.end()}).listen(process.env.PORT)"
    package(yard, start=f'node -e "{listen}"')
    result = await yard.run(deploy.run, "deploy")
    assert seen(result.checks)["server"] is CheckStatus.PASSED
    assert result.checks[1].summary.startswith("the port is open")
    assert result.checks[2].summary == "skipped (the server reports no version)"


async def test_start_and_health_can_be_set(yard: Yard) -> None:
    serve = "http.createServer((q,r)=>r.end(q.url==='/up'?'{\"version\":\"v0.7.0\"}':'')).listen(process.env.PORT)"
    result = await yard.run(deploy.run, "deploy", {"start": ["node", "-e", serve], "health": "/up"})
    assert result.checks[1].summary.startswith("/up answered 200")
    assert result.checks[2].passed


@pytest.mark.parametrize("settings", [{"start": "npm start"}, {"health": "up"}, {"timeout_s": 0}, {"timeout_s": True}])
async def test_wrong_settings_are_named(yard: Yard, settings: dict[str, object]) -> None:
    with pytest.raises(SkillFailed, match=next(iter(settings))):
        await yard.run(deploy.run, "deploy", settings)
