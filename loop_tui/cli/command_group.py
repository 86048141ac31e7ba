"""Groups of commands that do something by their name alone: `loop-tui dream` is `loop-tui dream status`."""

from collections.abc import Callable, Mapping

import typer

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code


def add_group(
    app: typer.Typer, name: str, words: str, alone: Callable[..., None], commands: Mapping[str, Callable[..., None]]
) -> None:
    """Add a group with its commands; `alone` is called before each of them (see `is_alone`)."""
    group = typer.Typer(rich_markup_mode=None, invoke_without_command=True, help=words)
    group.callback()(alone)
    for each, command in commands.items():
        group.command(each)(command)
    app.add_typer(group, name=name)


def is_alone(ctx: typer.Context, *given: object) -> bool:
    """True where the group was named without a command. Raises Problem for options `given` before one."""
    if ctx.invoked_subcommand is None:
        return True
    if any(given):
        todo = f"write the options behind {ctx.invoked_subcommand}"
        raise Problem(f"options are not allowed before {ctx.invoked_subcommand}", todo=todo, code=Code.USAGE)
    return False
