"""Dream States in memory. Implements `ports.DreamStates`."""

from collections.abc import Iterable
from pathlib import Path

from loop_tui.model.dream.told import DocumentEdit
from loop_tui.ports import RunPlace
from loop_tui.storage.dream.places import DreamPlaces
from loop_tui.storage.dream.states import DreamFiles


class MemoryDreams(DreamFiles):
    """The documents of an organization and of a system, by their paths; there are none until a test puts them there."""

    def __init__(self, place: RunPlace) -> None:
        super().__init__(place.project, {}, lambda: self.is_asking)
        self.is_asking = False
        self.documents: dict[Path, str] = {}
        self.writes: list[Path] = []
        self.organization = place.home / "DREAM-STATE.md"
        self.system = place.project / ".claude/DREAM-STATE.md"

    def places(self, *, with_modules: bool = True) -> DreamPlaces:
        """Where the documents are."""
        return DreamPlaces(self._project, self.organization, self.system, (), (), (), ())

    def is_there(self, path: Path) -> bool:
        """True where a document exists."""
        return path in self.documents

    def text(self, path: Path) -> str:
        """What a document says."""
        if path not in self.documents:
            raise FileNotFoundError(str(path))
        return self.documents[path]

    def write(self, edit: DocumentEdit) -> bool:
        """Write an edit (see `DreamStates.write`)."""
        if self.documents.get(edit.path) != edit.before:
            return False
        self.documents[edit.path] = edit.after
        self.writes.append(edit.path)
        return True

    def settle(self, paths: Iterable[Path] = ()) -> None:
        """Memory leaves nothing behind (see `DreamStates.settle`)."""
