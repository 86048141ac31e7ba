"""The hierarchy of a project for screen and commands: what its Dream States say, and what changes in them (SPEC 7)."""

from pathlib import Path

from loop_tui.fs.atomic import write_new, write_problem
from loop_tui.fs.paths import claude_home, project_name
from loop_tui.model.dream.told import CompletedRun as CompletedRun
from loop_tui.model.dream.told import DocumentEdit as DocumentEdit
from loop_tui.model.dream.tree import Node, Tier, key_of
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.text import one_line, shown
from loop_tui.storage.archive.filters import Filters
from loop_tui.storage.archive.listing import list_runs
from loop_tui.storage.context.memory import pattern_names
from loop_tui.storage.context.promotions import Promotion as Promotion
from loop_tui.storage.context.promotions import promotions
from loop_tui.storage.dream.completing import Completed as Completed
from loop_tui.storage.dream.completing import apply as apply
from loop_tui.storage.dream.completing import complete as complete
from loop_tui.storage.dream.completing import correct_documents as correct_documents
from loop_tui.storage.dream.hierarchy import Hierarchy as Hierarchy
from loop_tui.storage.dream.hierarchy import read_hierarchy as read_places
from loop_tui.storage.dream.places import FOLDER, NAME
from loop_tui.storage.dream.places import MOST_FOLDERS as MOST_FOLDERS
from loop_tui.storage.dream.places import DreamPlaces as DreamPlaces
from loop_tui.storage.dream.places import find_places as find_places
from loop_tui.storage.dream.reading import bytes_of
from loop_tui.storage.dream.template import template

_MOST_RUNS, _MOST_SYSTEMS = 500, 50
"""So many of the newest archived runs are looked through for other systems, and so many of these are read."""


def read_hierarchy(project: Path) -> Hierarchy:
    """The hierarchy of a project as it is on disk now. Never raises: what cannot be read is among its problems."""
    return read_places(find_places(project))


def proposed_promotions(found: Hierarchy) -> tuple[tuple[Promotion, ...], tuple[Problem, ...]]:
    """The patterns of modules that are proposed for their system, and what could not be read. Nothing is moved."""
    modules = {
        document.root.name: Path(document.root.document).parent
        for document in found.documents.modules
        if document.root.document
    }
    return promotions(found.places.top / FOLDER, modules)


def proposed_for_organization(found: Hierarchy) -> tuple[tuple[Promotion, ...], tuple[Problem, ...]]:
    """The patterns that this system shares with others and the organization has not. Nothing is moved.

    The other systems are those of archived runs, by the folders that they ran in. What cannot be read of these is not
    told here: it is their own.
    """
    own, home = found.places.top / FOLDER, claude_home()
    if found.places.system is None or not pattern_names(own, [])[1]:
        return (), ()
    name = found.system.name if found.system is not None else project_name(found.places.top)
    folders = {key_of(name): (name, own)}
    for run in list_runs(home, Filters(), _MOST_RUNS).runs:
        if _is_folder(run.project) and not own.is_relative_to(run.project) and len(folders) < _MOST_SYSTEMS:
            folders.setdefault(key_of(run.system), (run.system, Path(run.project) / FOLDER))
    proposed, problems = promotions(home, dict(folders.values()))
    told = tuple(problem for problem in problems if problem.where.startswith(str(pattern_names(home, [])[0])))
    return tuple(each for each in proposed if name in each.owners), told


def _is_folder(text: str) -> bool:
    """True for an absolute path; what an archive says may be anything."""
    return text.startswith("/") and "\0" not in text


def module_named(project: Path, name: str) -> str:
    """The module of that name or folder, as the Dream States write it; the name itself where they list no modules.

    Raises Problem for a name that is not among those that they list.
    """
    found = read_hierarchy(project)
    modules = [node for node in found.system.children if node.tier is Tier.MODULE] if found.system is not None else []
    wanted = key_of(name.removeprefix("./").strip("/"))
    for node in modules:
        if wanted in (key_of(node.name), key_of(node.folder.removeprefix("./").strip("/"))):
            return node.name
    if modules:
        todo = f"one of: {', '.join(one_line(node.name, 60) for node in modules)}"
        raise Problem(f"there is no module {shown(name)}", todo=todo, code=Code.NAME_UNKNOWN)
    return one_line(name, 100)


def new_document(found: Hierarchy, tier: Tier, module: Path | None = None) -> tuple[Path, str]:
    """The path and the text of a document that does not exist yet; `module` is the folder of a module.

    What is known already is in it: the modules of registries and documents, or the system. Raises Problem where the
    document exists, the folder does not or is outside of the project, or the tier has no place here.
    """
    places = found.places
    path: Path | None
    members: tuple[Node, ...] = ()
    if tier is Tier.ORGANIZATION:
        path, name = places.organization, "personal"
        members = () if found.system is None else (found.system,)
    elif tier is Tier.SYSTEM:
        path, name = places.system, project_name(places.top)
        members = () if found.system is None else found.system.children
    else:
        assert module is not None
        folder = module.resolve()
        if not folder.is_dir() or not folder.is_relative_to(places.top.resolve()) or folder == places.top.resolve():
            todo = "name a folder below the top of the project"
            raise Problem("is not the folder of a module", str(module), todo, code=Code.FOLDER_MISSING)
        path, name = folder / FOLDER / NAME, folder.name
    if path is None:
        todo = "use --organization, or go to a project"
        raise Problem("this folder is the organization's", str(places.top), todo, code=Code.NOT_ALLOWED)
    if path.exists():
        raise Problem("exists already", str(path), "edit it", code=Code.FILE_EXISTS)
    return path, template(tier, name, members)


def create(path: Path, text: str) -> None:
    """Write a new document. Raises Problem where it cannot be written, or exists by now."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_problem(error, path.parent) from error
    if not write_new(path, bytes_of(text)):
        raise Problem("exists already", str(path), "edit it", code=Code.FILE_EXISTS)
