"""The changelog is edited on the screen before it is written, by keys alone in a real terminal (tmux)."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.projects import Project, press_until, shipped, wait_for

from .test_screen import Terminal, answer_the_question

pytestmark = [pytest.mark.needs("tmux"), pytest.mark.usefixtures("quick_npm")]

CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n## [0.7.0] - 2026-01-01\n\n### Added\n\n- The beginning.\n"


@pytest.fixture
def terminal(feature: Project) -> Iterator[Terminal]:
    """A terminal in a project with a changelog that says nothing of its new feature."""
    feature.commit("docs: a changelog", CHANGELOG__md=CHANGELOG)
    opened = Terminal(feature, 80, 24)
    yield opened
    opened.close()


def test_the_entries_are_edited_and_asked_about_again(terminal: Terminal, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i "s/.ay more.*/It says much more./" "$1"\n')
    editor.chmod(0o755)
    terminal.open(before=f"VISUAL={editor} EDITOR={editor} ")
    terminal.sees("space start", "not running")
    terminal.keys("Space")
    answer_the_question(terminal, "Bump version")
    terminal.sees("unreleased becomes 0.8.0")
    terminal.keys("3")
    terminal.sees("tab next pane", "d, e edits changelog-draft", "+- say more")
    left(terminal, "tab next pane")
    terminal.keys("d")
    terminal.sees("m source", "say more")
    terminal.keys("e")
    terminal.sees("m source", "It says much more.")
    left(terminal, "m source")
    terminal.keys("3")
    terminal.sees("tab next pane", "[Y/n/edited]")
    press_until(lambda: terminal.keys("e"), lambda: in_the_input(terminal, "e+"), "a letter was taken")
    terminal.keys("C-u")
    wait_for(lambda: in_the_input(terminal, "y"), "only the default stands there")
    terminal.keys("-l", "edited")
    wait_for(lambda: in_the_input(terminal, "edited"), "it is typed")
    # What is to be written is shown once more, with what the person wrote. An enter in the first moment does not count.
    asked_again = lambda: "It says much more." in terminal.text  # noqa: E731
    press_until(lambda: terminal.keys("Enter"), asked_again, "it is asked again")
    answer_the_question(terminal, "unreleased becomes 0.8.0")
    answer_the_question(terminal, "Commit message")
    terminal.project.wait_until_over()
    shipped(terminal.project)
    assert "### Added\n\n- It says much more.\n\n## [0.7.0]" in terminal.project.git("show", "HEAD:CHANGELOG.md")


def in_the_input(terminal: Terminal, pattern: str) -> bool:
    """True when the last row of the panel holds that and nothing else."""
    return re.search(rf"┃  {pattern} +┃\n┗", terminal.text) is not None


def left(terminal: Terminal, words: str) -> None:
    """Leave what shows these words."""
    terminal.keys("Escape")
    wait_for(lambda: words not in terminal.text, f"{words} is gone")
