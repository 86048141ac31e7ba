"""Options of the screen are refused where no screen is opened, instead of being ignored."""

from pathlib import Path

import pytest

from loop_tui.cli.entry import run
from loop_tui.model.problem import Problem


@pytest.mark.parametrize(
    "words",
    [
        ("--read-only", "go"),
        ("--read-only", "run", "--yes"),
        ("--loop", "nope", "status"),
        ("--theme", "light", "runs"),
    ],
)
def test_an_option_of_the_screen_before_a_command_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    monkeypatch.chdir(folder)
    with pytest.raises(Problem, match=f"{words[0]} counts only without a command"):
        run(words)
    assert list(folder.iterdir()) == []
