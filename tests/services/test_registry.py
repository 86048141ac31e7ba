"""The registry through the real npm, pnpm and yarn, against a real registry with a door that plays its bad days."""

import json
import os
import tempfile
import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from loop_tui.model.problem import Problem
from loop_tui.process import shell
from loop_tui.process.capture import Captured
from loop_tui.services.registry import npm_registry
from loop_tui.services.registry.answers import PublishOutcome, RegistryProblem, read_npm, read_yarn
from loop_tui.services.registry.npm_registry import PublishRequest
from loop_tui.services.registry.place import RegistryPlace, place_of
from loop_tui.services.toolchains.npm import PackageManager
from tests.npm_tools import use_manager
from tests.registry import Door, Registry, files_with, integrity, pack


def asked(registry: Registry, tarball: Path, scope: str = "", **more: object) -> PublishRequest:
    place = RegistryPlace(registry.url, scope)
    return replace(PublishRequest(tarball, place, "latest"), **more)  # type: ignore[arg-type]


async def test_published_and_seen_with_its_integrity(registry: Registry, tmp_path: Path) -> None:
    project, place = tmp_path / "project", RegistryPlace(registry.url)
    tarball = pack(project, "seen", "1.0.0")
    assert await npm_registry.view(project, place, "seen", "1.0.0") is None
    answer = await npm_registry.publish(project, asked(registry, tarball))
    assert answer.outcome is PublishOutcome.DONE
    found = await npm_registry.view(project, place, "seen", "1.0.0")
    assert found is not None
    assert found.integrity == integrity(tarball) == registry.versions("seen")["1.0.0"]
    assert await npm_registry.view(project, place, "seen", "2.0.0") is None
    assert await npm_registry.whoami(project, place) == "ann"
    again = await npm_registry.publish(project, asked(registry, tarball))
    assert (again.outcome, registry.door.publishes) == (PublishOutcome.EXISTS, ["seen"])


async def test_the_password_goes_through_a_pipe_and_stays_nowhere(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a process list shows is looked at while npm waits for the registry."""
    project = tmp_path / "project"
    tarball = pack(project, "otp", "1.0.0")
    settings = tmp_path / "global"
    settings.write_text("tag-version-prefix=x\n")
    registry.door = Door(otp="914406")
    wanted = asked(registry, tarball)
    wanted = replace(wanted, place=replace(wanted.place, global_settings=settings))
    assert (await npm_registry.publish(project, wanted)).outcome is PublishOutcome.PASSWORD
    assert (await npm_registry.publish(project, wanted, "000111")).outcome is PublishOutcome.PASSWORD
    assert (await npm_registry.publish(project, wanted, "1\nregistry=x")).outcome is PublishOutcome.PASSWORD
    lists: list[str] = []

    def look(_: str) -> None:
        lists.append("".join(_of_processes()))

    registry.door.on_publish = look
    answer = await npm_registry.publish(project, wanted, "914406")
    assert answer.outcome is PublishOutcome.DONE, answer.words
    assert registry.door.passwords == ["", "000111", "914406"]
    if Path("/proc").is_dir():
        assert "publish" in lists[0]
    assert "914406" not in lists[0]
    assert files_with("914406", tmp_path) == []


async def test_a_temporary_folder_with_the_name_of_a_variable_is_no_variable(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """npm puts the value of a variable in the place of `${NAME}` in its settings, and a pipe is one of them."""
    project, folder = tmp_path / "project", tmp_path / "a${HOME}b\\${HOME}${"
    folder.mkdir(parents=True)
    tarball = pack(project, "otp-variable", "1.0.0")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    registry.door = Door(otp="914406")
    answer = await npm_registry.publish(project, asked(registry, tarball), "914406")
    assert answer.outcome is PublishOutcome.DONE, answer.words
    place = RegistryPlace(registry.url)
    (folder / "to").mkdir()
    fetched = await npm_registry.fetch(project, place, "otp-variable", "1.0.0", folder / "to")
    assert integrity(fetched) == integrity(tarball)


async def test_the_password_that_is_typed_goes_before_others_or_it_is_said(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """npm takes the pipe for its global settings, which are its weakest; they may end in a section, too."""
    project = tmp_path / "project"
    tarball = pack(project, "otp-before", "1.0.0")
    registry.door = Door(otp="914406")
    settings = tmp_path / "global"
    settings.write_text("otp = 111111\n[section]\nx=y")
    wanted = asked(registry, tarball)
    wanted = replace(wanted, place=replace(wanted.place, global_settings=settings))
    rc = Path(os.environ["HOME"]) / ".npmrc"
    rc.write_text(registry.npmrc + "otp=222222\n")
    told = await npm_registry.publish(project, wanted, "914406")
    assert (told.outcome, registry.door.passwords) == (PublishOutcome.REFUSED, ["222222"])
    assert "otp is set in an .npmrc" in told.words
    rc.write_text(registry.npmrc)
    monkeypatch.setenv("NPM_CONFIG_OTP", "333333")
    monkeypatch.setenv("npm_config_otp", "444444")
    assert (await npm_registry.publish(project, wanted, "000111")).outcome is PublishOutcome.PASSWORD
    assert (await npm_registry.publish(project, wanted, "914 406 ")).outcome is PublishOutcome.DONE
    assert registry.door.passwords[1:] == ["000111", "914406"]


def _of_processes() -> list[str]:
    """Arguments and variables of all processes that we may look at."""
    found = []
    for name in ("cmdline", "environ"):
        for path in Path("/proc").glob(f"[0-9]*/{name}"):
            if path.parent.name == str(os.getpid()):
                continue
            try:
                found.append(path.read_bytes().decode("utf-8", "replace"))
            except OSError:
                continue
    return found


@pytest.mark.parametrize(
    ("confirm", "password", "shown"),
    [
        ("https://a.example/auth/cli/1", "https://a.example/-/v1/done?id=1", True),
        ("http://a.example/auth/cli/1", "https://a.example/-/v1/done?id=1", False),
        ("https://a.example/auth/cli/1", "javascript:alert(1)", False),
        ("https://npmjs.com@b.example/1", "https://a.example/1", False),
        ("https://a.example/\x1b]8;;x", "https://a.example/1", False),
        ("https://a.example/" + "a" * 400, "https://a.example/1", False),
        ("https://a.example/1", None, False),
    ],
)
def test_only_plain_addresses_of_https_are_for_a_browser(confirm: str, password: str | None, shown: bool) -> None:
    error = {"code": "EOTP", "summary": "", "detail": "", "authUrl": confirm, "doneUrl": password}
    answer = read_npm(Captured(1, json.dumps({"error": error}), "", 1))
    assert answer.outcome is PublishOutcome.PASSWORD
    assert (answer.browser is not None) == shown


@pytest.mark.parametrize(
    ("door", "outcome", "words"),
    [
        (Door(signed_out=True), PublishOutcome.SIGNED_OUT, "need: Basic"),
        (Door(refuses=(402, "You must sign up for private packages")), PublishOutcome.NOT_ALLOWED, "sign up"),
        (Door(refuses=(403, "You do not have permission")), PublishOutcome.NOT_ALLOWED, "permission"),
        (Door(refuses=(404, "Scope not found")), PublishOutcome.NOT_ALLOWED, "Scope not found"),
        (Door(refuses=(422, "no provenance")), PublishOutcome.REFUSED, "no provenance"),
        (Door(refuses=(403, "You cannot publish over the previously published versions: 1.0.0.")),
         PublishOutcome.EXISTS, "cannot publish over"),
        (Door(refuses=(503, "later")), PublishOutcome.LOST, "503"),
        (Door(refuses=(409, "Failed to save packument")), PublishOutcome.CONFLICT, "save packument"),
        (Door(refuses=(409, "this package is already present")), PublishOutcome.EXISTS, "already present"),
    ],
)  # fmt: skip
@pytest.mark.long
async def test_what_a_registry_answers_is_told_apart(
    registry: Registry, tmp_path: Path, door: Door, outcome: PublishOutcome, words: str
) -> None:
    project = tmp_path / "project"
    tarball = pack(project, "told", "1.0.0")
    registry.door = door
    answer = await npm_registry.publish(project, asked(registry, tarball))
    assert answer.outcome is outcome
    assert words in answer.words
    assert registry.versions("told") == {}


async def test_what_npm_refuses_by_itself_is_neither_lost_nor_there_already(registry: Registry, tmp_path: Path) -> None:
    project = tmp_path / "project"
    newer, older = (pack(project, "older", version) for version in ("2.0.0", "1.0.0"))
    assert (await npm_registry.publish(project, asked(registry, newer))).outcome is PublishOutcome.DONE
    done = await shell.capture(["npm", "publish", str(older), "--json"], cwd=project)
    answer = read_npm(done)
    assert "previously published version 2.0.0 is higher" in answer.words
    assert answer.outcome is PublishOutcome.REFUSED


@pytest.mark.parametrize(
    ("printed", "outcome"),
    [
        ("", PublishOutcome.LOST),
        ("+ p@1.0.0 and half of a {", PublishOutcome.LOST),
        ('{"error": {"code": "ENOSPC", "summary": "no space left"}}', PublishOutcome.LOST),
        ('{"error": {"summary": "Cannot read properties of undefined"}}', PublishOutcome.LOST),
        ('{"error": {"code": "ECONNRESET", "summary": "reset"}}', PublishOutcome.LOST),
        ('{"error": {"code": "E429", "summary": "too many"}}', PublishOutcome.LOST),
        ('{"error": {"code": "E418", "summary": "no"}}', PublishOutcome.REFUSED),
        ('{"error": {"code": "EPRIVATE", "summary": "private"}}', PublishOutcome.REFUSED),
        ('{"error": {"code": "CERT_HAS_EXPIRED", "summary": "expired"}}', PublishOutcome.REFUSED),
        ('{"error": {"code": "EPUBLISHCONFLICT", "summary": "conflict"}}', PublishOutcome.EXISTS),
    ],
)
def test_only_what_is_known_to_come_before_the_upload_is_refused(printed: str, outcome: PublishOutcome) -> None:
    """npm may end with 1 after the version is out: "Exit handler never called!"."""
    ended = Captured(1, printed, "npm error Exit handler never called!", 1)
    assert read_npm(ended).outcome is outcome
    if not printed:
        assert read_yarn(ended).outcome is outcome


async def test_a_line_that_is_cut_is_no_refusal(registry: Registry, tmp_path: Path) -> None:
    project = tmp_path / "project"
    tarball = pack(project, "cut", "1.0.0")
    registry.door = Door(cut=1)
    answer = await npm_registry.publish(project, asked(registry, tarball))
    assert answer.outcome is PublishOutcome.LOST
    assert registry.door.publishes == ["cut"], "published once, whatever npm does on its own"


async def test_a_registry_that_does_not_answer_is_no_missing_version(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, place = tmp_path / "project", RegistryPlace(registry.url)
    project.mkdir()
    registry.door = Door(fails=[502])
    with pytest.raises(RegistryProblem) as raised:
        await npm_registry.view(project, place, "none", "1.0.0")
    assert raised.value.external
    registry.door = Door(closed=threading.Event())
    monkeypatch.setattr(npm_registry, "LOOK_TIMEOUT_S", 1.0)
    with pytest.raises(RegistryProblem) as raised:
        await npm_registry.whoami(project, place)
    assert raised.value.external
    assert registry.door.closed is not None
    registry.door.closed.set()


async def test_the_place_is_the_one_that_npm_resolves(registry: Registry, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / ".npmrc").write_text("@acme:registry=http://127.0.0.1:9/acme\ntag=nightly\n")
    plain = await place_of(project, {"name": "plain"})
    assert (plain.registry, plain.tag, plain.access, plain.scope) == (registry.url, "nightly", "", "")
    scoped = await place_of(project, {"name": "@acme/x", "publishConfig": {"access": "public", "tag": "latest"}})
    assert (scoped.registry, scoped.tag, scoped.access) == ("http://127.0.0.1:9/acme/", "", "public")
    # As npm does: what is set for the scope goes before the registry of publishConfig.
    both = await place_of(project, {"name": "@acme/x", "publishConfig": {"registry": "http://127.0.0.1:8/"}})
    assert both.registry == "http://127.0.0.1:9/acme/"
    own = await place_of(project, {"name": "plain", "publishConfig": {"registry": "http://127.0.0.1:8/"}})
    assert own.registry == "http://127.0.0.1:8/"
    given = await place_of(project, {"name": "@acme/x"}, registry.url)
    assert given.registry == registry.url
    assert (given.is_usual, scoped.is_usual) == (False, True)


@pytest.mark.parametrize(
    "address", ["http://ann:pw@127.0.0.1:9/", "http://127.0.0.1:9/550e8400-e29b-41d4-a716-446655440000/npm/"]
)
async def test_a_registry_that_npm_keeps_to_itself_is_not_its_default(
    registry: Registry, tmp_path: Path, address: str
) -> None:
    """npm tells no address that holds what looks like a secret: the package must not go to another registry."""
    project = tmp_path / "project"
    project.mkdir()
    (project / ".npmrc").write_text(f"@acme:registry={address}\n")
    assert (await place_of(project, {"name": "plain"})).registry == registry.url
    assert (await place_of(project, {"name": "@other/x"})).registry == registry.url
    with pytest.raises(Problem, match="hides its setting @acme:registry"):
        await place_of(project, {"name": "@acme/x"})
    given = await place_of(project, {"name": "@acme/x"}, registry.url)
    assert (given.registry, given.is_usual) == (registry.url, False)
    (project / ".npmrc").write_text(f"registry={address}\n")
    with pytest.raises(Problem, match="hides its setting registry"):
        await place_of(project, {"name": "plain"})


@pytest.mark.parametrize(
    "address", ["c.example/npm", "https://h.example/npm?x=1", "https://ann:pw@h.example/", "ftp://h/"]
)
async def test_what_is_no_address_of_a_registry_is_said(tmp_path: Path, registry: Registry, address: str) -> None:
    tmp_path.joinpath("package.json").write_text("{}")
    with pytest.raises(Problem, match="is not a registry address") as raised:
        await place_of(tmp_path, {"name": "plain", "publishConfig": {"registry": address}})
    assert "pw" not in str(raised.value)


@pytest.mark.parametrize("setting", ["offline", "dry-run"])
async def test_settings_with_which_nothing_is_published_are_said(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    monkeypatch.delenv("NPM_CONFIG_OFFLINE", raising=False)
    (tmp_path / ".npmrc").write_text(f"{setting}=true\n")
    with pytest.raises(Problem, match=f"npm is set to {setting}"):
        await place_of(tmp_path, {"name": "plain"})


@pytest.mark.parametrize("manager", [PackageManager.PNPM, PackageManager.YARN])
def test_another_registry_than_the_usual_one_is_for_npm(tmp_path: Path, manager: PackageManager) -> None:
    """pnpm and yarn 1 follow the setting of a scope before the option: the package would go elsewhere."""
    there = "http://127.0.0.1:8/"
    for usual, program in (("", manager.value), (there, manager.value), ("http://127.0.0.1:9/", "npm")):
        place = RegistryPlace(there, "@acme", usual=usual)
        wanted = PublishRequest(tmp_path / "x.tgz", place, "latest", manager=manager, yarn_major=1)
        assert npm_registry.command_of(wanted)[0][0] == program


@pytest.mark.long
@pytest.mark.parametrize("name", ["pnpm", "yarn1"])
async def test_with_the_projects_own_manager(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    use_manager(name, monkeypatch)
    manager, project = (PackageManager.PNPM if name == "pnpm" else PackageManager.YARN), tmp_path / "project"
    ran = tmp_path / "ran"
    scripts = dict.fromkeys(("prepublish", "prepare", "prepublishOnly", "publish", "postpublish"), f"touch {ran}")
    tarball = pack(project, f"@by/{name}", "1.0.0-beta.1", scripts=scripts)
    ran.unlink()  # `prepare` belongs to packing.
    wanted = asked(registry, tarball, "@by", manager=manager, yarn_major=1, tag="beta")
    assert npm_registry.command_of(wanted)[0][0] == manager.value
    for door, outcome in (
        (Door(otp="914406"), PublishOutcome.PASSWORD),
        (Door(signed_out=True), PublishOutcome.SIGNED_OUT),
        (Door(refuses=(403, "You may not")), PublishOutcome.NOT_ALLOWED),
        (Door(refuses=(500, "boom")), PublishOutcome.LOST),
        (Door(refuses=(422, "what is that?")), PublishOutcome.REFUSED),
    ):
        registry.door = door
        assert (await npm_registry.publish(project, wanted)).outcome is outcome
    registry.door = Door(cut=1)
    assert (await npm_registry.publish(project, wanted)).outcome is PublishOutcome.LOST
    registry.door = Door()
    assert (await npm_registry.publish(project, wanted)).outcome is PublishOutcome.EXISTS
    assert registry.versions(f"@by/{name}") == {"1.0.0-beta.1": integrity(tarball)}
    assert registry.dist_tags(f"@by/{name}")["beta"] == "1.0.0-beta.1"
    assert not ran.exists()


async def test_yarn_two_and_where_yarn_would_go_elsewhere_npm_publishes(tmp_path: Path) -> None:
    base = PublishRequest(tmp_path / "a.tgz", RegistryPlace("http://r/"), "latest", manager=PackageManager.YARN)
    programs = {
        major: npm_registry.command_of(replace(base, yarn_major=major, own_registry=own))[0][0]
        for major, own in ((1, "http://r"), (4, ""))
    }
    assert programs == {1: "yarn", 4: "npm"}
    assert npm_registry.command_of(replace(base, yarn_major=1, own_registry="http://else/"))[0][0] == "npm"
    assert npm_registry.command_of(replace(base, manager=PackageManager.BUN))[0][0] == "npm"
