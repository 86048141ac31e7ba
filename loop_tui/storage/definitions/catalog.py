"""Which loops there are, and where each comes from (SPEC section 2)."""

import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from loop_tui.fs.atomic import revision
from loop_tui.fs.limits import DEFINITION
from loop_tui.fs.paths import config_dir
from loop_tui.fs.plain import NotPlain, read_packed, read_plain
from loop_tui.fs.present import is_file, is_there
from loop_tui.fs.shipped import shipped_folder
from loop_tui.model.base import Model
from loop_tui.model.definition import MANUAL, GateDefinition, LoopDefinition, PhaseDefinition, SkillDefinition
from loop_tui.model.names import canonical_id
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.regex import regex
from loop_tui.model.text import one_line

from .consequences import addresses
from .extensions import extensions
from .loop_toml import parse

Origin = Literal["builtin", "pack", "user", "repository"]

_SUFFIXES = (".toml", ".json")
_ID_LINE = regex(r"""^\s*(?:"id"\s*:|id\s*=)\s*["']([^"']+)["']""", re.MULTILINE)


class FoundLoop(Model):
    """A definition and where it comes from. `sha256` is of the very bytes that were read.

    `reaches` are the addresses that the settings of the repository (`settings`, their folder) bring into it, a line
    each as a person is shown them.
    """

    definition: LoopDefinition
    path: str
    origin: Origin
    sha256: str = ""
    settings: str = ""
    reaches: tuple[str, ...] = ()


class BrokenFile(Model):
    """A file that is no definition. `loop` is the id it seems to mean, `reason` one line for a person."""

    path: str
    origin: Origin
    loop: str
    what: str
    where: str
    todo: str = ""
    code: Code

    def problem(self) -> Problem:
        """The Problem that reading it raised."""
        return Problem(self.what, self.where, self.todo, code=self.code)


def catalog(project: Path, env: Mapping[str, str] | None = None) -> tuple[list[FoundLoop], list[Problem]]:
    """Every loop by id, the winner of each in the search order, and a Problem for each file that cannot be used.

    Searched, later wins: brought along by packs; built in; `loops/` of the user's configuration; `.loops/` and
    `loops/*/loop.json` of the repository (and of the project folder, when that lies deeper). Ids are canonical:
    aliases are resolved.
    Loops with targets have the project's settings for them; when those cannot be used, that is one Problem, and the
    loops are as they are written. Raises Problem only when the shipped loops are missing or broken.
    """
    found, broken, doubles = _search(project, env)
    problems = [b.problem() for b in broken] + doubles
    entries = sorted(found.values(), key=lambda f: f.definition.id)
    try:
        entries = [_here(entry, project) for entry in entries]
    except Problem as problem:
        problems.append(problem)
    return entries, problems


def find(project: Path, loop: str, env: Mapping[str, str] | None = None) -> FoundLoop:
    """The loop of that id or alias, also without its `-loop`.

    With targets, it has the project's settings for them. Raises Problem when those cannot be used, when nothing defines
    it (listing the known ids), and when a file of the user or the repository that means to define it is broken: running
    another definition instead would be a surprise.
    """
    found, broken, _ = _search(project, env)
    names = {canonical_id(loop), canonical_id(f"{loop}-loop")}
    for entry in reversed(broken):
        if entry.origin == "pack" and names & found.keys():
            continue  # It never takes the place of a loop that is there.
        if canonical_id(entry.loop) in names:
            raise entry.problem()
    for name in (canonical_id(loop), canonical_id(f"{loop}-loop")):
        if name in found:
            return _here(found[name], project)
    known = ", ".join(sorted(one_line(name, 60) for name in found))
    raise Problem(f"there is no loop '{one_line(loop, 60)}'", todo=f"known loops: {known}", code=Code.LOOP_UNKNOWN)


def builtin(loop: str) -> LoopDefinition | None:
    """The shipped definition of that id or alias, or None."""
    entry = _shipped().get(canonical_id(loop))
    return entry.definition if entry else None


def _here(entry: FoundLoop, project: Path) -> FoundLoop:
    """The loop with the project's settings for its targets. The hash stays that of the definition's own file."""
    elsewhere = [target for other in _shipped().values() for target in other.definition.targets]
    definition = extensions().configure(entry.definition, project.absolute(), elsewhere)
    if definition is entry.definition:
        return entry
    settings, reaches = str(project.absolute() / ".loops"), addresses(entry.definition, definition)
    return entry.model_copy(update={"definition": definition, "settings": settings, "reaches": reaches})


@cache
def _shipped() -> Mapping[str, FoundLoop]:
    folder = shipped_folder("loops")
    entries = [e for e in folder.iterdir() if e.name.endswith(".toml")]
    loaded = [_made(read_packed(e), str(e), "builtin") for e in sorted(entries, key=lambda e: e.name)]
    # What a pack brings along never takes the place of a loop of ours.
    return {f.definition.id: f for f in [*_brought()[0], *loaded]}


@cache
def _brought() -> tuple[tuple[FoundLoop, ...], tuple[BrokenFile, ...]]:
    """The loops of packs, and those of them that cannot be read."""
    found: list[FoundLoop] = []
    broken: list[BrokenFile] = []
    for where, data in extensions().loops():
        try:
            found.append(_made(data, where, "pack"))
        except Problem as problem:
            broken.append(_broken(Path(where), "pack", problem))
    return tuple(found), tuple(broken)


def _search(
    project: Path, env: Mapping[str, str] | None
) -> tuple[dict[str, FoundLoop], list[BrokenFile], list[Problem]]:
    env = os.environ if env is None else env
    found = dict(_shipped())
    broken: list[BrokenFile] = list(_brought()[1])
    doubles: list[Problem] = []
    for origin, folder in _folders(project, env):
        here: dict[str, str] = {}
        for path in folder:
            try:
                entry = _made(_read(path), str(path), origin)
            except Problem as problem:
                broken.append(_broken(path, origin, problem))
                continue
            loop = entry.definition.id
            if loop in here:
                doubles.append(
                    Problem(
                        f"loop '{one_line(loop, 60)}' is also defined in {here[loop]}; this file is used",
                        str(path),
                        "keep one of them",
                        code=Code.DEFINITION_INVALID,
                    )
                )
            here[loop] = str(path)
            found[loop] = entry
    return found, broken, doubles


def _folders(project: Path, env: Mapping[str, str]) -> Iterator[tuple[Origin, list[Path]]]:
    """The definition files of each place beyond the shipped ones, in the search order."""
    yield "user", _files_in(config_dir(env) / "loops")
    for root in roots(project):
        yield "repository", _files_in(root / ".loops")
        yield "repository", _loop_jsons(root / "loops")


def roots(project: Path) -> list[Path]:
    """The repository that holds the project folder, then that folder itself."""
    project = project.absolute()
    for folder in (project, *project.parents):
        if is_there(folder / ".git"):
            return [folder] if folder == project else [folder, project]
    return [project]


def _files_in(folder: Path) -> list[Path]:
    names = [p for p in _listed(folder) if p.name.endswith(_SUFFIXES) and not p.name.startswith(".")]
    return [p for p in names if p.name not in extensions().settings_files and is_file(p)]


def _loop_jsons(folder: Path) -> list[Path]:
    return [p / "loop.json" for p in _listed(folder) if is_file(p / "loop.json")]


def _listed(folder: Path) -> list[Path]:
    """What is in a folder, by name; a folder that is missing or closed to us holds nothing."""
    try:
        return sorted(folder.iterdir(), key=lambda p: p.name)
    except OSError:
        return []


def _read(path: Path) -> bytes:
    try:
        return read_plain(path, DEFINITION, follow=True)
    except NotPlain as error:
        raise Problem(f"is not a loop definition: {error.strerror}", str(path), code=Code.DEFINITION_INVALID) from None
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}", str(path), code=Code.FILE_UNREADABLE) from None


def read_definition(path: Path) -> LoopDefinition:
    """The definition in one file as it is written: no alias resolved, no runner lent. Raises Problem."""
    return _parsed(_read(path), str(path))


def _parsed(data: bytes, where: str) -> LoopDefinition:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Problem(
            "is not UTF-8 text", f"{where}:{line}", "save the file as UTF-8", code=Code.DEFINITION_INVALID
        ) from None
    return parse(text, where)


def _made(data: bytes, where: str, origin: Origin) -> FoundLoop:
    definition = _parsed(data, where)
    definition = definition.model_copy(update={"id": canonical_id(definition.id)})
    if origin in ("user", "repository") and where.endswith(".json"):
        shipped = builtin(definition.id)
        definition = lend(definition, shipped) if shipped else definition
    definition = _frozen(definition)
    return FoundLoop(definition=definition, path=where, origin=origin, sha256=revision(data))


def _frozen(definition: LoopDefinition) -> LoopDefinition:
    """The definition with what its runners say of each skill, so that nobody has to ask them later."""
    ask = extensions().unattended
    phases = tuple(
        phase.model_copy(
            update={"skills": tuple(s.model_copy(update={"unattended": ask(s)}) for s in phase.skills)},
        )
        for phase in definition.phases
    )
    return definition.model_copy(update={"phases": phases})


def _broken(path: Path, origin: Origin, problem: Problem) -> BrokenFile:
    loop = path.parent.name if path.name == "loop.json" else path.stem
    try:
        written = _ID_LINE.search(_read(path).decode("utf-8", "replace"))
    except Problem:
        written = None
    return BrokenFile(
        path=str(path),
        origin=origin,
        loop=written.group(1) if written else loop,
        what=problem.what,
        where=problem.where,
        todo=problem.todo,
        code=problem.code,
    )


def lend(definition: LoopDefinition, shipped: LoopDefinition) -> LoopDefinition:
    """A `loop.json` with what only the shipped loop of the same id knows.

    A skill of the same phase takes runner, steps and settings, and deliverables and title where it has none itself;
    an auto gate of the same id and phase takes the checks when its own text names none; targets and what the loop needs
    come along when any skill was lent a runner. What the file says itself always stays.
    """
    phases = tuple(_lend_phase(p, shipped.phase(p.id)) for p in definition.phases)
    gates = tuple(_lend_gate(g, shipped.gate(g.id)) for g in definition.gates)
    lent = any(s.runner != MANUAL for p in phases for s in p.skills)
    targets = definition.targets or (shipped.targets if lent else ())
    needs = definition.needs or (shipped.needs if lent else ())
    return definition.model_copy(update={"phases": phases, "gates": gates, "targets": targets, "needs": needs})


def _lend_phase(phase: PhaseDefinition, shipped: PhaseDefinition | None) -> PhaseDefinition:
    if shipped is None:
        return phase
    known = {s.id: s for s in shipped.skills}
    skills = tuple(_lend_skill(s, known.get(s.id)) for s in phase.skills)
    return phase.model_copy(update={"skills": skills, "title": phase.title or shipped.title})


def _lend_skill(skill: SkillDefinition, shipped: SkillDefinition | None) -> SkillDefinition:
    if shipped is None:
        return skill
    return skill.model_copy(
        update={
            "runner": shipped.runner,
            "uses": shipped.uses,
            "unattended": shipped.unattended,
            "steps": shipped.steps,
            "settings": shipped.settings,
            "deliverables": skill.deliverables or shipped.deliverables,
            "title": skill.title or shipped.title,
        }
    )


def _lend_gate(gate: GateDefinition, shipped: GateDefinition | None) -> GateDefinition:
    if shipped is None or gate.checks or (gate.type, gate.after) != (shipped.type, shipped.after):
        return gate
    return gate.model_copy(update={"checks": shipped.checks})
