"""Patterns that belong to a higher tier: proposed, never moved (seed: unified-loop-architecture "Update Dream State").

What two modules of a system have both learned, and the system has not, is a pattern of the system.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from loop_tui.model.dream.tree import key_of
from loop_tui.model.problem import Problem

from .memory import pattern_names

_FEWEST = 2


class Promotion(Struct, frozen=True):
    """One pattern, the modules that have it, and the file of the system that should have it."""

    name: str
    modules: tuple[str, ...]
    to: str


def promotions(system: Path, modules: Mapping[str, Path]) -> tuple[tuple[Promotion, ...], tuple[Problem, ...]]:
    """The patterns to promote, and what could not be read; from the `.claude` folders of a system and its modules."""
    problems: list[Problem] = []
    path, learned = pattern_names(system, problems)
    known = set(map(key_of, learned))
    names: dict[str, str] = {}
    owners: dict[str, list[str]] = {}
    for module, folder in modules.items():
        for name in _once(pattern_names(folder, problems)[1]):
            names.setdefault(key_of(name), name)
            owners.setdefault(key_of(name), []).append(module)
    found = tuple(
        Promotion(names[key], tuple(each), str(path))
        for key, each in owners.items()
        if len(each) >= _FEWEST and key not in known
    )
    return found, tuple(problems)


def _once(names: Iterable[str]) -> Iterable[str]:
    return {key_of(name): name for name in names}.values()
