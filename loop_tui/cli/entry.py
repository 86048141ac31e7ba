"""`loop-tui [DIR]` opens the screen, everything else is a subcommand (SPEC section 5)."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from .opening import open_screen

COMPLETE = "_LOOP_TUI_COMPLETE"
"""Set by the shell, which then asks what could stand where TAB was pressed."""

# Which module has which commands: one command imports no other's module, so that each starts fast.
COMMANDS = {
    "running": ("run", "drive"),
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
    "many": ("watch",),
    "serving": ("serve",),
    "settings": ("config",),
    "past": ("history", "compare"),
    "differing": ("diff",),
    "inspecting": ("loops", "state", "doctor"),
    "shipping": ("undo",),
    "targets": ("targets",),
    "demo": ("demo",),
}


def _is_folder(word: str) -> bool:
    """True for a first word that stands for a folder to open, also when that folder is not there."""
    return not word.startswith("-") and ("/" in word or word in (".", "..") or Path(word).is_dir())


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code. Problems pass through to the caller."""
    words = list(sys.argv[1:] if argv is None else argv)
    known = {name for commands in COMMANDS.values() for name in commands}
    folder = Path(words.pop(0)) if words and words[0] not in known and _is_folder(words[0]) else None
    completing = COMPLETE in os.environ
    if not words and not completing:
        return open_screen(folder)
    import typer

    from .app import build

    first = os.environ.get("COMP_WORDS", "").split()[1:2] if completing else words[:1]
    only = first[0] if first and first[0] in known else ""
    modules = [module for module, commands in COMMANDS.items() if not only or only in commands]
    command = typer.main.get_command(build(modules, folder))
    try:
        command.main(args=words, prog_name="loop-tui")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0
