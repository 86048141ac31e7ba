"""Target `commands-sync`: the project's `commands/*-loop.md` in `<home>/commands` (SHIP "Confirming").

Only what changed is written, each content that it replaces is kept under `commands/.backup/<run>/`, and nothing is
removed. What was written last is noted beside that: outside of a run a file that somebody changed since stays.
"""

import asyncio
import difflib
import glob
import hashlib
import os
from pathlib import Path

from msgspec import Struct

from loop_tui.fs.atomic import write_over
from loop_tui.fs.limits import MANIFEST
from loop_tui.fs.plain import digest_of, read_plain
from loop_tui.fs.room import no_room
from loop_tui.model.definition import TargetDefinition
from loop_tui.model.going_on import THEN_GO
from loop_tui.model.log import LogLevel
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.text import count_of, one_line
from loop_tui.packs.ship.effects import SYNC
from loop_tui.packs.ship.evidence import few
from loop_tui.runners.context import Context, Proof, SkillFailed
from loop_tui.runners.targets import Shipment, TargetLevel, TargetVerdict

FOLDER = "commands"
PATTERN = "*-loop.md"
BACKUP = ".backup"
WRITTEN = ".written"
"""The folder beside the backups that says, per command file, the sha256 of what was written there last."""
_MOST_DIFF_LINES = 60
_UNSAFE = regex(r"[^A-Za-z0-9_-]+")


class CommandFile(Struct, frozen=True):
    """One command file of the project: its name, content and sha256."""

    name: str
    data: bytes
    sha256: str


async def confirm(ctx: Context, target: TargetDefinition, shipment: Shipment) -> TargetVerdict:
    """Bring the command files over as one effect, and see each of them there with our content."""

    def verdict(level: TargetLevel, summary: str, **facts: str) -> TargetVerdict:
        return TargetVerdict(target=target.id, level=level, summary=summary, evidence={**facts}, at=ctx.do.now())

    try:
        sources = await asyncio.to_thread(read_sources, ctx.project)
        if not sources:
            return verdict(TargetLevel.NOT_CONFIGURED, f"no {FOLDER}/{PATTERN} in the project")
        destination = ctx.home / FOLDER
        await asyncio.to_thread(_refuse_escapes, destination, sources)
    except SkillFailed as failed:
        return verdict(TargetLevel.FAILED, str(failed))
    for source in sources:
        await _tell(ctx, source, destination / source.name)
    done = await _sync(ctx, target, destination, sources)
    changed = done.get("changed")
    names = tuple(str(name) for name in changed) if isinstance(changed, list) else ()
    summary = _copied(names, len(sources), destination)
    ctx.do.say(f"Synced {count_of(len(sources), 'command')}: {summary}", LogLevel.OK)
    facts = {"folder": str(destination), "files": str(len(sources)), "changed": str(len(names))}
    backup = backup_folder(destination, ctx.state.run)
    if backup.is_dir():
        facts["backup"] = str(backup)
    return verdict(TargetLevel.CONFIRMED, summary, **facts)


def _copied(names: tuple[str, ...], of: int, destination: Path) -> str:
    """Which files were copied, and where to; those that were the same there stay as they are."""
    home = Path(os.path.expanduser("~"))  # noqa: PTH111  # as it is where nobody knows of a home
    where = f"~/{destination.relative_to(home)}" if destination.is_relative_to(home) else str(destination)
    shown, rest = one_line(where, 200), of - len(names)
    if not names:
        return f"{count_of(of, 'file')} in {shown}, already up to date"
    return f"copied {few(names)} to {shown}" + (f"; {rest} already up to date there" if rest else "")


async def _tell(ctx: Context, source: CommandFile, place: Path) -> None:
    """Say what happens to one command file; what it replaces is shown as a diff."""
    if _sha256(place) == source.sha256:
        ctx.do.say(f"{FOLDER}/{source.name}: up to date")
        return
    before = await asyncio.to_thread(_before, place)
    if before is None:
        ctx.do.say(f"{FOLDER}/{source.name}: new")
        return
    old, new = (data.decode("utf-8", "replace").splitlines() for data in (before, source.data))
    lines = list(difflib.unified_diff(old, new, str(place), f"{FOLDER}/{source.name}", n=2, lineterm=""))
    ctx.do.say(f"{FOLDER}/{source.name}: replaces the existing one, which is backed up")
    for line in lines[:_MOST_DIFF_LINES]:
        ctx.do.say(f"  {line}", LogLevel.OUT)
    if len(lines) > _MOST_DIFF_LINES:
        ctx.do.say(f"  … {count_of(len(lines) - _MOST_DIFF_LINES, 'more line')}")


class Synchronised(Struct, frozen=True):
    """The names of the command files that changed, and of those that somebody changed there: they stay."""

    changed: tuple[str, ...]
    stay: tuple[str, ...]


def synchronise(project: Path, home: Path, *, replace: bool = False) -> Synchronised:
    """Bring the command files over outside of a run, where nobody is shown what they replace.

    So what is neither what was written last nor in a backup stays as it is, unless the person said to `replace` it.
    What is replaced is kept below `.backup/hook`. Raises Problem.
    """
    sources, destination = read_sources(project), home / FOLDER
    _refuse_escapes(destination, sources)
    stay = () if replace else tuple(s for s in sources if _is_of_others(destination, s))
    wanted = tuple(s for s in sources if s not in stay)
    changed = tuple(s.name for s in wanted if _sha256(destination / s.name) != s.sha256)
    _write(destination, wanted, backup_folder(destination, "hook"))
    return Synchronised(changed, tuple(s.name for s in stay))


def _is_of_others(destination: Path, source: CommandFile) -> bool:
    """Whether what lies there is neither ours nor kept, so that to replace it takes something of a person's away."""
    before = _before(destination / source.name)
    if before is None or before == source.data:
        return False
    found = hashlib.sha256(before).hexdigest()
    note = _before(_note(destination, source.name))
    if note is not None and note.decode("ascii", "replace").strip() == found:
        return False
    kept = (destination / BACKUP).glob(f"*/{glob.escape(Path(source.name).stem)}*.md")
    return not any(_sha256(path) == found for path in kept)


def blocked(project: Path, home: Path) -> str:
    """Why nothing could be synchronised into that home, or nothing; looks only."""
    if not _has_commands(project):
        return ""
    found = no_room(home / FOLDER)
    return str(found) if found else ""


def read_sources(project: Path) -> tuple[CommandFile, ...]:
    """The project's command files. Raises SkillFailed for a link that leads out of the project, or no file at all."""
    found = []
    top = project.resolve()
    for path in sorted((project / FOLDER).glob(PATTERN)):
        real = path.resolve()
        if not real.is_relative_to(top):
            raise SkillFailed(
                f"{FOLDER}/{one_line(path.name)} is a link that leads out of the project",
                str(project),
                code=Code.PATH_UNSAFE,
            )
        if not real.is_file():
            raise SkillFailed(f"{FOLDER}/{one_line(path.name)} is not a file", str(project), code=Code.FILE_INVALID)
        data = read_plain(real, MANIFEST)
        found.append(CommandFile(path.name, data, hashlib.sha256(data).hexdigest()))
    return tuple(found)


def backup_folder(destination: Path, run: str) -> Path:
    """Where this run keeps what it replaces. The run's id comes from a file, so only harmless characters stay."""
    return destination / BACKUP / (_UNSAFE.sub("-", run).strip("-") or "run")


def _refuse_escapes(destination: Path, sources: tuple[CommandFile, ...]) -> None:
    """Raise SkillFailed when writing there would write somewhere else."""
    top = destination.resolve()
    for place in (*(destination / source.name for source in sources), destination / BACKUP):
        if place.is_symlink() and not place.resolve().is_relative_to(top):
            raise SkillFailed(
                f"{one_line(place.name)} in {destination} is a link that leads out of it",
                todo=f"remove the link {place}, {THEN_GO}",
                code=Code.PATH_UNSAFE,
            )
        if place.name != BACKUP and place.exists() and not place.is_file():
            raise SkillFailed(f"{place} is not a file", todo=f"move it away, {THEN_GO}", code=Code.FILE_INVALID)


async def _sync(ctx: Context, target: TargetDefinition, destination: Path, sources: tuple[CommandFile, ...]) -> Proof:
    wanted = "".join(f"{source.name}\0{source.sha256}\0" for source in sources)
    effect_id = f"sync-{target.id}-{hashlib.sha256(wanted.encode()).hexdigest()[:12]}"
    # An attempt that was cut off has written some of them: what it meant to change is what the run changed.
    known = ctx.state.effect(effect_id)
    changed = [s.name for s in sources if _sha256(destination / s.name) != s.sha256]
    intent: Proof = known.intent if known else {"folder": str(destination), "changed": list(changed)}

    async def observe() -> Proof | None:
        there = all(_sha256(destination / source.name) == source.sha256 for source in sources)
        return {"changed": intent.get("changed"), "files": len(sources)} if there else None

    async def act() -> None:
        await asyncio.to_thread(_write, destination, sources, backup_folder(destination, ctx.state.run))

    return await ctx.do.effect(effect_id, SYNC, intent, observe, act)


def _write(destination: Path, sources: tuple[CommandFile, ...], backup: Path) -> None:
    for source in sources:
        place = destination / source.name
        before = _before(place)
        # Noted before it is written: wherever this is cut off, what lies there is in a backup, or it is what was noted.
        if before is not None and before != source.data:
            _keep(backup, source.name, before)
        note = _note(destination, source.name)
        if _before(note) != source.sha256.encode():
            note.parent.mkdir(parents=True, exist_ok=True)
            write_over(note, source.sha256.encode())
        if before != source.data:
            write_over(place, source.data)


def _keep(backup: Path, name: str, data: bytes) -> None:
    """Keep a content: the first of a file by the file's name, each other one by a name that has its hash in it."""
    backup.mkdir(parents=True, exist_ok=True)
    first = backup / name
    there = _before(first)
    if there is None:
        write_over(first, data)
    elif there != data:
        other = first.with_name(f"{first.stem}.{hashlib.sha256(data).hexdigest()[:16]}{first.suffix}")
        if _before(other) != data:
            write_over(other, data)


def _note(destination: Path, name: str) -> Path:
    return destination / BACKUP / WRITTEN / f"{name}.sha256"


def _before(place: Path) -> bytes | None:
    """What lies in the place of a command file: it may be a link inside the destination. Raises Problem."""
    try:
        return read_plain(place, MANIFEST, follow=True)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}", str(place), code=Code.FILE_UNREADABLE) from error


def _sha256(path: Path) -> str:
    try:
        return digest_of(path, MANIFEST, follow=True)[0]
    except OSError:
        return ""


def missing(project: Path, target: TargetDefinition) -> str:
    """What there has to be to synchronise (`TargetSpec.missing`)."""
    return "" if _has_commands(project) else f"no {FOLDER}/{PATTERN} in the project"


def _has_commands(project: Path) -> bool:
    return any((project / FOLDER).glob(PATTERN))
