"""What comes with loop-tui: folders that are packed in the package, or lie beside it in a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import loop_tui
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def shipped_folder(name: str) -> Traversable:
    """The folder of that name. Raises Problem when it is missing."""
    package = Path(loop_tui.__file__).resolve().parent
    for folder in (package / "_data" / name, package.parent / name):
        if folder.is_dir():
            return folder
    # In an archive, for commands that need no screen: Textual reads its styles from files alone.
    from importlib import resources

    packed = resources.files(loop_tui).joinpath("_data", name)
    if packed.is_dir():
        return packed
    raise Problem(
        f"the shipped {name} are missing",
        str(package / "_data" / name),
        "install loop-tui again",
        code=Code.INSTALL_DAMAGED,
    )


def shipped_loops() -> tuple[str, ...]:
    """The ids of the shipped loops, by the names of their files. Raises Problem when they are missing."""
    names = (entry.name for entry in shipped_folder("loops").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))
