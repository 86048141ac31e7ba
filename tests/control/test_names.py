"""Names that a verb may be given: the same from the shell and on the screen, and no screen is loaded for the shell."""

import subprocess
import sys
from pathlib import Path

from loop_tui.control import names
from loop_tui.control.snapshot import Snapshot
from loop_tui.control.themes import theme_names
from loop_tui.tui.cockpit.perform import names_of
from tests.tui.runs import asking, human_gate

OFFERS = """
import sys
from pathlib import Path
import typer
from loop_tui.cli import completion

class Context:
    params = {"project": Path(sys.argv[1])}

for offers in (completion.themes, completion.settings, completion.gates, completion.open_skills):
    assert offers(Context(), ""), offers
print(*sorted(name for name in sys.modules if name.startswith("textual")))
"""


def test_the_shell_completes_without_loading_the_screen(tmp_path: Path) -> None:
    human_gate(tmp_path)
    argv = [sys.executable, "-c", OFFERS, str(tmp_path)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == []


def test_what_is_typed_on_the_screen_is_offered_the_same_names(tmp_path: Path) -> None:
    run = human_gate(tmp_path)
    state = run.state
    offered = names_of(Snapshot(project=tmp_path, loop="infra-loop", state=state))
    assert offered["phase"] == tuple(name for name, _ in names.phases(state))
    assert offered["skip"] == tuple(name for name, _ in names.open_skills(state))
    assert "scaffold" not in offered["skip"]
    assert "scaffold" in offered["diff"]
    assert offered["theme"] == theme_names()


def test_only_questions_that_wait_are_offered(tmp_path: Path) -> None:
    run = asking(tmp_path, text="Release 0.8.0?")
    assert names.questions(run.state) == [("bump-1", "Release 0.8.0?")]
    assert names.questions(None) == []
