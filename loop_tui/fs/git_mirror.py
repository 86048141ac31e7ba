"""A private copy of what a repository knows of itself, with which git can read it and the repository can say nothing.

git obeys the configuration beside the objects that it reads: filters, hooks, helpers, commands. A copy has none of it:
HEAD, the references, the index and the few files that tell what a working tree is are read here, byte by byte, and the
objects are lent (`objects/info/alternates`). Nothing that is opened may be a pipe or a device, and nothing is written
in the repository (docs/decisions/0005-looking.md).
"""

import os
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct, field

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line

from .limits import GIT_INDEX
from .plain import open_new, read_plain

NO_PROGRAMS = b"\n* !filter !diff !merge\n"
"""The last word on attributes: no path has a filter, a diff driver or a merge driver."""
ATTRIBUTES = "info/attributes"

_OBJECT_ID = regex(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# What git takes for the name of a reference, and some more: nothing that could end a line or lead out of the folder.
_NAME = regex(rb"refs/[^\x00-\x20\x7f~^:?*\[\\]+")
_MOST_REFS = 1_000_000
_DEEPEST = 5
_READ_BY_GIT = (".gitattributes", ".gitignore", ".gitmodules", ".mailmap")
_TREE_FILES = ("info/exclude", "info/sparse-checkout", "shallow")


class References(Struct):
    """The references of a repository: what each names, and those that name another one."""

    ids: dict[bytes, bytes] = field(default_factory=dict)
    symbolic: dict[bytes, bytes] = field(default_factory=dict)


def is_repository(git: Path, common: Path) -> bool:
    """True for what git itself takes for its folder: a HEAD, objects and references."""
    return os.path.lexists(git / "HEAD") and (common / "objects").is_dir() and (common / "refs").is_dir()


def mirror(git: Path, common: Path, folder: Path) -> None:
    """Fill an empty folder with the copy of a repository: `git` is its folder, `common` the one that worktrees share.

    Its `config` is for the caller to write. Raises Problem for what cannot be read, and for a pipe or a device where a
    file is due.
    """
    (folder / "refs").mkdir()
    (folder / "objects" / "info").mkdir(parents=True)
    (folder / "info").mkdir()
    _write(folder / "HEAD", _head(git / "HEAD"))
    _keep_references(common, folder)
    for source in (*sorted(git.glob("sharedindex.*")), git / "index"):
        _copy(source, folder / source.name, times=True)
    for name in _TREE_FILES:
        _copy((git if name.endswith("checkout") else common) / name, folder / name)
    attributes = _bytes(common / ATTRIBUTES) or b""
    _write(folder / ATTRIBUTES, attributes + NO_PROGRAMS)
    objects = Path(os.path.realpath(common / "objects"))
    _no_traps(objects, _DEEPEST)
    # By a link of ours: a path with a line feed or a quote in it could not stand in that list.
    (folder / "lent").symlink_to(objects)
    _write(folder / "objects" / "info" / "alternates", os.fsencode(folder / "lent") + b"\n")


def mirror_for_attributes(common: Path, copy: Path, folder: Path) -> None:
    """A second copy beside `copy` that only tells attributes, as the project has them. Raises Problem."""
    for name in ("refs", "objects", "info"):
        (folder / name).mkdir()
    for name in ("HEAD", "config"):
        _copy(copy / name, folder / name)
    _write(folder / ATTRIBUTES, _bytes(common / ATTRIBUTES) or b"")
    if (copy / "index").exists():
        (folder / "index").symlink_to(copy / "index")


def config_there(git: Path, common: Path) -> None:
    """See that git can read the configuration without waiting for it. Raises Problem."""
    for path in (common / "config", git / "config.worktree", git / "commondir"):
        _bytes(path)


def no_traps_among_files(root: Path) -> None:
    """See that no list of attributes or of ignored files, anywhere below, would make git wait. Raises Problem."""
    waiting = [os.fspath(root)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif entry.name in _READ_BY_GIT and not (entry.is_symlink() or entry.is_file()):
                        raise _unreadable(Path(entry.path), "it is not a file")
        except OSError:
            continue  # git cannot read it either.


def write_private(path: Path, data: bytes) -> None:
    """Write a file of a copy anew. Raises Problem."""
    path.unlink(missing_ok=True)
    _write(path, data)


def _head(path: Path) -> bytes:
    """What is checked out. Old repositories have a link there, whose target is the name of the branch."""
    if path.is_symlink() and (target := os.fsencode(path.readlink())).startswith(b"refs/"):
        return b"ref: " + target + b"\n"
    data = _bytes(path)
    if data is None:
        raise _unreadable(path, "there is no such file")
    return data


# --- references -----------------------------------------------------------------------------------------------------


def _keep_references(common: Path, folder: Path) -> None:
    if (common / "reftable").is_dir():
        (folder / "reftable").symlink_to(os.path.realpath(common / "reftable"))
        return
    found = references(common)
    lines = [b"%s %s\n" % (found.ids[name], name) for name in sorted(found.ids)]
    _write(folder / "packed-refs", b"".join(lines))
    for name, target in found.symbolic.items():
        place = folder / os.fsdecode(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        _write(place, b"ref: " + target + b"\n")


def references(common: Path) -> References:
    """All references of a repository, read from its files. Raises Problem."""
    found = References()
    for line in (_bytes(common / "packed-refs") or b"").splitlines():
        value, _, name = line.partition(b" ")
        if _OBJECT_ID.fullmatch(value) and _is_name(name):
            found.ids[name] = value
    for path, name in _loose(common):
        if not _is_name(name) or name.endswith(b".lock"):
            continue
        value = (_bytes(path) or b"").strip()
        target = value.removeprefix(b"ref:").strip()
        if value.startswith(b"ref:") and _is_name(target):
            found.symbolic[name] = target
            found.ids.pop(name, None)
        elif _OBJECT_ID.fullmatch(value[:64].split(b"\n")[0]):
            found.ids[name] = value[:64].split(b"\n")[0]
        if len(found.ids) > _MOST_REFS:
            raise _unreadable(common / "refs", f"more than {_MOST_REFS:,} references")
    return found


def _loose(common: Path) -> Iterator[tuple[Path, bytes]]:
    top = Path(os.path.realpath(common / "refs"))
    for place, folders, names in os.walk(top):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            yield path, b"refs/" + os.fsencode(path.relative_to(top).as_posix())


def _is_name(name: bytes) -> bool:
    return bool(_NAME.fullmatch(name)) and b".." not in name and b"//" not in name and b"/." not in name


# --- files ----------------------------------------------------------------------------------------------------------


def _no_traps(objects: Path, depth: int) -> None:
    """See that nothing among the objects, and those that they borrow, could make git wait. Raises Problem."""
    waiting = [objects]
    for folder in waiting:
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir():
                        if folder == objects:
                            waiting.append(Path(entry.path))
                    elif not entry.is_file() and Path(entry.path).exists():
                        raise _unreadable(Path(entry.path), "it is not a file")
        except OSError as error:
            raise _unreadable(folder, error.strerror or str(error)) from error
    lent = _bytes(objects / "info" / "alternates") or b""
    for line in lent.splitlines():
        place = Path(os.path.realpath(objects / os.fsdecode(line.strip(b'"'))))
        if line and not line.startswith(b"#") and place.is_dir():
            if not depth:
                raise _unreadable(objects, "it borrows objects through too many repositories")
            _no_traps(place, depth - 1)


def _bytes(path: Path) -> bytes | None:
    """What a file holds, through links; None where there is none. Raises Problem for what is no file."""
    try:
        return read_plain(path, GIT_INDEX, follow=True)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, error.strerror or "it is not a regular file") from error


def _copy(source: Path, target: Path, *, times: bool = False) -> None:
    """Copy a file that may be missing. git compares the time of an index with those of files: that has to stay."""
    data = _bytes(source)
    if data is None:
        return
    _write(target, data)
    if times:
        found = source.stat()
        os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))


def _write(path: Path, data: bytes) -> None:
    try:
        with open_new(path, 0o600) as file:
            file.write(data)
    except OSError as error:
        raise Problem(f"cannot be written: {error.strerror}", str(path), code=Code.NOT_WRITABLE) from error


def _unreadable(path: Path, why: str) -> Problem:
    what = f"this repository cannot be read: {one_line(why)}"
    return Problem(what, one_line(str(path), 300), "check it with git", code=Code.GIT_STATE)
