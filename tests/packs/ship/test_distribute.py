"""distribute: each target served once, seen with our own eyes, and named when it is not."""

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from loop_tui.model.definition import TargetDefinition
from loop_tui.model.evidence import Check
from loop_tui.model.problem import Problem
from loop_tui.model.status import CheckStatus
from loop_tui.packs.ship.commit import git_workflow
from loop_tui.packs.ship.configured import lacking
from loop_tui.packs.ship.packaging.clean_copy import build_output, wanted_paths
from loop_tui.packs.ship.packaging.tarball import put
from loop_tui.packs.ship.targets import distribute
from loop_tui.packs.ship.targets.kinds.commands_sync import backup_folder
from loop_tui.packs.ship.targets.verdict import check_of
from loop_tui.runners.context import SkillResult
from loop_tui.runners.targets import Shipment, TargetLevel, TargetVerdict
from loop_tui.services.toolchains import npm

from .shipyard import Killed, Yard, definition, new_yard

pytestmark = pytest.mark.usefixtures("quick_npm")

TARGETS = {
    "local": TargetDefinition(id="local", kind="local", title="Local"),
    "remote": TargetDefinition(id="remote", kind="git-remote", title="Remote"),
    "tarball": TargetDefinition(id="tarball", kind="tarball"),
    "commands": TargetDefinition(id="commands", kind="commands-sync"),
    "railway": TargetDefinition(id="railway", kind="github-deployment", title="Railway"),
}


@pytest.fixture
async def yard(world: object, tmp_path: Path) -> Yard:
    """A project whose 0.8.0 was verified, pushed and built."""
    yard = new_yard(tmp_path / "yard", tmp_path / "world/claude")
    yard.bump()
    yard.write("package-lock.json", '{"name": "widget", "version": "0.8.0", "lockfileVersion": 3}\n')
    yard.write("commands/a-loop.md", "a\n")
    yard.write("commands/b-loop.md", "b\n")
    yard.write("commands/other.md", "no loop\n")
    yard.git("add", "package-lock.json", "commands")
    await yard.verify()
    await yard.run(git_workflow.run, "git-workflow")
    yard.write("dist/out.js", "built\n")
    return yard


def aim(yard: Yard, *names: str) -> None:
    yard.definition = definition(*(TARGETS[name] for name in names))


def deployed(yard: Yard, **statuses: CheckStatus) -> None:
    tree = yard.git("rev-parse", "HEAD^{tree}")
    checks = tuple(
        Check(name=name, status=status, summary=f"{name} said so", tree=tree, excerpt="server: 0.8.0")
        for name, status in statuses.items()
    )
    yard.log_skill("deploy", "SHIP", SkillResult("", checks))


async def check(yard: Yard, name: str) -> Check:
    aim(yard, name)
    result = await yard.run(distribute.run, "distribute")
    (found,) = result.checks
    assert found.name == TARGETS[name].id
    return found


async def test_everything_at_once(yard: Yard) -> None:
    aim(yard, *TARGETS)
    deployed(yard, build=CheckStatus.PASSED, server=CheckStatus.PASSED, version=CheckStatus.PASSED)
    result = await yard.run(distribute.run, "distribute")
    head, tree = yard.git("rev-parse", "HEAD"), yard.git("rev-parse", "HEAD^{tree}")
    assert [(c.name, c.status.value) for c in result.checks] == [
        ("local", "passed"),
        ("remote", "passed"),
        ("tarball", "passed"),
        ("commands", "passed"),
        ("railway", "skipped"),
    ]
    assert {(c.commit, c.tree) for c in result.checks} == {(head, tree)}
    assert result.checks[-1].summary == "not configured: set environment or app in .loops/targets.toml"
    assert result.summary == "4 of 4 targets confirmed, 1 not configured"
    names = [d.name for d in result.deliverables]
    assert names == ["distribution-manifest.md", "widget-0.8.0.tgz", "widget-0.8.0.tgz.sha256"]
    assert all((yard.run_dir / d.path).stat().st_size == d.size_bytes > 0 for d in result.deliverables)
    manifest = yard.text("distribution-manifest.md")
    assert head in manifest
    assert "| Railway | github-deployment | **not configured** | skipped |" in manifest
    assert "| package.json | 0.8.0 | yes |" in manifest
    assert "| package-lock.json version | 0.8.0 | yes |" in manifest
    assert "| running server | 0.8.0 | yes |" in manifest
    assert "| tarball widget-0.8.0.tgz | 0.8.0 | yes |" in manifest
    assert "mismatch" not in f"{manifest}{yard.log}".casefold()


async def test_a_lock_that_drifted_is_named(yard: Yard) -> None:
    (yard.project / "package-lock.json").write_text('{"version": "0.7.0"}\n')
    aim(yard, "remote")
    await yard.run(distribute.run, "distribute")
    assert "| package-lock.json version | 0.7.0 | MISMATCH |" in yard.text("distribution-manifest.md")
    assert "Version mismatch: package-lock.json version has 0.7.0" in yard.log


# --- git-remote -----------------------------------------------------------------------------------------------------


async def test_the_remote_is_asked_now_and_not_the_proof_believed(yard: Yard) -> None:
    assert (await check(yard, "remote")).summary.startswith("confirmed: origin/main is at")
    yard.git("update-ref", "refs/heads/main", yard.git("rev-parse", "HEAD~1"), cwd=yard.origin)
    failed = await check(yard, "remote")
    assert failed.status is CheckStatus.FAILED
    assert "no longer contains" in failed.summary


async def test_an_unreachable_remote_is_not_seen(yard: Yard) -> None:
    yard.origin.rename(yard.origin.with_name("away.git"))
    found = await check(yard, "remote")
    assert found.status is CheckStatus.FAILED
    assert found.summary.startswith("not seen")


# --- tarball --------------------------------------------------------------------------------------------------------


def members(yard: Yard) -> dict[str, bytes]:
    (path,) = (yard.run_dir / "artifacts").glob("*.tgz")
    with tarfile.open(path) as archive:
        files = {m.name: archive.extractfile(m) for m in archive if m.isfile()}
        return {name: file.read() for name, file in files.items() if file}


async def test_the_tarball_has_its_checksum_beside_it(yard: Yard) -> None:
    found = await check(yard, "tarball")
    assert found.passed
    path = yard.run_dir / "artifacts/widget-0.8.0.tgz"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert path.with_name("widget-0.8.0.tgz.sha256").read_text() == f"{digest}  widget-0.8.0.tgz\n"
    assert f"sha256: {digest}" in found.excerpt
    assert set(members(yard)) == {"package/package.json", "package/dist/out.js"}
    assert members(yard)["package/dist/out.js"] == b"built\n"


async def test_nothing_that_merely_lies_around_is_packed(yard: Yard) -> None:
    package = (yard.project / "package.json").read_text().replace('"dist"', '"*", "dist"')
    yard.write("package.json", package)
    yard.git("commit", "-qam", "chore: pack all")
    yard.write("scratch.txt", "mine\n")
    yard.write("dist/.env", "SECRET=1\n")
    await yard.verify()
    await yard.run(git_workflow.run, "git-workflow")
    assert (await check(yard, "tarball")).passed
    names = set(members(yard))
    assert "package/server.js" in names
    assert "package/dist/out.js" in names
    assert not [n for n in names if "scratch" in n or "state" in n or ".env" in n or ".loop" in n]
    assert "Not packed, because they look like secrets: dist/.env" in yard.log


async def test_a_tree_that_is_not_the_shipped_one_is_not_packed(yard: Yard) -> None:
    yard.write("server.js", "// later\n")
    found = await check(yard, "tarball")
    assert found.status is CheckStatus.FAILED
    assert "server.js changed" in found.summary
    assert not (yard.run_dir / "artifacts").exists()


async def test_pack_scripts_find_their_modules_and_leave_the_project_alone(yard: Yard) -> None:
    package = (yard.project / "package.json").read_text()
    script = '"prepack": "node -e \\"fs.writeFileSync(\'dist/extra.js\', require(\'dep\'))\\"", "start"'
    yard.write("package.json", package.replace('"start"', script))
    yard.write("node_modules/dep/index.js", "module.exports = 'from dep'\n")
    await yard.verify()
    await yard.run(git_workflow.run, "git-workflow")
    assert (await check(yard, "tarball")).passed
    assert members(yard)["package/dist/extra.js"] == b"from dep"
    assert not (yard.project / "dist/extra.js").exists()


@pytest.mark.parametrize("instant", ["intent", "act", "observe", "proof"])
async def test_killed_while_packing_there_is_one_tarball(yard: Yard, instant: str) -> None:
    aim(yard, "tarball")
    yard.kill.add(f"tarball:{instant}")
    with pytest.raises(Killed):
        await yard.run(distribute.run, "distribute")
    assert (await check(yard, "tarball")).passed
    assert yard.acted.count("tarball") == 1
    assert sorted(p.name for p in (yard.run_dir / "artifacts").iterdir() if not p.name.startswith(".")) == [
        "widget-0.8.0.tgz",
        "widget-0.8.0.tgz.sha256",
    ]


async def test_a_tarball_that_was_tampered_with_is_made_anew(yard: Yard) -> None:
    first = await check(yard, "tarball")
    (yard.run_dir / "artifacts/widget-0.8.0.tgz").write_bytes(b"else")
    second = await check(yard, "tarball")
    assert second.passed
    assert second.excerpt == first.excerpt


async def test_a_checksum_file_of_something_else_makes_the_tarball_anew(yard: Yard) -> None:
    first = await check(yard, "tarball")
    beside = yard.run_dir / "artifacts/widget-0.8.0.tgz.sha256"
    right = beside.read_text()
    beside.write_text(f"{'0' * 64}  widget-0.8.0.tgz\n")
    second = await check(yard, "tarball")
    assert second.passed
    assert beside.read_text() == right
    assert second.excerpt == first.excerpt


async def test_a_tarball_of_another_version_is_not_what_was_shipped(yard: Yard, tmp_path: Path) -> None:
    made = tmp_path / "widget-0.7.0.tgz"
    with tarfile.open(made, "w:gz") as archive:
        data = b'{"name": "widget", "version": "0.7.0"}'
        member = tarfile.TarInfo("package/package.json")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    folder = yard.run_dir / "artifacts"
    folder.mkdir(parents=True)
    await put(made, folder, yard.git("rev-parse", "HEAD"))
    found = await check(yard, "tarball")
    assert found.status is CheckStatus.FAILED
    assert found.summary == "failed: widget-0.7.0.tgz has 0.7.0, but 0.8.0 was shipped"


async def test_no_package_is_not_configured(yard: Yard) -> None:
    (yard.project / "package.json").unlink()
    found = await check(yard, "tarball")
    assert (found.status, found.summary) == (CheckStatus.SKIPPED, "not configured: there is no package.json")


def test_what_npm_packs_although_it_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text(
        '{"main": "./out/main.js", "bin": {"x": "bin/x.js"}, "files": ["lib/**/*.js", "!lib/t", "/dist/", "*.md"]}'
    )
    package = npm.read_package(tmp_path)
    assert package is not None
    assert wanted_paths(package) == ("out/main.js", "bin/x.js", "lib", "dist", "")
    ignored = ("dist/", "lib/gen/", "node_modules/", "out/", "p/dist/", "x.log", ".loop/")
    assert build_output(ignored, "", ("out/main.js", "lib", "dist")) == ("dist", "lib/gen", "out/main.js")
    assert build_output(ignored, "p/", ("dist",)) == ("p/dist",)


# --- commands-sync --------------------------------------------------------------------------------------------------


async def test_commands_are_brought_over_only_where_they_changed(yard: Yard) -> None:
    folder = yard.home / "commands"
    folder.mkdir()
    (folder / "a-loop.md").write_text("a\n")
    (folder / "b-loop.md").write_text("old b\n")
    (folder / "mine.md").write_text("mine\n")
    untouched = (folder / "a-loop.md").stat().st_mtime_ns
    found = await check(yard, "commands")
    assert found.summary == f"confirmed: copied b-loop.md to {folder}; 1 already up to date there"
    assert "-old b" in yard.log
    assert "+b" in yard.log
    assert (folder / "b-loop.md").read_text() == "b\n"
    assert (folder / ".backup/run-1/b-loop.md").read_text() == "old b\n"
    assert not (folder / ".backup/run-1/a-loop.md").exists()
    assert (folder / "a-loop.md").stat().st_mtime_ns == untouched
    assert not (folder / "other.md").exists()
    assert (folder / "mine.md").read_text() == "mine\n"


async def test_the_place_of_the_commands_is_said_as_people_write_it(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(yard.home.parent))
    place = f"~/{yard.home.name}/commands"
    assert (await check(yard, "commands")).summary == f"confirmed: copied a-loop.md, b-loop.md to {place}"
    assert (await check(yard, "commands")).summary == f"confirmed: copied a-loop.md, b-loop.md to {place}"
    yard.state = yard.state.model_copy(update={"effects": ()})
    assert (await check(yard, "commands")).summary == f"confirmed: 2 files in {place}, already up to date"


@pytest.mark.parametrize("instant", ["intent", "act", "observe", "proof"])
async def test_killed_while_syncing_the_first_backup_stays(yard: Yard, instant: str) -> None:
    folder = yard.home / "commands"
    folder.mkdir()
    (folder / "b-loop.md").write_text("old b\n")
    aim(yard, "commands")
    yard.kill.add(f"sync:{instant}")
    with pytest.raises(Killed):
        await yard.run(distribute.run, "distribute")
    found = await check(yard, "commands")
    assert found.summary == f"confirmed: copied a-loop.md, b-loop.md to {folder}"
    assert (folder / ".backup/run-1/b-loop.md").read_text() == "old b\n"


async def test_the_backup_is_what_was_there_before_the_run(yard: Yard) -> None:
    folder = yard.home / "commands"
    folder.mkdir()
    (folder / "b-loop.md").write_text("old b\n")
    await check(yard, "commands")
    yard.write("commands/b-loop.md", "b, fixed in the same run\n")
    await check(yard, "commands")
    assert (folder / "b-loop.md").read_text() == "b, fixed in the same run\n"
    assert (folder / ".backup/run-1/b-loop.md").read_text() == "old b\n"
    (folder / "b-loop.md").write_text("edited between two attempts\n")
    yard.write("commands/b-loop.md", "b, fixed once more\n")
    await check(yard, "commands")
    kept = {path.read_text() for path in (folder / ".backup/run-1").glob("b-loop.*")}
    assert {"old b\n", "edited between two attempts\n"} <= kept


@pytest.mark.parametrize("name", sorted(TARGETS))
async def test_the_run_says_of_what_is_not_configured_what_was_said_before_it(yard: Yard, name: str) -> None:
    """Where there is no package and nothing to bring anywhere, no target but the remote has anything to do."""
    yard.write("package.json", "{}\n")
    for path in (yard.project / "commands").iterdir():
        path.unlink()
    nothing = dict.fromkeys(("build", "server"), CheckStatus.SKIPPED)
    deployed(yard, **nothing, version=CheckStatus.PASSED)
    lacks = lacking(yard.project, TARGETS[name])
    found = await check(yard, name)
    assert found.summary == (f"not configured: {lacks}" if lacks else found.summary)
    assert bool(lacks) == (found.status is CheckStatus.SKIPPED)


async def test_no_commands_is_not_configured(yard: Yard) -> None:
    for path in (yard.project / "commands").iterdir():
        path.unlink()
    assert (await check(yard, "commands")).summary.startswith("not configured")
    assert not (yard.home / "commands").exists()


async def test_links_that_lead_out_are_refused(yard: Yard) -> None:
    outside = yard.home / "outside.md"
    outside.write_text("precious\n")
    (yard.project / "commands/c-loop.md").symlink_to("/etc/hostname")
    found = await check(yard, "commands")
    assert found.status is CheckStatus.FAILED
    assert "leads out of the project" in found.summary
    (yard.project / "commands/c-loop.md").unlink()
    (yard.home / "commands").mkdir()
    (yard.home / "commands/a-loop.md").symlink_to(outside)
    assert "leads out of it" in (await check(yard, "commands")).summary
    assert outside.read_text() == "precious\n"


def test_a_run_id_cannot_lead_out_of_the_backup() -> None:
    assert backup_folder(Path("/h"), "../../etc") == Path("/h/.backup/etc")
    assert backup_folder(Path("/h"), "..") == Path("/h/.backup/run")


# --- local, levels --------------------------------------------------------------------------------------------------


async def test_local_is_what_deploy_saw(yard: Yard) -> None:
    assert (await check(yard, "local")).summary == "not seen: deploy recorded no checks"
    deployed(yard, build=CheckStatus.PASSED, server=CheckStatus.SKIPPED)
    assert (await check(yard, "local")).summary == "confirmed: build passed"
    deployed(yard, build=CheckStatus.SKIPPED, server=CheckStatus.SKIPPED)
    assert (await check(yard, "local")).status is CheckStatus.SKIPPED


@pytest.mark.parametrize(
    ("level", "wanted", "status"),
    [
        (TargetLevel.CONFIRMED, None, CheckStatus.PASSED),
        (TargetLevel.HEALTHY, None, CheckStatus.FAILED),
        (TargetLevel.HEALTHY, "triggered", CheckStatus.PASSED),
        (TargetLevel.TRIGGERED, "job-green", CheckStatus.FAILED),
        (TargetLevel.EXPECTED, "triggered", CheckStatus.FAILED),
        (TargetLevel.NOT_SEEN, "triggered", CheckStatus.FAILED),
        (TargetLevel.SUPERSEDED, "triggered", CheckStatus.FAILED),
        (TargetLevel.NOT_CONFIGURED, None, CheckStatus.SKIPPED),
        (TargetLevel.SKIPPED, None, CheckStatus.SKIPPED),
    ],
)
def test_what_a_level_amounts_to(level: TargetLevel, wanted: str | None, status: CheckStatus) -> None:
    target = TargetDefinition(id="x", kind="local", settings={"level": wanted} if wanted else {})
    found = check_of(TargetVerdict(target="x", level=level), target, Shipment(sha="s", tree="t"))
    assert found.status is status
    assert found.summary.startswith(level.value)


def test_expected_cannot_be_asked_for() -> None:
    target = TargetDefinition(id="x", kind="local", settings={"level": "expected"})
    with pytest.raises(Problem, match="expected"):
        check_of(TargetVerdict(target="x", level=TargetLevel.CONFIRMED), target, Shipment())
