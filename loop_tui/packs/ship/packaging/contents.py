"""What a tarball makes public: its files, what is new in it since the last release, and what looks like a secret."""

import os
import re
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from msgspec import Struct

from loop_tui.fs.limits import PACKED
from loop_tui.fs.plain import open_plain
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.secret_files import is_secret_in_public
from loop_tui.model.secrets import SHAPES
from loop_tui.model.text import count_of, one_line, size_words

_MOST_FILES = 50_000
_SEARCHED_BYTES = 1_000_000
_SEARCHED_IN_ALL = 20_000_000
_OVERLAP = 4_000
"""What is read beyond that: what begins in the searched part is found whole."""
_MOST_LINES = 60
# In JSON and in source a line end is `\n`, two characters.
_KEY = regex(r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:\s|\\{1,4}[nr])+[A-Za-z0-9+/]")
# What npm signs in with: a value with a digit, as `${NPM_TOKEN}` and `YOUR_TOKEN` have none, and not all zeros.
_SIGN_IN = regex(
    r"(?:(?<=/:)|^[ \t]{0,8})_(?:authToken|auth|password)[ \t]{0,8}=[ \t]{0,8}[\"']?"
    r"(?![0xX*-]+(?![A-Za-z0-9]))(?=[A-Za-z+/_.-]{0,200}[0-9])[A-Za-z0-9+/_.-]{8}",
    re.MULTILINE,
)
# What yarn signs in with, of the same kind, in its own settings or a copy of them.
_SIGN_IN_OF_YARN = regex(
    r"^[ \t]{0,8}[\"']?npmAuth(?:Token|Ident)[\"']?:[ \t]{1,8}[\"']?"
    r"(?![0xX*-]+(?![A-Za-z0-9]))(?=[A-Za-z+/_.:-]{0,200}[0-9])[A-Za-z0-9+/_.:-]{8}",
    re.MULTILINE,
)
# Only what has a prefix of its own: the looser shapes stand in any minified program.
_SURE = tuple(
    (shape.sign, shape.service, regex(rf"(?<![A-Za-z0-9_])(?:{shape.pattern})"))
    for shape in SHAPES
    if shape.sign in "_-AG"
)


class PackedFile(Struct, frozen=True):
    """A file in a tarball: its path in the package, and its size."""

    path: str
    size_bytes: int


class SuspectFile(Struct, frozen=True):
    """A file that looks like it holds a secret, and why."""

    path: str
    why: str


class PackageContents(Struct, frozen=True):
    """What is in a tarball, by path. `packed_bytes` is the size of the tarball itself."""

    files: tuple[PackedFile, ...]
    packed_bytes: int
    suspects: tuple[SuspectFile, ...] = ()
    unsearched: int = 0
    """How many files were searched in part or not at all, because of their size."""

    @property
    def unpacked_bytes(self) -> int:
        """The size of all files together."""
        return sum(file.size_bytes for file in self.files)

    @property
    def words(self) -> str:
        """`9 files, 4.1 KB (12.3 KB unpacked)`."""
        count = count_of(len(self.files), "file")
        return f"{count}, {size_words(self.packed_bytes)} ({size_words(self.unpacked_bytes)} unpacked)"


def contents_of(tarball: Path, *, search: bool = False) -> PackageContents:
    """What is in a tarball; with `search` also what of it looks like a secret. Raises Problem when it cannot be read.

    The first megabyte of a file is searched, of all of them 20, for the shapes of `model.secrets` that have a prefix
    of their own, for private keys, and for what npm and yarn sign in with.
    """
    files: list[PackedFile] = []
    found = _Search() if search else None
    try:
        with open_plain(tarball) as file, tarfile.open(fileobj=file, mode="r:gz") as archive:
            packed_bytes = os.fstat(file.fileno()).st_size
            for member in archive:
                if not member.isfile():
                    continue
                if len(files) >= _MOST_FILES:
                    what = f"{tarball.name} holds more than {_MOST_FILES} files"
                    raise Problem(what, str(tarball), "see `files` in package.json", code=Code.CHECK_FAILED)
                path = member.name.partition("/")[2] or member.name
                files.append(PackedFile(path, member.size))
                if found is not None and (data := archive.extractfile(member)) is not None:
                    found.look_at(path, member.size, data)
    except (OSError, EOFError, tarfile.TarError, zlib.error, ValueError) as error:
        why = one_line(str(error), 200)
        raise Problem(f"cannot be read: {why}", str(tarball), "pack it again", code=Code.CHECK_FAILED) from error
    in_order = tuple(sorted(files, key=lambda each: each.path))
    if found is None:
        return PackageContents(in_order, packed_bytes)
    return PackageContents(in_order, packed_bytes, tuple(found.suspects), found.unsearched)


class _Search:
    """The search for secrets in the files of one tarball."""

    def __init__(self) -> None:
        self.suspects: list[SuspectFile] = []
        self.unsearched = 0
        self._left = _SEARCHED_IN_ALL

    def look_at(self, path: str, size_bytes: int, data: IO[bytes]) -> None:
        """Note the file if it looks like a secret. Raises what reading raises."""
        if is_secret_in_public(path):
            self.suspects.append(SuspectFile(path, "its name"))
            return
        most = min(_SEARCHED_BYTES, self._left)
        found = data.read(most + _OVERLAP if most else 0)
        self._left -= min(len(found), most)
        self.unsearched += len(found) < size_bytes
        text = found.decode("utf-8", "replace")
        # UTF-16 is plain text with a NUL beside each letter.
        if why := _suspicion(text) or (_suspicion(text.replace("\0", "")) if "\0" in text else ""):
            self.suspects.append(SuspectFile(path, why))


def _suspicion(text: str) -> str:
    """Why a text looks like it holds a secret; empty when it does not."""
    if found := _KEY.search(text):
        return f"a private key in line {_line(text, found.start())}"
    if "_" in text and (found := _SIGN_IN.search(text)):
        return f"a secret (npm) in line {_line(text, found.start())}"
    if "npmAuth" in text and (found := _SIGN_IN_OF_YARN.search(text)):
        return f"a secret (yarn) in line {_line(text, found.start())}"
    for sign, service, pattern in _SURE:
        if sign in text and (found := pattern.search(text)):
            return f"a secret ({service}) in line {_line(text, found.start())}"
    return ""


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def listing(now: PackageContents, before: PackageContents | None, most: int = _MOST_LINES) -> tuple[str, ...]:
    """The lines that say what becomes public: what looks like a secret, what is new and gone, then all files."""
    lines = [f"! {one_line(each.path)} looks like a secret: {each.why}" for each in now.suspects]
    if now.unsearched:
        lines.append(f"! not searched completely: {count_of(now.unsearched, 'large file')}")
    lines += _compared(now, before) if before is not None else []
    lines += [f"  {one_line(file.path)}  {size_words(file.size_bytes)}" for file in now.files]
    return tuple(lines) if len(lines) <= most else (*lines[:most], f"  and {len(lines) - most} more")


def _compared(now: PackageContents, before: PackageContents) -> Sequence[str]:
    old, new = {file.path for file in before.files}, {file.path for file in now.files}
    return [
        *(f"+ {one_line(path)}" for path in sorted(new - old)),
        *(f"- {one_line(path)}" for path in sorted(old - new)),
    ]


def change_words(now: PackageContents, before: PackageContents) -> str:
    """`was 3.9 KB, 1 new file, 2 gone`: the difference from the last release."""
    return ", ".join(_changes(now, before))


def _changes(now: PackageContents, before: PackageContents) -> Iterator[str]:
    old, new = {file.path for file in before.files}, {file.path for file in now.files}
    yield f"was {size_words(before.packed_bytes)}"
    if added := len(new - old):
        yield count_of(added, "new file")
    if gone := len(old - new):
        yield f"{gone} gone"


def packed_before(folder: Path, name: str) -> PackageContents | None:
    """What a tarball of an earlier run holds, by its place in the archive; None where it is not there or no tarball."""
    path = folder / "artifacts" / name
    if Path(name).name != name or not path.is_file() or path.stat().st_size > PACKED.most:
        return None
    try:
        return contents_of(path)
    except Problem:
        return None
