"""The npm tarball of the shipped commit with its checksum beside it, packed once and beside what else runs."""

import asyncio
import json
import re
import shutil
import tarfile
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

from loop_tui.fs.atomic import sync_file, write_atomic, write_problem
from loop_tui.fs.limits import MANIFEST, PACKED, RECORD
from loop_tui.fs.plain import digest_of, open_plain, read_json, read_text
from loop_tui.model.definition import TargetDefinition
from loop_tui.packs.ship.choices import served
from loop_tui.packs.ship.effects import TARBALL
from loop_tui.packs.ship.evidence import Made, built_before, shipment_of
from loop_tui.runners.context import Act, Context, Proof
from loop_tui.runners.targets import Shipment
from loop_tui.services.toolchains import npm

from .clean_copy import clean_copy

FOLDER = "artifacts"
_TEMPORARY = ".packing-"
# Those of this very process; of all others there is none left when a driver holds the lease.
_in_use: set[Path] = set()
_SUM = re.compile(r"([0-9a-f]{64})  ([^/\n]+)\n?")


@contextmanager
def packing_ahead(ctx: Context, root: Path, made: Made, *, wanted: bool) -> Iterator[Callable[[Proof], None]]:
    """Pack a commit while the body brings it to its remote; the body calls what it is given with the push's proof.

    Only then the tarball is put into its place: a commit that is not shipped leaves nothing behind. Done only when it
    is `wanted` and the build of this very tree lies there already.
    """
    pushed: asyncio.Future[Proof] = asyncio.get_running_loop().create_future()
    if wanted and built_before(ctx, made.tree) is not None:
        _begin(ctx, root, made.sha, _pushed(ctx, root, pushed))
    try:
        yield lambda proof: pushed.set_result(proof) if proof.get("sha") == made.sha else None
    finally:
        pushed.cancel()


async def _pushed(ctx: Context, root: Path, pushed: "asyncio.Future[Proof]") -> Shipment:
    # Shielded: whoever no longer waits for the push must not take it from the one who brings it about.
    return await shipment_of(ctx, root, await asyncio.shield(pushed))


async def pack_aside(ctx: Context, root: Path, shipment: Shipment) -> None:
    """Pack what was shipped for the tarball targets, beside what runs now and next, if nobody does.

    Gives back as soon as what is packed was copied: what is started then may write where it likes.
    """

    async def known() -> Shipment:
        return shipment

    _begin(ctx, root, shipment.sha, known())
    await copied(ctx, shipment.sha)


async def copied(ctx: Context, sha: str) -> None:
    """Wait until the packing of that commit, if it goes on, no longer minds what is written in the working tree."""
    await ctx.do.asides.free(_aside_of(sha))


async def packed(ctx: Context, sha: str) -> None:
    """Wait for the end of the packing of that commit, if it goes on."""
    await ctx.do.asides.over(_aside_of(sha))


def _aside_of(sha: str) -> str:
    return f"pack-{sha}"


def _begin(ctx: Context, root: Path, sha: str, shipped: Coroutine[None, None, Shipment]) -> None:
    shipping = asyncio.create_task(shipped)

    async def work(on_copied: Callable[[], None]) -> None:
        try:
            await _pack_all(ctx, root, sha, shipping, on_copied)
        finally:
            shipping.cancel()
            await asyncio.gather(shipping, return_exceptions=True)

    if not ctx.do.asides.begin(_aside_of(sha), work):
        shipping.cancel()


async def _pack_all(
    ctx: Context, root: Path, sha: str, shipping: Awaitable[Shipment], on_copied: Callable[[], None]
) -> None:
    package, folder = npm.read_package(ctx.project), ctx.run_dir / FOLDER
    every = served(ctx, "tarball")
    if not every or package is None or not package.name or not package.version or recorded(folder, sha):
        return
    async with packing(ctx, root, package, sha, folder, on_copied=on_copied) as made:

        async def put_it() -> None:
            await put(made, folder, sha)

        for target in every:
            await pack_once(ctx, package, target, await shipping, put_it)


async def pack_once(
    ctx: Context, package: npm.Package, target: TargetDefinition, shipment: Shipment, act: Act
) -> Proof:
    """Pack for one target as an effect; gives the proof as `recorded` does. Raises Problem."""
    folder = ctx.run_dir / FOLDER
    effect_id = await asyncio.to_thread(_effect_id, ctx, target, folder, shipment.sha)
    intent: Proof = {"name": package.name, "version": shipment.version, "commit": shipment.sha, "folder": FOLDER}

    async def observe() -> Proof | None:
        return await asyncio.to_thread(recorded, folder, shipment.sha)

    return await ctx.do.effect(effect_id, TARBALL, intent, observe, act)


def _effect_id(ctx: Context, target: TargetDefinition, folder: Path, sha: str) -> str:
    """The effect's id: a new one when a tarball that was proven is gone or was changed since, so that it is remade."""
    first = effect_id = f"tarball-{target.id}-{sha[:12]}"
    number = 1
    while (known := ctx.state.effect(effect_id)) and known.proven and recorded(folder, sha) is None:
        number += 1
        effect_id = f"{first}-{number}"
    return effect_id


@asynccontextmanager
async def packing(
    ctx: Context,
    root: Path,
    package: npm.Package,
    sha: str,
    folder: Path,
    *,
    on_copied: Callable[[], None] = lambda: None,
) -> AsyncIterator[Path]:
    """What `npm pack` makes of a commit, in a throw-away folder beside its place. Raises Problem."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_problem(error, folder) from error
    for left_over in folder.glob(f"{_TEMPORARY}*"):
        if left_over not in _in_use:
            shutil.rmtree(left_over, ignore_errors=True)
    async with clean_copy(ctx, root, package, sha) as project:
        on_copied()
        with tempfile.TemporaryDirectory(dir=folder, prefix=_TEMPORARY) as temporary:
            _in_use.add(Path(temporary))
            try:
                yield await npm.pack(replace(package, path=project / "package.json"), Path(temporary))
            finally:
                _in_use.discard(Path(temporary))


async def put(made: Path, folder: Path, sha: str) -> None:
    """Move a tarball into its place, then its checksum, and last the note of what it was made from."""
    digest = await asyncio.to_thread(_sha256, made)
    # npm wrote it and did not care: what is proven next must not be half of it after a power cut.
    await asyncio.to_thread(sync_file, made)
    tarball = folder / made.name
    made.replace(tarball)
    write_atomic(folder / f"{tarball.name}.sha256", f"{digest}  {tarball.name}\n".encode())
    note = {"commit": sha, "file": tarball.name, "sha256": digest}
    write_atomic(folder / _note_name(sha), (json.dumps(note) + "\n").encode())


def recorded(folder: Path, sha: str) -> Proof | None:
    """The proof that this commit's tarball lies there as it was packed, or None."""
    try:
        note = read_json(folder / _note_name(sha), RECORD)
        if not isinstance(note, dict):
            return None
        name, digest = str(note["file"]), str(note["sha256"])
        checksum = _SUM.fullmatch(read_text(folder / f"{name}.sha256", RECORD))
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
        with open_plain(tarball) as file, tarfile.open(fileobj=file, mode="r:gz") as archive:
            for member in archive:
                if member.name.count("/") == 1 and member.name.endswith("/package.json"):
                    packed = archive.extractfile(member)
                    version = json.loads(packed.read(MANIFEST.most)).get("version") if packed else ""
                    return version if isinstance(version, str) else ""
    except (OSError, tarfile.TarError, ValueError, AttributeError, RecursionError):
        return ""
    return ""


def _note_name(sha: str) -> str:
    return f".packed-{sha[:12]}.json"


def _sha256(path: Path) -> str:
    return digest_of(path, PACKED)[0]
