"""Keeping a state file out of git's sight through `.git/info/exclude` (SPEC section 3).

Files are read directly, without git: a project need not have it, and no file of the project is touched.
"""

import contextlib
import os
import re
import stat
from pathlib import Path

from loop_tui.model.regex import regex

from .atomic import write_problem
from .git_mirror import is_repository
from .limits import GIT, MANIFEST
from .plain import read_plain, read_text
from .whole_lines import append_whole

_LONGEST = 500
_MOST_STARS = 8
_IN_CLASS = regex(r"[\[\]\\&~|]")
"""What stands for itself between brackets, and for something else in Python's regular expressions."""
_SPECIAL = regex(r"([\\*?\[ ])")


def keep_out_of_git(path: Path) -> bool:
    """List a file in the repository's own exclude file unless the project ignores it already.

    True when a line was added; False without a repository, and for one whose list lies elsewhere: the line is made of
    the names of folders, and nobody else's file gets it. Raises Problem when the line cannot be written.
    """
    path = path.absolute()
    found = repository_of(path.parent)
    if found is None:
        return False
    root, git, common = found
    relative = path.relative_to(root).as_posix()
    exclude = common / "info" / "exclude"
    if not _is_its_own(git, common) or _ignored(root, exclude, relative):
        return False
    line = "/" + _SPECIAL.sub(r"\\\1", relative) + "\n"
    try:
        exclude.parent.mkdir(exist_ok=True)
        append_whole(exclude, line.encode("utf-8", "surrogateescape"), durable=False)
    except OSError as error:
        raise write_problem(error, exclude) from error
    return True


def _is_its_own(git: Path, common: Path) -> bool:
    """True where the list of a repository lies in a repository, and is no link, hard or soft, to another place."""
    info = common / "info"
    if not is_repository(git, common) or info.is_symlink():
        return False
    with contextlib.suppress(FileNotFoundError):
        found = (info / "exclude").lstat()
        return stat.S_ISREG(found.st_mode) and found.st_nlink == 1
    return True


def repository_of(folder: Path) -> tuple[Path, Path, Path] | None:
    """The root of the working tree around a folder, its git folder, and the git folder that all worktrees share."""
    for root in (folder, *folder.parents):
        git = root / ".git"
        if git.is_file():
            git = _pointed_at(git, b"gitdir: ")
        if (git / "HEAD").is_file():
            common = git / "commondir"
            return root, git, _pointed_at(common) if common.is_file() else git
    return None


def _pointed_at(file: Path, prefix: bytes = b"") -> Path:
    """The folder that a one-line file of git's names, relative to the folder of the file."""
    try:
        target = os.fsdecode(read_plain(file, GIT, follow=True).removeprefix(prefix).rstrip(b"\r\n"))
    except OSError:
        return file
    return Path(os.path.normpath(file.parent / target))


def _ignored(root: Path, exclude: Path, relative: str) -> bool:
    """True when the project's ignore files cover the file. The nearest file that has a word on it decides.

    Folders that are ignored as a whole are left to git; a line too many in the exclude file does no harm.
    """
    parts = relative.split("/")
    for depth in range(len(parts) - 1, -1, -1):
        folder = root.joinpath(*parts[:depth])
        verdict = _verdict(folder / ".gitignore", "/".join(parts[depth:]))
        if verdict is not None:
            return verdict
    return bool(_verdict(exclude, relative))


def _verdict(file: Path, relative: str) -> bool | None:
    """Whether an ignore file ignores a path (relative to its folder), or None when it says nothing: last line wins."""
    verdict = None
    with contextlib.suppress(OSError):
        for raw in read_text(file, MANIFEST, follow=True, errors="surrogateescape").splitlines():
            line = raw.rstrip() if not raw.endswith("\\ ") else raw
            if not line or line.startswith("#"):
                continue
            negated = line.startswith("!")
            pattern = _pattern(line.removeprefix("!"))
            if pattern is not None and pattern.fullmatch(relative):
                verdict = not negated
    return verdict


def _pattern(line: str) -> re.Pattern[str] | None:
    """The regular expression of one line of an ignore file.

    None when it speaks of folders, cannot be read, or holds so many wildcards that it would take long to try.
    """
    if line.endswith("/") or len(line) > _LONGEST or line.count("*") > _MOST_STARS:
        return None
    anchored = "/" in line
    line = line.removeprefix("/")
    if not anchored:
        line = "**/" + line
    pieces: list[str] = []
    place = 0
    while place < len(line):
        if line.startswith("**/", place):
            pieces.append("(?:.*/)?")
            place += 3
        elif line.startswith("/**", place) and place + 3 == len(line):
            pieces.append("/.*")
            place += 3
        else:
            piece, place = _piece(line, place)
            pieces.append(piece)
    try:
        return re.compile("".join(pieces), re.DOTALL)
    except re.error:
        return None


def _piece(line: str, place: int) -> tuple[str, int]:
    """One sign of a pattern as a regular expression, and the place after it."""
    sign = line[place]
    if sign == "*":
        return "[^/]*", place + 1
    if sign == "?":
        return "[^/]", place + 1
    if sign == "\\" and place + 1 < len(line):
        return re.escape(line[place + 1]), place + 2
    if sign == "[" and (end := line.find("]", place + 2)) > 0:
        inside = _IN_CLASS.sub(r"\\\g<0>", line[place + 1 : end]).replace("--", r"-\-")
        return f"[{'^' + inside[1:] if inside[0] in '!^' else inside}]", end + 1
    return re.escape(sign), place + 1
