"""What a release makes public, and how it differs from the last one: for VERIFY, the dry run and the panel."""

from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from loop_tui.model.definition import LoopDefinition, TargetDefinition
from loop_tui.model.state import RunState
from loop_tui.model.text import one_line
from loop_tui.packs.ship.effects import TARBALL
from loop_tui.packs.ship.packaging.contents import (
    PackageContents,
    SuspectFile,
    change_words,
    contents_of,
    listing,
    packed_before,
)
from loop_tui.packs.ship.versions.settings import HARMLESS, release_settings
from loop_tui.ports import ArchiveQuery

REGISTRY, _RELEASE = "npm-registry", "github-release"
UNKNOWN = "the contents of the last release are not in the archive"
_RUNS_LOOKED_AT = 20


class PublicFiles(Struct, frozen=True):
    """The files of a release beside those of the last one; `last` is its version, empty where it is not known."""

    now: PackageContents
    last: str = ""
    before: PackageContents | None = None
    allowed: frozenset[str] = frozenset()

    @property
    def words(self) -> str:
        """`9 files, 4.1 KB (12.3 KB unpacked); 0.7.0 was 3.9 KB, 1 new file`."""
        compared = f"{one_line(self.last, 60)} {change_words(self.now, self.before)}" if self.before else UNKNOWN
        return f"{self.now.words}; {compared}"

    @property
    def suspects(self) -> tuple[SuspectFile, ...]:
        """What looks like a secret, and was not said to be none."""
        return tuple(each for each in self.now.suspects if each.path not in self.allowed)

    def lines(self, most: int = 200) -> tuple[str, ...]:
        """What looks like a secret and was not said to be none, what is new and gone, and all files."""
        return listing(replace(self.now, suspects=self.suspects), self.before, most)


def is_public(targets: Iterable[TargetDefinition]) -> bool:
    """True when one of the targets brings the package to where others get it."""
    return any(
        (target.kind == REGISTRY and target.settings.get("publish"))
        or (target.kind == _RELEASE and target.settings.get("mode") == "create")
        for target in targets
    )


def harmless(definition: LoopDefinition) -> frozenset[str]:
    """The paths in the package of which the project says that they hold no secret (`harmless` of `[release]`)."""
    named = release_settings(definition).get(HARMLESS, [])
    return frozenset(str(path) for path in named) if isinstance(named, list) else frozenset()


def public_files(
    tarball: Path, archive: ArchiveQuery, definition: LoopDefinition, state: RunState, package: str
) -> PublicFiles:
    """The files of a tarball of that package, beside those of the last release of it. Raises Problem."""
    now = contents_of(tarball, search=True)
    last, before = last_release(archive, state, package)
    return PublicFiles(now, last, before, harmless(definition))


def last_release(archive: ArchiveQuery, state: RunState, package: str) -> tuple[str, PackageContents | None]:
    """The version and the files of the newest archived tarball of a package; nothing where there is none."""
    runs, _ = archive.runs(loop=state.loop, system=state.system or None, limit=_RUNS_LOOKED_AT)
    for run in runs:
        for effect in reversed(run.effects):
            if effect.kind != TARBALL or not effect.proof or effect.intent.get("name") != package:
                continue
            found = packed_before(Path(run.folder), str(effect.proof.get("file") or "")) if run.folder else None
            if found is not None:
                return str(effect.intent.get("version") or ""), found
    return "", None
