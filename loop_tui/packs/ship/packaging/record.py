"""A tarball in its place: its checksum beside it, and a note of what it was made from."""

import asyncio
import json
from pathlib import Path

from loop_tui.fs.atomic import sync_file, write_atomic
from loop_tui.fs.limits import PACKED, RECORD
from loop_tui.fs.plain import digest_of, read_json, read_text
from loop_tui.model.regex import regex
from loop_tui.runners.context import Proof
from loop_tui.services.toolchains.packing import packed_document

_SUM = regex(r"([0-9a-f]{64})  ([^/\n]+)\n?")


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
    version = packed_document(tarball).get("version")
    return version if isinstance(version, str) else ""


def _note_name(sha: str) -> str:
    return f".packed-{sha[:12]}.json"


def _sha256(path: Path) -> str:
    return digest_of(path, PACKED)[0]
