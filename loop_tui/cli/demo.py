"""`loop-tui demo`: a sample project, and the distribution loop on it."""

from pathlib import Path
from typing import Annotated

import typer

from loop_tui.fs.paths import claude_home

from .packs import packs
from .run import run
from .screen import interactive, open_screen
from .show import say, say_json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)
    app.command("sample", hidden=True)(sample)


def demo(
    folder: Annotated[Path, typer.Argument(help="Where the sample project is made.")] = Path("loop-tui-demo"),
    headless: Annotated[bool, typer.Option("--headless", help="No screen, also in a terminal.")] = False,
) -> None:
    """Make a sample npm project with a git remote, and ship it: on the screen, or headless without a terminal."""
    project = packs().make_sample(folder.absolute(), say)
    say(f"archive:        {claude_home() / 'runs'} (LOOP_TUI_HOME moves it; the sample's one command goes beside it)")
    if interactive() and not headless:
        raise typer.Exit(open_screen(project))
    run(loop="distribution-loop", project=project, resume=False, phase="", reason="", yes=True)


def sample(folder: Annotated[Path, typer.Argument()]) -> None:
    """Make a sample project below a folder, or find the one there; prints JSON lines (started by the screen)."""
    project = packs().make_sample(folder.absolute(), lambda text: say_json({"say": text}), below=True)
    say_json({"project": str(project)})
