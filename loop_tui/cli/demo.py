"""`loop-tui demo`: a sample project, and the distribution loop on it, in a folder that holds all of it."""

import os
import shlex
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, cast

import typer

from loop_tui.fs.demo import HOME, demo_environment
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import clean
from loop_tui.runners.pack_api import DemoOption, SampleExtra, SampleNeeds, load

from .pack_commands import with_demo_options
from .packs import packs
from .run import run
from .screen import interactive, open_screen
from .show import say, say_json

_LOOKS = ("status", "show", "runs", "diff", "doctor")
"""Commands that start no run and publish nothing."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(with_demo_options(demo))
    app.command("sample", hidden=True)(sample)


def demo(
    folder: Annotated[Path, typer.Argument(help="The folder for the sample project.")] = Path("loop-tui-demo"),
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="COMMAND", help="A command to run in the demo; put `--` before one with options."),
    ] = None,
    headless: Annotated[bool, typer.Option("--headless", help="Run without the screen, even in a terminal.")] = False,
    chosen: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Make a sample npm project with a git remote and ship it: on the screen, or headless without a terminal.

    Everything is kept in its folder, including archive, settings and key. Your own files are not read or changed.
    """
    place = Path(os.path.realpath(folder))
    # Before anything is asked for that lies in a home.
    os.environ |= demo_environment(place)
    told = _nothing if words else say
    project = packs().make_sample(place, told)
    with ExitStack() as beside:
        for option in packs().demo_options.values():
            if not chosen.get(option.name):
                _refuse_without(option, place, project, words)
            else:
                os.environ |= beside.enter_context(cast(SampleExtra, load(option.ref))(project, told))
        raise typer.Exit(_show(place, project, words, headless))


def _refuse_without(option: DemoOption, folder: Path, project: Path, words: list[str] | None) -> None:
    """Raise Problem for a demo that was made with an option, and is opened without it; looking at it is allowed."""
    if not option.needed or (words and words[0] in _LOOKS) or not cast(SampleNeeds, load(option.needed))(project):
        return
    shown = clean(str(folder))
    what = f"this demo was made with --{option.name}, and nothing runs in it without that option"
    more = f" -- {clean(shlex.join(words))}" if words else ""
    raise Problem(what, shown, f"loop-tui demo --{option.name} {shown}{more}", code=Code.DEMO)


def _show(place: Path, project: Path, words: list[str] | None, headless: bool) -> int:
    if words:
        return _run_in(project, words)
    say(f"its home:       {place / HOME} (archive, key and settings of the demo; your own files are not touched)")
    if interactive() and not headless:
        return open_screen(project)
    run(loop="distribution-loop", project=project, resume=False, phase="", reason="", yes=True)
    return 0


def _nothing(_: str) -> None:
    """Say nothing: what the command prints may be for a script."""


def _run_in(project: Path, words: list[str]) -> int:
    """Run a command of ours in the demo's project."""
    from .entry import run as run_words

    if words[0] == "demo":
        raise Problem("`demo` cannot be run inside a demo", todo="`loop-tui demo DIR` opens it", code=Code.USAGE)
    os.chdir(project)
    return run_words(words)


def sample(folder: Annotated[Path, typer.Argument()]) -> None:
    """Make a sample project below a folder, or find the one there; prints JSON lines (started by the screen)."""
    project = packs().make_sample(folder.absolute(), lambda text: say_json({"say": text}), below=True)
    say_json({"project": str(project)})
