"""`loop-tui targets`: what a run delivers to here, and the wizard that writes the project's settings for it."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue

from loop_tui.model.definition import LoopDefinition
from loop_tui.model.text import mask, one_line, secrets_in
from loop_tui.packs.ship.targets.project_file import FOLDER, NAME, read_project_targets
from loop_tui.packs.ship.targets.settings import NEEDED, configured
from loop_tui.storage.definitions import catalog

from . import completing
from .arguments import Folder
from .place import DEFAULT_LOOP, project_folder
from .show import say, say_json, table


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("targets")(targets)


def targets(
    project: Folder = None,
    loop: Annotated[
        str, typer.Option("--loop", "-l", help="The loop.", autocompletion=completing.loops)
    ] = DEFAULT_LOOP,
    detect: Annotated[bool, typer.Option("--detect", help="Look at what the repository uses, propose.")] = False,
    write: Annotated[bool, typer.Option("--write", help="As --detect, and write the proposal down.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON value a line.")] = False,
) -> None:
    """What a run delivers to, and what of it is configured in .loops/targets.toml.

    --write makes that file. One that is there already is never changed: the proposal is put beside it.
    """
    folder = project_folder(project)
    if detect or write:
        _detect(folder, loop, write, as_json)
    else:
        _show(folder, catalog.find(folder, loop).definition, as_json)


# --- what there is --------------------------------------------------------------------------------------------------


def _show(project: Path, definition: LoopDefinition, as_json: bool) -> None:
    found = [_row(definition, number) for number in range(len(definition.targets))]
    if as_json:
        for row in found:
            say_json(row)
        return
    if not found:
        say(f"{definition.id} has no targets")
        return
    header = ("Target", "Kind", "Configured", "Level", "Settings")
    say(
        table(
            header, [tuple(_cell(row[key]) for key in ("id", "kind", "configured", "level", "says")) for row in found]
        )
    )
    if release := _release(definition):
        say(f"\nrelease: {_settings(release)}")
    if any(not row["configured"] for row in found):
        say(f"\nloop-tui targets --detect looks at what this repository uses; settings are kept in {FOLDER}/{NAME}")


def _row(definition: LoopDefinition, number: int) -> dict[str, JsonValue]:
    from loop_tui.packs.ship.targets.verdict import wanted_level

    target = definition.targets[number]
    settings = {key: value for key, value in target.settings.items() if key != "level"}
    ready = configured(target.kind, target.settings)
    missing = "" if ready else f"needs {' or '.join(NEEDED[target.kind])}"
    return {
        "id": target.id,
        "kind": target.kind,
        "title": target.title,
        "configured": ready,
        "level": wanted_level(target).value,
        "settings": settings,
        "says": _settings(settings) or missing,
    }


def _cell(value: JsonValue) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _settings(values: dict[str, JsonValue]) -> str:
    return ", ".join(f"{key} = {one_line(str(value))}" for key, value in values.items())


def _release(definition: LoopDefinition) -> dict[str, JsonValue]:
    from loop_tui.packs.ship.preflight.findings import PUSHES

    skills = (skill for phase in definition.phases for skill in phase.skills if skill.id == PUSHES)
    return next((dict(skill.settings) for skill in skills), {})


# --- what there could be --------------------------------------------------------------------------------------------


def _detect(project: Path, loop: str, write: bool, as_json: bool) -> None:
    from loop_tui.packs.ship.targets.detection import detect
    from loop_tui.packs.ship.targets.proposal import text_of
    from loop_tui.packs.ship.targets.proposal import write as put

    known = catalog.find(project, loop).definition.targets
    shipped = catalog.builtin(loop)
    existing = read_project_targets(project, (*(shipped.targets if shipped else ()), *known))
    found = asyncio.run(detect(project, existing, known))
    text = text_of(found.entries, found.release)
    new = (tuple(found.entries), found.release) != (existing.entries, existing.release)
    path = put(project, text) if write and new else None
    if as_json:
        say_json(
            {
                "seen": [_safe(line) for line in found.seen],
                "notes": [_safe(line) for line in found.notes],
                "targets": [{"id": e.id, "kind": e.kind, **e.settings} for e in found.entries],
                "release": found.release,
                "new": new,
                "written": str(path) if path else None,
            }
        )
        return
    _tell("Seen:", found.seen or ["nothing that a run could deliver to beyond this machine and the git remote"])
    _tell("Mind:", found.notes)
    if not new:
        say(f"{FOLDER}/{NAME} says all of it already" if existing.exists else "There is nothing to configure.")
        return
    place = path.relative_to(project) if path else Path(FOLDER, NAME)
    if path is not None and path.name != NAME:
        say(f"{FOLDER}/{NAME} is left as it is. The proposal, with what that file says, is in {place}:\n")
    else:
        say(f"{'Written to' if path else 'Proposed for'} {place}:\n")
    say(text.rstrip())
    if path is None:
        say("\nloop-tui targets --write writes it")
    elif path.name == NAME:
        say(f"\nlook it over, then: git add {place}")


def _tell(head: str, lines: list[str]) -> None:
    if lines:
        say("\n".join([head, *(f"  {_safe(line)}" for line in lines), ""]))


def _safe(text: str) -> str:
    return mask(one_line(text), secrets_in(os.environ))
