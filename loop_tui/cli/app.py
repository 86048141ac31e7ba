"""The command line: `loop-tui [DIR]` opens the screen, everything else is a subcommand (SPEC section 5)."""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import typer

from loop_tui import __version__

_OPEN = "open"

# Which module has which commands: one command imports no other's module, so that each starts fast.
_COMMANDS = {
    "running": ("run", "drive", _OPEN),
    "acting": (
        "go",
        "answer",
        "approve",
        "changes",
        "reject",
        "pause",
        "resume",
        "skip",
        "complete",
        "phase",
        "abort",
    ),
    "watching": ("status", "show", "runs"),
    "inspecting": ("loops", "state", "config", "doctor"),
    "demo": ("demo",),
}


def _is_folder(word: str) -> bool:
    """True for a first word that stands for a folder to open, also when that folder is not there."""
    return not word.startswith("-") and ("/" in word or word in (".", "..") or Path(word).is_dir())


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"loop-tui {__version__}")
        raise typer.Exit


def build(only: str = "") -> typer.Typer:
    """The whole command line, or as much of it as one command needs."""
    app = typer.Typer(
        name="loop-tui",
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Run, gate and watch loops: pipelines of phases, skills and gates that ship software on evidence.\n\n"
        "Without a command the screen opens on this folder; `loop-tui DIR` opens it on DIR.",
    )

    @app.callback(invoke_without_command=True)
    def top(
        ctx: typer.Context,
        version: bool = typer.Option(
            False, "--version", "-V", help="Print the version.", callback=_version, is_eager=True
        ),
    ) -> None:
        if ctx.invoked_subcommand is None:
            import_module("loop_tui.cli.running").open_screen(None, None, None)

    for module, commands in _COMMANDS.items():
        if not only or only in commands:
            import_module(f"loop_tui.cli.{module}").register(app)
    return app


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code. Problems pass through to the caller."""
    words = list(sys.argv[1:] if argv is None else argv)
    known = {name for commands in _COMMANDS.values() for name in commands}
    if words and words[0] not in known and _is_folder(words[0]):
        words.insert(0, _OPEN)
    only = words[0] if words and words[0] in known else ""
    command = typer.main.get_command(build(only))
    try:
        command.main(args=words, prog_name="loop-tui")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0
