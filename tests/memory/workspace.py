"""The files of a project in memory. Implements `ports.Workspace`."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from loop_tui.model.conditions import ChangedFiles
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code


class MemoryWorkspace:
    """Tracked files by path. Outside a repository while `files` is None.

    `left_at` is what was committed when the work left the base branch; without it there is no base branch to go by.
    `untracked` are the files beside the tracked ones.
    """

    def __init__(self) -> None:
        self.files: dict[str, str] | None = None
        self.committed: dict[str, str] | None = None
        self.left_at: dict[str, str] | None = None
        self.untracked: set[str] = set()
        self._trees: dict[str, dict[str, str]] = {}

    async def tree(self) -> str | None:
        """The id of what lies there now."""
        return None if self.files is None else self._named(self.files)

    async def committed_tree(self) -> str | None:
        """The id of what is committed."""
        return None if self.files is None or self.committed is None else self._named(self.committed)

    async def commit(self) -> str | None:
        """The id of the commit: here that of its tree."""
        return await self.committed_tree()

    async def tracked(self, paths: Sequence[Path]) -> frozenset[Path]:
        """Those of these files that are tracked, by their names from the project's folder."""
        project = Path("/nowhere/project")
        return frozenset(
            path
            for path in paths
            if path.is_relative_to(project) and path.relative_to(project).as_posix() in (self.files or {})
        )

    async def changed_files(self, tree: str) -> tuple[str, ...]:
        """The paths that differ from a tree now."""
        if self.files is None:
            return ()
        if tree not in self._trees:
            raise Problem("there is no such tree", "memory", code=Code.GIT_STATE)
        before, now = self._trees[tree], self.files
        return tuple(sorted(path for path in before | now if before.get(path) != now.get(path)))

    async def changed_since_base(self) -> ChangedFiles:
        """The paths that differ from where the base branch was left."""
        if self.files is None:
            raise Problem("there is no repository here", "memory", code=Code.NO_REPOSITORY)
        if self.left_at is None:
            raise Problem("there is no base branch", "memory", code=Code.GIT_STATE)
        before, now = self.left_at, self.files
        changed = {path for path in before | now if before.get(path) != now.get(path)}
        return ChangedFiles("main", tuple(sorted(changed | self.untracked)))

    def commit_all(self) -> None:
        """Let the commit hold what lies there now."""
        self.committed = dict(self.files or {})

    def _named(self, files: dict[str, str]) -> str:
        name = hashlib.sha1(repr(sorted(files.items())).encode(), usedforsecurity=False).hexdigest()
        self._trees[name] = dict(files)
        return name
