"""What a release would make public, as the project lies there: what the build adds is known when it has run."""

import asyncio

from loop_tui.model.secret_files import is_secret_in_public
from loop_tui.packs.ship.choices import skipped_targets
from loop_tui.packs.ship.packaging.contents import PackageContents, PackedFile, SuspectFile
from loop_tui.packs.ship.verify.going_public import PublicFiles, harmless, is_public, last_release
from loop_tui.runners.context import Context
from loop_tui.services.toolchains import npm
from loop_tui.services.toolchains.would_pack import WouldPack, would_pack

_MOST_LINES = 40


async def public_lines(ctx: Context, package: npm.Package | None) -> tuple[str, ...]:
    """The lines; none where nothing becomes public."""
    left_out = skipped_targets(ctx.state)
    if (
        package is None
        or package.is_private
        or not is_public(t for t in ctx.definition.targets if t.id not in left_out)
    ):
        return ()
    listed = await would_pack(package)
    if listed is None:
        return ("unknown until the run: npm lists no files of it",)
    last, before = await asyncio.to_thread(last_release, ctx.archive, ctx.state, package.name)
    files = PublicFiles(_contents(listed), last, before, harmless(ctx.definition))
    said = files.words if before is not None else f"{files.now.words}; what is new in it is unknown until the run"
    return (f"as of now, before the build: {said}", *files.lines(_MOST_LINES))


def _contents(listed: WouldPack) -> PackageContents:
    """As for a tarball; what looks like a secret is told by the names alone."""
    files = tuple(PackedFile(path, size) for path, size in sorted(listed.files))
    suspects = tuple(SuspectFile(file.path, "its name") for file in files if is_secret_in_public(file.path))
    return PackageContents(files, listed.packed_bytes, suspects)
