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
        (b"[]", "package.json:1:1", "does not hold an object"),
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
    lock(tmp_path, "0.7.0", "0.7.0", dependencies={"left": "^1", "right": "^2"})
    assert npm.lock_drift(package) == ("package-lock.json was made for different dependencies",)


@pytest.mark.parametrize("document", [{"packageManager": "yarn@4.1.1+sha512.abc"}, {"packageManager": "yarn@4.1.1"}])
def test_the_manager_and_its_version_come_from_the_top_of_a_workspace(
    tmp_path: Path, document: dict[str, object]
) -> None:
    inner = tmp_path / "packages/a"
    inner.mkdir(parents=True)
    project(tmp_path, **document)
    package = project(inner)
    assert (npm.detect_manager(package, tmp_path), npm.wanted_version(package, tmp_path)) == ("yarn", "4.1.1")
    assert (npm.detect_manager(package), npm.wanted_version(package)) == ("npm", "")
