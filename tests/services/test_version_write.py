"""The version write: the bytes of the version and no others, wherever it stands; npm itself agrees with the result."""

import json
import subprocess
from pathlib import Path

import pytest

from loop_tui.model.problem import Problem
from loop_tui.services.toolchains import npm
from loop_tui.services.toolchains.named_files import NamedFile, read_entry
from loop_tui.services.toolchains.version_write import VersionSites, VersionWrite
from loop_tui.services.toolchains.workspaces import dependents, workspace_of

_PLAIN = b'{\n  "name": "x",\n  "version": "0.7.0",\n  "private": true\n}\n'


def package(folder: Path, data: bytes = _PLAIN) -> npm.Package:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_bytes(data)
    found = npm.read_package(folder)
    assert found is not None
    return found


def write(folder: Path, *named: str, before: str = "0.7.0", after: str = "0.8.0") -> VersionWrite:
    found = npm.read_package(folder)
    assert found is not None
    entries = tuple(entry for text in named if (entry := read_entry(text)) is not None)
    assert len(entries) == len(named)
    return VersionWrite(VersionSites(found, None, entries), before, after)


@pytest.mark.parametrize(
    "text",
    [
        '{\n\t"name": "x",\n\t"version": "0.7.0",\n\t"files": ["dist", "src"]\n}\n',
        '{\n    "version": "0.7.0",\n    "name": "x"\n}\n',
        '{\r\n  "name": "x",\r\n  "version": "0.7.0"\r\n}\r\n',
        '\ufeff{\n  "name": "x",\n  "version": "0.7.0"\n}\n',
        '{\n  "name": "x",\n  "version": "0.7.0"\n}',
        '{"name":"x","version":"0.7.0","scripts":{"a":"b"}}',
        '{\n  "name" :  "x",\n  "version"   :   "0.7.0"  ,\n  "config": { "n": 1.0e+2, "big": 123456789012345 }\n}\n\n',
        '{\n  "name": "x", "files": [ "a",\n "b" ], "version": "0.7.0", "nested": {"version": "0.7.0"}\n}\n',
        '{\n  "keywords": ["caf\\u00e9", "\\/"],\n  "version": "0.7.0",\n  "name": "x"\n}\n',
    ],
    ids=["tabs", "four", "crlf", "bom", "no-newline", "one-line", "spaces-numbers", "inline-nested", "escapes"],
)
def test_only_the_bytes_of_the_version_change(tmp_path: Path, text: str) -> None:
    package(tmp_path, text.encode())
    write(tmp_path).write()
    assert (tmp_path / "package.json").read_bytes() == text.replace('"0.7.0"', '"0.8.0"', 1).encode()
    assert not write(tmp_path).missing(), "writing again changes nothing"


@pytest.mark.parametrize("name", ["package-lock.json", "npm-shrinkwrap.json"])
@pytest.mark.parametrize("indent", ["  ", "\t", "    "])
def test_both_fields_of_the_lock_are_raised_also_when_they_drifted(tmp_path: Path, name: str, indent: str) -> None:
    package(tmp_path)
    lock = (
        '{\n  "name": "x",\n  "version": "0.6.0",\n  "lockfileVersion": 3,\n  "packages": {\n    "": {\n'
        '      "name": "x",\n      "version": "0.5.0",\n      "license": "MIT"\n    },\n'
        '    "node_modules/y": { "version": "0.7.0", "dev": true }\n  }\n}'
    ).replace("  ", indent)
    (tmp_path / name).write_text(lock)
    (tmp_path / ".npmrc").write_text("package-lock=false\n")
    write(tmp_path).write()
    assert (tmp_path / name).read_text() == lock.replace("0.6.0", "0.8.0").replace("0.5.0", "0.8.0")


def test_a_lock_of_the_first_kind_and_one_without_a_version_stay_valid(tmp_path: Path) -> None:
    package(tmp_path)
    (tmp_path / "package-lock.json").write_text('{"name": "x", "version": "0.7.0", "lockfileVersion": 1}')
    (tmp_path / "npm-shrinkwrap.json").write_text(
        '{"name": "x", "lockfileVersion": 3, "packages": {"": {"name": "x"}}}'
    )
    assert [path.name for path in write(tmp_path).write()] == ["package.json", "package-lock.json"]
    assert json.loads((tmp_path / "package-lock.json").read_text())["version"] == "0.8.0"


def test_a_damaged_lock_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    package(tmp_path)
    (tmp_path / "package-lock.json").write_text('{"version": "0.7.0",}')
    with pytest.raises(Problem) as problem:
        write(tmp_path).write()
    assert "package-lock.json" in problem.value.where
    assert (tmp_path / "package.json").read_bytes() == _PLAIN


# --- files that the project names -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("src/version.ts", 'export const VERSION = "0.7.0";\r\n'),
        ("src/version.ts", "// v0.7.0"),
        ("VERSION", "0.7.0\n"),
        ("Cargo.toml", '[package]\nversion = "0.7.0"\n[dependencies]\na = "0.7.01"\nb = "10.7.0"\nc = "0.7.0-rc.1"\n'),
        ("deno.json", '{ "version":"0.7.0", "imports": {"a": "jsr:@a/a@0.7.0"} }'),
        ("README.md: badge/v{version}-blue", "![v](badge/v0.6.9-beta.1-blue) since 0.7.0, and 0.7.0\n"),
        ("docs/conf.py: release = '{version}'", "release = '0.1.0+old.1'\nversion = '0.7.0'\n"),
        ("a.txt: version: {version}", "version: 0.7.0-rc.1. Now version 0.7.0\n"),
    ],
)
def test_a_named_file_changes_in_its_one_place(tmp_path: Path, entry: str, text: str) -> None:
    package(tmp_path)
    path = tmp_path / entry.partition(": ")[0]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode())
    writing = write(tmp_path, entry)
    assert len(writing.sites.versions()) == 1
    writing.write()
    before, after = text, path.read_bytes().decode()
    assert after.count("0.8.0") == 1
    start = next(i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b)
    assert before[:start] == after[:start]
    assert len(after.replace("0.8.0", "")) < len(before)
    assert not write(tmp_path, entry, before="0.7.0").missing()
    assert write(tmp_path, entry).sites.versions()[0].version == "0.8.0"


@pytest.mark.parametrize(
    ("entry", "text", "why"),
    [
        ("version.ts", "export default '0.6.0'", "0.7.0 is missing"),
        ("version.ts", "'0.7.0' and '0.7.0'", "2 times"),
        ("package.json.md: v{version}!", "v0.7.0", "is missing"),
        ("manifest.json", '{"name": "x"}', 'no "version" at its top level'),
        ("manifest.json", "{", "ends too early"),
    ],
)
def test_a_named_file_without_the_version_is_refused_before_anything_is_written(
    tmp_path: Path, entry: str, text: str, why: str
) -> None:
    package(tmp_path)
    (tmp_path / entry.partition(": ")[0]).write_text(text)
    with pytest.raises(Problem, match=why.split("(", maxsplit=1)[0]):
        write(tmp_path, entry).sites.versions()
    with pytest.raises(Problem):
        write(tmp_path, entry).write()
    assert (tmp_path / "package.json").read_bytes() == _PLAIN


def test_a_named_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    package(tmp_path)
    with pytest.raises(Problem, match="there is no such file") as problem:
        write(tmp_path, "src/gone.ts").sites.versions()
    assert "gone.ts" in problem.value.where


@pytest.mark.parametrize(
    "text", ["", "/etc/passwd", "../x", "a/../../x", "a: {version}", "a{version}", "a: {version}{version}"]
)
def test_what_can_be_no_entry(text: str) -> None:
    assert read_entry(text) is None


def test_an_entry_with_what_stands_around_it() -> None:
    assert read_entry("a b.md: x: {version}!") == NamedFile("a b.md", "x: {version}!")
    assert read_entry("src/a.ts") == NamedFile("src/a.ts")


# --- workspaces -----------------------------------------------------------------------------------------------------


def workspaces(top: Path, root: dict[str, object], **members: dict[str, object]) -> npm.Package:
    """A workspace of packages/NAME; gives the package `a` of it."""
    package(top, json.dumps({"name": "root", "private": True, "workspaces": ["packages/*"], **root}, indent=2).encode())
    for name, document in members.items():
        whole = {"name": f"{name}-demo", "version": "1.0.0", **document}
        package(top / "packages" / name, json.dumps(whole, indent=2).encode())
    found = npm.read_package(top / "packages/a")
    assert found is not None
    return found


def raised(top: Path, a: npm.Package, after: str) -> VersionWrite:
    workspace = workspace_of(a, top)
    assert workspace is not None
    found = dependents(workspace, a, "1.0.0", after)
    return VersionWrite(VersionSites(a, workspace), "1.0.0", after, found)


def installs(top: Path, *argv: str) -> None:
    """npm's own word on the workspace: it takes it as it is, without asking anybody outside."""
    done = subprocess.run(
        [*argv, "--offline", "--no-audit", "--no-fund"], cwd=top, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("spec", "after", "key"),
    [
        ("1.0.0", "1.1.0", "dependencies"),
        ("^1.0.0", "2.0.0", "devDependencies"),
        ("^1.0.0", "1.1.0-beta.1", "optionalDependencies"),
        ("*", "2.0.0", "dependencies"),
    ],
)
@pytest.mark.sampled(3)
def test_npm_ci_works_before_and_after(tmp_path: Path, spec: str, after: str, key: str) -> None:
    a = workspaces(tmp_path, {key: {"a-demo": spec}}, a={}, b={key: {"a-demo": spec}})
    installs(tmp_path, "npm", "install", "--package-lock-only")
    installs(tmp_path, "npm", "ci")
    raised(tmp_path, a, after).write()
    lock = json.loads((tmp_path / "package-lock.json").read_text())
    assert lock["packages"]["packages/a"]["version"] == after
    installs(tmp_path, "npm", "ci")
    before = (tmp_path / "package-lock.json").read_bytes()
    installs(tmp_path, "npm", "install", "--package-lock-only")
    assert (tmp_path / "package-lock.json").read_bytes() == before, "npm itself would write nothing else"


def test_the_ranges_that_break_are_those_that_took_it_before(tmp_path: Path) -> None:
    a = workspaces(
        tmp_path,
        {},
        a={},
        b={"dependencies": {"a-demo": "^1.0.0"}},
        c={"dependencies": {"a-demo": "^0.9.0"}},
        d={"peerDependencies": {"a-demo": "^1.0.0"}},
        e={"dependencies": {"a-demo": ">=1.0.0 <2.0.0"}},
        f={"dependencies": {"a-demo": "workspace:^"}},
        g={"dependencies": {"a-demo": "file:../a"}},
    )
    found = {each.place: (each.after, each.is_plain) for each in raised(tmp_path, a, "2.0.0").dependents}
    assert found == {
        "packages/b": ("^2.0.0", True),
        "packages/d": ("^2.0.0", False),
        "packages/e": ("^2.0.0", False),
    }


@pytest.mark.parametrize(
    ("workspace", "members"),
    [
        ({"workspaces": ["packages/*"]}, ["packages/a", "packages/b"]),
        ({"workspaces": {"packages": ["packages/*", "!packages/b"]}}, ["packages/a"]),
        ({"workspaces": ["./packages/a/"]}, ["packages/a"]),
        ({"workspaces": ["**"]}, ["packages/a", "packages/b"]),
        ({"workspaces": ["../*"]}, None),
        ({"workspaces": 7}, None),
    ],
)
def test_who_belongs_to_a_workspace(tmp_path: Path, workspace: dict[str, object], members: list[str] | None) -> None:
    a = workspaces(tmp_path, workspace, a={}, b={})
    (tmp_path / "packages/a/node_modules/y").mkdir(parents=True)
    (tmp_path / "packages/a/node_modules/y/package.json").write_text("{}")
    found = workspace_of(a, tmp_path)
    assert (sorted(found.members) if found else None) == members


def test_a_folder_beside_a_workspace_is_no_member(tmp_path: Path) -> None:
    workspaces(tmp_path, {}, a={})
    assert workspace_of(package(tmp_path / "tools/x"), tmp_path) is None
    (tmp_path / "pnpm-workspace.yaml").write_text("packages:\n  - 'tools/*'\n")
    found = workspace_of(package(tmp_path / "tools/x"), tmp_path)
    assert found is not None
    assert list(found.members) == ["tools/x"]
