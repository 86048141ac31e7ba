"""`loop-tui [DIR]` opens the screen, everything else is a subcommand (SPEC section 5)."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import know
from loop_tui.storage.definitions.extensions import use

from .screen import open_screen

if TYPE_CHECKING:
    from loop_tui.storage.definitions.extensions import Extensions

PACKS = "pack_commands"
"""The module of the commands that packs bring."""
COMPLETE = "_LOOP_TUI_COMPLETE"
"""Set by the shell, which then asks what could stand where TAB was pressed."""

# Which module has which commands: one command imports no other's module, so that each starts fast.
COMMANDS = {
    "run": ("run", "drive"),
    "acting": (
        "go",
        "answer",
        "approve",
        "changes",
        "reject",
        "pause",
        "resume",
        "skip",
        "phase",
        "abort",
    ),
    "adopting": ("adopt",),
    "agents": ("claim", "heartbeat", "release", "done", "complete", "log"),
    "waiting": ("wait", "ask"),
    "status": ("status", "show"),
    "runs": ("runs",),
    "stats": ("stats",),
    "watch": ("watch",),
    "serve": ("serve",),
    "settings": ("config",),
    "dream": ("dream",),
    "context": ("context",),
    "docs": ("docs",),
    "next_move": ("next",),
    "history": ("history", "compare"),
    "diff": ("diff",),
    "inspecting": ("loops", "state", "doctor"),
    "demo": ("demo", "sample"),
    "panel": ("panel",),
    "verbs": ("verbs",),
    "changed_since": ("changed-since",),
}


def _installed() -> "Extensions":
    from .packs import Installed

    return Installed()


def _module_of(word: str) -> str:
    """The module of a command, or nothing when there is none of that name."""
    found = next((module for module, commands in COMMANDS.items() if word in commands), "")
    # What cannot name a command is a folder or an option: packs are not imported before the screen is painted.
    if found or not word or not word.replace("-", "").isalnum() or word.startswith("-"):
        return found
    from .packs import packs

    return PACKS if word in packs().commands else ""


def _is_folder(word: str) -> bool:
    """True for a first word that stands for a folder to open, also when that folder does not exist."""
    return not word.startswith("-") and ("/" in word or word in (".", "..") or Path(word).is_dir())


def wants_json(words: Sequence[str]) -> bool:
    """True when a script reads what the command with these words prints."""
    return "--json" in words


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code. Problems pass through to the caller."""
    know(os.environ)
    use(_installed)
    words = list(sys.argv[1:] if argv is None else argv)
    folder = Path(words.pop(0)) if words and _is_folder(words[0]) and not _module_of(words[0]) else None
    completing = COMPLETE in os.environ
    if not words and not completing:
        return open_screen(folder)
    import typer

    from .app import build

    first = os.environ.get("COMP_WORDS", "").split()[1:2] if completing else words[:1]
    only = _module_of(first[0]) if first else ""
    command = typer.main.get_command(build([only] if only else [*COMMANDS, PACKS], folder))
    try:
        command.main(args=words, prog_name="loop-tui")
    except SystemExit as end:
        # Words that do not fit: typer has told a person, and the exception before its exit knows what.
        told = getattr(end.__context__, "format_message", None)
        if told is not None and wants_json(words):
            from .show import error_json, say_json

            say_json({"error": error_json(Code.USAGE, told(), todo=Code.USAGE.todo)})
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0
