"""`loop-tui dream tick`, `correct` and `init`: changes in Dream States, shown as a diff, and new ones."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from loop_tui.control.dream import (
    Completed,
    CompletedRun,
    DocumentEdit,
    DreamPlaces,
    apply,
    complete,
    correct_documents,
    create,
    find_places,
    new_document,
    read_hierarchy,
)
from loop_tui.fs.paths import project_name
from loop_tui.model.dream.tree import Tier, key_of
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import count_of, one_line, shown

from . import completion
from .arguments import Folder, Json
from .dream_text import path_text
from .place import project_folder
from .show import say, say_json, say_whole
from .written_changes import ask_before, say_change

Items = Annotated[list[str] | None, typer.Argument(metavar="ITEM", help="A function, by exactly its name or its text.")]
Module = Annotated[str, typer.Option("--module", "-m", help="Only items of this module.")]
Recorded = Annotated[
    str,
    typer.Option("--run", help="Record this archived run (id or number).", autocompletion=completion.runs),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")]
Corrected = Annotated[str, typer.Argument(metavar="NAME", help="A system or module by its name: only that.")]
CorrectYes = Annotated[bool, typer.Option("--yes", "-y", help="Correct them without asking.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Create it without asking.")]
Organization = Annotated[bool, typer.Option("--organization", help="The document of the organization.")]
ModuleFolder = Annotated[Path | None, typer.Option("--module", "-m", help="The folder of a module: its document.")]


def tick(
    items: Items = None,
    module: Module = "",
    run: Recorded = "",
    project: Folder = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Tick functions as operational, or record an archived run; counts are rolled up, every other byte stays.

    Only an exact name is ticked. Doing it again changes nothing.
    """
    if not items and not run:
        raise Problem("nothing to tick", todo="name an item, or a run with --run", code=Code.USAGE)
    places = find_places(project_folder(project))
    done = complete(places, items=items or (), module=module, run=_run(run, places) if run else None)
    _refuse_unknown(done, module)
    for edit in done.edits:
        if not as_json:
            _show(edit, places)
        if not dry_run:
            apply(edit, places)
    if as_json:
        say_json(
            {
                "ticked": [node.name for node in done.chosen.nodes],
                "before": list(done.chosen.before),
                "documents": [str(edit.path) for edit in done.edits],
                "written": not dry_run,
            }
        )
    elif not done.edits:
        say("nothing to change")
    else:
        say(f"{'would change' if dry_run else 'wrote'} {count_of(len(done.edits), 'document')}")


def correct(
    name: Corrected = "",
    project: Folder = None,
    dry_run: DryRun = False,
    yes: CorrectYes = False,
    as_json: Json = False,
) -> None:
    """Correct counts and statuses that contradict the list of functions, after a yes; every other byte stays.

    A status of another kind, such as blocked, and a ticked box are left to you: `dream status` lists them.
    """
    places = find_places(project_folder(project))
    edits = correct_documents(places, name)
    for edit in () if as_json else edits:
        _show(edit, places)
    if edits and not dry_run:
        if not yes:
            ask_before(f"Correct {count_of(len(edits), 'document')}?")
        for edit in edits:
            apply(edit, places)
    if as_json:
        say_json({"documents": [str(edit.path) for edit in edits], "written": bool(edits) and not dry_run})
    elif not edits:
        say("no counts to correct")
    else:
        say(f"{'would change' if dry_run else 'wrote'} {count_of(len(edits), 'document')}")


def init(
    organization: Organization = False, module: ModuleFolder = None, project: Folder = None, yes: Yes = False
) -> None:
    """Create a missing Dream State from a template, after a yes: the system's, or with options another tier's."""
    if organization and module is not None:
        raise Problem("--organization and --module exclude each other", todo="use one of them", code=Code.USAGE)
    folder = project_folder(project)
    tier = Tier.ORGANIZATION if organization else Tier.MODULE if module is not None else Tier.SYSTEM
    path, text = new_document(read_hierarchy(folder), tier, folder / module if module is not None else None)
    if not yes:
        say_whole(text)
        ask_before(f"Create {path_text(path, folder)} with this text?")
    create(path, text)
    say(f"wrote {path}")


def _refuse_unknown(done: Completed, module: str) -> None:
    """Raises Problem for a name that ticks nothing: then nothing is written."""
    if done.chosen.several:
        what = f"{_names(done.chosen.several)}: more than one function has that name"
        raise Problem(what, todo="name its module with --module", code=Code.NAME_UNKNOWN)
    if done.chosen.missing:
        there = f" in {shown(module)}" if module else ""
        what = f"{_names(done.chosen.missing)}: no function with a box has exactly that name{there}"
        raise Problem(what, todo="`loop-tui dream status --all` lists them", code=Code.NAME_UNKNOWN)


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(shown, names))


def _run(which: str, places: DreamPlaces) -> CompletedRun:
    """The archived run that was meant, as a row tells of it. Raises Problem, also for one of another project."""
    from loop_tui.storage.archive.query import read_run

    from .chosen_run import chosen_run

    run = read_run(chosen_run(which).where)
    if run.project and not _is_of(run.system, Path(run.project), places):
        what = f"{shown(which)} is a run of {one_line(run.system, 60)}, not of this project"
        raise Problem(what, one_line(run.project, 200), "name its project with --project", code=Code.NAME_UNKNOWN)
    return CompletedRun(
        id=run.run or Path(run.path or run.folder).stem,
        date=run.completed_at[: len("2026-03-02")],
        loop=run.loop,
        outcome=run.outcome.value,
        module=run.module or "",
        more=", ".join(run.deliverables),
    )


def _is_of(system: str, folder: Path, places: DreamPlaces) -> bool:
    """True for a run in this project or in one of the same name: folders are moved, and have copies beside them."""
    if folder.resolve().is_relative_to(places.top.resolve()):
        return True
    found = read_hierarchy(places.top).system
    names = (project_name(places.top), found.name if found is not None else "")
    return key_of(system) in map(key_of, names)


def _show(edit: DocumentEdit, places: DreamPlaces) -> None:
    say_change(path_text(edit.path, places.top), edit.before, edit.after)
