"""The branch that the work here is meant for, and where the work left it: read from what is known here, no network."""

from pathlib import Path

from msgspec import Struct

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

from . import git, remotes

_USUAL = ("main", "master")


class BaseBranch(Struct, frozen=True):
    """A base branch by the name that people use, and the last commit that it has in common with what lies here."""

    name: str
    left_at: str


async def find(root: Path) -> BaseBranch:
    """The default branch of the remote as of the last fetch, else `main` or `master` of this repository.

    Raises Problem before the first commit, where there is no such branch, and where it tells nothing: nothing in
    common with what is checked out, or that very branch with no remote that had it before.
    """
    head = await git.head_sha(root)
    if head is None:
        raise Problem("there is no commit yet", str(root), code=Code.GIT_STATE)
    name, sha = await _upstream(root) or await _local(root) or ("", "")
    if not name:
        raise Problem("there is no base branch (main or master)", str(root), code=Code.GIT_STATE)
    if name == await git.branch(root):
        what = f"{name} itself is checked out, and no remote has its earlier state"
        raise Problem(what, str(root), code=Code.GIT_STATE)
    done = await git.call(root, "merge-base", git.END_OF_OPTIONS, head, sha)
    left_at = done.stdout.strip() if done.exit_code == 0 else ""
    if not left_at:
        raise Problem(f"{name} has no commit in common with what is checked out", str(root), code=Code.GIT_STATE)
    return BaseBranch(name, left_at)


async def _upstream(root: Path) -> tuple[str, str] | None:
    """The default branch of `origin`, or of the only remote."""
    names = await git.remotes(root)
    remote = "origin" if "origin" in names else names[0] if len(names) == 1 else ""
    if not remote:
        return None
    folder = f"refs/remotes/{remote}/"
    done = await git.call(root, "symbolic-ref", "--quiet", f"{folder}HEAD")
    chosen = done.stdout.strip().removeprefix(folder) if done.exit_code == 0 else ""
    for name in dict.fromkeys((chosen, *_USUAL)):
        sha = await git.resolve(root, remotes.tracking(remote, name)) if name else None
        if sha is not None:
            return f"{remote}/{name}", sha
    return None


async def _local(root: Path) -> tuple[str, str] | None:
    for name in _USUAL:
        sha = await git.resolve(root, f"refs/heads/{name}")
        if sha is not None:
            return name, sha
    return None
