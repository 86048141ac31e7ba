"""The table of mutants fits the code: a rule that moved takes its mutant along, or somebody hears of it."""

from pathlib import Path

import pytest

from .table import Mutant, Stale, mutated, problems, read_table

MUTANT = Mutant("m", "code.py", 3, "x > 1", "x > 2", ("test_code.py::test_x",), "why")


def test_every_mutant_can_be_made_and_its_tests_are_there() -> None:
    mutants = read_table()
    assert len(mutants) >= 60
    assert problems(mutants) == []


def test_the_nearest_place_is_changed_and_what_is_gone_is_stale(tmp_path: Path) -> None:
    code = tmp_path / "code.py"
    code.write_text("a = x > 1\n\n\nb = x > 1\n")
    assert mutated(MUTANT, tmp_path) == ("a = x > 1\n\n\nb = x > 2\n", 4)
    code.write_text("a = x > 3\n")
    with pytest.raises(Stale, match="does not hold"):
        mutated(MUTANT, tmp_path)
    code.write_text("a = (x > 1\n")
    with pytest.raises(Stale, match="does not compile"):
        mutated(MUTANT, tmp_path)
    code.unlink()
    assert problems([MUTANT], tmp_path) == ["m: there is no code.py any more", "m: there is no test_code.py to run"]
