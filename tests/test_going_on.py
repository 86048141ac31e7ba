"""What to do next after a stop is said in one phrase, which is made in one place."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from loop_tui.cli.run import _tell
from loop_tui.driver import DriveResult, Exit
from loop_tui.model.going_on import THEN_GO

SOURCES = sorted((Path(__file__).parents[1] / "loop_tui").rglob("*.py"))
HOME = "going_on.py"
OTHERS = re.compile(
    r"then go\b|then `?loop-tui go|run loop-tui go, |--resume`? (goes on|continues)|then `?loop-tui (run )?--?resume"
)


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """The strings of a module, those of docstrings left out."""
    tree = ast.parse(path.read_text())
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.lineno, node.value


def test_no_text_says_it_otherwise() -> None:
    found = [f"{path.name}:{n} {text}" for path in SOURCES if path.name != HOME for n, text in texts(path)]
    assert [each for each in found if OTHERS.search(each)] == []


@pytest.mark.parametrize(("reason", "lines"), [("it broke", 2), (f"it broke (mend it, {THEN_GO})", 1)])
def test_it_is_said_once(capsys: pytest.CaptureFixture[str], reason: str, lines: int) -> None:
    _tell(DriveResult(Exit.FAILED, reason, todo=f"fix it, {THEN_GO}"), as_json=False)
    said = capsys.readouterr().out
    assert said.count(THEN_GO) == 1
    assert len(said.strip().splitlines()) == lines
