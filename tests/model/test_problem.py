"""An error is told in one order: what happened, where, what to do."""

import pytest

from loop_tui.control.snapshot import Trouble
from loop_tui.model.problem import Problem, headline
from loop_tui.model.problem_codes import Code

TOLD = [
    ("no such folder", "/p/x", "name another", "no such folder: /p/x (name another)"),
    ("is not JSON", "/p/a.json:3:1", "fix that line", "a.json is not JSON: /p/a.json:3:1 (fix that line)"),
    ("is not JSON", "a.json:3:1", "", "a.json is not JSON: a.json:3:1"),
    ("is empty", "plan.md", "write it first", "plan.md is empty (write it first)"),
    ("cannot be read: it is a folder", "/", "", "/ cannot be read: it is a folder"),
    ("exists already", "/p/folder/", "", "folder exists already: /p/folder/"),
    ("cannot reach origin", "/p", "git fetch", "cannot reach origin: /p (git fetch)"),
    ("the port is in use", "127.0.0.1:80", "", "the port is in use: 127.0.0.1:80"),
    ("changed inside submodules: a", "/p", "", "changed inside submodules: a: /p"),
    ("there is no loop 'x'", "", "known loops: a", "there is no loop 'x' (known loops: a)"),
    ("it failed", "", "", "it failed"),
    (
        "the build failed (exit 2)\nno such file\n",
        "/p",
        "fix it",
        "the build failed (exit 2): /p (fix it)\nno such file\n",
    ),
]


@pytest.mark.parametrize(("what", "where", "todo", "line"), TOLD)
def test_what_then_where_then_what_to_do(what: str, where: str, todo: str, line: str) -> None:
    problem = Problem(what, where, todo, code=Code.USAGE)
    assert str(problem) == str(Trouble.of(problem)) == line


def test_a_headline_has_the_name_of_the_file_and_not_its_path() -> None:
    assert headline("is empty", "/p/a-state.json") == "a-state.json is empty"
    assert headline("this run is driven elsewhere", "/p/a-state.json:1") == "this run is driven elsewhere: a-state.json"
    assert headline("it failed", "") == "it failed"
