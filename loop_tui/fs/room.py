"""Whether files can be made in a folder, found out by looking alone: nothing is made or written there."""

import os
from pathlib import Path

from msgspec import Struct

from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line

LEAST_BYTES = 1024 * 1024
"""What has to be free for the files that are small: documents, state, slash commands."""


class NoRoom(Struct, frozen=True):
    """Why nothing can be written into a folder: what stands in the way, and the place that it is about."""

    place: Path
    why: str
    code: Code = Code.NOT_WRITABLE

    def __str__(self) -> str:
        """For people, with the place."""
        return f"{one_line(str(self.place))}: {self.why}"


def no_room(folder: Path, needed_bytes: int = LEAST_BYTES) -> NoRoom | None:
    """Why files of that size cannot be made in a folder, which need not be there yet; None when they can.

    It is told of the folder itself, or of the nearest one above it that is there. A link that leads nowhere is no
    folder. What a quota or a file system without numbers of its own allows is not known beforehand.
    """
    there = next((path for path in (folder, *folder.parents) if os.path.lexists(path)), folder)
    try:
        if not there.is_dir():
            return NoRoom(there, "it is not a folder")
        system = os.statvfs(there)
    except OSError as error:
        return NoRoom(there, one_line(error.strerror or str(error)))
    if system.f_flag & os.ST_RDONLY:
        return NoRoom(there, "the file system is read-only")
    if not os.access(there, os.W_OK | os.X_OK):
        return NoRoom(there, "no permission to write there")
    # Some of a disk is set aside for root.
    free = system.f_bfree if os.geteuid() == 0 else system.f_bavail
    if system.f_blocks and free * system.f_frsize < needed_bytes:
        return NoRoom(there, "the disk is full", Code.DISK_FULL)
    return None
