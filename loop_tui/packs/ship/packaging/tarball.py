"""The npm tarball of the shipped commit with its checksum beside it, packed once and beside what else runs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from loop_tui.model.definition import TargetDefinition
from loop_tui.packs.ship.choices import served
from loop_tui.packs.ship.effects import TARBALL
from loop_tui.packs.ship.evidence import Made, built_before, left_out, shipment_of
from loop_tui.runners.context import Act, Context, Proof
from loop_tui.runners.targets import Shipment
from loop_tui.services.git import trees
from loop_tui.services.toolchains import npm

from . import verified
from .clean_copy import OnCopied, go_on
from .making import making, unpackable
from .record import put, recorded

FOLDER = verified.FOLDER


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
    if not every or package is None or unpackable(package) or recorded(folder, sha):
        return

    async def now_free() -> None:
        on_copied()

    async with packing(ctx, root, package, sha, folder, on_copied=now_free) as made:

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
    on_copied: OnCopied = go_on,
) -> AsyncIterator[Path]:
    """The tarball of a commit in a throw-away folder beside its place: the one that was verified, else packed now.

    Raises Problem.
    """
    tree = await trees.tree_of(root, sha, left_out(ctx, root))
    known = await asyncio.to_thread(verified.of_tree, ctx, tree or "")
    if known is None:
        async with making(ctx, root, package, sha, folder, on_copied=on_copied) as made:
            yield made
        return
    await on_copied()
    with verified.taken(known, folder) as made:
        yield made
