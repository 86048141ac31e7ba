"""Patterns that belong to a higher tier: proposed, never moved (seed: unified-loop-architecture "Update Dream State").

What two modules of a system have both learned, and the system has not, is a pattern of the system; what two systems
have both learned is one of the organization.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from loop_tui.model.dream.tree import key_of
from loop_tui.model.problem import Problem

from .memory import pattern_names

_FEWEST = 2


class Promotion(Struct, frozen=True):
    """One pattern, the modules or systems that have it, and the file of the tier above that should have it."""

    name: str
    owners: tuple[str, ...]
    to: str


def promotions(above: Path, below: Mapping[str, Path]) -> tuple[tuple[Promotion, ...], tuple[Problem, ...]]:
    """The patterns to promote, and what could not be read.

    From the `.claude` folder of a system and those of its modules, or from that of the organization and its systems.
    """
    problems: list[Problem] = []
    path, learned = pattern_names(above, problems)
    known = set(map(key_of, learned))
    names: dict[str, str] = {}
    owners: dict[str, list[str]] = {}
    for owner, folder in below.items():
        for name in _once(pattern_names(folder, problems)[1]):
            names.setdefault(key_of(name), name)
            owners.setdefault(key_of(name), []).append(owner)
    found = tuple(
        Promotion(names[key], tuple(each), str(path))
        for key, each in owners.items()
        if len(each) >= _FEWEST and key not in known
    )
    return found, tuple(problems)


def _once(names: Iterable[str]) -> Iterable[str]:
    return {key_of(name): name for name in names}.values()
