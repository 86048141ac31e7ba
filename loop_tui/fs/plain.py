"""The one way to open a file (SPEC section 3, "Links"): what lies there is plain and not too large, or it is refused.

Nothing here can block: a pipe, a device or a socket is refused before a byte of it is read. Links are refused unless
the caller names them (`follow`), and so are links among the folders from `.loop` on: whoever wrote a run folder may not
lead us out of it. Every refusal is an `OSError` whose `strerror` is a sentence for a person.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
from collections.abc import Iterator
from io import BufferedReader, BufferedWriter
from pathlib import Path
from typing import TYPE_CHECKING

from loop_tui.model.text import count_of

from .limits import Limit

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

RUNS = ".loop"
"""The folder of a project that holds its run folders."""

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISLNK, "a link"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_SYSTEM = ("/proc/", "/sys/")
"""What lies there is called a file, and reading it may do something or wait."""
_WRITES = os.O_WRONLY | os.O_RDWR
_UNPLAIN = (errno.EEXIST, errno.ELOOP, errno.ENOTDIR, errno.ENXIO, errno.EISDIR, errno.ENODEV)
_PIECE = 1024 * 1024


class NotPlain(OSError):
    """Something else lies where a plain file is due: a link, a pipe, a device, a folder, or too large a file."""


def kind_of(mode: int) -> str:
    """What something is that is no plain file, such as "a pipe"; nothing for a plain file."""
    if stat.S_ISREG(mode):
        return ""
    return next((name for is_kind, name in _KINDS if is_kind(mode)), "something that is not a file")


def is_private_pipe(found: os.stat_result) -> bool:
    """True for a named pipe of our own user that nobody else may open."""
    return stat.S_ISFIFO(found.st_mode) and found.st_uid == os.geteuid() and not stat.S_IMODE(found.st_mode) & 0o077


def open_plain(path: Path, *, follow: bool = False) -> BufferedReader:
    """A plain file, to be read. Never blocks. Raises OSError, NotPlain for a link and for what is no file.

    With `follow` the file itself may be a link. What the system makes up (`/proc`, `/sys`) is refused then, whichever
    part of the path leads there.
    """
    handle = open_handle(path, os.O_RDONLY, follow=follow)
    return os.fdopen(handle, "rb")


def read_plain(path: Path, limit: Limit, *, follow: bool = False) -> bytes:
    """The bytes of a plain file. Never blocks. Raises OSError as `open_plain`, NotPlain for one beyond the limit."""
    with open_plain(path, follow=follow) as file:
        size = os.fstat(file.fileno()).st_size
        if size <= limit.most:
            # One that grows while it is read is read no further than a file may be long.
            data = file.read(limit.most + 1) or b""
            size = len(data)
        if size > limit.most:
            raise too_large(size, limit, path)
        return data


def read_text(path: Path, limit: Limit, *, follow: bool = False, errors: str = "strict") -> str:
    """The text of a plain file in UTF-8. Raises as `read_plain`, and UnicodeDecodeError as `errors` says."""
    return read_plain(path, limit, follow=follow).decode("utf-8", errors)


def read_json(path: Path, limit: Limit, *, follow: bool = False) -> object:
    """What a plain file of JSON says. Raises as `read_plain`, and ValueError for what is no JSON."""
    return parse_json(read_plain(path, limit, follow=follow))


def parse_json(data: str | bytes) -> object:
    """What a text of JSON says. Raises ValueError for anything else, and for what is nested too deeply to be read."""
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def read_start(path: Path, most: int, *, follow: bool = False) -> bytes:
    """The first bytes of a plain file, at most so many, however large it is. Raises OSError as `open_plain`."""
    with open_plain(path, follow=follow) as file:
        return file.read(most) or b""


def digest_of(path: Path, limit: Limit, *, follow: bool = False, algorithm: str = "sha256") -> tuple[str, int]:
    """The SHA-256 of a plain file (or another digest), in hexadecimal, and its size. Raises as `read_plain`."""
    with open_plain(path, follow=follow) as file:
        return digest_of_open(file, limit, path, algorithm=algorithm)


def digest_of_open(file: BufferedReader, limit: Limit, path: Path, *, algorithm: str = "sha256") -> tuple[str, int]:
    """The same of a file that is open at its start."""
    import hashlib  # What the first paint needs reads no contents.

    digest, size = hashlib.new(algorithm), 0
    if os.fstat(file.fileno()).st_size > limit.most:
        raise too_large(os.fstat(file.fileno()).st_size, limit, path)
    while piece := file.read(_PIECE):
        digest.update(piece)
        size += len(piece)
        if size > limit.most:
            raise too_large(size, limit, path)
    return digest.hexdigest(), size


def read_packed(entry: Traversable) -> bytes:
    """What comes with the program or a pack, which may be installed as an archive. Raises OSError."""
    return entry.read_bytes()


def read_of_system(path: str) -> bytes:
    """What the system says of itself in a file below `/proc`. Raises OSError."""
    with open(path, "rb") as file:  # noqa: PTH123
        return file.read(_PIECE)


def copy_plain(source: Path, target: Path, limit: Limit) -> None:
    """Copy a plain file, its times with it, to a new one of that name. Raises OSError as `read_plain`."""
    with open_plain(source) as file, open_new(target) as copy:
        found = os.fstat(file.fileno())
        left = limit.most
        while piece := file.read(_PIECE):
            copy.write(piece)
            left -= len(piece)
            if left < 0:
                raise too_large(limit.most - left, limit, source)
    os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns), follow_symlinks=False)


def open_new(path: Path, mode: int = 0o666) -> BufferedWriter:
    """A file to be written from its start, what stood in it gone. Raises OSError as `open_plain`."""
    return os.fdopen(open_handle(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb")


def open_handle(path: Path, flags: int, mode: int = 0o666, *, follow: bool = False) -> int:
    """A descriptor of a plain file, opened with these flags, never so that it blocks. Raises as `open_plain`.

    What has a second name somewhere (a hard link) is not written: it may be a file of the person's own. A terminal that
    lies there does not become ours: its ctrl-c would end us.
    """
    empty, flags = flags & os.O_TRUNC, flags & ~os.O_TRUNC
    flags |= os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | (0 if follow else os.O_NOFOLLOW)
    try:
        if follow and os.path.realpath(path).startswith(_SYSTEM):
            raise NotPlain(errno.EINVAL, "it is a special file of the system", str(path))
        with opened_folder(path.parent) as folder:
            handle = os.open(path if folder is None else path.name, flags, mode, dir_fd=folder)
    except ValueError as error:
        raise NotPlain(errno.EINVAL, str(error), str(path)) from error
    except NotPlain:
        raise
    except OSError as error:
        raise _named(path, error) from error
    try:
        found = os.fstat(handle)
        if kind := kind_of(found.st_mode):
            raise NotPlain(errno.EINVAL, f"it is {kind}, not a file", str(path))
        if flags & _WRITES and found.st_nlink > 1:
            raise NotPlain(errno.EMLINK, "it is a hard link to another file", str(path))
        if empty:
            os.ftruncate(handle, 0)
    except BaseException:
        os.close(handle)
        raise
    return handle


def folder_handle(folder: Path) -> int:
    """A descriptor of a folder that is no link, and to which below `.loop` none leads. Raises as `open_plain`."""
    with opened_folder(folder) as handle:
        if handle is not None:
            return os.dup(handle)
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


@contextlib.contextmanager
def opened_folder(folder: Path) -> Iterator[int | None]:
    """A descriptor of a folder below `.loop`, which no link among them leads to; None for any other folder.

    Raises OSError, NotPlain for a link.
    """
    parts = folder.parts
    if RUNS not in parts:
        yield None
        return
    at = parts.index(RUNS)
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    handle = os.open(Path(*parts[:at]), flags)
    try:
        for number, name in enumerate(parts[at:], at + 1):
            try:
                below = os.open(name, flags | os.O_NOFOLLOW, dir_fd=handle)
            except OSError as error:
                raise _named(Path(*parts[:number]), error) from error
            os.close(handle)
            handle = below
        yield handle
    finally:
        os.close(handle)


def too_large(size: int, limit: Limit, path: Path) -> NotPlain:
    """The error of a file beyond its limit."""
    said, most = (f"{number / _PIECE:.0f} MB" for number in (size, limit.most))
    if limit.most < _PIECE or said == most:
        said, most = (count_of(number, "byte") for number in (size, limit.most))
    return NotPlain(errno.EFBIG, f"it has {said}, and a {limit.noun} has at most {most}", str(path))


def _named(path: Path, error: OSError) -> OSError:
    """The error, saying what is there where the system only says that it does not go."""
    if error.errno not in _UNPLAIN:
        return error
    try:
        kind = kind_of(path.lstat().st_mode)
    except (OSError, ValueError):
        return error
    return NotPlain(error.errno, f"it is {kind}", str(path)) if kind else error
