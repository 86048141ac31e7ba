"""Options of the screen are refused where no screen is opened, instead of being ignored."""

import subprocess
import sys
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
    with pytest.raises(Problem, match=f"{words[0]} is only allowed without a command"):
        run(words)
    assert list(folder.iterdir()) == []


def test_a_folder_that_is_named_is_opened_without_importing_packs(tmp_path: Path) -> None:
    code = (
        "import sys; import loop_tui.cli.entry as entry; entry.open_screen = lambda *a, **k: 0\n"
        f"assert entry.run([{str(tmp_path)!r}]) == 0\n"
        "heavy = ('pydantic', 'loop_tui.runners', 'loop_tui.cli.packs', 'typer')\n"
        "print(*(name for name in heavy if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
