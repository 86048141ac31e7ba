"""The options by which commands about archived runs choose among them. Nothing heavy is imported here."""

import inspect
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from loop_tui.storage.archive.filters import Filters

from . import completion

_OPTIONS: dict[str, Any] = {
    "loop": typer.Option("--loop", "-l", help="Only runs of this loop.", autocompletion=completion.loops),
    "system": typer.Option("--system", help="Only runs of this system."),
    "module": typer.Option("--module", help="Only runs of this module."),
    "since": typer.Option("--since", help="Completed at or after this ISO date."),
    "until": typer.Option("--until", help="Completed at or before this ISO date."),
    "outcome": typer.Option("--outcome", help="success, failed, abandoned or partial."),
    "text": typer.Option("--text", "-t", help="Only runs with these words in name, outcome, time, version or id."),
    "gate": typer.Option("--gate", help="Only runs with this gate; `NAME:failed` if it failed."),
    "skill": typer.Option("--skill", help="Only runs in which this skill was done or skipped."),
    "target": typer.Option("--target", help="Only runs that delivered to this target."),
    "version": typer.Option("--version", help="Only runs that released this version."),
}
ALL = tuple(_OPTIONS)


def filtered(command: Callable[..., None], names: Sequence[str] = ALL) -> Callable[..., None]:
    """The command with an option for each of these filters; what it is called with first are the `Filters`."""

    def call(**given: Any) -> None:
        chosen = {name: given.pop(name) for name in names}
        command(Filters(**chosen), **given)

    own = [*inspect.signature(command, eval_str=True).parameters.values()][1:]
    options = [_parameter(name, Annotated[str | None, _OPTIONS[name]]) for name in names]
    needed = [each for each in own if each.default is each.empty]
    rest = [each for each in own if each.default is not each.empty]
    parameters = [each.replace(kind=each.KEYWORD_ONLY) for each in (*needed, *options, *rest)]
    call.__name__, call.__doc__ = command.__name__, command.__doc__
    call.__annotations__ = {each.name: each.annotation for each in parameters}
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return call


def _parameter(name: str, annotation: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
