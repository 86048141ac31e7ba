"""The files of a release that is made here: the tarball `<repo>-v<version>.tar.gz`, and checksums.txt.

The tarball of a package is what `npm pack` makes of the shipped commit, byte for byte (so it has the digest of target
`tarball`, and holds the build); without a package it is `git archive` of the commit.
"""

import asyncio
import hashlib
import re
from pathlib import Path

from msgspec import Struct

from loop_tui.fs.atomic import write_atomic
from loop_tui.fs.limits import PACKED, RECORD
from loop_tui.fs.plain import copy_plain, digest_of, read_plain
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.packs.ship.evidence import changed_since, few
from loop_tui.packs.ship.packaging.record import put, recorded
from loop_tui.packs.ship.packaging.tarball import FOLDER, packed, packing
from loop_tui.runners.context import Context
from loop_tui.runners.targets import Shipment
from loop_tui.services.git import git
from loop_tui.services.toolchains import npm

CHECKSUMS = "checksums.txt"
_LINE = regex(r"([0-9a-fA-F]{64})[ \t]+\*?(\S.*?)[ \t]*\r?")


class File(Struct, frozen=True):
    """A file to be uploaded."""

    path: Path
    sha256: str
    content_type: str

    @property
    def name(self) -> str:
        """Its name in the release."""
        return self.path.name


def tarball_name(repository: str, version: str) -> str:
    """`<repo>-v<version>.tar.gz`, the repository without its owner."""
    return f"{repository}-v{version}.tar.gz"


def digest_in(checksums: str, name: str) -> str:
    """The sha256 that a checksum file names for a file, in lower case; empty when it names none."""
    matches = (_LINE.fullmatch(line) for line in checksums.split("\n"))
    return next((match[1].lower() for match in matches if match and match[2].removeprefix("./") == name), "")


async def prepare(ctx: Context, root: Path, shipment: Shipment, name: str, place: str) -> tuple[File, ...]:
    """Tarball and checksum file of the shipped commit in the run folder, made once; `place` names the target.

    Raises Problem when the working tree is not what was shipped, or when packing fails.
    """
    folder = ctx.run_dir / FOLDER / f"release-{re.sub(r'[^A-Za-z0-9._-]', '-', place)}" / shipment.sha[:12]
    folder.mkdir(parents=True, exist_ok=True)
    tarball = folder / name
    if not tarball.is_file():
        package = npm.read_package(ctx.project)
        made = folder / f".{name}"
        if package is not None and package.name and package.version:
            copy_plain(await _packed(ctx, root, package, shipment, folder), made, PACKED)
        else:
            top = f"--prefix={name.removesuffix('.tar.gz')}/"
            await git.ask_plain(
                root,
                "archive",
                "--format=tar.gz",
                top,
                f"--output={made}",
                git.END_OF_OPTIONS,
                shipment.sha,
                timeout_s=600,
            )
        made.replace(tarball)
    digest = await asyncio.to_thread(_sha256, tarball)
    checksums = folder / CHECKSUMS
    text = f"{digest}  {name}\n".encode()
    if not checksums.is_file() or read_plain(checksums, RECORD) != text:
        write_atomic(checksums, text)
    return File(tarball, digest, "application/gzip"), File(checksums, hashlib.sha256(text).hexdigest(), "text/plain")


async def _packed(ctx: Context, root: Path, package: npm.Package, shipment: Shipment, folder: Path) -> Path:
    """What `npm pack` makes of the commit: that of target `tarball` when it is there, else packed here."""
    await packed(ctx, shipment.sha)
    for place in (ctx.run_dir / FOLDER, folder):
        known = await asyncio.to_thread(recorded, place, shipment.sha)
        if known is not None:
            return place / str(known["file"])
    # The build output comes from the working tree, so that has to be the shipped one still.
    if changed := await changed_since(ctx, root, shipment.tree):
        raise Problem(
            f"the working tree differs from what was shipped: {few(changed)} changed",
            str(root),
            "git stash",
            code=Code.TREE_CHANGED,
        )
    async with packing(ctx, root, package, shipment.sha, folder) as made:
        await put(made, folder, shipment.sha)
    known = await asyncio.to_thread(recorded, folder, shipment.sha)
    if known is None:
        raise Problem("npm pack wrote no tarball", str(folder), code=Code.PROGRAM_FAILED)
    return folder / str(known["file"])


def _sha256(path: Path) -> str:
    return digest_of(path, PACKED)[0]
