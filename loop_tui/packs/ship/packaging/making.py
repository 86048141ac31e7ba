"""Packing a commit, or the tree that is verified, in a clean copy of it, with the project's own tool."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec.structs import replace

from loop_tui.fs.atomic import write_problem
from loop_tui.packs.ship.choices import served
from loop_tui.runners.context import Context
from loop_tui.services.toolchains import npm, packing

from .clean_copy import OnCopied, clean_copy, go_on

_TEMPORARY = ".packing-"
# Those of this very process; of all others there is none left when a driver holds the lease.
_in_use: set[Path] = set()


def unpackable(package: npm.Package | None) -> str:
    """Why a project has nothing to pack, in words; empty when it has."""
    if package is None:
        return "there is no package.json"
    if package.is_private:
        return "the package is private"
    if not package.name or not package.version:
        return "package.json has no name or no version"
    return ""


@asynccontextmanager
async def making(
    ctx: Context,
    root: Path,
    package: npm.Package,
    revision: str,
    folder: Path,
    *,
    on_copied: OnCopied = go_on,
) -> AsyncIterator[Path]:
    """What the project's tool packs of a commit or tree, in a throw-away folder beside its place. Raises Problem."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_problem(error, folder) from error
    for left_over in folder.glob(f"{_TEMPORARY}*"):
        if left_over not in _in_use:
            shutil.rmtree(left_over, ignore_errors=True)
    async with clean_copy(ctx, root, package, revision, on_copied) as project:
        with tempfile.TemporaryDirectory(dir=folder, prefix=_TEMPORARY) as temporary:
            _in_use.add(Path(temporary))
            try:
                copy = replace(package, path=project / "package.json")
                packer = await packing.packer_of(copy, npm.detect_manager(package, root))
                yield await packing.pack(copy, packer, Path(temporary), guard=_is_guarded(ctx))
            finally:
                _in_use.discard(Path(temporary))


def _is_guarded(ctx: Context) -> bool:
    """True unless a target of the kind tarball says `prepublish = false`; always where what is packed is published."""
    if any(target.settings.get("publish") == "here" for target in served(ctx, "npm-registry")):
        return True
    return all(t.settings.get("prepublish") is not False for t in ctx.definition.targets if t.kind == "tarball")
