"""What is checked before the push: the package packs, the server starts, one version stands everywhere."""

import json
import socket
import tarfile
from collections.abc import Iterator

import psutil
import pytest

from loop_tui.model.definition import GateDefinition, TargetDefinition
from loop_tui.model.evidence import Check, Effect
from loop_tui.model.status import CheckStatus, GateType, SkillStatus
from loop_tui.packs.ship import retrospective
from loop_tui.packs.ship.choices import choose
from loop_tui.packs.ship.commit import git_workflow
from loop_tui.packs.ship.targets import distribute
from loop_tui.packs.ship.verify import deploy
from loop_tui.packs.ship.verify.code_verification import run
from loop_tui.runners.context import SkillFailed, SkillResult
from loop_tui.runners.pack_api import CHOICE, ChosenOptions

from .shipyard import PACKAGE, SERVER, Yard
from .test_version_writing import release

pytestmark = pytest.mark.usefixtures("quick_npm")
SKILL = "code-verification"
NAMES = ("build", "test", "lint", "package", "server", "version")
PASSED, SKIPPED, FAILED = CheckStatus.PASSED, CheckStatus.SKIPPED, CheckStatus.FAILED
LISTEN = "require('http').createServer((q,r)=>r.end('{}')).listen"


@pytest.fixture
def yard(start: Yard) -> Yard:
    """A run with a target that packs and one that starts, whose gate decides on all that is seen."""
    targets = (TargetDefinition(id="tarball", kind="tarball"), TargetDefinition(id="local", kind="local"))
    gate = GateDefinition(id="readiness-gate", after="VERIFY", type=GateType.AUTO, checks=NAMES)
    others = tuple(g for g in start.definition.gates if g.id != gate.id)
    start.definition = start.definition.model_copy(update={"targets": targets, "gates": (gate, *others)})
    return start


def local(yard: Yard, **settings: object) -> None:
    """Let the project say this of its server."""
    targets = tuple(
        t.model_copy(update={"settings": dict(settings)}) if t.kind == "local" else t for t in yard.definition.targets
    )
    yard.definition = yard.definition.model_copy(update={"targets": targets})


def package(yard: Yard, *, scripts: dict[str, str], **more: object) -> None:
    yard.write("package.json", json.dumps(PACKAGE | {"type": "commonjs", "scripts": scripts, **more}, indent=2) + "\n")
    yard.git("add", "--all")
    yard.git("commit", "-q", "--allow-empty", "-m", "chore: package")


async def verify(yard: Yard) -> SkillResult:
    return await yard.run(run, SKILL)


async def checks(yard: Yard) -> dict[str, Check]:
    return {check.name: check for check in (await verify(yard)).checks}


# --- all of it ------------------------------------------------------------------------------------------------------


async def test_all_is_seen_before_the_push_and_counts_after_it(yard: Yard) -> None:
    yard.bump()
    found = await checks(yard)
    assert {name: found[name].status for name in ("package", "server", "version")} == dict.fromkeys(
        ("package", "server", "version"), PASSED
    )
    assert found["package"].summary.startswith("widget-0.8.0.tgz packs: 2 files, ")
    assert found["version"].summary == "0.8.0 in package.json, the server"
    assert not list((yard.run_dir / "artifacts").glob("*.tgz")), "what is not shipped leaves no artifact in its place"
    await yard.verify_as(found)
    await yard.run(git_workflow.run, "git-workflow")
    commands = len(yard.commands)
    result = await yard.run(deploy.run, "deploy")
    assert "checked before the push" in result.checks[1].summary
    assert deploy.served_version(result.checks[2]) == "0.8.0"
    assert len(yard.commands) == commands, "nothing is built or started anew"
    shipped = await yard.run(distribute.run, "distribute")
    assert [check.status for check in shipped.checks] == [PASSED, PASSED]
    proof = next(check.summary for check in shipped.checks if check.name == "local")
    assert proof == "confirmed: build, server, version passed before the push", "one row of a narrow panel"
    with tarfile.open(yard.run_dir / "artifacts/widget-0.8.0.tgz") as archive:
        assert "package/dist/out.js" in archive.getnames()


@pytest.mark.parametrize(("said", "status"), [({"only": ("tarball",)}, FAILED), ({"skip-target": ("local",)}, SKIPPED)])
async def test_no_target_named_alone_takes_the_check_of_the_server_out(
    yard: Yard, said: dict[str, object], status: CheckStatus
) -> None:
    package(yard, scripts={"start": 'node -e "process.exit(7)"'})
    (choice,) = choose(yard.definition, ChosenOptions(said, reason="it is down"), yard.state)
    effect = Effect(id=choice.id, kind=CHOICE, intent=dict(choice.facts))
    yard.state = yard.state.model_copy(update={"effects": (effect,)})
    server = (await checks(yard))["server"]
    assert server.status is status
    assert ("it is down" in server.summary) is (status is SKIPPED)


async def test_the_server_is_started_from_what_the_build_made_before_the_tests_write_there(yard: Yard) -> None:
    write = "fs.mkdirSync('dist',{recursive:true});fs.writeFileSync('dist/s.js',process.argv[1])"
    scripts = {
        "build": f'node -e "{write}" "{LISTEN}(process.env.PORT)"',
        "test": "node -e \"fs.rmSync('dist',{recursive:true})\"",
        "start": "node dist/s.js",
    }
    package(yard, scripts=scripts)
    found = await checks(yard)
    assert [found[name].status for name in ("build", "test", "server", "package")] == [PASSED] * 4


async def test_the_verified_tarball_is_the_one_that_ships(yard: Yard) -> None:
    """Packed anew it would be another: its script puts the time into it."""
    scripts = {"build": PACKAGE["scripts"]["build"], "prepack": "node -e \"fs.writeFileSync('dist/at',''+Date.now())\""}  # type: ignore[index]
    package(yard, scripts=scripts)
    found = await checks(yard)
    (verified,) = (yard.run_dir / "artifacts/.verified").glob("*.tgz")
    data = verified.read_bytes()
    await yard.verify_as(found)
    await yard.run(git_workflow.run, "git-workflow")
    await yard.run(deploy.run, "deploy")
    await yard.run(distribute.run, "distribute")
    assert (yard.run_dir / "artifacts" / verified.name).read_bytes() == data


@pytest.mark.parametrize("harm", ["half", "gone", "checksum gone"])
@pytest.mark.parametrize("copy", [True, False])
@pytest.mark.sampled(3)
async def test_a_tarball_that_was_lost_before_the_archive_is_copied_again_or_said(
    yard: Yard, harm: str, copy: bool
) -> None:
    await yard.verify_as(await checks(yard))
    await yard.run(git_workflow.run, "git-workflow")
    await yard.run(deploy.run, "deploy")
    await yard.run(distribute.run, "distribute")
    (tarball,) = (yard.run_dir / "artifacts").glob("*.tgz")
    data, beside = tarball.read_bytes(), tarball.with_name(f"{tarball.name}.sha256")
    checksum = beside.read_text()
    if harm == "half":
        tarball.write_bytes(data[: len(data) // 2])
    else:
        (beside if "checksum" in harm else tarball).unlink()
    if not copy:
        (yard.run_dir / "artifacts/.verified" / tarball.name).unlink()
    looked_back = await yard.run(retrospective.run, "retrospective")
    there = copy or "checksum" in harm
    assert (f"{tarball.name} was packed, but is missing or damaged" in yard.log) is not there
    if there:
        assert (tarball.read_bytes(), beside.read_text()) == (data, checksum)
        assert "was restored" in yard.log
    else:
        assert "gone or damaged" in (yard.run_dir / looked_back.deliverables[0].path).read_text()


async def test_a_tarball_that_lies_there_is_no_word_worth(yard: Yard) -> None:
    await yard.verify_as(await checks(yard))
    await yard.run(git_workflow.run, "git-workflow")
    await yard.run(deploy.run, "deploy")
    await yard.run(distribute.run, "distribute")
    await yard.run(retrospective.run, "retrospective")
    assert "gone or damaged" not in yard.log


async def test_on_the_same_tree_nothing_is_packed_or_started_again(yard: Yard) -> None:
    await verify(yard)
    said = len(yard.said)
    found = await checks(yard)
    assert all("reused: same tree" in found[name].summary for name in ("package", "server", "version"))
    assert not [text for _, text in yard.said[said:] if "PORT=" in text]


async def test_passes_without_a_check_of_the_code_count_for_nothing(yard: Yard) -> None:
    package(yard, scripts={"start": "node server.js"}, type="module")
    found = await checks(yard)
    assert {found[name].status for name in NAMES} == {SKIPPED}


async def test_a_build_that_failed_leaves_the_rest_not_run(yard: Yard) -> None:
    package(yard, scripts={"build": "exit 3", "start": "node server.js"})
    found = await checks(yard)
    assert found["build"].status is FAILED
    assert {found[name].summary for name in ("package", "server", "version")} == {"not run, because the build failed"}


@pytest.mark.parametrize(
    ("scripts", "words"),
    [
        ({"build": "exit 0", "start": "node -e 'process.exit(7)'"}, "server: the server did not start"),
        ({"build": "exit 0", "prepare": "no-such-tool"}, "package: npm pack failed"),
    ],
)
async def test_what_no_gate_decides_on_fails_the_skill(start: Yard, scripts: dict[str, str], words: str) -> None:
    start.definition = start.definition.model_copy(
        update={"targets": (TargetDefinition(id="tarball", kind="tarball"),)}
    )
    package(start, scripts=scripts)
    with pytest.raises(SkillFailed, match=words) as failed:
        await verify(start)
    assert failed.value.kind == "check"


# --- packing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"private": True}, "the package is private"),
        ({"name": ""}, "package.json has no name or no version"),
        ({"version": ""}, "package.json has no name or no version"),
    ],
)
async def test_a_package_that_is_never_published_is_not_packed(yard: Yard, more: dict[str, object], why: str) -> None:
    package(yard, scripts={"test": "exit 0", "prepare": "exit 9"}, **more)
    found = await checks(yard)
    assert (found["package"].status, found["package"].summary) == (SKIPPED, f"skipped ({why})")
    await yard.verify_as(found)
    await yard.run(git_workflow.run, "git-workflow")
    shipped = await yard.run(distribute.run, "distribute")
    assert shipped.checks[0].status is SKIPPED
    assert "not configured" in shipped.checks[0].summary


@pytest.mark.parametrize(
    ("scripts", "words"),
    [
        ({"prepare": "no-such-hook-tool"}, "no-such-hook-tool"),
        ({"prepack": "echo the reason >&2; exit 3"}, "the reason"),
        ({"prepublishOnly": "echo only from CI; exit 4"}, "prepublishOnly"),
    ],
)
async def test_a_package_that_does_not_pack_is_red_before_the_push(
    yard: Yard, scripts: dict[str, str], words: str
) -> None:
    package(yard, scripts={"test": "exit 0", **scripts})
    found = await checks(yard)
    assert found["package"].status is FAILED
    assert words in found["package"].excerpt
    assert words in yard.text("verification-report.md")


async def test_what_runs_before_publishing_can_be_left_out(yard: Yard) -> None:
    targets = (TargetDefinition(id="tarball", kind="tarball", settings={"prepublish": False}),)
    yard.definition = yard.definition.model_copy(update={"targets": targets})
    package(yard, scripts={"test": "exit 0", "prepublishOnly": "exit 4"})
    assert (await checks(yard))["package"].passed


@pytest.mark.parametrize(
    "prepare",
    [
        "node -e \"process.stdout.write(fs.existsSync('.git') ? '' : '.git cannot be found')\"",
        "git rev-parse --show-toplevel && git describe --always && git config core.hooksPath .husky",
        "git rev-parse HEAD && test -z \"$(git remote)\" && git commit -q --allow-empty -m 'only in the copy'",
    ],
)
async def test_what_prepares_a_checkout_finds_a_repository_that_is_not_ours(yard: Yard, prepare: str) -> None:
    package(yard, scripts={"test": "exit 0", "prepare": prepare})
    head = yard.git("rev-parse", "HEAD")
    assert (await checks(yard))["package"].passed, yard.log
    assert yard.git("rev-parse", "HEAD") == head
    assert "hooksPath" not in (yard.project / ".git/config").read_text()


# --- the server -----------------------------------------------------------------------------------------------------


async def test_what_a_start_script_leaves_in_the_background_is_ended_and_said(yard: Yard) -> None:
    """It has a session of its own by then."""
    code = "setInterval(()=>{},1000)"
    start = f"require('child_process').spawn(process.execPath,['-e','{code}'],{{detached:true,stdio:'ignore'}})"
    yard.write("node_modules/pid", "")
    yard.write("d.js", f"const c={start};require('fs').writeFileSync('node_modules/pid',''+c.pid);c.unref()\n")
    package(yard, scripts={"test": "exit 0", "start": "node d.js"})
    found = (await checks(yard))["server"]
    pid = int((yard.project / "node_modules/pid").read_text())
    assert found.status is SKIPPED
    assert f"it is not a server, and left node (process {pid}) running, which was stopped" in found.summary
    assert f"running, which were stopped: node (process {pid})" in yard.log
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


async def server(yard: Yard, start: str, **more: object) -> Check:
    package(yard, scripts={"test": "exit 0", "start": start}, **more)
    return (await checks(yard))["server"]


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])


async def test_a_server_that_needs_something_says_so_before_the_push(yard: Yard) -> None:
    check = await server(yard, "node -e \"console.error('DB_URL is required'); process.exit(1)\"")
    assert check.status is FAILED
    assert "DB_URL is required" in check.summary


@pytest.mark.parametrize("words", ["console.log('hello')", "", "process.exit(0)"])
async def test_a_start_that_ends_with_0_is_no_server(yard: Yard, words: str) -> None:
    check = await server(yard, f'node -e "{words}"')
    assert (check.status, check.summary) == (
        SKIPPED,
        "skipped (the start script ended with exit code 0: it is not a server)",
    )


@pytest.mark.parametrize("settings", [{"port": 1}, {"health": "/up"}, {"start": "serve"}])
async def test_a_declared_server_that_ends_with_0_is_a_failure(yard: Yard, settings: dict[str, object]) -> None:
    local(yard, **settings)
    package(yard, scripts={"test": "exit 0", "start": "node -e 1", "serve": "node -e 1"})
    assert (await checks(yard))["server"].status is FAILED


async def test_a_script_that_is_no_server_is_not_started(yard: Yard) -> None:
    local(yard, start="none")
    check = await server(yard, "node -e \"fs.writeFileSync('ran', '')\"")
    assert check.summary == "skipped (no start script)"
    assert not (yard.project / "ran").exists()


async def test_another_script_can_be_named(yard: Yard) -> None:
    local(yard, start="serve")
    package(yard, scripts={"test": "exit 0", "start": "exit 5", "serve": f'node -e "{LISTEN}(process.env.PORT)"'})
    assert (await checks(yard))["server"].passed


async def test_a_server_that_does_not_mind_its_port_is_found_on_its_own(yard: Yard, taken: int) -> None:
    check = await server(yard, f'node -e "{LISTEN}(0)"')
    assert check.passed
    assert "it ignores PORT" in check.summary


async def test_a_server_whose_port_is_taken_is_red_with_its_words(yard: Yard, taken: int) -> None:
    check = await server(yard, f"node -e \"{LISTEN}({taken}, '127.0.0.1')\"")
    assert check.status is FAILED
    assert "EADDRINUSE" in check.excerpt


async def test_a_declared_port_that_is_taken_is_said_before_anything_is_started(yard: Yard, taken: int) -> None:
    local(yard, port=taken)
    check = await server(yard, "node -e \"fs.writeFileSync('ran', '')\"")
    assert check.status is FAILED
    assert f"port {taken} is used by" in check.summary
    assert not (yard.project / "ran").exists()


async def test_what_is_declared_reaches_the_server(yard: Yard, taken: int) -> None:
    local(yard, health="/up", env={"APP_PORT": "{port}", "WORD": "yes"}, timeout_s=20)
    serve = (
        "require('http').createServer((q,r)=>{r.statusCode=q.url==='/up'&&process.env.WORD==='yes'?200:503;r.end()})"
    )
    check = await server(yard, f'node -e "{serve}.listen(process.env.APP_PORT)"')
    assert check.summary.startswith("/up answered 200")


@pytest.mark.parametrize("value", [None, ""])
async def test_a_variable_that_is_needed_and_not_set_is_named(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    local(yard, needs=["DB_URL"])
    monkeypatch.delenv("DB_URL", raising=False)
    if value is not None:
        monkeypatch.setenv("DB_URL", value)
    check = await server(yard, "node -e \"fs.writeFileSync('ran', '')\"")
    assert (check.status, check.summary.partition(" Fix")[0]) == (FAILED, "the server needs DB_URL, not set here")
    assert not (yard.project / "ran").exists()


# --- one version everywhere -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "named", "words"),
    [
        ({"package-lock.json": '{"version": "0.6.0"}'}, [], "package-lock.json version says 0.6.0"),
        ({"version.txt": "v: 0.6.0"}, ["version.txt: v: {version}"], "version.txt v: {version} says 0.6.0"),
        ({"deno.json": '{"version": "0.6.0"}'}, ["deno.json"], "deno.json says 0.6.0"),
        (
            {"server.js": SERVER.replace("const { version }", "const version = '0.6.9', { x }")},
            [],
            "the server says 0.6.9",
        ),
    ],
)
async def test_a_place_that_says_another_version_is_red_before_the_push(
    yard: Yard, files: dict[str, str], named: list[str], words: str
) -> None:
    for name, text in files.items():
        yard.write(name, text)
    yard.definition = release(yard.definition, version_files=named)
    package(yard, scripts={"test": "exit 0", "start": "node server.js"}, type="module")
    check = (await checks(yard))["version"]
    assert check.status is FAILED
    assert check.summary.startswith(f"package.json has 0.7.0, but {words}")


async def test_a_server_that_is_not_wanted_in_this_run_is_not_started(yard: Yard) -> None:
    phases = tuple(
        phase.model_copy(
            update={
                "skills": tuple(
                    s.model_copy(update={"status": SkillStatus.SKIPPED, "reason": "no"}) if s.id == "deploy" else s
                    for s in phase.skills
                )
            }
        )
        for phase in yard.state.phases
    )
    yard.state = yard.state.model_copy(update={"phases": phases})
    check = await server(yard, "node -e \"fs.writeFileSync('ran', '')\"")
    assert check.summary == "skipped (deploy is skipped)"
    assert not (yard.project / "ran").exists()
