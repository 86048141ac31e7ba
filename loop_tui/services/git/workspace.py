"""The project's files as git sees them, without what belongs to the run itself. Implements `ports.Workspace`."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from loop_tui.model.conditions import ChangedFiles
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line

from . import base_branch, git, trees
from .scope import package_folder as package_folder
from .scope import scope_of

RUN_FOLDER = ".loop"
_OBJECT_ID = regex(r"[0-9a-f]{40}|[0-9a-f]{64}")


def not_counted(project: Path, state_file: Path, root: Path) -> tuple[str, ...]:
    """The paths that are never staged nor counted as a change, from the top of the repository (SPEC section 3)."""
    places = (state_file, project / RUN_FOLDER)
    top = root.resolve()
    return tuple(p.resolve().relative_to(top).as_posix() for p in places if p.resolve().is_relative_to(top))


class GitWorkspace:
    """The working tree that a project lies in; of a package in a folder of a repository what `scope_of` says.

    `written` gives the files that the run which goes on wrote, from the repository's top.
    """

    def __init__(self, project: Path, state_file: Path, written: Callable[[], Iterable[str]] = tuple) -> None:
        self._project = project
        self._state_file = state_file
        self._written = written

    async def tree(self) -> str | None:
        """The tree of all tracked content as it lies there now (see `Workspace.tree`)."""
        root = await git.repository_root(self._project)
        return None if root is None else await self._tracked(root)

    async def committed_tree(self) -> str | None:
        """The tree of the commit that is checked out (see `Workspace.committed_tree`)."""
        root = await git.repository_root(self._project)
        return None if root is None else await trees.head_tree(root, self._left_out(root))

    async def commit(self) -> str | None:
        """The commit that is checked out (see `Workspace.commit`)."""
        root = await git.repository_root(self._project)
        return None if root is None else await git.head_sha(root)

    async def tracked(self, paths: Sequence[Path]) -> frozenset[Path]:
        """Which of these files are tracked (see `Workspace.tracked`)."""
        root = await git.repository_root(self._project)
        if root is None:
            return frozenset()
        top = root.resolve()
        names = {
            place.relative_to(top).as_posix(): path
            for path in paths
            if (place := path.parent.resolve() / path.name).is_relative_to(top)
        }
        if not names:
            return frozenset()
        listed = git.fields(await git.ask(root, "ls-files", "-z", "--", *names))
        return frozenset(path for name, path in names.items() if name in listed)

    async def changed_files(self, tree: str) -> tuple[str, ...]:
        """What differs from a tree now (see `Workspace.changed_files`)."""
        root = await git.repository_root(self._project)
        if root is None:
            return ()
        if not _OBJECT_ID.fullmatch(tree):
            raise Problem("is not a git tree", one_line(tree, 64), code=Code.GIT_STATE)
        now = await self._tracked(root)
        return () if now == tree else await git.changed_files(root, tree, now)

    async def changed_since_base(self) -> ChangedFiles:
        """What the work here changed (see `Workspace.changed_since_base`)."""
        root = await git.repository_root(self._project)
        if root is None:
            raise Problem("there is no repository here", "", "git init", code=Code.NO_REPOSITORY)
        left_out = self._left_out(root)
        base = await base_branch.find(root)
        before = await trees.tree_of(root, base.left_at, left_out)
        status = await git.status(root, left_out)
        now = await trees.tracked_tree(root, left_out)
        tracked = await git.changed_files(root, before or base.left_at, now)
        here, top = self._project.resolve(), root.resolve()
        if not here.is_relative_to(top):
            raise Problem("its working tree is elsewhere", str(here), code=Code.GIT_STATE)
        below = "" if here == top else f"{here.relative_to(top).as_posix()}/"
        found = {path.removeprefix(below) for path in (*tracked, *status.untracked) if path.startswith(below)}
        return ChangedFiles(base=base.name, paths=tuple(sorted(found)))

    async def _tracked(self, root: Path) -> str:
        scope = scope_of(self._project, root, () if self._project.resolve() == root.resolve() else self._written())
        return await trees.tracked_tree(root, self._left_out(root), scope=scope)

    def _left_out(self, root: Path) -> tuple[str, ...]:
        return not_counted(self._project, self._state_file, root)
