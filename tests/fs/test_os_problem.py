"""What the operating system refused, in words."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from loop_tui.fs.os_problem import os_problem


def test_the_first_refusal_of_a_folder_that_is_copied_is_told(tmp_path: Path) -> None:
    """`shutil.copytree` collects them as text, without number and name."""
    source = tmp_path / "dist"
    source.mkdir()
    (source / "app.js").write_text("1")

    def full(_: object, target: Path, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))

    with pytest.raises(shutil.Error) as refused:
        shutil.copytree(source, tmp_path / "copy", copy_function=full)
    problem = os_problem(refused.value)
    assert problem.what == "cannot be written: the disk is full"
    assert problem.where == str(tmp_path / "copy/app.js")


def test_an_error_without_a_number_is_told_as_it_is() -> None:
    assert "odd" in os_problem(OSError("odd")).what
    assert "odd" in os_problem(OSError(["odd"])).what
