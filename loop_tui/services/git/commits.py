"""Staging and committing exactly what is listed, as a person's own git does it: hooks see nothing of ours."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from loop_tui.fs.atomic import write_atomic
from loop_tui.fs.temporary import temporary_folder
from loop_tui.model.going_on import THEN_GO
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import clean

from . import trees
from .git import HOOK_TIMEOUT_S, ask_plain, literal, nul, plain, words_of


async def add(root: Path, paths: Sequence[str]) -> None:
    """Stage exactly these paths, removals included. Raises Problem, also when one of them is ignored."""
    if paths:
        with listed(paths) as those:
            await ask_plain(root, "add", "--all", *those, kept=True)


@contextmanager
def listed(paths: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Arguments that name these paths in a file, which is whole before git starts.

    On stdin the list would end early when we are killed before it is written, and to git an empty list means all.
    """
    with temporary_folder("git") as folder:
        file = folder / "paths"
        write_atomic(file, nul(map(literal, paths)), durable=False)
        yield f"--pathspec-from-file={file}", "--pathspec-file-nul"


async def commit(root: Path, paths: Sequence[str], message: str) -> str:
    """Commit these paths as they lie in the working tree, and nothing else that may be staged; gives what was said.

    Hooks run. Untracked paths have to be added first. Raises Problem with the words of git or of the hook, which are
    kept to their end: that is where most tools say why. A path that was taken out of the index is committed as removed,
    also where a file still lies there; the index itself is then to be brought up to the commit (`index_as_committed`).
    """
    gone = await trees.taken_out(root, paths)
    with temporary_folder("git") as folder, listed(paths) as those:
        text = folder / "message"
        write_atomic(text, (clean(message).rstrip() + "\n").encode("utf-8"), durable=False)
        args = ("commit", "--quiet", "--cleanup=whitespace", "-F", str(text))
        if gone:
            async with trees.index_to_commit(root, paths, gone) as env:
                done = await plain(root, *args, env=env, timeout_s=HOOK_TIMEOUT_S, kept=True)
        else:
            done = await plain(root, *args, "--only", *those, timeout_s=HOOK_TIMEOUT_S, kept=True)
    words = words_of(done)
    if done.exit_code != 0:
        what = f"git commit failed: {words}" if words else f"git commit failed with exit code {done.exit_code}"
        raise Problem(what, str(root), f"fix what git or the hook reports, {THEN_GO}", code=Code.GIT_FAILED)
    return words


async def index_as_committed(root: Path, paths: Sequence[str]) -> None:
    """Let the index hold these paths as HEAD has them.

    A hook that added changes of its own to a commit leaves the index as it was before: the next commit would take
    those changes back.
    """
    if paths:
        with listed(paths) as those:
            await ask_plain(root, "reset", "--quiet", *those, kept=True)
