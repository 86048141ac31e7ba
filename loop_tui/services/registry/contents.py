"""The files inside of two tarballs of a package, compared: names, contents, and what may be executed."""

import hashlib
import tarfile
import zlib
from pathlib import Path

from loop_tui.fs.limits import PACKED
from loop_tui.fs.plain import open_plain
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

_PIECE = 1024 * 1024
_EXECUTABLE = 0o111


def differing(ours: Path, theirs: Path) -> tuple[str, ...]:
    """The files that are not the same in both, by name; empty when all are. Times, owners and packing do not count.

    Raises Problem for what is no tarball of a package.
    """
    one, other = _files(ours), _files(theirs)
    return tuple(sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name)))


def _files(tarball: Path) -> dict[str, tuple[bytes, str, bool]]:
    """What is in a tarball: type and digest of each member, and whether it may be executed.

    The top folder's name is npm's.
    """
    found = {}
    room = PACKED.most
    try:
        with open_plain(tarball) as file, tarfile.open(fileobj=file, mode="r:gz") as archive:
            for member in archive:
                if member.isdir():
                    continue
                name = member.name.removeprefix("./").partition("/")[2]
                # All that is a file is one, however the archive says so; where a link leads is what it holds.
                kind = tarfile.REGTYPE if member.isfile() else member.type
                digest = hashlib.sha256(b"" if member.isfile() else member.linkname.encode("utf-8", "surrogateescape"))
                packed = archive.extractfile(member) if member.isfile() else None
                while packed and (piece := packed.read(_PIECE)):
                    room -= len(piece)
                    if room < 0:
                        raise ValueError("too large")
                    digest.update(piece)
                found[name] = (kind, digest.hexdigest(), bool(member.mode & _EXECUTABLE))
    except (OSError, tarfile.TarError, ValueError, EOFError, zlib.error) as error:
        raise Problem(f"is not a package tarball: {error}", str(tarball), code=Code.FILE_INVALID) from error
    return found
