"""package.json and npm itself: what is read, which commands come of it, and what npm really writes."""

import json
from pathlib import Path

import pytest

from loop_tui.model.problem import Problem
from loop_tui.services.toolchains import npm


def project(folder: Path, **document: object) -> npm.Package:
    (folder / "package.json").write_text(json.dumps({"name": "x", "version": "0.7.0", **document}, indent=2) + "\n")
    package = npm.read_package(folder)
    assert package is not None
    return package


def lock(folder: Path, version: str, inner: str, **root: object) -> None:
    document = {"name": "x", "version": version, "lockfileVersion": 3, "packages": {"": {"version": inner, **root}}}
    (folder / "package-lock.json").write_text(json.dumps(document, indent=2) + "\n")


def test_no_package_is_none(tmp_path: Path) -> None:
    assert npm.read_package(tmp_path) is None


@pytest.mark.parametrize(
    ("data", "where", "what"),
    [
        (b'{\n  "name": "x",\n}', "package.json:3:1", "is not JSON"),
        (b"", "package.json:1:1", "is not JSON"),
        (b"[]", "package.json:1:1", "holds no object"),
        (b'{"name": "\xff"}', "package.json", "is not UTF-8"),
        (b'{"version": 7}', "package.json", '"version" is not text'),
        (b'{"scripts": []}', "package.json", '"scripts" is not an object'),
        (b"[" * 100_000, "package.json", ""),
    ],
)
def test_a_damaged_package_names_file_line_and_key(tmp_path: Path, data: bytes, where: str, what: str) -> None:
    (tmp_path / "package.json").write_bytes(data)
    with pytest.raises(Problem) as problem:
        npm.read_package(tmp_path)
    assert problem.value.where.endswith(where)
    assert what in problem.value.what


def test_a_byte_order_mark_is_no_damage(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_bytes(b'\xef\xbb\xbf{"version": "1.2.3"}')
    package = npm.read_package(tmp_path)
    assert package is not None
    assert package.version == "1.2.3"


def test_the_stub_of_npm_init_is_no_test(tmp_path: Path) -> None:
    stub = 'echo "Error: no test specified" && exit 1'
    package = project(tmp_path, scripts={"test": stub, "lint": " ", "build": "tsc", "odd": 7})
    assert package.script("test") is None
    assert package.script("lint") is None
    assert package.script("build") == "tsc"
    assert package.script("odd") is None


@pytest.mark.parametrize(
    ("document", "files", "manager"),
    [
        ({}, (), "npm"),
        ({}, ("package-lock.json",), "npm"),
        ({}, ("yarn.lock",), "yarn"),
        ({}, ("bun.lock",), "bun"),
        ({}, ("pnpm-lock.yaml", "package-lock.json"), "pnpm"),
        ({"packageManager": "pnpm@9.1.0+sha512.abc"}, ("yarn.lock",), "pnpm"),
        ({"packageManager": "deno@2"}, ("yarn.lock",), "yarn"),
        ({"packageManager": 7}, (), "npm"),
        ({"devEngines": {"packageManager": {"name": "yarn"}}}, ("package-lock.json",), "yarn"),
        ({"devEngines": {"packageManager": [{"name": "odd"}, {"name": "bun"}]}}, (), "bun"),
        ({"packageManager": "npm@10", "devEngines": {"packageManager": {"name": "yarn"}}}, (), "npm"),
    ],
)
def test_the_package_manager(tmp_path: Path, document: dict[str, object], files: tuple[str, ...], manager: str) -> None:
    for name in files:
        (tmp_path / name).write_text("")
    assert npm.detect_manager(project(tmp_path, **document)) == manager


def test_the_lock_file_of_a_workspace_is_at_its_top(tmp_path: Path) -> None:
    inner = tmp_path / "packages/a"
    inner.mkdir(parents=True)
    (tmp_path / "pnpm-lock.yaml").write_text("")
    package = project(inner)
    assert npm.detect_manager(package, tmp_path) == "pnpm"
    assert npm.detect_manager(package, inner) == "npm"
    assert npm.detect_manager(package) == "npm"


def test_script_commands() -> None:
    assert npm.script_argv(npm.PackageManager.NPM, "build") == ["npm", "run", "build"]
    assert npm.script_argv(npm.PackageManager.NPM, "test") == ["npm", "test"]
    assert npm.script_argv(npm.PackageManager.BUN, "test") == ["bun", "run", "test"]


def test_lock_drift_is_told_in_words(tmp_path: Path) -> None:
    package = project(tmp_path, dependencies={"left": "^1"})
    assert npm.lock_drift(package) == ()
    lock(tmp_path, "0.7.0", "0.7.0", dependencies={"left": "^1"})
    assert npm.lock_drift(package) == ()
    lock(tmp_path, "0.6.0", "0.5.0", dependencies={"left": "^1", "right": "^2"})
    drift = npm.lock_drift(package)
    assert len(drift) == 3
    assert drift[0] == "package-lock.json version is 0.6.0, package.json says 0.7.0"
    assert "dependencies" in drift[2]


async def test_the_version_write_mends_drift_runs_no_scripts_and_can_be_repeated(tmp_path: Path) -> None:
    scripts = dict.fromkeys(("preversion", "version", "postversion"), "echo ran > ran.txt")
    package = project(tmp_path, scripts=scripts)
    lock(tmp_path, "0.6.0", "0.5.0")
    for _ in range(2):
        await npm.write_version(package, "0.8.0")
        after = npm.read_package(tmp_path)
        assert after is not None
        assert after.version == "0.8.0"
        assert {found.version for found in npm.lock_versions(tmp_path)} == {"0.8.0"}
    assert not (tmp_path / "ran.txt").exists()
    assert not (tmp_path / ".git").exists()


async def test_npm_writes_the_version_of_other_managers_projects_too(tmp_path: Path) -> None:
    package = project(tmp_path, devEngines={"packageManager": {"name": "yarn"}})
    (tmp_path / "yarn.lock").write_text("# theirs\n")
    await npm.write_version(package, "0.8.0")
    after = npm.read_package(tmp_path)
    assert after is not None
    assert after.version == "0.8.0"
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["package.json", "yarn.lock"]


async def test_what_npm_will_not_write_is_a_problem(tmp_path: Path) -> None:
    package = project(tmp_path)
    before = package.path.read_bytes()
    with pytest.raises(Problem, match="could not write version nonsense"):
        await npm.write_version(package, "nonsense")
    assert package.path.read_bytes() == before


async def test_pack_gives_the_file_also_when_scripts_print(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    home = tmp_path / "project"
    home.mkdir()
    package = project(home, name="@scope/x", scripts={"prepack": "echo '[not json' && echo '{}'"})
    path = await npm.pack(package, folder)
    assert path == folder / "scope-x-0.7.0.tgz"
    assert path.stat().st_size > 0


async def test_a_pack_that_fails_is_a_problem(tmp_path: Path) -> None:
    package = project(tmp_path, scripts={"prepack": "echo broken >&2; exit 3"})
    with pytest.raises(Problem, match="npm pack failed"):
        await npm.pack(package, tmp_path)


@pytest.mark.parametrize(
    ("output", "name"),
    [
        ('[{"filename": "x-1.0.0.tgz"}]', "x-1.0.0.tgz"),
        ('{"x": {"filename": "x-1.0.0.tgz"}}', "x-1.0.0.tgz"),
        ('[{"filename": "@s/x-1.0.0.tgz"}]', "s-x-1.0.0.tgz"),
        ('> x@1.0.0 prepack\n[1] built\n[{"filename": "x-1.0.0.tgz"}]\n', "x-1.0.0.tgz"),
        ("[]", None),
        ('[{"filename": 7}]', None),
        ("", None),
    ],
)
def test_both_shapes_of_npm_pack(output: str, name: str | None) -> None:
    assert npm.read_pack(output) == name
