"""docs/security.md claims nothing without a test, and names only tests that are there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
NOT_CLAIMED = "## What is not covered"


def claims() -> list[str]:
    """The items of its lists, each on one line, up to what it says is not covered."""
    text = PAGE.partition(NOT_CLAIMED)[0]
    return [" ".join(item.split()) for item in re.findall(r"^- (.*?)(?=^- |^$)", text, re.DOTALL | re.MULTILINE)]


def functions_of(file: Path) -> set[str]:
    tree = ast.parse(file.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("claim", claims())
def test_each_claim_names_its_test(claim: str) -> None:
    named = NAMED.findall(claim)
    assert named, claim
    for file, name in named:
        assert (ROOT / file).is_file(), file
        assert not name or name in functions_of(ROOT / file), f"{file} has no {name}"


def test_there_are_claims() -> None:
    assert len(claims()) > 30
