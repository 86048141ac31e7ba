"""Loading the context of a run: organization, system, module, earlier runs, memory, roadmap, what is demanded.

Nothing is changed and nothing is run. Where there is nothing to load, nothing heavy is imported.
"""

import contextlib
from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

from loop_tui.fs.paths import project_name
from loop_tui.fs.shipped import shipped_folder
from loop_tui.model.context.budget import BUDGET, within
from loop_tui.model.context.demanded import demanded, demanded_files
from loop_tui.model.context.roadmap import roadmap_section
from loop_tui.model.context.tiers import module as module_section
from loop_tui.model.context.tiers import organization as organization_section
from loop_tui.model.context.tiers import system as system_section
from loop_tui.model.context.values import ContextSection, LoadedContext, said
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.dream.rollup import Rolled, roll_up
from loop_tui.model.dream.tree import DreamState, Node, Tier, key_of
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import shown
from loop_tui.storage.dream.hierarchy import Hierarchy, read_hierarchy, roadmap_file
from loop_tui.storage.dream.places import FOLDER, DreamPlaces, find_places

from .archived import archived_sections
from .memory import read_memory


def load_context(
    project: Path, definition: LoopDefinition, *, home: Path, module: str = "", budget: int = BUDGET
) -> tuple[LoadedContext, tuple[Problem, ...]]:
    """What is known before a run of a loop in a project begins, within a budget of tokens, and what cannot be read.

    `home` is that of archives and of the organization. Where nothing is known there are no sections, and the context is
    false as a truth value. Never raises Problem.
    """
    found = read_hierarchy(find_places(project))
    problems = list(found.documents.problems)
    scoped = module_called(found, module) if module else None
    if module and scoped is None:
        problems.append(_no_module(found, module))
    name = project_name(project)
    sections = [
        *_tiers(found, scoped),
        *archived_sections(
            home,
            system=name,
            loop=definition.id,
            module=scoped.node.name if scoped is not None else module,
            files=demanded_files(definition) | _folder_of(scoped),
            project=project,
            problems=problems,
        ),
        *read_memory(_memories(found, home, scoped), problems),
        *_roadmap(found),
        *demanded(definition),
    ]
    context = LoadedContext(
        loop=definition.id,
        system=found.system.name if found.system is not None else name,
        module=scoped.node.name if scoped is not None else module,
        sections=tuple(sections),
        bases=((str(found.places.top), ""), (str(Path.home()), "~/"), *_built_in()),
        problems=tuple(said(str(problem)) for problem in problems),
    )
    known = within(context, budget) if context else replace(context, sections=(), budget=budget)
    return known, tuple(problems)


def _built_in() -> tuple[tuple[str, str], ...]:
    with contextlib.suppress(Problem):
        return ((str(shipped_folder("loops")), "built-in/"),)
    return ()


def module_called(found: Hierarchy, name: str) -> Rolled | None:
    """The module of the system of that name or in that folder; None where there is none."""
    wanted, folder = key_of(name), _folder_name(name)
    modules = (node for node in (found.system.children if found.system else ()) if node.tier is Tier.MODULE)
    meant = (
        each for each in modules if key_of(each.name) == wanted or (folder and _folder_name(each.folder) == folder)
    )
    node = next(meant, None)
    return roll_up(node) if node is not None else None


def _folder_name(folder: str) -> str:
    """A folder as people write it, so that it can be compared."""
    return folder.removeprefix("./").strip("/")


def _no_module(found: Hierarchy, name: str) -> Problem:
    known = [node.name for node in (found.system.children if found.system else ()) if node.tier is Tier.MODULE]
    todo = f"one of: {', '.join(known)}" if known else "no document of this system lists modules"
    return Problem(f"there is no module {shown(name)}", todo=todo, code=Code.NAME_UNKNOWN)


def _tiers(found: Hierarchy, scoped: Rolled | None) -> Iterable[ContextSection]:
    documents, root = found.documents, found.root
    if root is None:
        return
    if documents.organization is not None:
        yield from organization_section(documents.organization, root)
    if (system := found.rolled_system) is not None:
        yield from system_section(documents.system, system)
    if scoped is not None:
        yield from module_section(_document_of(found, scoped.node), scoped)


def _document_of(found: Hierarchy, module: Node) -> DreamState | None:
    """The module's own document; None for one that is described in the system's."""
    documents = found.documents.modules
    return next((each for each in documents if each.root.document == module.document), None)


def _folder_of(scoped: Rolled | None) -> frozenset[str]:
    folder = _folder_name(scoped.node.folder) if scoped is not None else ""
    return frozenset((f"{folder}/",)) if folder else frozenset()


def _memories(found: Hierarchy, home: Path, scoped: Rolled | None) -> dict[str, Path]:
    """The `.claude` folders of all tiers; where the project's is the organization's, there is one less."""
    places: DreamPlaces = found.places
    tiers = {"organization": home}
    if places.system is not None:
        tiers["system"] = places.top / FOLDER
    if folder := next(iter(_folder_of(scoped)), ""):
        tiers["module"] = places.top / folder / FOLDER
    return tiers


def _roadmap(found: Hierarchy) -> Iterable[ContextSection]:
    if found.roadmap is None:
        return ()
    return roadmap_section(found.roadmap, roadmap_file(found))
