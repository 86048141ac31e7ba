"""A file of answers: texts for questions, tables for forms, and one clear error for everything else."""

from pathlib import Path

import pytest

from loop_tui.cli.answers_file import read_answers
from loop_tui.model.problem import Problem


def test_texts_and_forms(tmp_path: Path) -> None:
    file = tmp_path / "answers.toml"
    file.write_text(
        'commit-message = "feat: all"\nchangelog = true\n[requirements]\nstack = "node"\nport = 3000\n'
        'databases = ["postgres", "redis"]\n'
    )
    assert read_answers(file) == {
        "commit-message": "feat: all",
        "changelog": "yes",
        "requirements": '{"stack": "node", "port": "3000", "databases": "postgres, redis"}',
    }


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a = ", "answers cannot be read: Invalid value (at end of document)"),
        ("[a.b]\nc = 1", "a.b is not a text"),
        ("a = [1]", "a is not a text"),
        ("a = 2026-01-01", "a is not a text"),
        (b"\xff", "answers cannot be read: 'utf-8' codec"),
    ],
)
def test_what_is_no_file_of_answers(tmp_path: Path, text: str | bytes, what: str) -> None:
    file = tmp_path / "answers.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Problem) as found:
        read_answers(file)
    assert found.value.what.startswith(what)
    assert found.value.where == str(file)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no such file"):
        read_answers(tmp_path / "none.toml")
