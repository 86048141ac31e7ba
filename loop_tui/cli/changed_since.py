"""What changed in the working tree since a moment: for the panel of a gate, which starts no git itself."""

import asyncio
from collections.abc import Iterable
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loop_tui.model.clock import parse_stamp
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import count_of, one_line

from .arguments import Folder
from .place import project_folder
from .show import say_json

if TYPE_CHECKING:
    from loop_tui.services.git.git import ChangedPath

_MOST = 200
_WORDS = {"A": "new", "D": "deleted", "R": "renamed", "C": "copied", "T": "type"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("changed-since", hidden=True)(changed_since)


def changed_since(moment: Annotated[str, typer.Argument()], project: Folder = None) -> None:
    """Print what changed since a moment, one JSON object a line (started by the screen). git only looks."""
    for line in asyncio.run(lines_since(project_folder(project), moment)):
        say_json({"text": one_line(line, 400)})


async def lines_since(project: Path, moment: str) -> list[str]:
    """The commits since a moment, the files that they changed, and what is not committed. Raises Problem."""
    from loop_tui.services.git import git
    from loop_tui.services.git.read_only import looking

    since = parse_stamp(moment)
    if since is None:
        raise Problem(
            "is not a time", one_line(moment, 60), "use the form 2026-01-02T03:04:05Z", code=Code.NAME_UNKNOWN
        )
    with looking():
        root = await git.repository_root(project)
        if root is None or await git.head_sha(root) is None:
            return []
        before = f"--before={since.astimezone(UTC).isoformat()}"
        base = (await git.ask(root, "rev-list", "-1", before, git.END_OF_OPTIONS, "HEAD")).strip()
        lines: list[str] = []
        if base and base != await git.head_sha(root):
            count = (await git.ask(root, "rev-list", "--count", git.END_OF_OPTIONS, f"{base}..HEAD")).strip()
            lines.append(count_of(int(count), "commit"))
            lines += _files(await git.diff_name_status(root, base, "HEAD"))
        known = await git.status(root)
        open_ones = [*_files((*known.staged, *known.unstaged)), *(f"new {path}" for path in known.untracked)]
        lines += ["not committed", *dict.fromkeys(open_ones)] if open_ones else []
    more = len(lines) - _MOST
    return [*lines[:_MOST], f"and {more} more"] if more > 0 else lines


def _files(found: Iterable["ChangedPath"]) -> list[str]:
    return [f"{_WORDS.get(entry.code, 'changed')} {entry.path}" for entry in found]
