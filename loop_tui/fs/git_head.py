"""Where a project's working tree stands, read from git's files: no process is started for it."""

from pathlib import Path

from loop_tui.model.regex import regex
from loop_tui.model.text import one_line

from .git_exclude import repository_of
from .limits import GIT
from .plain import read_text

SHORT = 7
_MADE = regex(r"> (\d{1,12}) [+-]\d{4}\t(?:commit|merge|cherry-pick|revert)\b")
"""In a line of git's own record of HEAD: when it was moved to a new commit, in seconds since 1970."""


def head_of(project: Path) -> str:
    """Branch and short commit, such as `main 3f2a1bc`; the commit alone when no branch is checked out.

    Empty outside a repository, and for what cannot be read.
    """
    found = repository_of(project)
    if found is None:
        return ""
    _, git, common = found
    head = _text(git / "HEAD")
    if not head.startswith("ref: "):
        return one_line(head[:SHORT])
    ref = head.removeprefix("ref: ")
    commit = _text(common / ref) or _packed(common / "packed-refs", ref)
    return one_line(f"{ref.removeprefix('refs/heads/')} {commit[:SHORT]}")


def commits_made(project: Path, since_s: float, until_s: float) -> int:
    """How many commits were made in this working tree between two moments, in seconds since 1970, by git's own record.

    None outside a repository, and where it keeps no such record. Whole seconds: a commit of the first one counts.
    """
    found = repository_of(project)
    if found is None:
        return 0
    try:
        log = read_text(found[1] / "logs/HEAD", GIT, follow=True, errors="replace")
    except OSError:
        return 0
    moments = (int(each[1]) for each in map(_MADE.search, log.split("\n")) if each is not None)
    return sum(int(since_s) <= moment <= until_s for moment in moments)


def _text(path: Path) -> str:
    try:
        return read_text(path, GIT, follow=True, errors="replace").strip()[:300]
    except OSError:
        return ""


def _packed(path: Path, ref: str) -> str:
    try:
        lines = read_text(path, GIT, follow=True, errors="replace").split("\n")
        return next((line.split(" ")[0] for line in lines if line.endswith(f" {ref}")), "")
    except OSError:
        return ""
