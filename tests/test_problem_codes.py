"""Every problem has a code, and every code has a problem."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import loop_tui
from loop_tui.model.problem_codes import Code

PACKAGE = Path(loop_tui.__file__).parent
REGISTRY = PACKAGE / "model" / "problem_codes.py"

Trees = Mapping[str, ast.Module]


@pytest.fixture(scope="module")
def trees() -> Trees:
    files = [path for path in sorted(PACKAGE.rglob("*.py")) if path != REGISTRY]
    return {str(path.relative_to(PACKAGE)): ast.parse(path.read_text(encoding="utf-8")) for path in files}


def name_of(node: ast.expr) -> str:
    """The last part of a name: `Problem`, also when it stands as `problem.Problem`."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def names_code(call: ast.Call) -> bool:
    return any(keyword.arg == "code" for keyword in call.keywords)


def gives_code(made: ast.ClassDef) -> bool | None:
    """Whether the class itself gives the code; None when it is made as its parent is."""
    init = next((node for node in made.body if isinstance(node, ast.FunctionDef) and node.name == "__init__"), None)
    if init is None:
        return None
    return "code" not in [arg.arg for arg in (*init.args.args, *init.args.kwonlyargs)]


def problems_in(trees: Trees) -> dict[str, bool]:
    """Problem and all that are made of it, by name: whether the class gives the code, so that a call need not."""
    classes = [node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    found = {"Problem": False}
    while True:
        before = len(found)
        for made in classes:
            parent = next((name_of(base) for base in made.bases if name_of(base) in found), None)
            if parent is not None and made.name not in found:
                given = gives_code(made)
                found[made.name] = found[parent] if given is None else given
        if len(found) == before:
            return found


def without_code(trees: Trees) -> Iterator[str]:
    """Where a problem is made that names no code, and no class names one for it."""
    known = problems_in(trees)
    for file, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                bare = known.get(name_of(node.func)) is False and not names_code(node)
            elif isinstance(node, ast.ClassDef) and known.get(node.name):
                bare = not any(isinstance(inner, ast.Call) and names_code(inner) for inner in ast.walk(node))
            else:
                continue
            if bare:
                yield f"{file}:{node.lineno}"


def test_every_problem_names_its_code(trees: Trees) -> None:
    assert problems_in(trees).keys() > {"Problem", "SkillFailed", "BranchProtected", "GhProblem"}
    assert list(without_code(trees)) == []


@pytest.mark.parametrize(
    "text",
    [
        "raise Problem('x', 'y', 'z')",
        "raise problem.Problem('x')",
        "class Worse(Problem):\n    pass\nclass Worst(Worse):\n    pass\nraise Worst('x')",
        "class Worse(Problem):\n    def __init__(self, what):\n        super().__init__(what)",
    ],
)
def test_one_without_a_code_is_found(text: str) -> None:
    assert list(without_code({"x.py": ast.parse(text)})) != []


def test_every_code_is_used(trees: Trees) -> None:
    used = {
        node.attr
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and name_of(node.value) == "Code"
    }
    assert [code.name for code in Code if code.name not in used] == []


@pytest.mark.parametrize("code", Code)
def test_a_code_is_a_word_with_two_sentences(code: Code) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code.value)
    assert code.name == code.value.replace("-", "_").upper()
    assert re.fullmatch(r"[^|\n]+\.", code.meaning)
    assert re.fullmatch(r"[^|\n]+\.", code.todo)
