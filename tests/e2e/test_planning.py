"""A version that is a matter of choice, through the real command: asked, refused without a person, answered."""

import json
import subprocess
from dataclasses import replace

import pytest

from tests.projects import Project, shipped

pytestmark = pytest.mark.usefixtures("quick_npm")


def tags_ahead(project: Project) -> None:
    """Releases that only tags know of: package.json says 0.7.0, and the last release was 1.4.2."""
    project.commit("feat: old", a__txt="a\n")
    project.git("tag", "v1.4.2")
    project.commit("feat: new", b__txt="b\n")


def test_without_a_person_a_choice_ends_with_three_and_the_flag_and_a_version_that_is_said_ships(
    project: Project,
) -> None:
    tags_ahead(project)
    before = project.remote_sha()
    said = project.here("run", "--yes", code=3)
    assert "[1.5.0/0.8.0/n/version]" in said
    assert "--answer version-" in said
    assert "or --yes" not in said
    assert (project.remote_sha(), project.package()["version"]) == (before, "0.7.0")
    project.here("run", "--yes", "--version", "1.5.0")
    shipped(project, "1.5.0")


def test_a_dry_run_shows_the_values_side_by_side(project: Project) -> None:
    tags_ahead(project)
    plan = json.loads(project.here("run", "--dry-run", "--json"))["bump"]
    assert (plan["before"], plan["after"]) == ("0.7.0", "0.7.0")
    assert [value.partition(":")[0] for value in plan["values"]] == ["1.5.0", "0.8.0"]
    assert "v1.4.2" in plan["question"]
    text = project.here("run", "--dry-run")
    assert "0.7.0 -> ?" in text
    assert "1.5.0: after v1.4.2, the highest release tag" in text
    assert "0.8.0: after 0.7.0 in package.json" in text
    decided = json.loads(project.here("run", "--dry-run", "--json", "--version", "1.5.0"))["bump"]
    assert (decided["after"], decided["decided"], decided["question"]) == ("1.5.0", True, "")


def test_a_dry_run_in_a_shallow_clone_says_that_the_version_is_not_known(project: Project) -> None:
    project.git("tag", "-d", "v0.7.0")
    project.commit("feat: a", a__txt="a\n")
    project.git("push", "--quiet", "origin", "main")
    place = project.folder.parent / "cut"
    clone = ["git", "clone", "--quiet", "--no-tags", "--depth", "1", f"file://{project.remote}", str(place)]
    subprocess.run(clone, check=True, capture_output=True)
    text = replace(project, folder=place).here("run", "--dry-run")
    assert "0.7.0 -> ?   history is cut off at" in text
    assert "shallow clone" in text
