"""The commands of ours that a screen starts. Light: it is there before the first paint, what it needs comes later."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from loop_tui.model.panel import PanelLine
    from loop_tui.model.verbs import CommandOutput, Verb


class ProcessLauncher:
    """Commands of ours, each in a process that ends with whoever waits for it. Implements `ports.Launcher`.

    `by` is the name that a driver says its person goes by; `panels` and `readies` tell whether some pack has lines for
    the panel of a run, and for that before one: without one no process is started to ask. They are called in a thread,
    as they import the packs.
    """

    def __init__(
        self,
        by: str = "",
        panels: Callable[[], bool] = lambda: False,
        readies: Callable[[], bool] = lambda: False,
    ) -> None:
        self._by = by
        self._panels = panels
        self._readies = readies
        self.demo: Path | None = None
        """The sample project that was made: it is to be opened when the screen has gone (`demo_argv`)."""

    def start(self, project: Path, loop: str, begins: Sequence[str] = ()) -> int:
        """Start a driver (see `launch.spawn_driver`)."""
        from .launch import spawn_driver

        return spawn_driver(project, loop, options=[*(["--by", self._by] if self._by else []), *begins])

    async def plan(self, project: Path, loop: str) -> str:
        """What a run would do (see `launch.read_plan`)."""
        from .launch import read_plan

        return await read_plan(project, loop)

    async def diff(self, project: Path, loop: str, skill: str, phase: str = "", run: str = "") -> str:
        """What a skill changed (see `launch.read_diff`)."""
        from .launch import read_diff

        return await read_diff(project, loop, skill, phase, run)

    async def changed(self, project: Path, since: str) -> tuple[str, ...]:
        """What changed in the tree since a moment (see `launch.read_changed`)."""
        from .launch import read_changed

        return await read_changed(project, since)

    async def panel(self, project: Path, loop: str) -> tuple[str, ...]:
        """What packs have to say of a run (see `launch.read_panel`)."""
        import asyncio

        from .launch import read_panel

        return await read_panel(project, loop) if await asyncio.to_thread(self._panels) else ()

    async def ready(self, project: Path, loop: str) -> tuple[PanelLine, ...]:
        """What starting a run would do (see `launch.read_ready`)."""
        import asyncio

        from .launch import read_ready

        return await read_ready(project, loop) if await asyncio.to_thread(self._readies) else ()

    async def moves(self, project: Path, most: int) -> CommandOutput:
        """What is worth doing next (see `commands.run_ours`)."""
        words = ["next", f"--project={project}", f"--limit={most}", "--json"]
        return await self.command(project, words, looks=True)

    async def verbs(self, project: Path) -> tuple[Verb, ...]:
        """The commands that there are (see `commands.read_verbs`)."""
        from .commands import read_verbs

        return await read_verbs(project)

    async def command(
        self, project: Path, words: Sequence[str], *, looks: bool = False, columns: int = 0
    ) -> CommandOutput:
        """What one of them prints (see `commands.run_ours`)."""
        from .commands import run_ours

        return await run_ours(project, words, looks=looks, columns=columns)

    async def own_command(self, argv: Sequence[str], folder: Path) -> CommandOutput:
        """What a command of the person's own prints (see `commands.run_own`)."""
        from .commands import run_own

        return await run_own(argv, folder)

    async def sample(self, folder: Path, say: Callable[[str], None]) -> Path:
        """Make a sample project (see `launch.make_sample`)."""
        from .launch import make_sample

        self.demo = await make_sample(folder, say)
        return self.demo
