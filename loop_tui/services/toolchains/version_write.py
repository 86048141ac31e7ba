"""Writing a version: only its own bytes change, in package.json, in the locks, and wherever the project says it stands.

`npm version` writes these files anew: it expands what stands on one line, adds a last newline, takes a byte order mark
away. A formatter then finds fault with the release itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from loop_tui.fs.atomic import write_over
from loop_tui.fs.jsonedit.document import Edit, edit, parse
from loop_tui.fs.limits import MANIFEST
from loop_tui.fs.plain import read_plain
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line

from . import other_locks
from .locks import BUN_LOCK, LOCKS_OF_NPM, PNPM_LOCK, YARN_LOCK
from .named_files import NamedFile
from .npm import Package
from .workspaces import Dependent, NpmWorkspace

PACKAGE = "package.json"
Rewrite = Callable[[bytes], bytes]
_Path = tuple[str, ...]


class VersionPlace(Struct, frozen=True):
    """A version of the package that stands in a file; `key` says where in it, empty where the file has but one."""

    path: Path
    key: str
    version: str

    @property
    def words(self) -> str:
        """What it is called for people, without its folder."""
        return f"{self.path.name} {self.key}".rstrip()


class VersionSites(Struct, frozen=True):
    """Where a package's version stands: its own files, the lock of its workspace, the files that the project names."""

    package: Package
    workspace: NpmWorkspace | None = None
    named: tuple[NamedFile, ...] = ()

    @property
    def place(self) -> str:
        """The package's folder from the top of its workspace; empty where it is the top."""
        return self.workspace.place_of(self.package) if self.workspace else ""

    @property
    def top(self) -> Path:
        """The folder that the lock of the whole workspace lies in."""
        return self.workspace.folder if self.workspace else self.package.project

    def versions(self) -> tuple[VersionPlace, ...]:
        """What each place says now, but package.json. Raises Problem for a file that cannot be read or holds none."""
        found = [VersionPlace(path, ".".join(key), v) for path, key, v in _locked(self)]
        for path, text in _texts(self.top, BUN_LOCK):
            if version := other_locks.bun_version(text, self.place):
                found.append(VersionPlace(path, f"workspaces.{self.place}", version))
        found += [
            VersionPlace(f.path(self.package.project), f.around, f.version_in(self._read(f), self.package.version))
            for f in self.named
        ]
        return tuple(found)

    def drift(self) -> tuple[VersionPlace, ...]:
        """The places that say another version than package.json. Raises Problem as `versions`."""
        return tuple(place for place in self.versions() if place.version != self.package.version)

    def _read(self, named: NamedFile) -> bytes:
        return _bytes(named.path(self.package.project))


class VersionWrite(Struct, frozen=True):
    """A version to be written: from one to another, and whose ranges go along."""

    sites: VersionSites
    before: str
    after: str
    dependents: tuple[Dependent, ...] = ()

    def rewrites(self) -> Mapping[Path, Rewrite]:
        """How each file that the version stands in is written anew, in the order in which they are; pure functions."""
        found: dict[Path, list[Rewrite]] = {}
        for path, rewrite in self._each():
            found.setdefault(path, []).append(rewrite)
        return {path: _in_turn(rewrites) for path, rewrites in found.items()}

    def _each(self) -> Iterator[tuple[Path, Rewrite]]:
        sites = self.sites
        for path, values in self._values():
            yield path, _json(path, values, adds=path == sites.package.path)
        yield sites.top / BUN_LOCK, _text(other_locks.bun(sites.place, self.after, self.dependents))
        yield sites.top / PNPM_LOCK, _text(other_locks.pnpm(self.dependents))
        yield sites.top / YARN_LOCK, _text(other_locks.yarn(self.dependents))
        for named in sites.named:
            yield named.path(sites.package.project), partial(named.rewritten, before=self.before, after=self.after)
        # Last: while they stand as they were, whoever goes on after a crash finds that their ranges break.
        for each in self.dependents:
            yield each.package.path, _json(each.package.path, {(each.key, each.name): each.after})

    def _values(self) -> Iterator[tuple[Path, Mapping[_Path, str]]]:
        """What is set in each file of JSON."""
        sites, after = self.sites, self.after
        yield sites.package.path, {("version",): after}
        for name in LOCKS_OF_NPM:
            yield sites.package.project / name, {("version",): after, ("packages", "", "version"): after}
            if sites.workspace is not None:
                values: dict[_Path, str] = {("packages", d.place, d.key, d.name): d.after for d in self.dependents}
                if sites.place:
                    values["packages", sites.place, "version"] = after
                yield sites.top / name, values

    def missing(self) -> Mapping[Path, bytes]:
        """The new content of each file that does not say the version yet; empty when all of it is written.

        Raises Problem for a file that is damaged, and for a named one in which no version is found.
        """
        found = {}
        for path, rewrite in self.rewrites().items():
            data = file_bytes(path)
            if data is not None and (new := _careful(path, rewrite, data)) != data:
                found[path] = new
        return found

    def write(self) -> tuple[Path, ...]:
        """Write what is missing, each file whole or not at all; gives the files. Raises Problem."""
        wanted = self.missing()
        for path, data in wanted.items():
            write_over(path, data)
        return tuple(wanted)


def _locked(sites: VersionSites) -> Iterator[tuple[Path, _Path, str]]:
    """The versions of the package in npm's locks: its own, twice, and that of its workspace."""
    for name in LOCKS_OF_NPM:
        keys: list[tuple[Path, _Path]] = [
            (sites.package.project / name, ("version",)),
            (sites.package.project / name, ("packages", "", "version")),
        ]
        if sites.place:
            keys.append((sites.top / name, ("packages", sites.place, "version")))
        for path, key in keys:
            data = file_bytes(path)
            version = _value(_document(path, data), key) if data is not None else None
            if isinstance(version, str):
                yield path, key, version


def _value(document: object, path: _Path) -> object:
    for key in path:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _document(path: Path, data: bytes) -> object:
    try:
        return parse(data.decode("utf-8"), str(path))
    except UnicodeDecodeError as error:
        what = f"is not UTF-8 (byte {error.start})"
        raise Problem(what, str(path), "save it as UTF-8", code=Code.FILE_INVALID) from None


def _json(path: Path, values: Mapping[_Path, str], *, adds: bool = False) -> Rewrite:
    """Sets these values where the document has them, or with `adds` in any case; not a byte beside them changes."""

    def rewrite(data: bytes) -> bytes:
        text = data.decode("utf-8")
        document = parse(text, str(path))
        edits = [
            Edit(key, value)
            for key, value in values.items()
            if (found := _value(document, key)) != value and (adds or isinstance(found, str))
        ]
        return edit(text, edits).encode("utf-8") if edits else data

    return rewrite


def _text(change: Callable[[str], str]) -> Rewrite:
    return lambda data: change(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def _in_turn(rewrites: Sequence[Rewrite]) -> Rewrite:
    def rewrite(data: bytes) -> bytes:
        for each in rewrites:
            data = each(data)
        return data

    return rewrite


def _careful(path: Path, rewrite: Rewrite, data: bytes) -> bytes:
    try:
        return rewrite(data)
    except UnicodeDecodeError as error:
        what = f"is not UTF-8 (byte {error.start})"
        raise Problem(what, str(path), "save it as UTF-8", code=Code.FILE_INVALID) from None
    except Problem as problem:
        raise Problem(problem.what, problem.where or str(path), problem.todo, code=problem.code) from None


def _texts(folder: Path, *names: str) -> Iterator[tuple[Path, str]]:
    for name in names:
        data = file_bytes(folder / name)
        if data is not None:
            yield folder / name, data.decode("utf-8", "replace")


def _bytes(path: Path) -> bytes:
    data = file_bytes(path)
    if data is None:
        todo = "see version_files in .loops/targets.toml"
        raise Problem("there is no such file", str(path), todo, code=Code.FILE_INVALID)
    return data


def file_bytes(path: Path) -> bytes | None:
    """The bytes of a file of a project, also through a link; None without one. Raises Problem for one that is none."""
    try:
        return read_plain(path, MANIFEST, follow=True)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        what = f"cannot be read: {one_line(str(error.strerror))}"
        raise Problem(what, str(path), code=Code.FILE_UNREADABLE) from None
