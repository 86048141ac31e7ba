"""What differs between two trees, for people to read: the files by name, and the lines.

Plumbing without the diff programs, text conversions and colours that a repository or a configuration may ask for.
"""

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line
from loop_tui.services.git import git, trees

MOST_LINES = 5000
_LONGEST_LINE = 2000
_PLAIN = ("-r", "-M", "--no-ext-diff", "--no-textconv", "--no-color", git.END_OF_OPTIONS)


class Diff(Struct, frozen=True):
    """The files that differ, and a unified diff of at most so many lines; `left_out` counts those that are missing."""

    files: tuple[git.ChangedPath, ...]
    lines: tuple[str, ...]
    left_out: int = 0


async def diff(root: Path, before: str, after: str, paths: Sequence[str] = (), most_lines: int = MOST_LINES) -> Diff:
    """What changed from a tree or commit to another, of some paths or of all. Nothing is cleaned yet.

    `before` empty is the empty tree, `after` empty the tracked files as they lie there now. Raises Problem when one of
    them is not in the repository.
    """
    first = await _tree(root, before) if before else await _nothing(root)
    second = await _tree(root, after) if after else await trees.tracked_tree(root)
    between = (first, second, "--", *paths)
    files = _entries(await git.ask(root, "diff-tree", "--name-status", "-z", *_PLAIN, *between))
    text = await git.ask(root, "diff-tree", "-p", *_PLAIN, *between)
    # Only a line feed ends a line here: a file may hold anything else that Python would split at.
    lines = text.removesuffix("\n").split("\n") if text else []
    shown = tuple(line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…" for line in lines[:most_lines])
    return Diff(files, shown, len(lines) - len(shown))


async def _tree(root: Path, revision: str) -> str:
    found = await trees.tree_of(root, revision)
    if found is None:
        what = "is not in this repository: it may have been removed"
        raise Problem(
            what,
            one_line(revision, 64),
            "git keeps commits outside all branches for about two weeks",
            code=Code.GIT_STATE,
        )
    return found


async def _nothing(root: Path) -> str:
    return (await git.ask(root, "hash-object", "-t", "tree", "--stdin", stdin=b"")).strip()


def _entries(output: str) -> tuple[git.ChangedPath, ...]:
    parts = iter(git.fields(output))
    found = []
    for code in parts:
        first = next(parts, "")
        found.append(
            git.ChangedPath(next(parts, ""), code[0], first) if code[0] in "RC" else git.ChangedPath(first, code[0])
        )
    return tuple(found)
