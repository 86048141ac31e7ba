"""What a run leaves behind, in memory. Implements `ports.ArtifactStore` and `ports.ArchiveQuery`."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import JsonValue

from loop_tui.fs.jsonedit.document import parse
from loop_tui.fs.paths import project_name
from loop_tui.model.clock import parse_stamp
from loop_tui.model.dream.told import ChecklistItem
from loop_tui.model.evidence import Deliverable
from loop_tui.model.names import canonical_id
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.runs import RunSummary
from loop_tui.ports import Loaded, Proof, RunPlace
from loop_tui.storage.archive.reader import read_body
from loop_tui.storage.archive.writer import build_body

from .log import MemoryLog
from .store import MemoryStore

DELIVERABLES = "deliverables"


@dataclass
class MemoryArchive:
    """Archived runs by place."""

    bodies: dict[str, dict[str, object]] = field(default_factory=dict)

    def runs(
        self, *, loop: str, system: str | None = None, limit: int | None = 10, include_state: bool = False
    ) -> tuple[list[RunSummary], list[Problem]]:
        """The newest runs of a loop (see `ArchiveQuery.runs`)."""
        found: list[RunSummary] = []
        problems: list[Problem] = []
        for place, body in self.bodies.items():
            if "summary" in body:
                ended = parse_stamp(str(body["archived_at"])) or datetime.min
                found.append(read_body(body, Path(place), ended))  # type: ignore[arg-type]
            else:
                problems.append(Problem("is damaged", place, "it is not listed", code=Code.ARCHIVE_UNREADABLE))
        wanted = [r for r in found if r.loop == canonical_id(loop) and (system is None or r.system == system)]
        wanted.sort(key=lambda run: (run.completed_at, run.path), reverse=True)
        shown = wanted if limit is None else wanted[: max(limit, 0)]
        return [r if include_state else r.model_copy(update={"state": None}) for r in shown], problems


class MemoryArtifacts:
    """Documents by name, of the run and of the project, and the note about the run that was archived last."""

    def __init__(self, place: RunPlace, store: MemoryStore, log: MemoryLog, archive: MemoryArchive) -> None:
        self.documents: dict[str, bytes] = {}
        self.in_project: dict[str, bytes] = {}
        self.put_aside: list[str] = []
        self.note: dict[str, str] = {}
        self._place = place
        self._store = store
        self._log = log
        self._archive = archive

    def deliver(self, name: str, data: bytes) -> str:
        """Leave a document (see `ArtifactStore.deliver`)."""
        if PurePosixPath(name).name != name or name in ("", ".", ".."):
            raise Problem(f"{name!r} is not a plain file name", str(self._place.run_dir), code=Code.PATH_UNSAFE)
        self.documents[name] = data
        return f"{DELIVERABLES}/{name}"

    def find(self, name: str) -> Deliverable | None:
        """The document of that name (see `ArtifactStore.find`)."""
        for shown, known in ((f"{DELIVERABLES}/{name}", self.documents), (name, self.in_project)):
            if data := known.get(name):
                digest = hashlib.sha256(data).hexdigest()
                return Deliverable(name=name, path=shown, size_bytes=len(data), sha256=digest)
        return None

    def archive_place(self, system: str, loop: str, moment: datetime) -> str:
        """A place that nothing has yet (see `ArtifactStore.archive_place`)."""
        stem = (
            f"{self._place.home}/runs/{system or project_name(self._place.project)}-{loop}-{moment:%Y-%m-%dT%H-%M-%S}"
        )
        number = 1
        while (place := f"{stem}-{number}.json" if number > 1 else f"{stem}.json") in self._archive.bodies:
            number += 1
        return place

    def archive(
        self,
        place: str,
        loaded: Loaded,
        moment: datetime,
        told: Mapping[str, JsonValue],
        checklist: Sequence[ChecklistItem] = (),
    ) -> None:
        """Archive the run (see `ArtifactStore.archive`)."""
        known = self._archive.bodies.get(place)
        if known is not None and known["run"] != loaded.state.run:
            raise Problem("another run is archived there", place, code=Code.FILE_EXISTS)
        named = project_name(self._place.project)
        body = build_body(
            loaded.state, parse(loaded.text), archived_at=moment, project=named, told=told, checklist=checklist
        )
        kept = {"run": loaded.state.run, "archived_at": body["summary"]["completed_at"]}  # type: ignore[index,call-overload]
        self._archive.bodies[place] = {**body, **kept, "documents": dict(self.documents), "log": list(self._log.lines)}

    def archived(self, place: str, run: str) -> Proof | None:
        """The proof of the archive (see `ArtifactStore.archived`)."""
        body = self._archive.bodies.get(place)
        whole = body is not None and "summary" in body and body["run"] == run
        return {"path": place, "run": run} if whole else None

    def over(self, run: str, loop: str) -> str:
        """Where that run is archived already (see `ArtifactStore.over`)."""
        places = (place for place, body in self._archive.bodies.items() if body.get("run") == run)
        return self.note.get("archive", "") if run and self.note.get("run") == run else next(places, "")

    def finished(self, run: str, place: str, outcome: Literal["success", "abandoned"], moment: datetime) -> None:
        """Note which run was archived (see `ArtifactStore.finished`)."""
        self.note = {"run": run, "archive": place, "outcome": outcome}

    def clear(self) -> None:
        """Remove the documents, the log and the journal (see `ArtifactStore.clear`)."""
        self.documents.clear()
        self._log.lines.clear()
        self._store.journal.clear()

    def check_archive(self, moment: datetime) -> None:
        """Memory always has room (see `ArtifactStore.check_archive`)."""

    def make_room(self) -> None:
        """Make room for a new run (see `ArtifactStore.make_room`)."""
        journal = self._store.journal
        if not (journal or self.documents or self._log.lines):
            return
        run = journal[-1].run if journal else ""
        if not run or run != self.note.get("run"):
            name = aside = run or "unknown"
            while aside in self.put_aside:
                number = int(aside.removeprefix(f"{name}-")) + 1 if aside != name else 2
                aside = f"{name}-{number}"
            self.put_aside.append(aside)
        self.clear()
