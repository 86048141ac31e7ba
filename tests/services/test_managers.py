"""Does the package manager take the project? Real node and npm, and yarn, pnpm and bun as npm gives them."""

import json
import subprocess
from pathlib import Path

import pytest

from loop_tui.services.toolchains import npm
from loop_tui.services.toolchains.managers import ManagerProblem, troubles
from loop_tui.services.toolchains.version_write import VersionSites, VersionWrite
from loop_tui.services.toolchains.workspaces import dependents, workspace_of
from tests.npm_tools import use_manager

YARN_1 = """#!/bin/sh
case $1 in --version) echo 1.22.22; exit 0;; esac
echo "error This project's package.json defines \\"packageManager\\": \\"yarn@4.1.1\\". However this is 1.22.22." >&2
exit 1
"""


def package(folder: Path, **document: object) -> npm.Package:
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"name": "x", "version": "0.7.0", "scripts": {"test": "node -e 0"}, **document})
    (folder / "package.json").write_text(text + "\n")
    found = npm.read_package(folder)
    assert found is not None
    return found


async def found(package: npm.Package, *, looking: bool = False) -> tuple[ManagerProblem, ...]:
    return await troubles(package, npm.detect_manager(package), package.project, looking=looking)


def put(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


@pytest.mark.parametrize("looking", [True, False])
async def test_nothing_is_wrong_with_npm_and_a_plain_project(tmp_path: Path, looking: bool) -> None:
    assert await found(package(tmp_path / "p"), looking=looking) == ()


@pytest.mark.parametrize("looking", [True, False])
@pytest.mark.parametrize("option", ["--require {gone}/bootloader.js", "--no-such-option", "--import {gone}/x.mjs"])
async def test_node_that_does_not_start_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looking: bool, option: str
) -> None:
    monkeypatch.setenv("NODE_OPTIONS", option.format(gone=tmp_path / "gone"))
    told = await found(package(tmp_path / "p"), looking=looking)
    assert [each.program for each in told] == ["node", "npm"] or [each.program for each in told] == ["npm"]
    assert "does not start" in told[-1].words
    assert "--version" in told[-1].fix


async def test_a_missing_manager_says_how_to_get_it(tmp_path: Path) -> None:
    (trouble,) = await found(package(tmp_path / "p", packageManager="pnpm@9.1.0"))
    assert trouble.words == "pnpm is not installed"
    assert "corepack enable pnpm" in trouble.fix


@pytest.mark.parametrize("looking", [True, False])
@pytest.mark.parametrize("wanted", ["yarn@4.1.1", "yarn@2.0.0-rc.1", "yarn@3.6.0+sha224.abc"])
async def test_yarn_1_is_no_yarn_for_a_project_of_a_later_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looking: bool, wanted: str
) -> None:
    put(monkeypatch, tmp_path / "bin", "yarn", YARN_1)
    (trouble,) = await found(package(tmp_path / "p", packageManager=wanted), looking=looking)
    assert "yarn here is 1.22.22" in trouble.words
    assert "corepack enable yarn" in trouble.fix


async def test_a_project_that_brings_its_yarn_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, tmp_path / "bin", "yarn", YARN_1)
    mine = package(tmp_path / "p", packageManager="yarn@4.1.1")
    (mine.project / ".yarnrc.yml").write_text("yarnPath: .yarn/releases/yarn-4.1.1.cjs\n")
    assert await found(mine, looking=True) == ()
    (trouble,) = await found(mine)
    assert "refuses this project" in trouble.words, "asked for real, it has its own word"


async def test_a_look_runs_nothing_that_the_project_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_manager("yarn1", monkeypatch)
    mine = package(tmp_path / "p", packageManager="yarn@4.1.1")
    (mine.project / "evil.cjs").write_text(f"require('fs').writeFileSync('{tmp_path}/ran', '')")
    (mine.project / ".yarnrc.yml").write_text("yarnPath: evil.cjs\n")
    await found(mine, looking=True)
    assert not (tmp_path / "ran").exists()
    await found(mine)
    assert (tmp_path / "ran").exists(), "it is the program that a run would start"


@pytest.mark.parametrize(
    ("engines", "words"),
    [
        ({"packageManager": {"name": "npm", "version": "^1.0.0"}}, "EBADDEVENGINES"),
        ({"runtime": {"name": "node", "version": "^99.0.0"}}, "EBADDEVENGINES"),
    ],
)
async def test_npm_that_refuses_the_project_is_quoted(tmp_path: Path, engines: dict[str, object], words: str) -> None:
    (trouble,) = await found(package(tmp_path / "p", devEngines=engines))
    assert "npm refuses this project" in trouble.words
    assert words in trouble.words


@pytest.mark.parametrize("name", ["pnpm", "yarn1", "yarn4", "bun"])
async def test_each_manager_takes_its_own_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    program = use_manager(name, monkeypatch)
    mine = package(tmp_path / "p")
    (mine.project / {"pnpm": "pnpm-lock.yaml", "bun": "bun.lock"}.get(name, "yarn.lock")).write_text("")
    assert npm.detect_manager(mine) == program
    assert await found(mine) == ()


async def test_pnpm_refuses_a_project_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_manager("pnpm", monkeypatch)
    mine = package(tmp_path / "p", packageManager="npm@10.0.0")
    (trouble,) = await troubles(mine, npm.PackageManager.PNPM, mine.project, looking=False)
    assert "pnpm refuses this project" in trouble.words
    assert "configured to use npm" in trouble.words


# --- locks of workspaces --------------------------------------------------------------------------------------------

_FROZEN = {
    "pnpm": ("install", "--frozen-lockfile", "--offline"),
    "yarn4": ("install", "--immutable"),
    "bun": ("install", "--frozen-lockfile"),
}


def install(folder: Path, *argv: str) -> None:
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{argv}: {done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("manager", sorted(_FROZEN))
@pytest.mark.parametrize("spec", ["workspace:^", "workspace:^1.0.0", "^1.0.0"])
@pytest.mark.sampled(3)
async def test_a_frozen_install_works_before_and_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, manager: str, spec: str
) -> None:
    program = use_manager(manager, monkeypatch)
    top = tmp_path / "p"
    a = package(top / "packages/a", name="a-demo", version="1.0.0")
    package(top / "packages/b", name="b-demo", version="1.0.0", dependencies={"a-demo": spec})
    root: dict[str, object] = {"name": "root", "private": True}
    if manager == "pnpm":
        (top / "pnpm-workspace.yaml").write_text("packages:\n  - packages/*\n")
        (top / ".npmrc").write_text("link-workspace-packages=true\n")
    else:
        root["workspaces"] = ["packages/*"]
    if manager == "yarn4":
        (top / ".yarnrc.yml").write_text("nodeLinker: node-modules\n")
        (top / "yarn.lock").write_text("")
    (top / "package.json").write_text(json.dumps(root))
    monkeypatch.delenv("CI", raising=False)
    install(top, program, "install", *(["--offline"] if manager == "pnpm" else []))
    install(top, program, *_FROZEN[manager])
    workspace = workspace_of(a, top)
    assert workspace is not None
    write = VersionWrite(VersionSites(a, workspace), "1.0.0", "2.0.0", dependents(workspace, a, "1.0.0", "2.0.0"))
    write.write()
    assert not write.missing()
    install(top, program, *_FROZEN[manager])
