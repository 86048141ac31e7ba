"""What a run leaves behind, on files: its documents while it lives, its archive when it is over (SPEC sections 3, 7).

Implements `ports.ArtifactStore`.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import JsonValue

from loop_tui.fs.atomic import write_atomic
from loop_tui.fs.jsonedit.document import parse
from loop_tui.fs.paths import DRIVER_LOG, NOTIFIED, project_name
from loop_tui.fs.room import no_room
from loop_tui.model.clock import stamp
from loop_tui.model.dream.told import ChecklistItem
from loop_tui.model.evidence import Deliverable
from loop_tui.model.going_on import THEN_GO
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.state import RunState
from loop_tui.ports import Loaded, Proof, RunPlace
from loop_tui.storage.definitions.validation import is_plain_name
from loop_tui.storage.state.claims import CLAIMS_NAME, FOREIGN_NAME
from loop_tui.storage.state.deliverables import DELIVERABLES, find_deliverable
from loop_tui.storage.state.owner import DEFINITION_NAME, OWNER_NAME
from loop_tui.storage.state.run_folder import ABANDONED, FINISHED, clear, finished_run, make_room

from .writer import archive_path, archived_as, build_body, tidy_archive, verify_archive, write_archive

LARGEST_COMPARED_BYTES = 5_000_000
"""Of a deliverable in the project: what is larger is no text to compare, and is not archived."""
_NOT_ARCHIVED = frozenset(
    {
        "driver.lock",
        "state.lock",
        "lease.json",
        "last-good.json",
        DEFINITION_NAME,
        OWNER_NAME,
        CLAIMS_NAME,
        FOREIGN_NAME,
        DRIVER_LOG,
        FINISHED,
        NOTIFIED,
    }
)


class RunArtifacts:
    """The documents and the archive of the run of one place. `secrets` are values that reach neither."""

    def __init__(self, place: RunPlace, secrets: Sequence[str] = ()) -> None:
        self._place = place
        self._secrets = tuple(secrets)

    def deliver(self, name: str, data: bytes) -> str:
        """Leave a document in the run folder (see `ArtifactStore.deliver`)."""
        if PurePosixPath(name).name != name or name in ("", ".", ".."):
            raise Problem(f"{name!r} is not a plain file name", str(self._place.run_dir), code=Code.PATH_UNSAFE)
        path = self._place.run_dir / DELIVERABLES / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, data)
        return f"{DELIVERABLES}/{name}"

    def find(self, name: str) -> Deliverable | None:
        """The document of that name, in the run folder or in the project (see `ArtifactStore.find`)."""
        return find_deliverable(self._place.run_dir, self._place.project, name)

    def archive_place(self, system: str, loop: str, moment: datetime) -> str:
        """A free path in the archive (see `ArtifactStore.archive_place`)."""
        return str(archive_path(self._place.home, system or project_name(self._place.project), loop, moment))

    def archive(
        self,
        place: str,
        loaded: Loaded,
        moment: datetime,
        told: Mapping[str, JsonValue],
        checklist: Sequence[ChecklistItem] = (),
    ) -> None:
        """Write the archive (see `ArtifactStore.archive`)."""
        named, folder = project_name(self._place.project), str(self._place.project.absolute())
        document = parse(loaded.text)
        body = build_body(
            loaded.state, document, archived_at=moment, project=named, folder=folder, told=told, checklist=checklist
        )
        files = self._documents()
        files |= left_in_project(self._place.project, loaded.state, files)
        files[self._place.state_file.name] = self._place.state_file
        write_archive(Path(place), body, files, secrets=self._secrets)

    def check_archive(self, moment: datetime) -> None:
        """Raise Problem when the archive cannot be written (see `ArtifactStore.check_archive`)."""
        month = Path(self.archive_place("", "loop", moment)).parent
        if found := no_room(month):
            todo = f"fix it, or set LOOP_TUI_HOME to another folder, {THEN_GO}"
            raise Problem(f"the run could not be archived: {found.why}", str(found.place), todo, code=found.code)

    def archived(self, place: str, run: str) -> Proof | None:
        """Read the archive back (see `ArtifactStore.archived`)."""
        path = Path(place)
        if not path.exists():
            return None
        try:
            proof = verify_archive(path, run)
        except Problem:
            return None
        tidy_archive(path)
        return proof

    def over(self, run: str, loop: str) -> str:
        """Where that run is archived already (see `ArtifactStore.over`): the note here says it, or the archive."""
        if not run:
            return ""
        if finished_run(self._place.run_dir) == run:
            return archived_as(self._place.home, run, loop) or str(self._place.run_dir / FINISHED)
        return archived_as(self._place.home, run, loop)

    def finished(self, run: str, place: str, outcome: Literal["success", "abandoned"], moment: datetime) -> None:
        """Leave the note about the archive in the run folder (see `ArtifactStore.finished`)."""
        note = {"run": run, "archive": place, "outcome": outcome, "at": stamp(moment)}
        write_atomic(self._place.run_dir / FINISHED, json.dumps(note).encode())

    def clear(self) -> None:
        """Remove everything of an archived run from its folder (see `ArtifactStore.clear`)."""
        clear(self._place.run_dir)

    def make_room(self) -> None:
        """Remove or put aside what an earlier run left in the folder (see `ArtifactStore.make_room`)."""
        make_room(self._place.run_dir)

    def _documents(self) -> dict[str, Path | bytes]:
        """What goes into the archive's folder: documents, artifacts, journal, output log."""
        return dict(_documents(self._place.run_dir))


def _documents(run_dir: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(p for p in run_dir.rglob("*") if p.is_file() and not p.is_symlink()):
        inner = path.relative_to(run_dir)
        # What begins with a dot is somebody's unfinished work: of a packing that was killed, of a write.
        unfinished = any(part.startswith(".") for part in inner.parts)
        adopted = inner.parts[0].startswith("definition-")
        if inner.parts[0] not in _NOT_ARCHIVED and not adopted and inner.parts[0] != ABANDONED and not unfinished:
            yield inner.as_posix(), path


def left_in_project(project: Path, state: RunState, known: Mapping[str, Path | bytes]) -> dict[str, Path | bytes]:
    """The deliverables that lie in the project itself: the next run writes over them, and is compared with them."""
    found: dict[str, Path | bytes] = {}
    root = project.resolve()
    for entry in state.deliverables:
        name = entry.path or entry.name
        target = f"{DELIVERABLES}/{entry.name}"
        hidden = any(part.startswith(".") for part in PurePosixPath(name).parts)
        if name in known or target in known or hidden or not (is_plain_name(name) and is_plain_name(entry.name)):
            continue
        try:
            path = (root / name).resolve()
            inside = path.is_relative_to(root) and path.is_file() and os.access(path, os.R_OK)
            if inside and path.stat().st_size <= LARGEST_COMPARED_BYTES:
                found[target] = path
        except OSError:
            continue  # It cannot be looked at: the archive of a run does not fail for that.
    return found
