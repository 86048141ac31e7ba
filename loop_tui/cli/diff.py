"""The command that tells which files a skill changed, as far as the evidence of its run knows."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loop_tui.engine.changed_files import Span, changed_by, nothing_known
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import mask, secrets_in
from loop_tui.model.state import RunState
from loop_tui.model.text import count_of, one_line

from . import completion
from .arguments import Folder, Loop
from .place import place, project_folder
from .show import say

if TYPE_CHECKING:
    from loop_tui.model.runs import RunSummary
    from loop_tui.services.git.diff import Diff

_CODES = {"A": "new", "M": "changed", "D": "deleted", "R": "renamed", "C": "copied", "T": "type changed"}
_WIDTH = max(map(len, _CODES.values()))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("diff")(diff)


def diff(
    skill: Annotated[str, typer.Argument(help="The skill.", autocompletion=completion.skills)],
    project: Folder = None,
    loop: Loop = None,
    phase: Annotated[
        str,
        typer.Option(
            "--phase",
            help="The skill's phase, if several phases have a skill of that name.",
            autocompletion=completion.phases,
        ),
    ] = "",
    run: Annotated[
        str,
        typer.Option(
            "--run",
            help="An archived run: its id, the beginning of its id, or its path.",
            autocompletion=completion.runs,
        ),
    ] = "",
) -> None:
    """Show what a skill changed: its commit, the version it wrote, or the trees that its checks ran on."""
    state = _archived(run) if run else place(project, loop).loaded().state
    if not any(each.id == skill for where in state.phases for each in where.skills):
        known = ", ".join(one_line(each.id, 40) for where in state.phases for each in where.skills)
        raise Problem("no such skill", one_line(skill, 60), f"skills: {known}" if known else "", code=Code.NAME_UNKNOWN)
    spans = changed_by(state, skill, phase)
    if not spans:
        say(nothing_known(state, skill, phase))
        return
    asyncio.run(_tell(project_folder(project), spans))


async def _tell(project: Path, spans: tuple[Span, ...]) -> None:
    from loop_tui.services.git.read_only import looking

    with looking():
        await _tell_spans(project, spans)


async def _tell_spans(project: Path, spans: tuple[Span, ...]) -> None:
    from loop_tui.services.git import diff, git

    root = await git.repository_root(project)
    if root is None:
        raise Problem(
            "is not in a git repository, so there is nothing to compare", str(project), code=Code.NO_REPOSITORY
        )
    for number, span in enumerate(spans):
        found = await diff.diff(root, span.before, span.after, span.paths)
        say(_text(span, found) if not number else f"\n{_text(span, found)}")


def _text(span: Span, found: "Diff") -> str:
    secrets = secrets_in(os.environ)
    lines = [span.why, ""]
    for entry in found.files:
        origin = f"{one_line(entry.original, 200)} -> " if entry.original else ""
        lines.append(f"{_CODES.get(entry.code, entry.code):<{_WIDTH}}  {origin}{one_line(entry.path, 200)}")
    if not found.files:
        lines.append("no files differ")
    lines += ["", *(line.replace("\n", " ") for line in found.lines)] if found.lines else []
    if found.left_out:
        lines.append(f"… {count_of(found.left_out, 'more line')} not shown")
    return mask("\n".join(lines), secrets)


def _archived(which: str) -> RunState:
    """The state of an archived run as it was when it ended. Raises Problem when there is none."""
    from loop_tui.storage.state.dialects import NotOurs, WrongType, detect, load

    run = _run(which)
    where = run.path or run.folder
    if run.state is None or isinstance(detect(run.state), NotOurs):
        raise Problem("the archive of this run holds no readable state", where, code=Code.ARCHIVE_UNREADABLE)
    try:
        return load(run.state, None)
    except (WrongType, RecursionError, ValueError) as error:
        raise Problem("the state of this run cannot be read", where, code=Code.ARCHIVE_UNREADABLE) from error


def _run(which: str) -> "RunSummary":
    from loop_tui.storage.archive.query import read_run

    path = Path(which)
    if path.is_absolute() and path.is_file():
        # Its path says which: there is no need to ask for it.
        return read_run(which)
    from .chosen_run import chosen_run

    return read_run(chosen_run(which).where)
