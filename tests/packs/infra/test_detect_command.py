"""`loop-tui infra detect`: tables for people, one JSON object for programs, exit codes."""

import json
from pathlib import Path

import pytest

from loop_tui.cli.entry import run
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from tests.layouts import build, layouts


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return build(next(label for label in layouts() if label["name"] == "django-pip"), tmp_path / "library")


def test_each_finding_has_its_place_and_questions_have_candidates(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["infra", "detect", str(project)]) == 0
    told = capsys.readouterr().out
    rows = [line.split(maxsplit=2) for line in told.splitlines()]
    assert ["framework", "django", "requirements.txt:1"] in rows
    assert ["database", "mysql", "requirements.txt:2 (mysqlclient)"] in rows
    assert "2 questions: the files do not say it for certain" in told
    assert "python manage.py runserver" in told.partition("2 questions")[2]


def test_the_project_option_and_the_path_mean_the_same(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["infra", "detect", "--json", "-C", str(project)]) == 0
    first = json.loads(capsys.readouterr().out)
    assert run(["infra", "detect", str(project), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == first
    [service] = first["services"]
    port = next(each for each in service["findings"] if each["topic"] == "port")
    assert port == {
        "topic": "port",
        "sure": False,
        "candidates": [{"value": "8000", "file": "manage.py", "line": 0, "why": "the default of runserver"}],
    }


def test_an_empty_folder_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["infra", "detect", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("Found no language")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "`infra` needs a word (loop-tui infra detect [PATH])"),
        (["plan"], "'plan' is not something that `infra` does"),
        (["detect", "a", "b"], "'detect a b' is not something"),
        (["detect", "none"], "none is not a folder"),
    ],
)
def test_bad_input_is_a_problem(words: list[str], said: str, tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        run(["infra", *words, "-C", str(tmp_path)])
    assert str(caught.value).startswith(said)
    assert caught.value.code in (Code.USAGE, Code.FOLDER_MISSING)


def test_hostile_names_are_cleaned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "a\x1b[31m\nb"
    folder.mkdir()
    (folder / "package.json").write_text(
        '{"scripts": {"start": "x\\u001b]0;t\\u0007"}, "dependencies": {"express": "1"}}'
    )
    assert run(["infra", "detect", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert "Service a b" in told
