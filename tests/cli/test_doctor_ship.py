"""`loop-tui doctor --ship`: the list, its exit code, and that it changes nothing."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from tests.github import fixture
from tests.github.fixture import GitHub
from tests.projects import Project

github = fixture.github

ACTIONS = '[[targets]]\nid = "github-actions"\nworkflow = "ci.yml"\n'


def settings(project: Project, text: str) -> None:
    path = project.folder / ".loops/targets.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def findings(project: Project, code: int) -> list[dict[str, object]]:
    return [json.loads(line) for line in project.here("doctor", "--ship", "--json", code=code).splitlines()]


def failures(project: Project) -> dict[object, object]:
    return {f["name"]: f["fix"] for f in findings(project, 1) if f["status"] == "fail"}


def snapshot(project: Project) -> dict[str, str]:
    """Every file of the project, except what a fetch notes down."""
    found = {}
    for path in sorted(project.folder.rglob("*")):
        name = path.relative_to(project.folder).as_posix()
        if path.is_file() and not name.startswith(
            (".git/FETCH_HEAD", ".git/index", ".git/objects", ".git/refs/remotes")
        ):
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def test_a_project_without_github(feature: Project) -> None:
    before = snapshot(feature)
    text = feature.here("doctor", "--ship")
    assert "ok    remote: origin at" in text
    assert "ok    branch: 1 ahead of origin/main" in text
    assert "ok    scripts: build, test, lint" in text
    assert text.endswith("nothing stops a ship\n")
    assert {"gh", "github", "scopes", "protection"}.isdisjoint(f["name"] for f in findings(feature, 0))
    assert snapshot(feature) == before
    assert not (feature.folder / ".loop").exists()


def test_all_that_has_to_be_mended_at_once(project: Project, github: GitHub) -> None:
    github.adopt(project.folder)
    github.workflow(state="disabled_manually")
    github.model.scopes = ("gist",)
    github.protect("main")
    github.commit("feat: somebody else's")
    settings(project, ACTIONS)
    text = project.here("doctor", "--ship", code=1)
    for line in (
        "fail  branch: 1 behind origin/main",
        "      fix: git pull --ff-only origin main",
        "fail  scopes: the token lacks repo and workflow; it has gist",
        "gh auth refresh -s repo,workflow",
        "fail  workflow: .github/workflows/ci.yml is disabled manually",
        "      fix: gh workflow enable ci.yml",
        "warn  protection: main is protected",
        '      fix: set route = "pull-request" under [release] in .loops/targets.toml',
        "3 to fix before this can ship",
    ):
        assert line in text
    assert github.changes() == []


def test_signed_out_matters_only_to_what_needs_it(
    project: Project, github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    github.adopt(project.folder)
    monkeypatch.delenv("GH_TOKEN")
    (finding,) = (f for f in findings(project, 0) if f["name"] == "gh")
    assert (finding["status"], finding["fix"]) == ("warn", "gh auth login")
    settings(project, ACTIONS)
    assert failures(project) == {"gh": "gh auth login"}


def test_without_gh_on_the_path(project: Project, github: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    github.adopt(project.folder)
    monkeypatch.setenv("PATH", str(without("gh", project.world.root / "bin")))
    (finding,) = (f for f in findings(project, 0) if f["name"] == "gh")
    assert finding["status"] == "warn"
    settings(project, ACTIONS)
    assert "cli.github.com" in str(failures(project)["gh"])


def test_network_loss(project: Project, github: GitHub) -> None:
    github.adopt(project.folder)
    github.drop("", "before", times=None)
    (finding,) = (f for f in findings(project, 0) if f["name"] == "gh")
    assert (finding["status"], finding["external"]) == ("warn", True)
    settings(project, ACTIONS)
    assert set(failures(project)) == {"gh"}
    github.order("unreachable")
    assert set(failures(project)) == {"gh", "remote"}


def test_broken_settings_are_one_of_the_findings(project: Project) -> None:
    settings(project, "[release]\nroutes = 1\n")
    project.git("remote", "remove", "origin")
    found = findings(project, 1)
    failed = {f["name"]: f["found"] for f in found if f["status"] == "fail"}
    assert set(failed) == {"settings", "remote"}
    assert "targets.toml:2: [release] has an unknown key 'routes'" in str(failed["settings"])


def test_a_damaged_state_file_is_one_of_the_findings(project: Project) -> None:
    project.state_file.write_text('{"loop": "distribution-loop", ')
    assert set(failures(project)) == {"state file"}


def test_the_run_stops_at_what_doctor_shows(project: Project, github: GitHub) -> None:
    github.adopt(project.folder)
    github.workflow(state="disabled_manually")
    settings(project, ACTIONS)
    project.commit("feat: more")
    ran = project.here("run", "--yes", code=None)
    assert "gh workflow enable ci.yml" in ran
    assert github.pushes[-1][1] != project.git("rev-parse", "HEAD")
    assert project.package()["version"] == "0.7.0"


def without(program: str, folder: Path) -> Path:
    """A folder for PATH with everything but one program."""
    folder.mkdir()
    for place in map(Path, os.environ["PATH"].split(os.pathsep)):
        for name in ("git", "sh", "node", "npm"):
            if shutil.which(name, path=str(place)) and not (folder / name).exists():
                (folder / name).symlink_to(place / name)
    assert not (folder / program).exists()
    return folder
