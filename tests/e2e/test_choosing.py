"""Choosing what is shipped, from the command line: refused before anything begins, kept, and shown for what it is."""

import json

import pytest

from tests.projects import Project

pytestmark = pytest.mark.usefixtures("quick_npm")


@pytest.mark.parametrize(
    ("words", "todo"),
    [
        (("--only", "nowhere"), "the targets are: local, git-remote, tarball"),
        (("--skip-target", "tarball"), "--reason TEXT"),
        (("--skip-target", "git-remote", "--reason", "x"), "--dry-run"),
        (("--only", "railway"), "targets.toml"),
        (("--dry-run", "--only", "nowhere"), "the targets are: local, git-remote, tarball"),
    ],
)
def test_a_wrong_choice_is_exit_2_and_nothing_is_begun(feature: Project, words: tuple[str, ...], todo: str) -> None:
    before = feature.git("rev-parse", "HEAD")
    assert todo in feature.here("run", "--yes", *words, code=2)
    assert not feature.state_file.exists()
    assert feature.git("rev-parse", "HEAD") == before


@pytest.mark.parametrize("words", [("--yes",), ("--dry-run",)])
def test_only_a_target_that_this_package_has_nothing_for_is_exit_2(feature: Project, words: tuple[str, ...]) -> None:
    package = feature.package() | {"private": True}
    feature.commit("chore: private", package__json=json.dumps(package))
    before = feature.git("ls-remote", "origin")
    said = feature.here("run", "--only", "tarball", *words, code=2)
    assert "tarball is not configured: the package is private" in said
    assert not feature.state_file.exists()
    assert feature.git("ls-remote", "origin") == before


def test_a_dry_run_shows_what_is_left_out(feature: Project) -> None:
    text = feature.here("run", "--dry-run", "--skip-target", "tarball", "--reason", "no use")
    assert "skipped: no use (chosen by" in text
    plan = json.loads(feature.here("run", "--dry-run", "--only", "local", "--json"))
    assert {t["target"] for t in plan["targets"] if not t["skipped"]} == {"local", "git-remote"}
    assert not feature.state_file.exists()


def test_a_choice_outlives_its_driver_and_is_in_the_archive(feature: Project) -> None:
    """A whole run: it stops at a question, another driver goes on, and nobody says it again."""
    feature.here("run", "--skip-target", "tarball", "--reason", "no registry", code=3)
    chosen = [event for event in feature.journal() if event.get("subject") == "choice-targets"]
    assert [event["action"] for event in chosen] == ["effect-intended", "effect-proven"]
    said = feature.here("run", "--resume", "--yes", "--skip-target", "commands-sync", "--reason", "not yet")
    assert "Package tarball: skipped: no registry (chosen by" in said
    body = json.loads(feature.archives()[0].read_text())
    checks = {check["name"]: check for check in body["summary"]["evidence"]["distribution-gate"]}
    assert checks["tarball"]["status"] == checks["commands-sync"]["status"] == "skipped"
    assert checks["git-remote"]["status"] == "passed"
    assert not list(feature.archives()[0].with_suffix("").rglob("*.tgz")), "nothing was packed for it"


def test_a_run_whose_target_failed_goes_on_without_it(feature: Project) -> None:
    """The gate said no; the person leaves the target out, with a reason that the archive keeps."""
    (feature.folder / ".loops").mkdir()
    (feature.folder / ".loops/targets.toml").write_text(
        '[[targets]]\nid = "live"\nkind = "http-health"\nurl = "http://127.0.0.1:9/health"\ncap_s = 0\nrounds = 0\n'
    )
    feature.commit("chore: a live server that does not exist")
    said = feature.here("run", "--yes", "--trust", code=1)
    assert "distribution-gate FAILED" in said
    head = feature.git("rev-parse", "HEAD")
    reason = "it moves on Monday"
    said = feature.here("run", "--resume", "--yes", "--skip-target", "live", "--reason", reason)
    assert f"live: skipped: {reason} (chosen by" in said
    assert feature.git("rev-parse", "HEAD") == head, "nothing was committed or pushed again"
    summary = json.loads(feature.archives()[0].read_text())["summary"]
    (live,) = [c for c in summary["evidence"]["distribution-gate"] if c["name"] == "live"]
    assert (live["status"], reason in live["summary"]) == ("skipped", True)
