"""A run goes by whatever `runs` prints of it."""

from pathlib import Path

import pytest

from loop_tui.cli.chosen_run import chosen_run
from loop_tui.fs.homes import claude_home
from loop_tui.model.problem import Problem
from loop_tui.storage.archive.listing import list_runs
from tests.tui.past import archive


def test_a_run_goes_by_number_id_path_folder_file_name_and_stem(tmp_path: Path) -> None:
    path = archive(tmp_path / "one", day=2)
    archive(tmp_path / "two", day=3)
    wanted = list_runs(claude_home()).runs[1]
    for which in ("2", str(path), str(path.with_suffix("")), path.name, path.stem):
        assert chosen_run(which) == wanted, which
    with pytest.raises(Problem, match="no archived run"):
        chosen_run("nothing.json")
