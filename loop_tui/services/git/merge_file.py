"""Two changes of one text brought together by git, which needs no repository for that."""

from pathlib import Path

from msgspec import Struct

from loop_tui.fs.atomic import write_over
from loop_tui.fs.temporary import temporary_folder
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line

from . import git

_MOST_CONFLICTS = 127
"""What git says for more of them, too (git-merge-file(1), "Exit status")."""


class MergedText(Struct, frozen=True):
    """What came of it; with `conflicts` it holds that many pairs of marked variants."""

    text: str
    conflicts: int = 0


async def merge_texts(base: str, mine: str, theirs: str, names: tuple[str, str, str]) -> MergedText:
    """What `mine` and `theirs` both made of `base`; `names` stand beside the marks of a conflict, in this order.

    Line ends are those of each text: whoever merges makes them alike before. Raises Problem when git cannot do it.
    """
    with temporary_folder("merge") as folder:
        files = [folder / name for name in ("base", "mine", "theirs")]
        for file, text in zip(files, (base, mine, theirs), strict=True):
            write_over(file, text.encode("utf-8", "surrogateescape"))
        labels = [word for name in (names[1], names[0], names[2]) for word in ("-L", one_line(name, 100))]
        done = await git.call(folder, "merge-file", "-p", "--diff3", *labels, *_named(files))
    if not 0 <= done.exit_code <= _MOST_CONFLICTS:
        raise Problem(f"git cannot merge: {git.said(done)}", todo="git merge-file --help", code=Code.GIT_FAILED)
    return MergedText(git.text_of(done), done.exit_code)


def _named(files: list[Path]) -> tuple[str, str, str]:
    base, mine, theirs = map(str, files)
    return mine, base, theirs
