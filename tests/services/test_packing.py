"""Packing with the project's own tool: real npm, pnpm, yarn and bun, whatever the project's scripts print."""

import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from loop_tui.model.problem import Problem
from loop_tui.services.toolchains import npm
from loop_tui.services.toolchains.packing import Packer, pack, packed_document, packer_of, places_in
from tests.npm_tools import use_manager

NPM = Packer(npm.PackageManager.NPM)


def package(folder: Path, **document: object) -> npm.Package:
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"name": "x", "version": "0.7.0", **document}, indent=2)
    (folder / "package.json").write_text(text + "\n")
    found = npm.read_package(folder)
    assert found is not None
    return found


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.mark.parametrize(
    "scripts",
    [
        {"prepack": "echo '[not json' && echo '{}'"},
        {"prepare": "node -e \"process.stdout.write('.git can\\'t be found')\""},
        {"prepack": "node -e \"console.log(JSON.stringify([{filename: 'other.tgz'}]))\"", "postpack": "echo '[]'"},
        {"prepare": "echo words >&2"},
    ],
)
async def test_what_scripts_print_hides_no_tarball(tmp_path: Path, out: Path, scripts: dict[str, str]) -> None:
    path = await pack(package(tmp_path / "p", name="@scope/x", scripts=scripts), NPM, out)
    assert path == out / "scope-x-0.7.0.tgz"
    assert packed_document(path)["version"] == "0.7.0"


@pytest.mark.parametrize(
    ("document", "npmrc", "holds"),
    [
        ({"scripts": {"prepack": "sed -i s/0.7.0/8.8.8/ package.json"}}, "", "x 8.8.8"),
        ({"scripts": {"prepack": 'sed -i \'s/"x"/"y"/\' package.json'}}, "", "y 0.7.0"),
        ({"workspaces": ["a"]}, "workspace=aa\n", "aa 1.0.0"),
    ],
)
async def test_another_package_or_version_than_meant_is_refused(
    tmp_path: Path, out: Path, document: dict[str, object], npmrc: str, holds: str
) -> None:
    meant = package(tmp_path / "p", **document)
    package(tmp_path / "p/a", name="aa", version="1.0.0")
    (tmp_path / "p/.npmrc").write_text(npmrc)
    with pytest.raises(Problem, match=f"the tarball holds {holds}, and package.json says x 0.7.0"):
        await pack(meant, NPM, out)


@pytest.mark.parametrize(
    ("scripts", "words"),
    [
        ({"prepack": "echo the reason >&2; exit 3"}, "the reason"),
        ({"prepare": "no-such-hook-tool"}, "no-such-hook-tool"),
        ({"prepublishOnly": "echo not from here; exit 4"}, "the prepublishOnly script failed"),
    ],
)
async def test_a_pack_that_fails_says_why(tmp_path: Path, out: Path, scripts: dict[str, str], words: str) -> None:
    with pytest.raises(Problem, match=words):
        await pack(package(tmp_path / "p", scripts=scripts), NPM, out, guard=True)


async def test_what_publishing_would_make_first_is_in_the_tarball(tmp_path: Path, out: Path) -> None:
    scripts = {"prepublishOnly": "node -e \"fs.writeFileSync('made.js', '1')\""}
    made = await pack(package(tmp_path / "p", scripts=scripts), NPM, out, guard=True)
    with tarfile.open(made) as archive:
        assert "package/made.js" in archive.getnames()


@pytest.mark.sampled(3)
@pytest.mark.parametrize("key", ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"])
@pytest.mark.parametrize("spec", ["workspace:^", "workspace:1.0.0", "catalog:"])
async def test_a_tarball_that_only_the_workspace_understands_is_refused(
    tmp_path: Path, out: Path, key: str, spec: str
) -> None:
    broken = package(tmp_path / "p", **{key: {"a-demo": spec}})
    with pytest.raises(Problem, match=f"{key} a-demo {spec.replace('^', '.')}"):
        await pack(broken, NPM, out)


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"dependencies": {"a": "file:../a"}}, ("dependencies a file:../a",)),
        ({"optionalDependencies": {"a": "link:../a"}}, ("optionalDependencies a link:../a",)),
        ({"peerDependencies": {"a": "portal:../a"}}, ("peerDependencies a portal:../a",)),
        ({"dependencies": {"a": "../a", "b": "^1.0.0"}}, ("dependencies a ../a",)),
        ({"devDependencies": {"a": "file:../a"}}, ()),
        ({"dependencies": {"a": "file:a"}, "bundleDependencies": ["a"]}, ()),
        ({"dependencies": {"a": "file:a"}, "bundledDependencies": True}, ()),
        ({"dependencies": {"a": "file:a"}, "bundleDependencies": ["b"]}, ("dependencies a file:a",)),
    ],
)
def test_what_only_this_machine_has_is_told(
    tmp_path: Path, document: dict[str, object], found: tuple[str, ...]
) -> None:
    package(tmp_path / "package", **document)
    with tarfile.open(tmp_path / "x.tgz", "w:gz") as archive:
        archive.add(tmp_path / "package/package.json", "package/package.json")
    assert places_in(tmp_path / "x.tgz") == found


# --- the other tools, as npm gives them -----------------------------------------------------------------------------


def run(folder: Path, *argv: str) -> str:
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{argv}: {done.stdout}\n{done.stderr}"
    return done.stdout


def workspace(top: Path, manager: str, *, private: bool = False) -> npm.Package:
    """Packages a and b, b asking for a with `workspace:`; installed as that manager does, without a network."""
    root = {"name": "root", "private": True, "version": "1.0.0"}
    if manager == "pnpm":
        (top / "pnpm-workspace.yaml").write_text("packages:\n  - packages/*\n")
    else:
        root["workspaces"] = ["packages/*"]
    (top / "package.json").write_text(json.dumps(root))
    package(top / "packages/a", name="a-demo", version="1.2.0")
    scripts = {"prepack": "echo packing", "test": "node -e 0"}
    return package(
        top / "packages/b", name="b-demo", version="1.0.0", scripts=scripts, dependencies={"a-demo": "workspace:^"}
    )


@pytest.mark.parametrize("manager", ["pnpm", "yarn4", "bun"])
async def test_the_tool_of_the_workspace_writes_real_versions(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch, manager: str
) -> None:
    program = use_manager(manager, monkeypatch)
    top = tmp_path / "p"
    top.mkdir()
    b = workspace(top, manager)
    if manager == "yarn4":
        (top / ".yarnrc.yml").write_text("nodeLinker: node-modules\n")
        (top / "yarn.lock").write_text("")
    run(top, program, "install", *(["--offline"] if manager == "pnpm" else []))
    found = npm.detect_manager(b, top)
    assert found == program
    made = await pack(b, await packer_of(b, found), out)
    assert made.name == "b-demo-1.0.0.tgz"
    assert packed_document(made)["dependencies"] == {"a-demo": "^1.2.0"}


async def test_yarn_1_packs_what_it_is_given(tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_manager("yarn1", monkeypatch)
    plain = package(tmp_path / "p", name="@s/x", scripts={"prepack": "echo packing"})
    packer = await packer_of(plain, npm.PackageManager.YARN)
    assert (await pack(plain, packer, out)).name == "s-x-0.7.0.tgz"


async def test_yarn_1_leaves_workspace_words_in_and_is_refused(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_manager("yarn1", monkeypatch)
    broken = package(tmp_path / "p", dependencies={"a-demo": "workspace:^"})
    with pytest.raises(Problem, match="exist only in this workspace"):
        await pack(broken, await packer_of(broken, npm.PackageManager.YARN), out)


async def test_pnpm_names_what_is_not_installed(tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_manager("pnpm", monkeypatch)
    top = tmp_path / "p"
    top.mkdir()
    b = workspace(top, "pnpm")
    with pytest.raises(Problem, match="pnpm pack failed"):
        await pack(b, Packer(npm.PackageManager.PNPM), out)
