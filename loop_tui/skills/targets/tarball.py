"""Target `tarball`: the npm tarball of the shipped commit, with its checksum beside it (needs no network)."""

import asyncio
import hashlib
import json
import re
import shutil
import tarfile
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from pydantic import JsonValue

from loop_tui.files.atomic import write_atomic, write_problem
from loop_tui.model.definition import TargetDefinition
from loop_tui.model.log import Level as LogLevel
from loop_tui.model.problem import Problem
from loop_tui.skills.context import Context, Proof
from loop_tui.skills.evidence import Shipment, changed_since, few, repository
from loop_tui.tools import npm

from .stage import staged
from .verdict import Level, Verdict

FOLDER = "artifacts"
_TEMPORARY = ".packing-"
_SUM = re.compile(r"([0-9a-f]{64})  ([^/\n]+)\n?")


async def confirm(ctx: Context, target: TargetDefinition, shipment: Shipment) -> Verdict:
    """Pack the shipped commit once, and see the file there with the checksum recorded for it."""

    def verdict(level: Level, summary: str, **facts: JsonValue) -> Verdict:
        return Verdict(target=target.id, level=level, summary=summary, evidence=facts, at=ctx.do.now())

    package = npm.read_package(ctx.project)
    if package is None:
        return verdict(Level.NOT_CONFIGURED, "no package.json")
    if not package.name or not package.version:
        return verdict(Level.FAILED, "package.json has no name or no version, so npm cannot pack it")
    root = await repository(ctx)
    # The build output in the copy was made from the working tree, so that has to be the shipped one still.
    if changed := await changed_since(ctx, root, shipment.tree):
        return verdict(Level.FAILED, f"the working tree is not what was shipped: {few(changed)} changed")
    try:
        proof = await _pack_once(ctx, root, package, target, shipment)
    except Problem as problem:
        return verdict(Level.FAILED, str(problem), command="npm pack")
    name, digest = str(proof["file"]), str(proof["sha256"])
    ctx.do.say(f"{name}  sha256 {digest}", LogLevel.OK)
    if proof.get("version") != shipment.version:
        found = proof.get("version") or "no version"
        return verdict(
            Level.FAILED, f"{name} holds {found}, shipped was {shipment.version}", command="npm pack", **proof
        )
    return verdict(Level.CONFIRMED, f"{name}, sha256 {digest[:12]}", command="npm pack", **proof)


@asynccontextmanager
async def packing_beside(ctx: Context, root: Path, shipment: Shipment) -> AsyncIterator[None]:
    """Pack for the tarball targets while the body runs, so that `confirm` finds the tarball there.

    The copy that is packed is made before the body begins, so what the body starts may write where it likes. What goes
    wrong here is left for `confirm`, which meets it again and says so.
    """
    copied = asyncio.Event()
    task = asyncio.create_task(_pack_all(ctx, root, shipment, copied.set))
    began = asyncio.create_task(copied.wait())
    try:
        await asyncio.wait({task, began}, return_when=asyncio.FIRST_COMPLETED)
        yield
        await asyncio.wait({task})
    finally:
        for one in (task, began):
            one.cancel()
        await asyncio.gather(task, began, return_exceptions=True)


async def _pack_all(ctx: Context, root: Path, shipment: Shipment, on_copied: Callable[[], None]) -> None:
    package = npm.read_package(ctx.project)
    if package is None or not package.name or not package.version or not shipment.pushed:
        return
    for target in ctx.definition.targets:
        if target.kind == "tarball":
            await _pack_once(ctx, root, package, target, shipment, on_copied=on_copied)


async def _pack_once(
    ctx: Context,
    root: Path,
    package: npm.Package,
    target: TargetDefinition,
    shipment: Shipment,
    *,
    on_copied: Callable[[], None] = lambda: None,
) -> Proof:
    folder = ctx.run_dir / FOLDER
    effect_id = await asyncio.to_thread(_effect_id, ctx, target, folder, shipment.sha)
    intent: Proof = {"name": package.name, "version": shipment.version, "commit": shipment.sha, "folder": FOLDER}

    async def observe() -> Proof | None:
        return await asyncio.to_thread(recorded, folder, shipment.sha)

    async def act() -> None:
        async with staged(ctx, root, package, shipment) as project:
            on_copied()
            await pack(replace(package, path=project / "package.json"), folder, shipment.sha)

    return await ctx.do.effect(effect_id, "tarball", intent, observe, act)


def _effect_id(ctx: Context, target: TargetDefinition, folder: Path, sha: str) -> str:
    """The effect's id: a new one when a tarball that was proven is gone or was changed since, so that it is remade."""
    first = effect_id = f"tarball-{target.id}-{sha[:12]}"
    number = 1
    while (known := ctx.state.effect(effect_id)) and known.proven and recorded(folder, sha) is None:
        number += 1
        effect_id = f"{first}-{number}"
    return effect_id


async def pack(package: npm.Package, folder: Path, sha: str) -> None:
    """Pack, and move the result into place: the tarball, its checksum, and last the note of what it was made from."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_problem(error, folder) from error
    for left_over in folder.glob(f"{_TEMPORARY}*"):
        shutil.rmtree(left_over, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=_TEMPORARY) as temporary:
        made = await npm.pack(package, Path(temporary))
        digest = await asyncio.to_thread(_sha256, made)
        tarball = folder / made.name
        shutil.move(made, tarball)
    write_atomic(folder / f"{tarball.name}.sha256", f"{digest}  {tarball.name}\n".encode())
    note = {"commit": sha, "file": tarball.name, "sha256": digest}
    write_atomic(folder / _note_name(sha), (json.dumps(note) + "\n").encode())


def recorded(folder: Path, sha: str) -> Proof | None:
    """The proof that this commit's tarball lies there as it was packed, or None."""
    try:
        note = json.loads((folder / _note_name(sha)).read_bytes())
        name, digest = str(note["file"]), str(note["sha256"])
        checksum = _SUM.fullmatch((folder / f"{name}.sha256").read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    tarball = folder / name
    if Path(name).name != name or note.get("commit") != sha or not tarball.is_file():
        return None
    if checksum is None or checksum[1] != digest or checksum[2] != name or _sha256(tarball) != digest:
        return None
    return {
        "file": name,
        "sha256": digest,
        "size_bytes": tarball.stat().st_size,
        "commit": sha,
        "version": packed_version(tarball),
    }


def packed_version(tarball: Path) -> str:
    """The version in the package.json inside a tarball; empty when it cannot be read."""
    try:
        with tarfile.open(tarball, "r:gz") as archive:
            for member in archive:
                if member.name.count("/") == 1 and member.name.endswith("/package.json"):
                    file = archive.extractfile(member)
                    version = json.loads(file.read()).get("version") if file else ""
                    return version if isinstance(version, str) else ""
    except (OSError, tarfile.TarError, ValueError, AttributeError):
        return ""
    return ""


def _note_name(sha: str) -> str:
    return f".packed-{sha[:12]}.json"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
