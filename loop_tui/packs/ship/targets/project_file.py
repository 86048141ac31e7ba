"""A project's own settings for targets and release: `.loops/targets.toml` (docs/targets.md).

They come with the repository and are not asked about, so nothing in them is ever run: no commands, no paths of
programs. What is not known here is refused with its line, so that a misspelt key never looks like a setting.
"""

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field, JsonValue

from loop_tui.fs.limits import TARGET_SETTINGS
from loop_tui.fs.plain import NotPlain, read_plain
from loop_tui.fs.toml import KeyPath, Places, load_toml
from loop_tui.model.base import Model
from loop_tui.model.definition import GateDefinition, LoopDefinition, PhaseDefinition, TargetDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.status import GateType
from loop_tui.model.text import shown
from loop_tui.packs.ship import TARGETS
from loop_tui.runners.pack_api import TargetSpec

from .settings import ENTRY_KEYS, RELEASE, refusal, settings_of

FOLDER = ".loops"
NAME = "targets.toml"
PROPOSAL = "targets.proposed.toml"

_PUSHES = "git-workflow"
_ID = regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_COMMANDS = frozenset({"run", "command", "commands", "steps", "exec", "script", "shell", "start"})
TomlTable = dict[str, Any]


class TargetEntry(Model):
    """One `[[targets]]` table. `kind` and `title` are empty where it leaves them to the loop's own target."""

    id: str
    kind: str = ""
    title: str = ""
    settings: dict[str, JsonValue] = Field(default_factory=dict)


class ProjectTargets(Model):
    """What the file says; nothing when there is no file. `release` are settings of the skill that pushes."""

    path: str = ""
    entries: tuple[TargetEntry, ...] = ()
    release: dict[str, JsonValue] = Field(default_factory=dict)

    @property
    def exists(self) -> bool:
        """True when there is such a file."""
        return bool(self.path)


def targets_file(project: Path) -> Path:
    """Where a project keeps its settings."""
    return project / FOLDER / NAME


def read_project_targets(
    project: Path, known: Sequence[TargetDefinition] = (), kinds: Mapping[str, TargetSpec] = TARGETS
) -> ProjectTargets:
    """The project's settings; `known` are the targets whose kind an entry need not repeat.

    Raises Problem with file, line and reason for whatever is not TOML, not known, or of the wrong type.
    """
    path = targets_file(project)
    data = _read(path)
    if data is None:
        return ProjectTargets()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Problem(
            "is not UTF-8 text", f"{path}:{line}", "save the file as UTF-8", code=Code.TARGET_INVALID
        ) from None
    return parse(text, str(path), known, kinds)


def parse(
    text: str, where: str, known: Sequence[TargetDefinition] = (), kinds: Mapping[str, TargetSpec] = TARGETS
) -> ProjectTargets:
    """As `read_project_targets`, for a text; `where` names the file in errors."""
    return _Reading(load_toml(text, where, "targets file", Code.TARGET_INVALID), text, where, known, kinds).all()


def with_project_targets(
    definition: LoopDefinition,
    project: Path,
    elsewhere: Sequence[TargetDefinition] = (),
    kinds: Mapping[str, TargetSpec] = TARGETS,
) -> LoopDefinition:
    """The loop as this project wants it: its targets with the project's settings, by id, and new ones after them.

    A loop without targets stays as it is. An entry of the same kind adds to the settings of the loop's target, one of
    another kind takes its place. What is new becomes a check of every auto gate that decides on the loop's targets.
    `elsewhere` are targets of other loops: an entry that only means one of them is none of this loop's business.
    Raises Problem as `read_project_targets`.
    """
    if not definition.targets:
        return definition
    found = read_project_targets(project, (*definition.targets, *elsewhere), kinds)
    return merge(definition, found) if found.exists else definition


def merge(definition: LoopDefinition, found: ProjectTargets) -> LoopDefinition:
    """The loop with these settings; see `with_project_targets`."""
    targets = {target.id: target for target in definition.targets}
    added: list[str] = []
    for entry in found.entries:
        ours = targets.get(entry.id)
        if ours is None and not entry.kind:
            continue
        targets[entry.id] = _target(entry, ours)
        if ours is None:
            added.append(entry.id)
    ids = frozenset(target.id for target in definition.targets)
    return definition.model_copy(
        update={
            "targets": tuple(targets.values()),
            "gates": tuple(_gate(gate, ids, added) for gate in definition.gates),
            "phases": tuple(_phase(phase, found.release) for phase in definition.phases),
        }
    )


def _target(entry: TargetEntry, ours: TargetDefinition | None) -> TargetDefinition:
    if ours is None or (entry.kind and entry.kind != ours.kind):
        title = entry.title or (ours.title if ours else "")
        return TargetDefinition(id=entry.id, kind=entry.kind, title=title, settings=entry.settings)
    return ours.model_copy(update={"title": entry.title or ours.title, "settings": {**ours.settings, **entry.settings}})


def _gate(gate: GateDefinition, targets: frozenset[str], added: Sequence[str]) -> GateDefinition:
    if gate.type is not GateType.AUTO or not targets & set(gate.checks):
        return gate
    return gate.model_copy(update={"checks": tuple(dict.fromkeys((*gate.checks, *added)))})


def _phase(phase: PhaseDefinition, release: Mapping[str, JsonValue]) -> PhaseDefinition:
    if not release or all(skill.id != _PUSHES for skill in phase.skills):
        return phase
    skills = tuple(
        skill.model_copy(update={"settings": {**skill.settings, **release}}) if skill.id == _PUSHES else skill
        for skill in phase.skills
    )
    return phase.model_copy(update={"skills": skills})


def _read(path: Path) -> bytes | None:
    """The bytes of the file, None without one. Raises Problem when something else is there or it cannot be read."""
    try:
        return read_plain(path, TARGET_SETTINGS, follow=True)
    except FileNotFoundError:
        if path.is_symlink():
            raise Problem("is not a file", str(path), "move it away", code=Code.TARGET_INVALID) from None
        return None
    except NotPlain as error:
        what = f"is not a file with settings for targets: {error.strerror}"
        raise Problem(what, str(path), "move it away", code=Code.TARGET_INVALID) from None
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}", str(path), code=Code.FILE_UNREADABLE) from None


class _Reading:
    """One file on its way in: what it says, and where each key of it stands."""

    def __init__(
        self,
        document: TomlTable,
        text: str,
        where: str,
        known: Sequence[TargetDefinition],
        kinds: Mapping[str, TargetSpec],
    ) -> None:
        self._known_kinds = kinds
        self._document = document
        self._text = text
        self._where = where
        self._kinds: dict[str, str] = {}
        for target in known:
            self._kinds.setdefault(target.id, target.kind)
        self._places: Places | None = None
        self._name = ""

    def all(self) -> ProjectTargets:
        self._no_unknown(self._document, ("targets", "release"), (), "the file")
        tables = self._document.get("targets", [])
        if not isinstance(tables, list):
            raise self._wrong("'targets' should be a list of tables", ("targets",), "write [[targets]]")
        entries: dict[str, TargetEntry] = {}
        for number, table in enumerate(tables):
            entry = self._entry(table, number)
            if entry.id in entries:
                raise self._wrong(f"two targets have the id {shown(entry.id)}", ("targets", number, "id"), "keep one")
            entries[entry.id] = entry
        return ProjectTargets(path=self._where, entries=tuple(entries.values()), release=self._release())

    def _entry(self, table: object, number: int) -> TargetEntry:
        path: KeyPath = ("targets", number)
        if not isinstance(table, dict):
            raise self._wrong(f"target {number + 1} is not a table", path, 'write [[targets]] and below it id = "..."')
        name = table.get("id")
        if not isinstance(name, str):
            words = f"target {number + 1} has no 'id'" if name is None else f"target {number + 1}: 'id' should be text"
            raise self._wrong(words, (*path, "id"), f"the loop's targets: {', '.join(self._kinds)}")
        if not _ID.fullmatch(name):
            todo = "use letters, digits, '.', '_' and '-'"
            raise self._wrong(f"{shown(name)} cannot be the id of a target", (*path, "id"), todo)
        who, self._name = f"target {shown(name)}", name
        kind = self._kind(table, name, path, who)
        title = table.get("title", "")
        if reason := refusal("title", title):
            raise self._wrong(f"{who}: {reason[0]}", (*path, "title"), reason[1])
        meant = kind or self._kinds[name]
        wanted = settings_of(meant, self._known_kinds)
        self._no_unknown(table, (*ENTRY_KEYS, *wanted), path, f"{who} (kind {meant})")
        given = {key: value for key, value in table.items() if key not in ENTRY_KEYS}
        for key, value in given.items():
            if reason := refusal(key, value, wanted):
                raise self._wrong(f"{who}: {reason[0]}", (*path, key), reason[1])
        return TargetEntry(id=name, kind=kind, title=title, settings=given)

    def _kind(self, table: TomlTable, name: str, path: KeyPath, who: str) -> str:
        """The kind that an entry names itself; empty where the loop's own target says it."""
        kind = table.get("kind")
        if kind is None:
            if name in self._kinds:
                return ""
            near = _near(name, self._kinds)
            todo = near or f"add kind = ..., one of: {', '.join(self._known_kinds)}"
            raise self._wrong(f"{who} is not a target of the loop, and has no 'kind'", (*path, "id"), todo)
        if not isinstance(kind, str) or kind not in self._known_kinds:
            todo = _near(str(kind), self._known_kinds) or f"one of: {', '.join(self._known_kinds)}"
            raise self._wrong(f"{who} has an unknown kind {shown(kind)}", (*path, "kind"), todo)
        return kind

    def _release(self) -> dict[str, JsonValue]:
        table = self._document.get("release", {})
        if not isinstance(table, dict):
            raise self._wrong("'release' should be a table", ("release",), "write [release]")
        self._no_unknown(table, tuple(RELEASE), ("release",), "[release]")
        for key, value in table.items():
            if reason := refusal(key, value, RELEASE):
                raise self._wrong(f"[release]: {reason[0]}", ("release", key), reason[1])
        return dict(table)

    def _no_unknown(self, table: TomlTable, known: Sequence[str], path: KeyPath, who: str) -> None:
        for key in table:
            if key in known:
                continue
            if path and key in _COMMANDS:
                todo = "put commands into the loop's definition: see docs/loops.md"
                raise self._wrong(f"{who} has {shown(key)}: commands are not allowed here", (*path, key), todo)
            if path and key == "settings":
                todo = "write its keys beside the id, without a sub-table"
                raise self._wrong(f"{who} has an unknown key 'settings'", (*path, key), todo)
            todo = _near(key, known) or f"known keys: {', '.join(known)}"
            raise self._wrong(f"{who} has an unknown key {shown(key)}", (*path, key), todo)

    def _wrong(self, what: str, path: KeyPath, todo: str) -> Problem:
        if self._places is None:
            self._places = Places(self._text)
        # An inline table has no line of its own: the id leads there.
        needles = [self._name] if path[:1] == ("targets",) and self._name else []
        needles += [part for part in path[1:] if isinstance(part, str)][-1:]
        return Problem(what, f"{self._where}:{self._places.line(path, needles)}", todo, code=Code.TARGET_INVALID)


def _near(word: str, known: Sequence[str] | Mapping[str, object]) -> str:
    found = difflib.get_close_matches(word, list(known), 1, 0.7)
    return f"did you mean {shown(found[0])}?" if found else ""
