"""What a release makes public: listed, compared with the last one, and searched for secrets."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from loop_tui.model.definition import GateDefinition, LoopDefinition, TargetDefinition
from loop_tui.model.evidence import Check, Effect
from loop_tui.model.problem import Problem
from loop_tui.model.runs import RunSummary
from loop_tui.model.status import CheckStatus, GateType
from loop_tui.model.text import size_words
from loop_tui.packs.ship.dry_run.public import public_lines
from loop_tui.packs.ship.packaging.contents import contents_of, listing
from loop_tui.packs.ship.verify.code_verification import run
from loop_tui.packs.ship.verify.going_public import PublicFiles, last_release
from loop_tui.runners.context import Proof, SkillFailed
from loop_tui.services.toolchains import npm

from .shipyard import PACKAGE, Yard

SKILL = "code-verification"
REGISTRY = TargetDefinition(id="npm-registry", kind="npm-registry", settings={"publish": "here"})
# Made up here, so that no file of this repository looks like it holds one.
NPM_TOKEN = "npm" + "_" + "a1B2c3D4e5" * 4
KEY = "-----BEGIN " + "PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END " + "PRIVATE KEY-----\n"
PGP = "-----BEGIN PGP " + "PRIVATE KEY BLOCK-----\n\nlQOYBGAAAAA\n"
SIGNED_IN = "//registry.npmjs.org/:_auth" + "Token=0a1b2c3d-0000-1111-2222-333344445555\n"


def tarball(path: Path, files: dict[str, str], encoding: str = "utf-8") -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(text.encode(encoding))
            archive.addfile(member, io.BytesIO(text.encode(encoding)))
    return path


@pytest.fixture
def yard(start: Yard) -> Yard:
    """A run that publishes."""
    start.definition = with_targets(start.definition, REGISTRY)
    return start


def with_targets(definition: LoopDefinition, *more: TargetDefinition, **release: object) -> LoopDefinition:
    targets = (TargetDefinition(id="tarball", kind="tarball"), *more)
    phases = [
        phase.model_copy(
            update={
                "skills": tuple(
                    skill.model_copy(update={"settings": {**skill.settings, **release}})
                    if skill.id == "git-workflow"
                    else skill
                    for skill in phase.skills
                )
            }
        )
        for phase in definition.phases
    ]
    return definition.model_copy(update={"targets": targets, "phases": tuple(phases)})


def track(yard: Yard, name: str, text: str) -> None:
    files = [*PACKAGE["files"], name]  # type: ignore[misc]
    yard.write("package.json", json.dumps(PACKAGE | {"files": files}, indent=2) + "\n")
    yard.write(name, text)
    yard.git("add", "--all")
    yard.git("commit", "-qm", "feat: more")


async def packed(yard: Yard) -> Check:
    found = {check.name: check for check in (await yard.run(run, SKILL)).checks}
    return found["package"]


# --- reading a tarball ----------------------------------------------------------------------------------------------


def test_sizes_are_said_in_the_unit_that_fits() -> None:
    assert [size_words(n) for n in (0, 1023, 1024, 1536, 1024 * 1024)] == [
        "0 B",
        "1023 B",
        "1.0 KB",
        "1.5 KB",
        "1.0 MB",
    ]


def test_what_is_new_and_gone_comes_before_the_files(tmp_path: Path) -> None:
    before = contents_of(tarball(tmp_path / "a.tgz", {"package.json": "{}", "old.js": "1"}))
    now = contents_of(tarball(tmp_path / "b.tgz", {"package.json": "{}", "new.js": "12"}))
    assert listing(now, before) == ("+ new.js", "- old.js", "  new.js  2 B", "  package.json  2 B")
    assert listing(now, None) == ("  new.js  2 B", "  package.json  2 B")


def test_a_long_list_says_how_much_is_left(tmp_path: Path) -> None:
    now = contents_of(tarball(tmp_path / "a.tgz", {f"{n:03}.js": "" for n in range(100)}))
    lines = listing(now, None, 10)
    assert len(lines) == 11
    assert lines[-1] == "  and 90 more"


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        (".env", "A=1\n", "its name"),
        ("certs/server.pem", "", "its name"),
        ("dist/app.js", f"const a = 1;\nconst t = '{NPM_TOKEN}';\n", "a secret (npm) in line 2"),
        ("dist/app.js", KEY, "a private key in line 1"),
        ("dist/app.js", "x" * 999_000 + "\n" + NPM_TOKEN, "a secret (npm) in line 2"),
        ("dist/app.js", " " * 999_990 + NPM_TOKEN + " " * 9_000, "a secret (npm) in line 1"),
        ("account.json", json.dumps({"type": "service_account", "private_key": KEY}), "a private key in line 1"),
        ("account.js", json.dumps(json.dumps({"private_key": KEY})), "a private key in line 1"),
        ("key.asc", PGP, "a private key in line 1"),
        ("npmrc", "\n" + SIGNED_IN, "a secret (npm) in line 2"),
        ("npmrc", "_auth" + " = dXNlcjpwYXNzd29yZDE=\n", "a secret (npm) in line 1"),
        (".yarnrc.yml", "npmScopes:\n  acme:\n    npmAuthToken: " + '"a1b2c3d4e5"\n', "a secret (yarn) in line 3"),
        ("yarnrc", "npmAuthIdent: " + "ann:pass-word1\n", "a secret (yarn) in line 1"),
        (".npmrc.bak", "", "its name"),
        (".npmrc", "", "its name"),
        ("home/.git-credentials", "", "its name"),
    ],
)
def test_what_looks_like_a_secret_is_found(tmp_path: Path, name: str, text: str, why: str) -> None:
    (found,) = contents_of(tarball(tmp_path / "a.tgz", {"a.js": "1", name: text}), search=True).suspects
    assert (found.path, found.why) == (name, why)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [KEY, NPM_TOKEN, SIGNED_IN])
def test_it_is_found_in_utf_16(tmp_path: Path, text: str, encoding: str) -> None:
    path = tarball(tmp_path / "a.tgz", {"a.txt": text}, encoding)
    assert [found.path for found in contents_of(path, search=True).suspects] == ["a.txt"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".env.example", "A=1\n"),
        (".npmrc.example", "//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n"),
        ("README.md", "//registry.npmjs.org/:_authToken=${NPM_TOKEN1}\n//r/:_authToken=YOUR_NPM_TOKEN\n"),
        ("README.md", "//registry.npmjs.org/:_authToken=00000000-0000-0000-0000-000000000000\n"),
        (".yarnrc.yml", 'npmAuthToken: "${NPM_TOKEN1}"\nnpmAuthIdent: USER:PASSWORD\n'),
        ("dist/yarn.js", "const a = {npmAuthToken: token1234567};\n"),
        ("dist/auth.js", "_password = passwordOfTheForm;\nthis._auth=e.auth1234567;\n"),
        ("dist/pem.js", "'-----BEGIN " + "PRIVATE KEY-----\\n' + body"),
        ("dist/app.css", ".desk-reservation-system-overview{mask-image:none}"),
        ("dist/min.js", "a.exports.getOwnPropertyDescriptorsOfEverything=x.eyJhbGciOi;"),
        ("docs/keys.md", "A key begins with `-----BEGIN " + "PRIVATE KEY-----`.\n"),
        ("key.pub", "ssh-ed25519 AAAA\n"),
    ],
)
def test_ordinary_files_are_no_secrets(tmp_path: Path, name: str, text: str) -> None:
    assert contents_of(tarball(tmp_path / "a.tgz", {name: text}), search=True).suspects == ()


def test_what_was_not_searched_to_its_end_is_said(tmp_path: Path) -> None:
    found = contents_of(tarball(tmp_path / "a.tgz", {"big.js": "x" * 1_100_000}), search=True)
    assert found.unsearched == 1
    assert "not searched" in listing(found, None)[0]


@pytest.mark.parametrize("data", [b"", b"not a tarball", b"\x1f\x8b\x08\x00half"])
def test_what_is_no_tarball_is_one_problem(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.tgz"
    path.write_bytes(data)
    with pytest.raises(Problem, match="cannot be read"):
        contents_of(path)


def test_names_from_a_tarball_are_one_plain_line(tmp_path: Path) -> None:
    found = contents_of(tarball(tmp_path / "a.tgz", {"a\x1b[31m\nb.js": ""}))
    assert "\x1b" not in listing(found, None)[0]
    assert "\n" not in listing(found, None)[0]


# --- in VERIFY ------------------------------------------------------------------------------------------------------


async def test_the_check_lists_the_files(yard: Yard) -> None:
    check = await packed(yard)
    assert check.status is CheckStatus.PASSED
    assert "2 files" in check.summary
    assert "not in the archive" in check.summary
    assert [line.split("  ")[1] for line in check.excerpt.splitlines()] == ["dist/out.js", "package.json"]


async def test_a_secret_that_would_become_public_is_a_failure(yard: Yard) -> None:
    track(yard, "config/prod.env", "TOKEN=1\n")
    with pytest.raises(SkillFailed, match=r"looks like a secret: config/prod.env \(its name\)") as caught:
        await packed(yard)
    assert "harmless" in str(caught.value)


async def test_at_a_gate_that_decides_on_it_all_files_are_listed_the_secret_first(yard: Yard) -> None:
    track(yard, "config/prod.env", "TOKEN=1\n")
    gate = GateDefinition(id="g", after="VERIFY", type=GateType.AUTO, checks=("package",))
    yard.definition = yard.definition.model_copy(update={"gates": (gate,)})
    check = await packed(yard)
    assert (check.status, check.shows) == (CheckStatus.FAILED, "public files")
    assert "Fix: exclude it" in check.summary
    assert check.excerpt.splitlines()[0] == "! config/prod.env looks like a secret: its name"
    assert "  package.json" in check.excerpt


async def test_one_that_is_said_to_be_harmless_is_none(yard: Yard) -> None:
    track(yard, "config/prod.env", "TOKEN=1\n")
    yard.definition = with_targets(yard.definition, REGISTRY, harmless=["config/prod.env"])
    check = await packed(yard)
    assert (check.status, check.shows) == (CheckStatus.PASSED, "public files")
    assert "looks like a secret" not in check.excerpt


def ask_for(yard: Yard, **more: object) -> None:
    yard.write("package.json", json.dumps(PACKAGE | more, indent=2) + "\n")
    yard.git("commit", "-qam", "feat: more")


async def test_what_asks_for_a_place_here_does_not_become_public(yard: Yard) -> None:
    ask_for(yard, dependencies={"a-demo": "file:../a"})
    with pytest.raises(SkillFailed, match=r"can only be installed on this machine.*dependencies a-demo file:../a"):
        await packed(yard)


async def test_where_nothing_becomes_public_a_place_here_is_fine(start: Yard) -> None:
    start.definition = with_targets(start.definition)
    ask_for(start, dependencies={"a-demo": "file:../a"})
    assert (await packed(start)).status is CheckStatus.PASSED


async def test_where_nothing_becomes_public_it_is_only_said(start: Yard) -> None:
    start.definition = with_targets(start.definition)
    track(start, "config/prod.env", "TOKEN=1\n")
    check = await packed(start)
    assert (check.status, check.shows) == (CheckStatus.PASSED, "")
    assert any("looks like a secret: config/prod.env" in line for _, line in start.said)


class Archived:
    """An archive of one run."""

    def __init__(self, *runs: RunSummary) -> None:
        self._runs = list(runs)

    def runs(
        self, *, loop: str, system: str | None = None, limit: int | None = 10, include_state: bool = False
    ) -> tuple[list[RunSummary], list[Problem]]:
        return self._runs[:limit], []


@pytest.mark.parametrize("harm", ["", "other package", "no folder", "no file", "a path", "damaged"])
def test_the_last_release_is_that_of_the_package_where_it_lies_in_the_archive(
    yard: Yard, tmp_path: Path, harm: str
) -> None:
    (tmp_path / "artifacts").mkdir()
    lies = tarball(tmp_path / "artifacts/widget-0.6.0.tgz", {"package.json": "{}", "old.js": "1"})
    if harm == "damaged":
        lies.write_bytes(b"\x1f\x8b")
    if harm == "no file":
        lies.unlink()
    intent: Proof = {"name": "gadget" if harm == "other package" else "widget", "version": "0.6.0"}
    proof: Proof = {"file": f"../artifacts/{lies.name}" if harm == "a path" else lies.name}
    folder = "" if harm == "no folder" else str(tmp_path)
    effect = Effect(id="t", kind="tarball", intent=intent, proof=proof)
    run_ = RunSummary(folder=folder, completed_at="2026-01-01T00:00:00Z", effects=(effect,))
    version, found = last_release(Archived(run_), yard.state, "widget")
    assert version == ("" if harm else "0.6.0")
    assert [file.path for file in found.files] == ["old.js", "package.json"] if found else harm


def test_it_is_compared_with_the_last_release(tmp_path: Path) -> None:
    before = contents_of(tarball(tmp_path / "a.tgz", {"package.json": "{}", "old.js": "1"}))
    now = contents_of(tarball(tmp_path / "b.tgz", {"package.json": "{}", "new.js": "12", "more.js": ""}))
    words = PublicFiles(now, "0.6.0", before).words
    assert "; 0.6.0 was " in words
    assert words.endswith(", 2 new files, 1 gone")


# --- before and after go --------------------------------------------------------------------------------------------


async def test_the_dry_run_lists_without_scripts_and_leaves_nothing(yard: Yard) -> None:
    scripts = {"prepack": "node -e \"require('fs').writeFileSync('ran','1')\""}
    yard.write("package.json", json.dumps(PACKAGE | {"scripts": scripts}) + "\n")
    lines = await public_lines(yard.context("release-planner"), npm.read_package(yard.project))
    assert lines[0].startswith("as of now, before the build: 1 file")
    assert lines[0].endswith("unknown until the run")
    assert "package.json" in lines[1]
    assert not (yard.project / "ran").exists()


async def test_without_a_public_target_nothing_is_listed(start: Yard) -> None:
    assert await public_lines(start.context("release-planner"), npm.read_package(start.project)) == ()
