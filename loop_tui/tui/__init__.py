"""The screen: it shows snapshots of a run and passes on what the person says. It never drives a run (DESIGN)."""

from collections.abc import Sequence
from pathlib import Path


def run_tui(
    project: Path,
    loop: str | None,
    *,
    theme: str | None = None,
    folders: Sequence[Path] = (),
    depth: int | None = None,
    history: bool = False,
    read_only: bool = False,
) -> int:
    """As `loop_tui.tui.app.run_tui`, sooner: no garbage is collected while Textual is imported (PERF "Start")."""
    import gc

    gc.disable()
    from .app import run_tui as run

    return run(project, loop, theme=theme, folders=folders, depth=depth, history=history, read_only=read_only)
