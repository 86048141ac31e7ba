"""The Dream States that tell of the runs of a project, as files. Implements `ports.DreamStates`."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from loop_tui.fs.atomic import temp_of
from loop_tui.fs.folder_lock import lock_folder
from loop_tui.fs.paths import project_name
from loop_tui.fs.present import is_there
from loop_tui.model.dream.told import (
    ChecklistItem,
    CompletedRun,
    DocumentEdit,
    DreamEdits,
    ItemsDone,
    RunningLoop,
)
from loop_tui.model.dream.tree import Tier
from loop_tui.model.problem import Problem

from .places import DreamPlaces, find_places

if TYPE_CHECKING:
    from .proofs import FunctionProof

_SHORT = 7


class DreamFiles:
    """The documents of the project that a folder lies in, and of its organization.

    `asks` gives whether a person is asked before one is changed. Markdown is read only where a document exists.
    """

    def __init__(
        self, project: Path, env: Mapping[str, str] | None = None, asks: Callable[[], bool] = lambda: False
    ) -> None:
        self._project = project
        self._env = env
        self._asks = asks

    @property
    def asks(self) -> bool:
        """True where a person is asked before a document is changed."""
        return self._asks()

    def places(self, *, with_modules: bool = True) -> DreamPlaces:
        """Where the documents are."""
        return find_places(self._project, self._env, with_modules=with_modules)

    def is_there(self, path: Path) -> bool:
        """True where a document exists."""
        return is_there(path)

    def text(self, path: Path) -> str:
        """What a document says. Raises FileNotFoundError, and Problem for one that cannot be read."""
        from .reading import text_of

        return text_of(path)

    def completed(
        self, run: CompletedRun, items: ItemsDone | None = None, texts: Mapping[Path, str] | None = None
    ) -> DreamEdits:
        """What the end of a run changes (see `DreamStates.completed`)."""
        places = self.places()
        if not any(self.is_there(path) for path, _ in _tiers(places)):
            return DreamEdits()
        from .completing import complete

        reading = _Reading(self.text, texts or {})
        commit = items.commit[:_SHORT] if items is not None else ""
        proven = tuple(_functions(places, lambda proof: proof.passed and commit == proof.commit != "", self._env))
        names = items.names if items is not None else ()
        done = complete(places, items=names, proven=proven, run=run, read=reading.text)
        return _sorted(places, done.edits, reading)

    def checklist(self, module: str) -> tuple[ChecklistItem, ...]:
        """What counts of a module or of the system (see `DreamStates.checklist`)."""
        places = self.places()
        if not places.registries and not any(self.is_there(path) for path, _ in _tiers(places)):
            return ()
        from .checklist import checklist_of
        from .hierarchy import read_hierarchy

        found = read_hierarchy(places, _Reading(self.text, {}).text)
        return checklist_of(found, module, _functions(places, lambda proof: not proof.passed, self._env))

    def running(self, loop: RunningLoop) -> DreamEdits:
        """What the phase of a run that goes on changes (see `DreamStates.running`)."""
        from .running import enter

        return self._each(loop.module, lambda text, tier, system: enter(text, tier, _of_system(loop, tier, system)))

    def left(self, run: str) -> DreamEdits:
        """What the end of a run changes that completed nothing (see `DreamStates.left`)."""
        from .running import leave

        return self._each("", lambda text, tier, system: leave(text, run), with_modules=True)

    def write(self, edit: DocumentEdit) -> bool:
        """Write an edit unless its document is another by now (see `DreamStates.write`)."""
        from .completing import write

        return write(edit, self.places(with_modules=False))

    def settle(self, paths: Iterable[Path] = ()) -> None:
        """Remove what writers left that were killed (see `DreamStates.settle`)."""
        places = self.places(with_modules=False)
        own = (places.organization, *((places.system,) if places.system is not None else ()))
        for path in dict.fromkeys((*own, *(places.top / path for path in paths))):
            temp = temp_of(Path(os.path.realpath(path)))
            if is_there(temp) and (unlock := lock_folder(temp.parent)) is not None:
                try:
                    temp.unlink(missing_ok=True)
                finally:
                    unlock()

    def _each(self, module: str, change: Callable[[str, Tier, str], str], *, with_modules: bool = False) -> DreamEdits:
        """One change in every document that there is: of the tiers above, and of the module that is named, or all."""
        places = self.places(with_modules=bool(module) or with_modules)
        reading, edits = _Reading(self.text, {}), list[DocumentEdit]()
        for path, tier in _tiers(places):
            try:
                before = reading.text(path) if self.is_there(path) else None
            except FileNotFoundError:
                continue
            if before is None or (
                tier is Tier.MODULE and not with_modules and not _is_of(before, path, places, module)
            ):
                continue
            after = change(before, tier, project_name(places.top))
            if after != before:
                edits.append(DocumentEdit(path, before, after))
        return _sorted(places, edits, reading)


class _Reading:
    """Reads documents: what cannot be read is kept as a problem, and stays as it is."""

    def __init__(self, read: Callable[[Path], str], texts: Mapping[Path, str]) -> None:
        self._read = read
        self._texts = texts
        self.problems: list[Problem] = []

    def text(self, path: Path) -> str:
        """The text of a document; raises FileNotFoundError where there is none that can be read."""
        if path in self._texts:
            return self._texts[path]
        try:
            return self._read(path)
        except Problem as problem:
            if all((each.what, each.where) != (problem.what, problem.where) for each in self.problems):
                self.problems.append(problem)
            raise FileNotFoundError(str(path)) from problem


def _tiers(places: DreamPlaces) -> Iterator[tuple[Path, Tier]]:
    yield places.organization, Tier.ORGANIZATION
    if places.system is not None:
        yield places.system, Tier.SYSTEM
    yield from ((path, Tier.MODULE) for path in places.modules)


def _of_system(loop: RunningLoop, tier: Tier, system: str) -> RunningLoop:
    """The loop as its row says it: the organization is told of which system it is."""
    if tier is not Tier.ORGANIZATION:
        return loop
    return replace(loop, module=" / ".join(filter(None, (system, loop.module))))


def _is_of(text: str, path: Path, places: DreamPlaces, module: str) -> bool:
    """True for the document of the module that is named."""
    from .completing import is_module
    from .dream_state import read_dream_state

    folder = path.parent.parent
    found = read_dream_state(text, Tier.MODULE, folder.name)
    return is_module(replace(found, folder=folder.relative_to(places.top).as_posix()), module)


def _functions(
    places: DreamPlaces, wanted: "Callable[[FunctionProof], bool]", env: Mapping[str, str] | None
) -> Iterator[tuple[str, str]]:
    """The functions, each after its module, of which the last result of their check is of that kind.

    The commit of a result says too where files differed from it: then it is that of no commit.
    """
    from .checks import read_checks
    from .proofs import key_of_check, read_proofs

    try:
        file = read_checks(places.top)
    except Problem:
        return
    proofs = read_proofs(places.top, file.checks, env) if file is not None else {}
    for check in file.checks if file is not None else ():
        proof = proofs.get(key_of_check(check))
        if proof is not None and wanted(proof):
            yield check.module, check.function


def _sorted(places: DreamPlaces, edits: Iterable[DocumentEdit], reading: _Reading) -> DreamEdits:
    found = tuple(edits)
    outside = tuple(edit for edit in found if edit.path == places.organization)
    inside = tuple(edit for edit in found if edit.path != places.organization)
    return DreamEdits(inside, outside, tuple(reading.problems))
