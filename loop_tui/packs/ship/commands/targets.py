"""`loop-tui targets`: what a run delivers to here, and the proposal of the project's settings for it."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from loop_tui.model.definition import LoopDefinition
from loop_tui.model.text import one_line
from loop_tui.packs.ship.configured import lacking
from loop_tui.packs.ship.preflight.findings import PUSHES
from loop_tui.packs.ship.targets.detection import detect
from loop_tui.packs.ship.targets.project_file import FOLDER, NAME, read_project_targets
from loop_tui.packs.ship.targets.proposal import text_of, write
from loop_tui.packs.ship.targets.verdict import wanted_level
from loop_tui.runners.pack_api import CommandHost

from . import sync_hook


async def run(host: CommandHost, options: Mapping[str, object]) -> int:
    """Show the targets, or what the project's settings for them could be. Raises Problem."""
    words = options.get("words")
    if isinstance(words, tuple) and words:
        return await sync_hook.run(host, words, options)
    if options["detect"] or options["write"]:
        await _detect(host, bool(options["write"]), bool(options["json"]))
    else:
        _show(host, bool(options["json"]))
    return 0


# --- what there is --------------------------------------------------------------------------------------------------


def _show(host: CommandHost, as_json: bool) -> None:
    definition = host.definition()
    found = [_row(host, definition, number) for number in range(len(definition.targets))]
    if as_json:
        for row in found:
            host.say_json(row)
        return
    if not found:
        host.say(f"{definition.id} has no targets")
        return
    header = ("Target", "Id", "Kind", "Configured", "Required level", "Settings")
    rows = [
        (str(row["title"] or row["id"]), str(row["id"]), str(row["kind"]), *_standing(row), str(row["says"]))
        for row in found
    ]
    host.say(host.table(header, rows, least=("Target", "Kind")))
    if release := _release(definition):
        host.say(f"\nrelease: {_settings(release)}")
    if any(not row["configured"] for row in found):
        todo = "loop-tui targets --detect looks at what this repository uses; settings are kept in"
        host.say(f"\n{todo} {FOLDER}/{NAME}")


def _row(host: CommandHost, definition: LoopDefinition, number: int) -> dict[str, JsonValue]:
    target = definition.targets[number]
    settings = {key: value for key, value in target.settings.items() if key != "level"}
    lacks = lacking(host.project, target, host.kinds.targets)
    return {
        "id": target.id,
        "kind": target.kind,
        "title": target.title,
        "configured": not lacks,
        "level": wanted_level(target, host.kinds.targets).value,
        "settings": settings,
        "says": ", ".join(filter(None, (_settings(settings), lacks))),
    }


def _standing(row: Mapping[str, JsonValue]) -> tuple[str, str]:
    """Whether a target is configured, and the level that it has to reach, which only a configured one has."""
    return ("yes", str(row["level"])) if row["configured"] else ("no", "-")


def _settings(values: dict[str, JsonValue]) -> str:
    return ", ".join(f"{key} = {one_line(str(value))}" for key, value in values.items())


def _release(definition: LoopDefinition) -> dict[str, JsonValue]:
    skills = (skill for phase in definition.phases for skill in phase.skills if skill.id == PUSHES)
    return next((dict(skill.settings) for skill in skills), {})


# --- what there could be --------------------------------------------------------------------------------------------


async def _detect(host: CommandHost, wanted: bool, as_json: bool) -> None:
    project, known, shipped = host.project, host.definition().targets, host.shipped()
    existing = read_project_targets(project, (*(shipped.targets if shipped else ()), *known), host.kinds.targets)
    found = await detect(project, existing, known)
    text = text_of(found.entries, found.release, found.commented)
    new = (tuple(found.entries), found.release) != (existing.entries, existing.release)
    path = write(project, text) if wanted and new else None
    if as_json:
        host.say_json(
            {
                "seen": [one_line(line) for line in found.seen],
                "notes": [one_line(line) for line in found.notes],
                "targets": [{"id": e.id, "kind": e.kind, **e.settings} for e in found.entries],
                "release": found.release,
                "new": new,
                "written": str(path) if path else None,
            }
        )
        return
    _tell(host, "Seen:", found.seen or ["found no targets beyond this machine and the git remote"])
    _tell(host, "Notes:", found.notes)
    if not new:
        host.say(f"{FOLDER}/{NAME} is already complete" if existing.exists else "There is nothing to configure.")
        return
    place = path.relative_to(project) if path else Path(FOLDER, NAME)
    if path is not None and path.name != NAME:
        host.say(f"{FOLDER}/{NAME} is unchanged. The proposal, which includes its settings, is in {place}:\n")
    else:
        host.say(f"{'Written to' if path else 'Proposed for'} {place}:\n")
    host.say(text.rstrip())
    if path is None:
        host.say("\nloop-tui targets --write writes it")
    elif path.name == NAME:
        host.say(f"\nreview it, then: git add {place}")


def _tell(host: CommandHost, head: str, lines: list[str]) -> None:
    if lines:
        host.say("\n".join([head, *(f"  {one_line(line)}" for line in lines), ""]))
