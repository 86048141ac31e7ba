"""A package of a workspace ships with its own tool: real pnpm, yarn and bun, as npm gives them."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from loop_tui.services.toolchains.packing import packed_document
from tests.npm_tools import use_manager
from tests.projects import Project


def workspace(project: Project, manager: str) -> Path:
    """Packages a and b, b asking for a with `workspace:`, committed and pushed; gives b, which has changed since."""
    top = project.folder
    root: dict[str, object] = {"name": "root", "private": True}
    if manager == "pnpm":
        (top / "pnpm-workspace.yaml").write_text("packages:\n  - packages/*\n")
    else:
        root["workspaces"] = ["packages/*"]
    if manager == "yarn4":
        (top / ".yarnrc.yml").write_text("nodeLinker: node-modules\nenableGlobalCache: false\n")
    if manager.startswith("yarn"):
        (top / "yarn.lock").write_text("")
    (top / "package.json").write_text(json.dumps(root))
    (top / ".gitignore").write_text("node_modules/\n.yarn/\ndistribution-state.json\n")
    scripts = {"test": "node -e 0"}
    packages: dict[str, dict[str, object]] = {
        "a": {"name": "a-demo", "version": "1.2.0"},
        "b": {"name": "b-demo", "version": "1.0.0", "scripts": scripts, "dependencies": {"a-demo": "workspace:^"}},
    }
    for name, document in packages.items():
        (top / "packages" / name).mkdir(parents=True)
        (top / "packages" / name / "package.json").write_text(json.dumps(document, indent=2) + "\n")
    return top / "packages/b"


def install(project: Project, manager: str, program: str) -> None:
    """Install as the manager does, without a network; yarn 1 has no words for `workspace:` and is not asked."""
    if manager == "yarn1":
        return
    argv = [program, "install", *(["--offline"] if manager == "pnpm" else [])]
    env = {key: value for key, value in os.environ.items() if key != "CI"}
    done = subprocess.run(argv, cwd=project.folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "manager",
    [
        "pnpm",
        pytest.param("yarn4", marks=pytest.mark.long),
        pytest.param("bun", marks=pytest.mark.long),
    ],
)
def test_a_package_ships_with_its_own_tool(project: Project, monkeypatch: pytest.MonkeyPatch, manager: str) -> None:
    program = use_manager(manager, monkeypatch)
    b = workspace(project, manager)
    install(project, manager, program)
    project.commit("chore: workspaces")
    project.git("push", "--quiet", "origin", "main")
    (b / "x.js").write_text("1\n")
    project.commit("feat: x")
    said = project.cli("run", "--yes", "--project", str(b))
    assert "Archived to" in said
    assert json.loads(project.git("show", "origin/main:packages/b/package.json"))["version"] == "1.1.0"
    (tarball,) = (path for path in project.archives()[0].with_suffix("").rglob("*.tgz"))
    assert packed_document(tarball)["dependencies"] == {"a-demo": "^1.2.0"}
    assert project.git("status", "--porcelain") == ""


def test_what_its_tool_cannot_pack_is_refused_before_the_push(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_manager("yarn1", monkeypatch)
    b = workspace(project, "yarn1")
    project.commit("chore: workspaces")
    project.git("push", "--quiet", "origin", "main")
    before = project.remote_sha()
    (b / "x.js").write_text("1\n")
    project.commit("feat: x")
    said = project.cli("run", "--yes", "--project", str(b), code=1)
    assert "exist only in this workspace" in said
    assert project.remote_sha() == before
