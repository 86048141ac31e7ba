"""Starting nothing: what a test hears of the drivers that a screen would start."""

from collections.abc import Callable, Sequence
from pathlib import Path

from loop_tui.model.panel import PanelLine
from loop_tui.model.verbs import CommandOutput, Verb
from loop_tui.process.launcher import ProcessLauncher

VERBS = (
    Verb("answer", "QUESTION [TEXT]", "Answer.", ("--project", "--loop", "--no-go")),
    Verb("doctor", "", "Check which programs are installed.", ("--project", "--json"), looks=True),
    Verb("log", "TEXT", "Say something.", ("--level", "--project", "--loop")),
    Verb("release", "SPEC TEXT", "Correct what is out.", ("--yes", "--project", "--loop")),
    Verb("run", "[LOOP]", "Drive a run here.", ("--yes", "--only", "--dry-run", "--project")),
    Verb("skip", "SKILL", "Skip a skill.", ("--reason", "--phase", "--project", "--loop")),
    Verb("abandon", "", "Give up.", ("--project", "--loop"), asks=True),
    Verb("undo", "", "Take back.", ("--project", "--loop", "--dry-run"), asks=True),
)
"""Some commands of the command line; asking for all of them takes a process, which one test does."""


class Started(ProcessLauncher):
    """The real launcher, but for drivers: of these a function is told. Packs say `lines` of what a run would do."""

    def __init__(
        self,
        told: Callable[[Path, str], int] = lambda project, loop: 0,
        lines: tuple[PanelLine, ...] = (),
        changes: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        self._told = told
        self._lines = lines
        self.changes = changes
        self.moves_told = ""
        self.asks_for_moves = False
        """What is worth doing next is said here, unless the command line is asked: that takes a process."""
        self.begun: tuple[str, ...] = ()
        """What was said of the run that began last."""

    async def ready(self, project: Path, loop: str) -> tuple[PanelLine, ...]:
        return self._lines

    async def moves(self, project: Path, most: int) -> CommandOutput:
        return await super().moves(project, most) if self.asks_for_moves else CommandOutput(0, self.moves_told)

    async def verbs(self, project: Path) -> tuple[Verb, ...]:
        return VERBS

    async def changed(self, project: Path, since: str) -> tuple[str, ...]:
        return self.changes

    def start(self, project: Path, loop: str, begins: Sequence[str] = ()) -> int:
        self.begun = tuple(begins)
        return self._told(project, loop)
