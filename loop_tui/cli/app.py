"""The command line as Typer shows it: help, completion, arguments (SPEC section 5)."""

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from loop_tui import __version__
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

from . import completion
from .screen import open_screen


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"loop-tui {__version__}")
        raise typer.Exit


def build(modules: Iterable[str], folder: Path | None = None) -> typer.Typer:
    """The commands of these modules; without a command the screen opens on the folder."""
    app = typer.Typer(
        name="loop-tui",
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Run, gate and watch loops: pipelines of phases, skills and gates that ship software on evidence.\n\n"
        "Without a command, the screen opens in the current folder; `loop-tui DIR` opens it in DIR.",
    )

    @app.callback(invoke_without_command=True)
    def top(
        ctx: typer.Context,
        loop: Annotated[
            str | None,
            typer.Option("--loop", "-l", help="The loop whose run to show.", autocompletion=completion.loops),
        ] = None,
        theme: Annotated[
            str | None, typer.Option("--theme", help="The name of the theme.", autocompletion=completion.themes)
        ] = None,
        read_only: Annotated[bool, typer.Option("--read-only", help="Read-only: change nothing.")] = False,
        version: Annotated[
            bool, typer.Option("--version", "-V", help="Print the version.", callback=_version, is_eager=True)
        ] = False,
    ) -> None:
        if ctx.invoked_subcommand is None:
            raise typer.Exit(open_screen(folder, loop, theme, read_only=read_only))
        given = [name for name, value in (("--loop", loop), ("--theme", theme), ("--read-only", read_only)) if value]
        if given and not ctx.resilient_parsing:
            command = ctx.invoked_subcommand
            todo = f"`loop-tui {command} --help` lists what {command} takes"
            raise Problem(
                f"{given[0]} is only allowed without a command, not before {command}", todo=todo, code=Code.USAGE
            )

    for module in modules:
        import_module(f"loop_tui.cli.{module}").register(app)
    return app
