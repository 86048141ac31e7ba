"""What comes with loop-tui: folders that are packed in the package, or lie beside it in a checkout."""

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import loop_tui
from loop_tui.model.problem import Problem


def shipped_folder(name: str) -> Traversable:
    """The folder of that name. Raises Problem when it is missing."""
    packed = resources.files(loop_tui).joinpath("_data", name)
    if packed.is_dir():
        return packed
    checkout = Path(loop_tui.__file__).resolve().parent.parent / name
    if checkout.is_dir():
        return checkout
    raise Problem(f"the shipped {name} are missing", str(checkout), "install loop-tui again")


def shipped_loops() -> tuple[str, ...]:
    """The ids of the shipped loops, by the names of their files. Raises Problem when they are missing."""
    names = (entry.name for entry in shipped_folder("loops").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))
