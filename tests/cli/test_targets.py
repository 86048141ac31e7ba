"""`loop-tui targets`: what is configured, what the repository uses, and a file that is written once and never over."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from loop_tui.cli.entry import run
from loop_tui.packs.ship.targets.project_file import targets_file
from loop_tui.storage.definitions import catalog
from tests.github import Asset, bad_gateway, fixture
from tests.github.fixture import CI, GitHub

github = fixture.github

Said = Callable[..., str]


def git(folder: Path, *args: str) -> str:
    done = subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "widget"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "package.json").write_text('{"name": "widget", "version": "0.7.0"}\n')
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "-m", "feat: begin")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def hosted(project: Path, github: GitHub) -> Path:
    """The project, on GitHub, with a workflow in it."""
    github.adopt(project)
    workflow(project, "ci.yml", "on: [push]\n")
    return project


def workflow(project: Path, name: str, text: str) -> None:
    path = project / ".github/workflows" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """Runs `targets` with these words and gives what it printed."""

    def call(*argv: str) -> str:
        capsys.readouterr()
        assert run(["targets", *argv]) == 0
        return capsys.readouterr().out

    return call


def detected(said: Said, *argv: str) -> dict[str, object]:
    found = json.loads(said("--detect", "--json", *argv))
    assert isinstance(found, dict)
    return found


def head(project: Path) -> str:
    return git(project, "rev-parse", "HEAD")


# --- what is configured ---------------------------------------------------------------------------------------------


def test_the_targets_and_what_they_lack(project: Path, said: Said) -> None:
    rows = {row["id"]: row for row in map(json.loads, said("--json").splitlines())}
    assert rows["git-remote"]["configured"] is True
    assert (rows["local"]["configured"], rows["local"]["says"]) == (False, "no build or start script")
    assert rows["commands-sync"]["says"] == "no commands/*-loop.md in the project"
    assert rows["railway"]["configured"] is False
    assert rows["railway"]["says"] == "set environment or app in .loops/targets.toml"
    assert rows["github-actions"]["says"] == "set workflow in .loops/targets.toml"
    text = said()
    assert "set environment or app in .loops/targets.toml" in text
    assert "loop-tui targets --detect" in text


@pytest.mark.parametrize(
    ("scripts", "settings", "local"),
    [
        ({}, "", "no build or start script"),
        ({"build": "true"}, "", ""),
        ({"serve": "node s.js"}, "", "no build or start script"),
        ({"serve": "node s.js"}, 'start = "serve"', ""),
        ({"start": "node s.js"}, 'start = "none"', "no build or start script"),
    ],
)
def test_the_dry_run_says_of_each_target_what_targets_says(
    project: Path, said: Said, capsys: pytest.CaptureFixture[str], scripts: dict[str, str], settings: str, local: str
) -> None:
    (project / "package.json").write_text(json.dumps({"name": "widget", "version": "0.7.0", "scripts": scripts}))
    targets_file(project).parent.mkdir()
    targets_file(project).write_text(f'[[targets]]\nid = "local"\n{settings}\n')
    rows = {row["id"]: row for row in map(json.loads, said("--json").splitlines())}
    assert run(["run", "--dry-run", "--json"]) == 0
    planned = {row["target"]: row for row in json.loads(capsys.readouterr().out)["targets"]}
    assert {name: row["configured"] for name, row in rows.items()} == {
        name: row["configured"] for name, row in planned.items()
    }
    for name, row in planned.items():
        lacks = row["why"].removeprefix("not configured: ")
        assert rows[name]["says"].endswith(lacks)
    assert planned["local"]["why"] == (f"not configured: {local}" if local else "")


def test_settings_are_shown(project: Path, said: Said) -> None:
    targets_file(project).parent.mkdir()
    targets_file(project).write_text(
        '[[targets]]\nid = "railway"\napp = "railway-app"\nlevel = "triggered"\n[release]\nroute = "pull-request"\n'
    )
    (row,) = (row for row in map(json.loads, said("--json").splitlines()) if row["id"] == "railway")
    assert (row["configured"], row["level"], row["settings"]) == (True, "triggered", {"app": "railway-app"})
    assert "release: route = pull-request" in said()


def test_a_broken_file_is_one_line_with_its_place(project: Path, said: Said) -> None:
    from loop_tui.model.problem import Problem

    targets_file(project).parent.mkdir()
    targets_file(project).write_text('[[targets]]\nid = "railway"\nap = "x"\n')
    for argv in ([], ["--detect"], ["--write"]):
        with pytest.raises(Problem, match="unknown key 'ap'") as caught:
            run(["targets", *argv])
        assert caught.value.where.endswith("targets.toml:3")
    assert [p.name for p in (project / ".loops").iterdir()] == ["targets.toml"]


# --- detecting ------------------------------------------------------------------------------------------------------


def test_everything_that_a_repository_uses(hosted: Path, github: GitHub, said: Said) -> None:
    github.workflow()
    github.workflow(".github/workflows/release.yml")
    workflow(
        hosted, "release.yml", "on:\n  push:\n    branches: [main]\njobs:\n  a:\n    run: gh release create latest\n"
    )
    workflow(hosted, "nightly.yaml", "on:\n  schedule: [{cron: '0 0 * * *'}]\n")
    sha = head(hosted)
    github.deploy(sha, "railway-app[bot]", "widget / production", "success")
    github.deploy(sha, "vercel[bot]", "Preview", "success")
    github.deploy(sha, "vercel[bot]", "Production", "success")
    github.deploy(sha, "github-actions[bot]", "github-pages", "success")
    github.release("latest", Asset("widget-v0.7.0.tar.gz", b"x"))
    github.protect("main")
    found = detected(said)
    assert found["targets"] == [
        {"id": "github-actions", "kind": "", "workflow": "ci.yml"},
        {"id": "github-actions-release", "kind": "github-actions", "workflow": "release.yml"},
        {"id": "github-pages", "kind": "github-deployment", "environment": "github-pages", "app": "github-actions"},
        {"id": "vercel", "kind": "", "environment": "Production", "app": "vercel"},
        {"id": "railway", "kind": "", "environment": "widget / production", "app": "railway-app"},
        {"id": "github-release", "kind": "", "tag": "latest", "mode": "confirm"},
    ]
    assert found["release"] == {"route": "pull-request"}
    seen = "\n".join(map(str, found["seen"]))  # type: ignore[call-overload]
    assert f"{CI}: a push starts it, active on GitHub" in seen
    assert "nightly.yaml: it does not run on push, not on GitHub" in seen
    assert "vercel[bot] deploys to Preview" in seen
    assert found["written"] is None
    assert not (hosted / ".loops").exists()
    assert github.changes() == []


def test_what_is_proposed_is_what_the_loop_takes(hosted: Path, github: GitHub, said: Said) -> None:
    github.workflow()
    github.deploy(head(hosted), "railway-app[bot]", 'widget "blue" / prod', "success")
    text = said("--write")
    assert "Written to .loops/targets.toml" in text
    assert "git add .loops/targets.toml" in text
    definition = catalog.find(hosted, "distribution").definition
    settings = {t.id: t.settings for t in definition.targets if t.settings}
    assert settings == {
        "github-actions": {"workflow": "ci.yml"},
        "railway": {"environment": 'widget "blue" / prod', "app": "railway-app"},
    }
    assert "is already complete" in said("--write")
    assert [p.name for p in (hosted / ".loops").iterdir()] == ["targets.toml"]


def test_a_file_that_is_there_is_left_as_it_is(hosted: Path, github: GitHub, said: Said) -> None:
    github.workflow()
    github.deploy(head(hosted), "vercel[bot]", "Production", "success")
    mine = '# mine, with care\n[[targets]]\nid = "vercel"\nenvironment = "production"  # lower case\ncap_s = 60\n'
    targets_file(hosted).parent.mkdir()
    targets_file(hosted).write_text(mine)
    text = said("--write")
    assert targets_file(hosted).read_text() == mine
    assert ".loops/targets.toml is unchanged" in text
    proposal = (hosted / ".loops/targets.proposed.toml").read_text()
    assert 'id = "github-actions"' in proposal
    assert proposal.count('id = "vercel"') == 1
    assert "cap_s = 60" in proposal
    # It is no loop and no setting: nothing changes until the person takes it over.
    assert catalog.catalog(hosted)[1] == []
    shutil.copy(hosted / ".loops/targets.proposed.toml", targets_file(hosted))
    assert "is already complete" in said("--detect")


def test_a_disabled_workflow_is_not_proposed(hosted: Path, github: GitHub, said: Said) -> None:
    github.workflow(state="disabled_manually")
    found = detected(said)
    assert found["targets"] == []
    assert found["notes"] == ["ci.yml is disabled: gh workflow enable ci.yml"]


def test_files_alone_are_no_proof_of_deployments(hosted: Path, github: GitHub, said: Said) -> None:
    (hosted / "railway.toml").touch()
    (hosted / ".vercel").mkdir()
    github.workflow()
    found = detected(said)
    assert [t["id"] for t in found["targets"]] == ["github-actions"]  # type: ignore[union-attr, index, call-overload]
    notes = "\n".join(map(str, found["notes"]))  # type: ignore[call-overload]
    assert "railway.toml exists, but Railway posted no deployment" in notes
    assert ".vercel exists, but Vercel posted no deployment" in notes


def test_releases_made_by_hand_are_a_hint_only(hosted: Path, github: GitHub, said: Said) -> None:
    github.workflow()
    github.release("v0.7.0")
    found = detected(said)
    assert [t["id"] for t in found["targets"]] == ["github-actions"]  # type: ignore[union-attr, index, call-overload]
    assert 'tag = "v{version}", mode = "create"' in str(found["notes"])


# --- when GitHub cannot be asked ------------------------------------------------------------------------------------


def test_signed_out_files_are_what_there_is(
    hosted: Path, github: GitHub, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    (hosted / "railway.toml").touch()
    monkeypatch.delenv("GH_TOKEN")
    found = detected(said)
    assert [t["id"] for t in found["targets"]] == ["github-actions", "railway"]  # type: ignore[union-attr, index, call-overload]
    assert any("gh auth login" in str(note) for note in found["notes"])  # type: ignore[union-attr, attr-defined]


def test_without_gh_and_without_a_network(
    hosted: Path, github: GitHub, said: Said, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    github.fail("GET /user", bad_gateway(), times=None)
    assert "GitHub was not checked" in str(detected(said)["notes"])
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    (bin_folder / "git").symlink_to(str(shutil.which("git")))
    monkeypatch.setenv("PATH", str(bin_folder))
    found = detected(said)
    assert "cli.github.com" in str(found["notes"])
    assert [t["id"] for t in found["targets"]] == ["github-actions"]  # type: ignore[union-attr, index, call-overload]


def test_one_list_that_fails_is_said_and_the_rest_is_used(hosted: Path, github: GitHub, said: Said) -> None:
    github.workflow()
    github.fail("/deployments", bad_gateway(), times=None)
    found = detected(said)
    assert "502" in str(found["notes"])
    assert [t["id"] for t in found["targets"]] == ["github-actions"]  # type: ignore[union-attr, index, call-overload]


def test_a_project_that_is_not_on_github(project: Path, said: Said) -> None:
    workflow(project, "ci.yml", "on: [push]\n")
    found = detected(said)
    assert (found["targets"], found["new"]) == ([], False)
    assert "There is nothing to configure." in said("--write")
    assert not (project / ".loops").exists()


def test_a_folder_outside_of_git(tmp_path: Path, said: Said) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    assert "There is nothing to configure." in said("--detect", "-C", str(folder))


def test_names_from_outside_are_safe_to_print(hosted: Path, github: GitHub, said: Said) -> None:
    github.deploy(head(hosted), "evil\x1b[31m[bot]", "prod\x1b]0;x\x07\n[release]\nroute = 'push'", "success")
    text = said("--write")
    assert "\x1b" not in text
    assert "\x1b" not in targets_file(hosted).read_text()
    assert "skipped, because these names are not allowed in a setting" in text
    shipped = catalog.builtin("distribution-loop")
    assert shipped is not None
    found = catalog.find(hosted, "distribution").definition
    assert found.gates == shipped.gates
    assert found.phases == shipped.phases
