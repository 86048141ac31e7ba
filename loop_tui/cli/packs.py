"""Which packs and runners this program has: ours, and those that are installed beside it."""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from loop_tui.model.definition import LoopDefinition, SkillDefinition, TargetDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line
from loop_tui.runners.pack_api import GROUP, Pack, aside_of_output, load
from loop_tui.runners.packs import Packs
from loop_tui.runners.protocol import Runners

OURS = ("loop_tui.packs.ship", "loop_tui.packs.infra")
"""The packs that come with loop-tui. One whose folder was removed is no pack of it."""


@cache
def packs() -> Packs:
    """All packs. One that cannot be used is a problem of theirs, and the others go on."""
    problems: list[Problem] = []
    return Packs(list(_found(problems)), problems)


@cache
def runners() -> Runners:
    """The runners that a definition may name."""
    from loop_tui.runners.builtin import BuiltinRunner
    from loop_tui.runners.commands import CommandsRunner
    from loop_tui.runners.manual import ManualRunner

    return Runners((BuiltinRunner(packs()), CommandsRunner(), ManualRunner()))


def _found(problems: list[Problem]) -> Iterator[Pack]:
    for module in OURS:
        if find_spec(module) is not None:
            yield load(f"{module}:PACK")
    for entry in sorted(metadata.entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            with aside_of_output():
                pack = entry.load()
        except (Exception, SystemExit) as error:  # code of others: whatever is wrong with it is theirs
            what = f"the pack {one_line(entry.name, 60)} cannot be loaded: {one_line(str(error), 200)}"
            problems.append(
                Problem(what, one_line(entry.value, 200), "update it, or remove it", code=Code.PACK_INVALID)
            )
            continue
        if isinstance(pack, Pack):
            yield pack
        else:
            problems.append(
                Problem(f"{one_line(entry.value, 200)} is not a pack", todo="see docs/packs.md", code=Code.PACK_INVALID)
            )


class Installed:
    """What definitions are asked about. Implements `storage.definitions.extensions.Extensions`."""

    @property
    def runners(self) -> tuple[str, ...]:
        """The ids of the runners."""
        return runners().ids

    @property
    def settings_files(self) -> frozenset[str]:
        """What lies beside definitions and is none."""
        return packs().settings_files

    def loops(self) -> Iterator[tuple[str, bytes]]:
        """The definitions of packs."""
        return packs().loops()

    def check(self, skill: SkillDefinition) -> Problem | None:
        """What its runner misses in a skill."""
        return runners().of(skill).check(skill)

    def unattended(self, skill: SkillDefinition) -> bool:
        """True when its runner needs no person."""
        return runners().of(skill).unattended(skill)

    def configure(
        self, definition: LoopDefinition, project: Path, elsewhere: Sequence[TargetDefinition]
    ) -> LoopDefinition:
        """The loop with the project's settings."""
        return packs().configure(definition, project, elsewhere)
