"""A GitHub project ships through the real gh, and every target's level is told truthfully (SHIP "Confirming")."""

from collections.abc import Iterator

import pytest

from tests.github import RunPlan, fixture
from tests.github.fixture import CI, GitHub
from tests.projects import Project

github = fixture.github

WORKFLOW = "name: CI\non: push\njobs: {build: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n"
FAST = "interval_s = 0.05\nlongest_interval_s = 0.2\n"
TARGETS = f"""
[[targets]]
id = "github-actions"
workflow = "ci.yml"
{FAST}
[[targets]]
id = "railway"
app = "railway-app[bot]"
environment = "widget / production"
{FAST}
[[targets]]
id = "vercel"
app = "vercel[bot]"
environment = "Production"
{FAST}
[[targets]]
id = "github-release"
tag = "latest"
{FAST}
"""


@pytest.fixture
def ours(project: Project, github: GitHub) -> Iterator[Project]:
    """The project on GitHub, with a workflow and targets; one feature is not released yet."""
    configure(project, TARGETS)
    github.adopt(project.folder)
    project.remote = github.bare.path
    project.commit("feat: say more", more__txt="more\n")
    return project


def configure(project: Project, targets: str) -> None:
    for name, text in ((".github/workflows/ci.yml", WORKFLOW), (".loops/targets.toml", targets)):
        path = project.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    project.commit("ci: check and confirm")


def manifest(project: Project) -> str:
    return (project.run_dir / "deliverables" / "distribution-manifest.md").read_text()


def rows(text: str) -> dict[str, str]:
    """The verdict of each target as its row of the manifest says it."""
    table = [line.split("|") for line in text.splitlines() if line.startswith("|")]
    return {row[1].strip(): " ".join(row[2:]).strip() for row in table if len(row) > 3}


def test_late_ci_a_superseded_deployment_and_a_late_release(ours: Project, github: GitHub) -> None:
    github.workflow(CI, RunPlan(after=3, lag=1, queued=1, running=2, conclusion="success"))
    github.app("railway-app[bot]", "widget / production", after=1)
    github.app("vercel[bot]", "Production", states=("in_progress", "inactive"), newer="f" * 40)
    github.release_on_push("latest", after=2, starting=1)
    said = ours.cli("run", "--yes", code=1)
    assert "distribution-gate FAILED" in said
    assert "superseded" in said
    found = rows(manifest(ours))
    assert "confirmed" in found["GitHub Actions"]
    assert "confirmed" in found["Railway"]
    assert "superseded" in found["Vercel"]
    assert "confirmed" in found["GitHub Release"]
    gate = ours.status()["gates"]
    assert [g["status"] for g in gate if g["id"] == "distribution-gate"] == ["rejected"]  # type: ignore[union-attr]
    assert ours.archives() == []


def test_a_protected_branch_takes_the_pull_request_route(project: Project, github: GitHub) -> None:
    configure(project, f'[release]\nmerge = "auto"\n{FAST}')
    github.adopt(project.folder)
    github.protect("main")
    project.commit("feat: say more", more__txt="more\n")
    before = github.head()
    said = project.cli("run", code=3)
    assert "Bump version" in said
    said = project.cli("run", "--resume", "--answer", "version=y", "--answer", "commit-message=", code=3)
    assert "pull request" in said.lower()
    project.cli("run", "--resume", "--yes")
    assert len(project.archives()) == 1
    assert github.head() != before
    assert github.bare.git("show", f"{github.head()}:package.json").count('"0.8.0"') == 1
