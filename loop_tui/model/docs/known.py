"""What of a project references are held against: asked for, so that a huge project need not be listed."""

from collections.abc import Callable, Mapping

from msgspec import Struct


class KnownReferents(Struct, frozen=True):
    """What exists. None means that it is not known: then nothing is said about such references.

    `is_there` and `is_folder` take paths from the top; `named` has the paths of files by their names. `anchors` gives
    what links can name in a document, None for what is no document. `make` are the targets of the Makefile, `scripts`
    those of package.json, `commands` the first words of loop-tui's commands; `archived` says whether a run is archived
    under a name.
    """

    is_there: Callable[[str], bool]
    is_folder: Callable[[str], bool]
    named: Mapping[str, tuple[str, ...]]
    anchors: Callable[[str], frozenset[str] | None]
    make: frozenset[str] | None = None
    scripts: frozenset[str] | None = None
    commands: frozenset[str] | None = None
    archived: Callable[[str], bool] | None = None
    name: str = ""
    version: str = ""


MADE = frozenset(
    {"node_modules", "vendor", "target", "dist", "build", "out", "venv", ".venv", "__pycache__", ".git", ".loop"}
)
"""Folders that programs make: what lies in them is not expected to exist."""
