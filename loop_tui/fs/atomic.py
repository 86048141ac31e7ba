"""Files that are written whole or not at all (SPEC section 3)."""

import contextlib
import errno
import glob
import os
import stat
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line

from .file_lease import leased
from .limits import STATE
from .plain import NotPlain, digest_of, digest_of_open, kind_of, open_handle, opened_folder

TEMP_SUFFIX = ".tmp"

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_NEW_FILE = 0o666
_MOST_ROUNDS = 100
_UNSUPPORTED = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP)
_FULL = (errno.ENOSPC, errno.EDQUOT)
_REASONS = {
    errno.ENOSPC: ("the disk is full", "free some space, then try again"),
    errno.EDQUOT: ("the disk quota is used up", "free some space, then try again"),
    errno.EROFS: ("the file system is read-only", ""),
    errno.EACCES: ("no permission to write there", "check who owns the folder"),
    errno.EPERM: ("no permission to write there", "check who owns the folder"),
}


def revision(data: bytes) -> str:
    """What tells two contents apart: their SHA-256, in hexadecimal."""
    import hashlib  # What the first paint needs reads no contents.

    return hashlib.sha256(data).hexdigest()


Mark = tuple[int, int, int]


def mark_of(path: Path) -> Mark | None:
    """What changes when a file is written or replaced, without reading it; None when it cannot be looked at."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def write_problem(error: OSError, path: Path) -> Problem:
    """The Problem that a failed write is, in words for a person."""
    reason, todo = _REASONS.get(error.errno or 0, (error.strerror or str(error), ""))
    code = Code.DISK_FULL if error.errno in _FULL else Code.NOT_WRITABLE
    if isinstance(error, NotPlain):
        reason, todo, code = str(error.strerror), "move it away", Code.PATH_UNSAFE
    return Problem(f"cannot be written: {reason}", str(path), todo, code=code)


def write_atomic(
    path: Path, data: bytes, *, durable: bool = True, follow: bool = False, within: Path | None = None
) -> None:
    """Replace a file so that every reader sees either the old content or the new.

    The file keeps its mode. A link is refused, and so is what is no plain file; with `follow` a link stays one and its
    target is written, with `within` as well, where that lies in the folder. `durable` makes the content survive a power
    cut. Raises Problem, and then the old file is as it was and no temporary file is left.
    """
    target = _target(path, follow=follow, within=within)
    temp = f".{target.name}.{os.urandom(4).hex()}{TEMP_SUFFIX}"
    with _problems(path), opened_folder(target.parent) as folder:
        here = _Here(target.parent, folder)
        try:
            _write_temp(here, temp, data, target, durable=durable)
            os.replace(here.name(temp), here.name(target.name), src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            here.unlink(temp)
            raise
        if durable:
            here.sync()


def write_over(path: Path, data: bytes) -> None:
    """As `write_atomic`, through a link; and take away what an attempt that was killed in the middle left beside it."""
    write_atomic(path, data, follow=True)
    clear_temps(path, path.stat().st_mtime)


def write_new(path: Path, data: bytes, *, mode: int = _NEW_FILE, temp_folder: Path | None = None) -> bool:
    """Make a file, whole and durable. False, and nothing done, when something of that name is there. Raises Problem.

    Until it is whole it lies in `temp_folder`, on the same file system: where what a killed process leaves is in
    nobody's way. Without one, beside its place.
    """
    temp, source = f".{path.name}.{os.urandom(4).hex()}{TEMP_SUFFIX}", temp_folder or path.parent
    with _problems(path), opened_folder(path.parent) as folder, opened_folder(source) as other:
        here, aside = _Here(path.parent, folder), _Here(source, other)
        if here.mode(path.name) is not None:
            return False
        try:
            _write_temp(aside, temp, data, source / path.name, durable=True, mode=mode)
            os.link(aside.name(temp), here.name(path.name), src_dir_fd=other, dst_dir_fd=folder)
        except FileExistsError:
            return False
        finally:
            aside.unlink(temp)
        here.sync()
    return True


def replace_if(path: Path, data: bytes, expected: str, *, within: Path | None = None) -> bool:
    """Replace a file, durably, provided that it still has the `expected` revision. False when it has not.

    The caller holds the lock of the file. Where the system can exchange two names in one step, a write of somebody
    who does not know the lock is seen even when it lands in the very moment of ours, and is put back; whoever begins
    to write into the file in that moment is held up until it is decided (see `file_lease`). A link is refused
    unless its target lies `within` that folder: then it stays one, and the target is replaced.
    Raises Problem when the file cannot be written or is gone.
    """
    target = _target(path, follow=False, within=within)
    # One fixed name: the lock makes it ours alone, and what a killed process leaves is overwritten by the next.
    temp = temp_of(target)
    with _problems(path):
        here = _Here(target.parent, None)
        try:
            _write_temp(here, temp.name, data, target, durable=True)
            if not target.exists():
                raise FileNotFoundError(errno.ENOENT, "it was removed", str(target))
            exchanged = _exchanged(temp, target, expected)
        except BaseException:
            here.unlink(temp.name)
            raise
        if exchanged:
            ours = _settle(temp, target, expected, revision(data))
        else:
            ours = exchanged is None and _compare_and_rename(temp, target, expected)
        here.sync()
        here.unlink(temp.name)
        return ours


def check_target(path: Path, *, within: Path) -> None:
    """Refuse a link that leads out of a folder before anything is done that ends in writing it. Raises Problem."""
    _target(path, follow=False, within=within)


def temp_of(target: Path) -> Path:
    """The temporary file that `replace_if` uses beside its target."""
    return target.with_name(f".{target.name}{TEMP_SUFFIX}")


def clear_temps(path: Path, before: float) -> None:
    """Remove the temporary files that writers of `path` left when they were killed.

    Only those last written before that time (seconds since 1970): a later one may be somebody's who writes just now.
    Raises Problem.
    """
    target = _target(path, follow=True)
    with _problems(path):
        for temp in target.parent.glob(f".{glob.escape(target.name)}.*{TEMP_SUFFIX}"):
            if temp.stat().st_mtime < before:
                temp.unlink()


def exchange(first: Path, second: Path) -> bool:
    """Let two files swap their names in one step. False where the system cannot. Raises OSError."""
    rename = _renameat2()
    if rename is None:
        return False
    code = rename(os.fsencode(first), os.fsencode(second))
    if code in _UNSUPPORTED:
        return False
    if code:
        raise OSError(code, os.strerror(code), str(second))
    return True


def sync_file(path: Path) -> None:
    """Make what another program wrote into a file survive a power cut. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _exchanged(temp: Path, target: Path, expected: str) -> bool | None:
    """Exchange the two unless the target is not, or is just becoming, what was expected; None where nothing can."""
    with leased(target) as lease:
        # Not even for a moment may others read what rests on an older content: they might go on from it.
        if digest_of_open(lease.file, STATE, target)[0] != expected:
            return False
        if not exchange(temp, target):
            return None
        if not lease.writer_waits():
            return True
        exchange(temp, target)  # So that what it writes is written into the file of that name.
        return False


def _settle(temp: Path, target: Path, expected: str, ours: str) -> bool:
    """After an exchange: True when it replaced what was expected; else what came between is put back, newest last."""
    if _revision_of(temp) == expected:
        return True
    at_target = ours
    for _ in range(_MOST_ROUNDS):
        found = _revision_of(temp)
        exchange(temp, target)
        if _revision_of(temp) == at_target:
            return False
        # Somebody wrote again after our exchange: that is the newest, so it goes back in the next round.
        at_target = found
    return False


def _compare_and_rename(temp: Path, target: Path, expected: str) -> bool:
    if _revision_of(target) != expected:
        return False
    temp.replace(target)
    return True


def _revision_of(path: Path) -> str:
    return digest_of(path, STATE)[0]


def _target(path: Path, *, follow: bool, within: Path | None = None) -> Path:
    """The file to write for a path: where links may be followed, what they lead to. Raises Problem."""
    if not path.is_symlink() or not (follow or within is not None):
        return path
    target = Path(os.path.realpath(path))
    if within is not None:
        root = Path(os.path.realpath(within))
        # What git keeps lies below the project, and is none of it.
        if not target.is_relative_to(root) or ".git" in target.relative_to(root).parts:
            what, todo = "is a link out of the project, so nothing is written through it", "remove the link"
            raise Problem(what, one_line(str(path)), todo, code=Code.PATH_UNSAFE)
    return target


class _Here:
    """A folder in which files are made and replaced: by its descriptor where it has one, so that no link leads away."""

    def __init__(self, folder: Path, handle: int | None) -> None:
        self._folder = folder
        self.handle = handle

    def name(self, name: str) -> str:
        """What a system call is told: the name alone where the descriptor says in which folder."""
        return name if self.handle is not None else str(self._folder / name)

    def mode(self, name: str) -> os.stat_result | None:
        """What lies there, a link itself and not what it names; None where nothing does."""
        try:
            return os.stat(self.name(name), dir_fd=self.handle, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def unlink(self, name: str) -> None:
        """Take a file away, if that can be."""
        with contextlib.suppress(OSError):
            os.unlink(self.name(name), dir_fd=self.handle)

    def sync(self) -> None:
        """Make the names survive a power cut. Raises OSError."""
        if self.handle is None:
            sync_folder(self._folder)
        else:
            os.fsync(self.handle)


def _write_temp(here: _Here, temp: str, data: bytes, target: Path, *, durable: bool, mode: int = _NEW_FILE) -> None:
    old = here.mode(target.name)
    if old is not None and (kind := kind_of(old.st_mode)):
        raise NotPlain(errno.EINVAL, f"it is {kind}, not a file", str(target))
    # Private until its mode is that of the file it replaces.
    mode = mode if old is None else 0o600
    left = here.mode(temp)
    if left is not None and not kind_of(left.st_mode):
        # What a killed process left, or a second name of somebody's file: never written into.
        here.unlink(temp)
    handle = open_handle(target.with_name(temp), os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]
        if old is not None:
            if old.st_uid != os.geteuid():
                with contextlib.suppress(PermissionError):
                    os.fchown(handle, old.st_uid, old.st_gid)
            os.fchmod(handle, stat.S_IMODE(old.st_mode))
        if durable:
            os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _problems(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise write_problem(error, path) from error


@cache
def _renameat2() -> Callable[[bytes, bytes], int] | None:
    """The system call that exchanges two names, giving 0 or an error number; None where there is none."""
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    try:
        function = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return None
    function.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    function.restype = ctypes.c_int

    def call(first: bytes, second: bytes) -> int:
        failed = function(_AT_FDCWD, first, _AT_FDCWD, second, _RENAME_EXCHANGE) != 0
        return ctypes.get_errno() if failed else 0

    return call
