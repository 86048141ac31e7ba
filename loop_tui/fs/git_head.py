"""Where a project's working tree stands, read from git's files: no process is started for it."""

from pathlib import Path

from loop_tui.model.text import one_line

from .git_exclude import repository_of
from .limits import GIT
from .plain import read_text

SHORT = 7


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
