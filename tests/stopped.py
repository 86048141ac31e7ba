"""A run that stopped between the commit and the push, made once and copied for each test."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import World
from tests.projects import Project, copied


@dataclass(frozen=True)
class Stopped:
    """The project of such a run, and what was there before it."""

    project: Project
    files: dict[str, bytes]
    """What git tracked, with the changes that nobody had committed."""
    head: str


def add_lock(project: Project) -> None:
    """A lock file that another program has indented."""
    lock = {
        "name": "widget",
        "version": "0.7.0",
        "lockfileVersion": 3,
        "requires": True,
        "packages": {"": {"name": "widget", "version": "0.7.0"}},
    }
    (project.folder / "package-lock.json").write_text(json.dumps(lock, indent=4))


def contents(project: Project) -> dict[str, bytes]:
    """Every file that git tracks."""
    found = subprocess.run(["git", "ls-files", "-z"], cwd=project.folder, capture_output=True, check=True).stdout
    return {name: (project.folder / name).read_bytes() for name in found.decode().split("\0") if name}


def effects(project: Project) -> list[str]:
    """The kinds of what the run did or was told, as its state says it: what it only noted is none of that."""
    return [e["kind"] for e in json.loads(project.state_file.read_text()).get("effects", []) if e.get("intent")]


def refuse(project: Project, hook: str) -> Path:
    """From here on git refuses what that hook comes before; gives the hook."""
    path = project.folder / ".git/hooks" / hook
    path.write_text("#!/bin/sh\nexit 1\n")
    path.chmod(0o755)
    return path


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the stopped run is kept, as soon as one test has made it."""
    return tmp_path_factory.mktemp("stopped") / "kept"


@pytest.fixture
def stopped(template: Path, kept: Path, world: World) -> Iterator[Stopped]:
    """A run that committed a new version, a lock and changes that nobody had committed, and could not push."""
    if kept.exists():
        project = copied(kept, world)
    else:
        project = copied(template, world)
        add_lock(project)
        project.commit("feat: say more", more__txt="more\n")
        package = {**project.package(), "description": "not committed yet"}
        (project.folder / "package.json").write_text(json.dumps(package, indent=2) + "\n")
        (project.folder / "check.js").write_text("console.log('changed');\n")
        before = {name: text.decode() for name, text in contents(project).items()}
        note = json.dumps({"files": before, "head": project.git("rev-parse", "HEAD")})
        refuse(project, "pre-push")
        project.here("run", "--yes", code=1)
        shutil.copytree(project.folder, kept / "widget", symlinks=True)
        shutil.copytree(project.remote, kept / "widget.git", symlinks=True)
        config = kept / "widget/.git/config"
        config.write_text(config.read_text().replace(str(project.remote), str(kept / "widget.git")))
        (kept / "before.json").write_text(note)
    was = json.loads((kept / "before.json").read_text())
    assert project.git("rev-parse", "HEAD^") == was["head"]
    assert project.package()["version"] == "0.8.0"
    yield Stopped(project, {name: text.encode() for name, text in was["files"].items()}, was["head"])
    project.end_all()
