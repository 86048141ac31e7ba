"""`loop-tui demo`: a sample project, and the distribution loop on it, in a folder that holds all of it."""

import os
from pathlib import Path
from typing import Annotated

import typer

from loop_tui.fs.demo import HOME, demo_environment
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

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
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[COMMAND...]", help="A command to run in the demo; `--` before one with options."),
    ] = None,
    headless: Annotated[bool, typer.Option("--headless", help="No screen, also in a terminal.")] = False,
) -> None:
    """Make a sample npm project with a git remote, and ship it: on the screen, or headless without a terminal.

    Everything lies in its folder, also the archive, the settings and the key: nothing of yours is read or changed.
    """
    place = Path(os.path.realpath(folder))
    # Before anything is asked for that lies in a home.
    os.environ |= demo_environment(place)
    project = packs().make_sample(place, _nothing if words else say)
    if words:
        raise typer.Exit(_run_in(project, words))
    say(f"its home:       {place / HOME} (archive, key and settings of the demo; nothing of yours is touched)")
    if interactive() and not headless:
        raise typer.Exit(open_screen(project))
    run(loop="distribution-loop", project=project, resume=False, phase="", reason="", yes=True)


def _nothing(_: str) -> None:
    """Say nothing: what the command prints may be for a script."""


def _run_in(project: Path, words: list[str]) -> int:
    """Run a command of ours in the demo's project."""
    from .entry import run as run_words

    if words[0] == "demo":
        raise Problem("a demo cannot run a demo", todo="`loop-tui demo DIR` opens it", code=Code.USAGE)
    os.chdir(project)
    return run_words(words)


def sample(folder: Annotated[Path, typer.Argument()]) -> None:
    """Make a sample project below a folder, or find the one there; prints JSON lines (started by the screen)."""
    project = packs().make_sample(folder.absolute(), lambda text: say_json({"say": text}), below=True)
    say_json({"project": str(project)})
