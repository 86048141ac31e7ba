"""What runners and packs know of a definition: asked when one is read, so that a run's copy holds the answers.

Storage knows neither runners nor packs. Whoever puts the program together says once where the answers come from
(`use`); without them a definition is what its file says.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # Nothing is imported for `use`: that happens before the first paint.
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from loop_tui.model.definition import LoopDefinition, SkillDefinition, TargetDefinition
    from loop_tui.model.problem import Problem


class Extensions(Protocol):
    """The answers (`cli.packs` puts the real ones together)."""

    @property
    def runners(self) -> tuple[str, ...]:
        """The ids that a skill may name as its runner."""

    @property
    def settings_files(self) -> frozenset[str]:
        """The names of files that lie beside the definitions of a repository and are none."""

    def loops(self) -> Iterable[tuple[str, bytes]]:
        """Definitions that packs bring along: where each lies, and its bytes. One that cannot be read is left out."""

    def check(self, skill: SkillDefinition) -> Problem | None:
        """What its runner misses in a skill, without the skill's name; `where` is the key that is wrong, or empty."""

    def unattended(self, skill: SkillDefinition) -> bool:
        """True when the skill goes on without a person."""

    def configure(
        self, definition: LoopDefinition, project: Path, elsewhere: Sequence[TargetDefinition]
    ) -> LoopDefinition:
        """The loop with the project's own settings. Raises Problem with file, line and reason for wrong ones."""


class _Nothing:
    """No packs, and of the runners only their names."""

    settings_files: frozenset[str] = frozenset()

    @property
    def runners(self) -> tuple[str, ...]:
        from loop_tui.model.definition import BUILTIN, COMMANDS, MANUAL

        return BUILTIN, COMMANDS, MANUAL

    def loops(self) -> Iterable[tuple[str, bytes]]:
        return ()

    def check(self, skill: SkillDefinition) -> Problem | None:
        return None

    def unattended(self, skill: SkillDefinition) -> bool:
        return skill.unattended

    def configure(
        self, definition: LoopDefinition, project: Path, elsewhere: Sequence[TargetDefinition]
    ) -> LoopDefinition:
        return definition


_known: list[Extensions] = [_Nothing()]
_source: list[Callable[[], Extensions]] = []
_asking = threading.RLock()


def use(source: Callable[[], Extensions]) -> None:
    """From now on ask what `source` gives; it is called when the first definition is read, not before."""
    _source[:] = [source]


def extensions() -> Extensions:
    """Whom to ask."""
    # Screens read definitions in threads: all of them wait for the one that asks first.
    with _asking:
        if _source:
            _known[:] = [_source[0]()]
            _source.clear()
        return _known[0]
