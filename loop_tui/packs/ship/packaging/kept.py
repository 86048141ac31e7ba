"""Tarballs that were proven and have to lie in the run folder still: the archive takes what lies there."""

import asyncio
import contextlib
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from loop_tui.fs.limits import PACKED
from loop_tui.fs.plain import digest_of
from loop_tui.model.log import LogLevel
from loop_tui.model.text import one_line
from loop_tui.packs.ship.effects import TARBALL
from loop_tui.runners.context import Context

from . import verified
from .record import put, recorded


class _Packed(Struct, frozen=True):
    name: str
    sha256: str
    commit: str


async def bring_back(ctx: Context) -> tuple[str, ...]:
    """Copy what is gone or damaged from the tarball that was verified; gives a line for each that has no such copy.

    Only the very bytes that were proven are put there: one that is packed anew may be another one. Raises Problem,
    OSError.
    """
    folder = ctx.run_dir / verified.FOLDER
    missing: list[str] = []
    for packed in _proven(ctx):
        known = await asyncio.to_thread(recorded, folder, packed.commit)
        if known is not None and known["sha256"] == packed.sha256:
            continue
        copy = await asyncio.to_thread(_copy, (folder / packed.name, verified.of_name(ctx, packed.name)), packed.sha256)
        if copy is None:
            missing.append(f"{one_line(packed.name)} was packed, but is missing or damaged, and there is no copy")
            continue
        with verified.taken(copy, folder) as made:
            await put(made, folder, packed.commit)
        ctx.do.say(f"{one_line(packed.name)} or its checksum was missing or damaged, and was restored", LogLevel.OK)
    return tuple(missing)


def _proven(ctx: Context) -> tuple[_Packed, ...]:
    """What was proven last by each name. The names come from a file: one that is no plain name is passed over."""
    found: dict[str, _Packed] = {}
    for effect in ctx.state.effects:
        if effect.kind != TARBALL or not effect.proof:
            continue
        name, sha256, commit = (str(effect.proof.get(key) or "") for key in ("file", "sha256", "commit"))
        if name and commit and Path(name).name == name and not name.startswith("."):
            found[name] = _Packed(name, sha256, commit)
    return tuple(found.values())


def _copy(places: Iterable[Path], sha256: str) -> Path | None:
    """The first place where these very bytes lie; with the tarball's own, for a checksum or a note that is lost."""
    for place in places:
        with contextlib.suppress(OSError):
            if digest_of(place, PACKED)[0] == sha256:
                return place
    return None
