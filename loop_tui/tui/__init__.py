"""The screen: it shows snapshots of a run and passes on what the person says. It never drives a run (DESIGN)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loop_tui.ports import Launcher


def run_tui(
    project: Path,
    loop: str | None,
    *,
    launcher: Launcher,
    theme: str | None = None,
    folders: Sequence[Path] = (),
    depth: int | None = None,
    history: bool = False,
    read_only: bool = False,
) -> int:
    """As `loop_tui.tui.running.run_tui`, sooner: no garbage is collected while Textual is imported (PERF "Start")."""
    import gc

    gc.disable()
    _paint_sooner()
    from .running import run_tui as run

    return run(
        project,
        loop,
        launcher=launcher,
        theme=theme,
        folders=folders,
        depth=depth,
        history=history,
        read_only=read_only,
    )


_FPS = "TEXTUAL_FPS"
_MOST = "240"


def _paint_sooner() -> None:
    """Let Textual look 240 times a second whether something is to be painted.

    Between two paints it waits for one to two of its periods: at its 60 a key that follows a batch of log lines is seen
    50 ms later. What is unchanged is not painted more often for it. The person's own value holds.
    """
    import os

    if _FPS in os.environ:
        return
    os.environ[_FPS] = _MOST
    try:
        import textual.constants  # noqa: F401  # reads it, once
    finally:
        # No business of the programs that are started from here.
        del os.environ[_FPS]
