"""The commands of packs, as commands of ours (`runners.pack_api.CommandSpec`)."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, cast

import typer
from pydantic import JsonValue

from loop_tui.control.person import person
from loop_tui.control.run_definition import RunDefinition, definition_of
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.lease import LeaseRecord
from loop_tui.model.names import DEFAULT_LOOP
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.ports import RunPorts
from loop_tui.runners.context import Context
from loop_tui.runners.pack_api import Command, CommandHost, CommandSpec, Param, load
from loop_tui.runners.packs import Packs
from loop_tui.storage.definitions import catalog

from . import completion
from .arguments import Folder, Loop
from .entry import COMMANDS
from .interrupts import INTERRUPTED, interruptible
from .packs import packs, runners
from .place import loop_of, project_folder
from .show import say, say_json
from .tables import table
from .typed_line import typed_line
from .wiring import run_ports

JsonLines = Annotated[bool, typer.Option("--json", help="Print JSON, one object per line.")]
DefaultLoop = Annotated[
    str | None,
    typer.Option("--loop", "-l", help=f"The loop (default: {DEFAULT_LOOP}).", autocompletion=completion.loops),
]


class PackCommandHost:
    """The project and the loop that a command is about. Implements `runners.pack_api.CommandHost`."""

    def __init__(self, folder: Path | None, loop: str, *, default: bool) -> None:
        self.project = project_folder(folder)
        self.by = person()
        self._loop, self._default = loop, default
        self._known: RunDefinition | None = None

    def preview(self, ctx: Context) -> tuple[str, ...]:
        """What the runner of a skill would do."""
        return runners().of(ctx.skill).preview(ctx)

    @property
    def kinds(self) -> Packs:
        """The kinds of targets of all packs."""
        return packs()

    def definition(self) -> LoopDefinition:
        """The loop that is meant. Raises Problem."""
        if self._known is None:
            self._known = definition_of(self.project, self._name())
        return self._known.definition

    def shipped(self) -> LoopDefinition | None:
        """The loop as it comes with loop-tui or a pack."""
        return catalog.builtin(self._name())

    def ports(self) -> RunPorts:
        """The ports of the run that is meant. Raises Problem."""
        return self.ports_of(self.definition())

    def ports_of(self, definition: LoopDefinition) -> RunPorts:
        """The ports of a run in this project. Raises Problem."""
        return run_ports(self.project, definition, os.environ)

    def say(self, text: str) -> None:
        """Print for people."""
        say(text)

    def say_json(self, value: JsonValue) -> None:
        """Print one JSON value."""
        say_json(value)

    async def ask(self, text: str, *, hidden: bool = False) -> str | None:
        """A line that is typed at the terminal; None where there is none."""
        return await typed_line(text, hidden=hidden)

    def table(
        self, header: Sequence[str], rows: Sequence[Sequence[str]], *, least: Sequence[str] = (), indent: int = 0
    ) -> str:
        """Text columns that fit the terminal."""
        return table(header, rows, least=least, indent=indent)

    def _name(self) -> str:
        return self._loop or ("" if self._default else loop_of(self.project)) or DEFAULT_LOOP


def has(name: str) -> bool:
    """True when some pack has a command of that name."""
    return name in packs().commands


def run_pack_command(name: str, folder: Path | None, loop: str, options: Mapping[str, object]) -> int:
    """Run a pack's command and give its exit code. Raises Problem when no pack has it, and what it raises."""
    spec = packs().commands.get(name)
    if spec is None:
        raise Problem(
            f"no pack here has the command `{name}`", todo="install the pack that provides it", code=Code.NAME_UNKNOWN
        )
    host: CommandHost = PackCommandHost(folder, loop, default=spec.loop == "default")
    done = interruptible(_done(spec, host, options))
    if done is None:
        if not options.get("json"):
            say(f"interrupted; run {name} again to continue" if spec.needs_lease else "interrupted")
        return INTERRUPTED
    return cast(int, done)


async def _done(spec: CommandSpec, host: CommandHost, options: Mapping[str, object]) -> int:
    command = cast(Command, load(spec.ref))
    if not spec.needs_lease:
        return await command(host, options) or 0
    if spec.ready:
        cast(Callable[[CommandHost], None], load(spec.ready))(host)
    from loop_tui.driver import holder_name, under_lease

    ports = host.ports()

    def driven(by: LeaseRecord) -> Problem:
        todo = f"run `loop-tui pause`, then {spec.name} after the current skill"
        return Problem(
            f"driven by {by.name} on {by.host}: nothing was done", str(host.project), todo, code=Code.LEASE_HELD
        )

    async def work() -> int:
        return await command(host, options) or 0

    return await under_lease(ports.lease, holder_name(f"{spec.name} by {host.by}"), ports.clock, work, driven)


def register(app: typer.Typer) -> None:
    """Add the commands of packs that are no options of ours."""
    ours = {name for names in COMMANDS.values() for name in names}
    for spec in packs().commands.values():
        if " " not in spec.name and spec.name not in ours:
            app.command(spec.name, help=spec.help)(_typer_function(spec))


def _typer_function(spec: CommandSpec) -> Callable[..., None]:
    """The function that typer makes a command of: its parameters are those of the spec, and the ones that all have."""

    def run(**given: object) -> None:
        folder, loop = cast(Path | None, given.pop("project")), cast(str | None, given.pop("loop"))
        options = {param.name: given[_argument(param.name)] for param in spec.params}
        if spec.words:
            options["words"] = tuple(cast(list[str] | None, given["words"]) or ())
        raise typer.Exit(run_pack_command(spec.name, folder, loop or "", {**options, "json": given["as_json"]}))

    named = DefaultLoop if spec.loop == "default" else Loop
    shared = [
        _parameter("project", Folder, None),
        _parameter("loop", named, None),
        _parameter("as_json", JsonLines, False),
    ]
    words = Annotated[list[str] | None, typer.Argument(help=spec.words)]
    positional = [_parameter("words", words, None)] if spec.words else []
    _shape(run, [*positional, *_own(spec.params), *shared])
    return run


def with_run_options(command: Callable[..., None]) -> Callable[..., None]:
    """`run` with the options that packs have for it."""
    return _with_options(command, packs().run_options.values())


def with_demo_options(command: Callable[..., None]) -> Callable[..., None]:
    """`demo` with the options that packs have for it."""
    return _with_options(command, [Param(o.name, o.help, flag=True) for o in packs().demo_options.values()])


def _with_options(command: Callable[..., None], wanted: Iterable[Param]) -> Callable[..., None]:
    """A command with options of packs; it gets their values by name as `chosen`.

    An option of ours goes before one of a pack that goes by the same name.
    """
    ours = {name: each for name, each in signature(command).parameters.items() if name != "chosen"}
    taken = {flag for each in ours.values() for flag in _flags(each)}
    options = [option for option in wanted if f"--{option.name}" not in taken]

    def run(**given: object) -> None:
        chosen = {option.name: given.pop(_argument(option.name)) for option in options}
        command(**given, chosen={name: value for name, value in chosen.items() if value})

    run.__doc__ = command.__doc__
    _shape(run, [*(each.replace(kind=Parameter.KEYWORD_ONLY) for each in ours.values()), *_own(options)])
    return run


def _flags(parameter: Parameter) -> tuple[str, ...]:
    """The words of the command line that stand for a parameter of ours."""
    told = [option for option in getattr(parameter.annotation, "__metadata__", ()) if hasattr(option, "param_decls")]
    return tuple(word for option in told for word in option.param_decls or ())


def _own(params: Sequence[Param]) -> list[Parameter]:
    return [_parameter(_argument(param.name), _option(param), _default(param)) for param in params]


def _default(param: Param) -> object:
    return False if param.flag else None if param.repeated else param.default


def _shape(function: Callable[..., None], parameters: Sequence[Parameter]) -> None:
    """Give a function the parameters that typer reads."""
    function.__signature__ = Signature(list(parameters))  # type: ignore[attr-defined]
    function.__annotations__ = {each.name: each.annotation for each in parameters}


def _argument(name: str) -> str:
    """The name of an option as a Python name."""
    return f"option_{name.replace('-', '_')}"


def _parameter(name: str, annotation: object, default: object) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _option(param: Param) -> object:
    names = [f"--{param.name}", *([f"-{param.short}"] if param.short else [])]
    kind: object = bool if param.flag else list[str] | None if param.repeated else str
    return Annotated[kind, typer.Option(*names, help=param.help)]
