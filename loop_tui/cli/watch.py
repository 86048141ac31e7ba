"""`loop-tui watch`: all runs below some folders."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import JsonValue

from loop_tui.fs.demo import refuse_demo
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.storage.user.settings import UserSettings, load_settings

from .arguments import Json
from .screen import interactive, show_screen
from .show import say, say_json
from .tables import table

if TYPE_CHECKING:
    from loop_tui.control.board_row import RunRow

FolderArguments = Annotated[
    list[Path] | None,
    typer.Argument(metavar="DIR", help="The folders to watch (default: your workspaces, or the current folder)."),
]
Depth = Annotated[int | None, typer.Option(min=0, max=20, help="How many levels of folders to search (default: 4).")]
ReadOnly = Annotated[bool, typer.Option("--read-only", help="Read-only: change nothing.")]
Once = Annotated[bool, typer.Option("--once", help="Print the list once (the default without a terminal).")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("watch")(watch)


def watch(
    folders: FolderArguments = None,
    depth: Depth = None,
    once: Once = False,
    read_only: ReadOnly = False,
    as_json: Json = False,
) -> None:
    """Show all runs below the given folders, those that need you first; enter opens one."""
    settings, wrong = load_settings()
    _refuse_bad_commands(settings, wrong)
    named = folders or [Path(place).expanduser() for place in settings.workspaces] or [Path()]
    roots = [folder.absolute() for folder in named]
    depth = settings.depth if depth is None else depth
    for root in roots:
        if not root.is_dir():
            raise Problem("no such folder", str(root), code=Code.FOLDER_MISSING)
        refuse_demo(root)
    if interactive() and not (once or as_json):
        raise typer.Exit(show_screen(roots[0], "", folders=roots, depth=depth, read_only=read_only))
    from loop_tui.control.board import Board
    from loop_tui.control.board_row import ordered

    picture = Board(roots, depth).look()
    rows = ordered(picture.rows)
    if as_json:
        say_json({"runs": [_json(row) for row in rows], "complete": not picture.full})
        return
    if not rows:
        say(f"no runs below {', '.join(map(str, roots))}")
        return
    header = ("", "system", "loop", "phase", "state", "whose", "folder")
    say(table(header, [_cells(row) for row in rows], least=("whose", "folder", "phase", "loop")))


def _refuse_bad_commands(settings: UserSettings, wrong: list[Problem]) -> None:
    if settings.commands or wrong:
        from loop_tui.tui.keymap import checked, own_commands_of

        keymap, _ = checked(settings.keys, settings.lines, str(settings.path))
        own_commands_of(settings, wrong, keymap)


def _cells(row: "RunRow") -> tuple[str, ...]:
    return (row.word, row.name, row.loop, _place(row), row.headline, _whose(row), str(row.project))


def _whose(row: "RunRow") -> str:
    """Whose run it is, and who claimed it."""
    whose = "yours" if row.ours else "elsewhere"
    return f"{whose}, {row.by}" if row.by else whose


def _place(row: "RunRow") -> str:
    return f"{row.phase} {row.place}/{row.phases}" if row.place else row.phase


def _json(row: "RunRow") -> dict[str, JsonValue]:
    return {
        "path": str(row.path),
        "archived": row.archived,
        "project": str(row.project),
        "system": row.name,
        "loop": row.loop,
        "run": row.run,
        "phase": row.phase,
        "status": row.status,
        "group": row.group,
        "word": row.word,
        "by": row.by,
        "ours": row.ours,
        "need": row.headline,
        "driven": row.driven,
        "dialect": row.dialect,
        "updated_at": row.updated_at,
        "trouble": row.trouble,
    }
