"""`loop-tui docs`: the index of a project's documents, what in them is stale, the state of one (SPEC section 7)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loop_tui.control.docs import (
    BEGIN,
    END,
    align,
    claude_home,
    index_edits,
    read_documents,
    state_edit,
    top_of,
    write_edit,
)
from loop_tui.model.docs.aligned import DocEdit
from loop_tui.model.docs.document import DocFinding, LifeCycle
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import count_of, one_line, shown

from .arguments import Folder, Json
from .command_group import add_group, is_alone
from .docs_commands import own_commands
from .interrupts import INTERRUPTED, interruptible
from .place import project_folder
from .show import aside, complain, say, say_json
from .written_changes import ask_before, say_change

if TYPE_CHECKING:
    from pydantic import JsonValue

ToCheck = Annotated[bool, typer.Option("--check", help="Write nothing; exit code 1 when an index is behind (for CI).")]
Today = Annotated[str, typer.Option("--today", metavar="DATE", help="Judge the age of documents as on this day.")]
State = Annotated[LifeCycle, typer.Argument(help="Its new state.", show_default=False)]
DocumentFile = Annotated[Path, typer.Argument(metavar="FILE", help="A document.", show_default=False)]
MarkYes = Annotated[bool, typer.Option("--yes", "-y", help="Change it without asking.")]


def register(app: typer.Typer) -> None:
    """Add the commands; `docs` alone is `docs stale`."""
    words = "Documents of a project: what in them is stale, their index, the state of each."
    add_group(app, "docs", words, _alone, {"stale": stale, "index": index, "mark": mark})


def _alone(ctx: typer.Context, project: Folder = None, today: Today = "", as_json: Json = False) -> None:
    if is_alone(ctx, project, today, as_json):
        stale(project, today, as_json)


def stale(project: Folder = None, today: Today = "", as_json: Json = False) -> None:
    """List what is stale in documents: links, headings, paths, commands, archived runs, versions, age.

    Each with file, line and reason. Exit code 1 when something is stale. External links are not fetched.
    """
    top = top_of(project_folder(project))
    day = _day(today)
    found = read_documents(top)
    dates = interruptible(_dates(top, tuple(each.path for each in found.documents), day))
    if dates is None:
        raise typer.Exit(INTERRUPTED)
    done = align(found, claude_home(), day, own_commands(), lambda _: dates)
    for each in done.findings:
        say_json(_json(each)) if as_json else say(_line(each))
    if done.is_cut:
        aside("the project is too large: not all of its documents were read")
    if not as_json:
        count = count_of(done.documents, "document")
        say(f"{count}: {count_of(len(done.findings), 'finding') if done.findings else 'nothing is stale'}")
    if done.findings:
        raise typer.Exit(1)


async def _dates(top: Path, paths: tuple[str, ...], today: date) -> Mapping[str, date]:
    from loop_tui.services.git.last_changed import last_changed

    return await last_changed(top, paths, today)


def _day(text: str) -> date:
    """The day that is meant. Raises Problem for what is none."""
    if not text:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        todo = "write it as in 2026-03-02"
        raise Problem("is not a date", shown(text), todo, code=Code.USAGE) from None


def _line(each: DocFinding) -> str:
    reference = f" {one_line(each.reference, 80)}" if each.reference else ""
    return f"{one_line(each.path)}:{each.line}: {each.kind.value}{reference}: {one_line(each.why, 200)}"


def _json(each: DocFinding) -> dict[str, str | int]:
    return {
        "path": each.path,
        "line": each.line,
        "kind": each.kind.value,
        "reference": one_line(each.reference, 500),
        "why": one_line(each.why, 500),
    }


def index(project: Folder = None, check: ToCheck = False, as_json: Json = False) -> None:
    """Write the index of documents by kind between its two comments; every other byte stays.

    Comments stand in a document directly in docs/ or .claude/docs/; without them nothing is written.
    """
    top = top_of(project_folder(project))
    found = index_edits(read_documents(top))
    for problem in found.problems:
        complain(problem)
    if found.problems:
        raise typer.Exit(2)
    if not found.places:
        todo = f"put the lines {BEGIN} and {END} into docs/README.md, one below the other"
        raise Problem("no document has an index", str(top), todo, code=Code.NAME_UNKNOWN)
    for edit in found.edits:
        if not check:
            write_edit(top, edit)
        elif not as_json:
            _show(edit)
    if as_json:
        changed = [edit.path for edit in found.edits]
        told: dict[str, JsonValue] = {"indexes": [*found.places], "changed": [*changed], "written": not check}
        say_json(told)
    elif not found.edits:
        say(f"{count_of(len(found.places), 'index', 'indexes')}: nothing to change")
    else:
        said = ", ".join(one_line(edit.path, 200) for edit in found.edits)
        say(f"behind: {said}; `loop-tui docs index` writes it" if check else f"wrote {said}")
    if check and found.edits:
        raise typer.Exit(1)


def mark(file: DocumentFile, state: State, project: Folder = None, yes: MarkYes = False) -> None:
    """Set the state of a document in its front matter, after a yes; nothing else of it changes.

    Nothing is deleted: pruned means that the index no longer lists it.
    """
    top = top_of(project_folder(project))
    edit = state_edit(top, file if project is None else top / file, state)
    if edit.before == edit.after:
        say(f"{one_line(edit.path, 200)} is {state.value} already")
        return
    if not yes:
        _show(edit)
        ask_before(f"Mark {one_line(edit.path, 200)} as {state.value}?")
    write_edit(top, edit)
    say(f"wrote {one_line(edit.path, 200)}")


def _show(edit: DocEdit) -> None:
    say_change(edit.path, edit.before, edit.after)
