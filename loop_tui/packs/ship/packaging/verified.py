"""The tarball of the tree that is verified, packed before the push; what is shipped later is that very file."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from loop_tui.fs.limits import PACKED
from loop_tui.fs.plain import copy_plain
from loop_tui.model.definition import TargetDefinition
from loop_tui.packs.ship.choices import served
from loop_tui.runners.context import Context
from loop_tui.services.toolchains import npm

from .clean_copy import OnCopied
from .making import making, unpackable
from .record import put, recorded

FOLDER = "artifacts"
_VERIFIED = ".verified"
_TAKEN = ".taken-"
_KIND, _RELEASE, _REGISTRY = "tarball", "github-release", "npm-registry"


class VerifiedTarball(Struct, frozen=True):
    """A tarball that lies ready. `reused`: it was packed of this very tree before."""

    path: Path
    reused: bool = False

    @property
    def name(self) -> str:
        """What it is called."""
        return self.path.name


def why_not(ctx: Context, package: npm.Package | None) -> str:
    """Why nothing is packed before the push of this run, in words; empty when something is."""
    makes_release = any(target.settings.get("mode") == "create" for target in served(ctx, _RELEASE))
    if makes_release and package is not None and package.name and package.version:
        return ""
    takes = served(ctx, _KIND) or published_by(ctx, package)
    return unpackable(package) if takes else "no target needs a tarball"


def published_by(ctx: Context, package: npm.Package | None) -> tuple[TargetDefinition, ...]:
    """The targets that publish the package in this run, or prove that a workflow did; none for a private one."""
    if unpackable(package):
        return ()
    return tuple(target for target in served(ctx, _REGISTRY) if target.settings.get("publish"))


async def pack(ctx: Context, root: Path, package: npm.Package, tree: str, on_copied: OnCopied) -> VerifiedTarball:
    """Pack a tree, unless that was done before; what earlier trees were packed to is removed. Raises Problem."""
    known = await asyncio.to_thread(of_tree, ctx, tree)
    if known is not None:
        return VerifiedTarball(known, reused=True)
    folder = _folder(ctx)
    async with making(ctx, root, package, tree, folder, on_copied=on_copied) as made:
        await asyncio.to_thread(_forget, folder)
        await put(made, folder, tree)
    found = await asyncio.to_thread(of_tree, ctx, tree)
    assert found is not None  # it was put there above
    return VerifiedTarball(found)


def of_tree(ctx: Context, tree: str) -> Path | None:
    """The tarball that was verified with this tree and lies there as it was packed, or None."""
    known = recorded(_folder(ctx), tree) if tree else None
    return _folder(ctx) / str(known["file"]) if known else None


def of_name(ctx: Context, name: str) -> Path:
    """Where the tarball of that name lies if it was verified, of whatever tree."""
    return _folder(ctx) / name


@contextmanager
def taken(tarball: Path, folder: Path) -> Iterator[Path]:
    """A copy of a tarball in a throw-away folder beside its place. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for left_over in folder.glob(f"{_TAKEN}*"):
        shutil.rmtree(left_over, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=_TAKEN) as temporary:
        copy = Path(temporary) / tarball.name
        copy_plain(tarball, copy, PACKED)
        yield copy


def _folder(ctx: Context) -> Path:
    return ctx.run_dir / FOLDER / _VERIFIED


def _forget(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_file():
            path.unlink(missing_ok=True)
