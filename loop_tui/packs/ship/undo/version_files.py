"""What the files that hold the version were before it was written, and whether they may go back to that.

They may when they hold exactly what we wrote. That is found out by writing it once more, into a copy of what a commit
holds.
"""

import errno
import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from loop_tui.fs.atomic import sync_folder, write_atomic, write_problem
from loop_tui.fs.limits import MANIFEST
from loop_tui.fs.paths import name_below
from loop_tui.fs.plain import read_plain
from loop_tui.model.evidence import Effect
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line
from loop_tui.services.git import git
from loop_tui.services.toolchains import npm
from loop_tui.services.toolchains.version_write import PACKAGE, Rewrite, VersionSites, VersionWrite
from loop_tui.services.toolchains.workspaces import Dependent


class Written(Struct, frozen=True):
    """The version write to take back: the version before it, the one that it wrote, and the ranges that went along."""

    before: str
    after: str
    ranges: tuple[Mapping[str, str], ...] = ()

    def write(self, sites: VersionSites) -> VersionWrite:
        """The write, as it would be done again there."""
        found = []
        for each in self.ranges:
            place, key, name = each.get("place", ""), each.get("key", ""), each.get("name", "")
            package = npm.Package(sites.top / place / PACKAGE)
            found.append(Dependent(package, place, key, name, each.get("from", ""), each.get("to", ""), True))
        return VersionWrite(sites, self.before, self.after, tuple(found))


def written_by(effects: Sequence[Effect]) -> Written | None:
    """What version writes of a run amount to, oldest first; None without any."""
    if not effects:
        return None
    ranges: list[Mapping[str, str]] = []
    for effect in effects:
        listed = effect.intent.get("ranges")
        for each in listed if isinstance(listed, list) else ():
            if isinstance(each, dict):
                ranges.append({str(key): str(value) for key, value in each.items()})
    return Written(str(effects[0].intent.get("from", "")), str(effects[-1].intent.get("to", "")), tuple(ranges))


async def files_before(root: Path, revision: str, written: Written, sites: VersionSites) -> dict[str, bytes]:
    """What has to be written back, by path from the repository's top: as it stands in `revision`, else with only the
    version put back.

    Empty when nothing is left to put back. Raises Problem when a file is no longer what we wrote, or a link out of
    the repository.
    """
    write = written.write(sites)
    back = _reversed(write).rewrites()
    found: dict[str, bytes] = {}
    for path, rewrite in write.rewrites().items():
        now = _read(path)
        if now is None:
            continue
        name = name_below(path, root)
        base = await _blob(root, revision, name)
        if now == base:
            continue
        if not _holds(path, rewrite, now):
            if path == sites.package.path and not _holds(path, back[path], now):
                raise changed(path, written)
            continue
        if base is not None and _rewritten(rewrite, base) == now:
            found[name] = base
            continue
        # What was uncommitted in these files before the run is the person's, and stays.
        older = _rewritten(back[path], now)
        if older == now:
            continue
        if older is None or _rewritten(rewrite, older) != now:
            raise changed(path, written)
        found[name] = older
    return found


def _reversed(write: VersionWrite) -> VersionWrite:
    dependents = tuple(replace(each, before=each.after, after=each.before) for each in write.dependents)
    return replace(write, before=write.after, after=write.before, dependents=dependents)


def _holds(path: Path, rewrite: Rewrite, data: bytes) -> bool:
    """True when the file says already what the rewriting would write."""
    return _rewritten(rewrite, data) == data


def _rewritten(rewrite: Rewrite, data: bytes) -> bytes | None:
    try:
        return rewrite(data)
    except (Problem, UnicodeDecodeError):
        return None


def put_back(path: Path, data: bytes, aside: Path) -> None:
    """Give a file its old content, whole or not at all; the new text is made in the folder `aside`.

    Made beside the file, as elsewhere, it would stay in the person's tree when we are killed. Raises Problem.
    """
    target = Path(os.path.realpath(path))
    made = aside / f".{path.name}.before"
    write_atomic(made, data)
    try:
        made.chmod(stat.S_IMODE(target.stat().st_mode))
        made.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise write_problem(error, path) from error
        # The run folder lies on another disk.
        write_atomic(path, data)
        made.unlink(missing_ok=True)


def changed(path: Path, written: Written) -> Problem:
    """The refusal for a file that somebody changed after we wrote it."""
    todo = f"set the version back to {one_line(written.before)} by hand, and keep your other changes"
    return Problem(
        f"changed since {one_line(written.after)} was written to it: nothing was undone",
        str(path),
        todo,
        code=Code.TREE_CHANGED,
    )


async def _blob(root: Path, revision: str, path: str) -> bytes | None:
    """The file as a checkout of that commit would write it, or None when it is not there."""
    done = await git.plain(root, "cat-file", "--filters", git.END_OF_OPTIONS, f"{revision}:{path}")
    return done.raw if done.exit_code == 0 else None


def _read(path: Path) -> bytes | None:
    try:
        return read_plain(path, MANIFEST, follow=True)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}", str(path), code=Code.FILE_UNREADABLE) from error
