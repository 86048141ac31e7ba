"""Documents in memory. Implements `ports.ProjectDocs`."""

from datetime import date
from pathlib import Path

from loop_tui.model.docs.aligned import Alignment, DocEdit
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.storage.docs.alignment import ProjectDocuments, align
from loop_tui.storage.docs.index import index_edits
from loop_tui.storage.docs.places import ProjectFiles
from loop_tui.storage.docs.reading import read_document


class MemoryDocs:
    """Documents of a project that is nowhere, by their paths; none exist until a test puts them there."""

    top = Path("/nowhere/project")

    def __init__(self) -> None:
        self.documents: dict[str, str] = {}
        self.problem: Problem | None = None
        self.written: list[str] = []

    def prepare(self) -> None:
        """Nothing is imported late (see `ProjectDocs.prepare`)."""

    async def stale(self, today: date) -> Alignment:
        """What is stale (see `ProjectDocs.stale`)."""
        return align(self._found(), self.top, today)

    async def behind(self) -> tuple[DocEdit, ...]:
        """Indexes that are behind (see `ProjectDocs.behind`)."""
        return index_edits(self._found(), lambda path: self.documents[path.relative_to(self.top).as_posix()]).edits

    def write(self, edit: DocEdit) -> None:
        """Write an edit (see `ProjectDocs.write`)."""
        if self.problem is not None:
            raise self.problem
        if self.documents.get(edit.path) != edit.before:
            raise Problem("changed while it was edited", edit.path, code=Code.STATE_BUSY)
        self.documents[edit.path] = edit.after
        self.written.append(edit.path)

    def _found(self) -> ProjectDocuments:
        read = tuple(read_document(text, path) for path, text in sorted(self.documents.items()))
        return ProjectDocuments(self.top, ProjectFiles(tuple(sorted(self.documents))), read, ())
