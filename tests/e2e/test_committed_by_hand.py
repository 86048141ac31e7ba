"""A person fixes a failure and commits all of it themselves, version too: the retry pushes it only on a yes to that."""

import pytest

from tests.projects import Project, press_until

from .test_screen import Terminal, answers_in

pytestmark = pytest.mark.usefixtures("quick_npm")

FAILS = "process.exit(require('fs').existsSync('fixed') ? 0 : 1);\n"


def fixed_by_hand(project: Project) -> str:
    """A run whose gate failed, and what the person then commits; gives that commit."""
    project.commit("test: fails", check__js=FAILS)
    project.here("run", "--yes", code=1)
    assert project.package()["version"] == "0.8.0"
    (project.folder / "fixed").touch()
    project.git("add", "fixed")
    project.git("commit", "-qam", "fix: with the version")
    return project.git("rev-parse", "HEAD")


def test_headless_it_is_asked_with_the_option_that_answers(feature: Project) -> None:
    mine, before = fixed_by_hand(feature), feature.remote_sha()
    said = feature.here("run", "--resume", code=3)
    assert f"{mine[:7]} (fix: with the version) was not committed by this run. Push it to origin/main? [Y/n]" in said
    assert f"--answer push-unchanged-{mine[:12]}=y (or n), or --yes for its default" in said
    assert feature.remote_sha() == before
    feature.here("run", "--resume", "--answer", "push-unchanged=y")
    assert feature.remote_sha() == mine


@pytest.mark.needs("tmux")
def test_on_the_screen_a_no_pushes_nothing(feature: Project) -> None:
    mine, before = fixed_by_hand(feature), feature.remote_sha()
    terminal = Terminal(feature, 80, 24)
    try:
        terminal.open()
        terminal.sees("space retry")
        terminal.keys("Space")
        terminal.sees(f"{mine[:7]} (fix: with the version)", "enter accept y")
        typed = lambda: "enter submit" in terminal.text  # noqa: E731
        press_until(lambda: terminal.keys("C-u", "n"), typed, "a no stands there")
        before_no = answers_in(feature)
        press_until(lambda: terminal.keys("Enter"), lambda: answers_in(feature) != before_no, "the no was taken")
        terminal.sees("git-workflow FAILED")
        assert feature.remote_sha() == before
    finally:
        terminal.close()
