"""The hierarchy of a project from its documents: one tree, rolled up (SPEC section 7)."""

from msgspec import Struct
from msgspec.structs import replace

from loop_tui.fs.paths import project_name
from loop_tui.model.dream.assemble import organization_of, system_of
from loop_tui.model.dream.rollup import Rolled, roll_up
from loop_tui.model.dream.tree import DreamState, Node, Roadmap, Tier, key_of

from .places import DreamPlaces
from .reading import Documents, ReadText, read_documents, text_of


class Hierarchy(Struct, frozen=True):
    """What is known of a project: its tree, rolled up, and the documents it is from.

    `root` is the organization where it has a document, else the system; None where no document exists. `system` is the
    system of the project, also within the organization.
    """

    places: DreamPlaces
    documents: Documents
    root: Rolled | None
    system: Node | None

    @property
    def roadmap(self) -> Roadmap | None:
        """The roadmap of the system."""
        return self.documents.roadmap

    @property
    def rolled_system(self) -> Rolled | None:
        """The roll-up of the system, with what the organization asks of it."""
        if self.root is None or self.system is None or self.root.node.tier is Tier.SYSTEM:
            return self.root if self.system is not None else None
        key = key_of(self.system.name)
        named = (each for each in self.root.children if each.node.tier is Tier.SYSTEM)
        return next((each for each in named if key_of(each.node.name) == key), roll_up(self.system))


def read_hierarchy(places: DreamPlaces, read: ReadText = text_of) -> Hierarchy:
    """The hierarchy of a project as it is on disk now, or as `read` gives it. Never raises: problems are among it."""
    documents = read_documents(places, read)
    system = None
    if documents.system is not None or documents.registry or documents.modules:
        system = system_of(project_name(places.top), documents.system, documents.registry, documents.modules)
    own = documents.organization
    if own is not None and system is not None:
        system = _as_listed(system, own, project_name(places.top))
    root = organization_of(own, system) if own is not None else system
    return Hierarchy(places, documents, roll_up(root) if root is not None else None, system)


def _as_listed(system: Node, organization: DreamState, folder: str) -> Node:
    """The system under the name that its organization lists it by: that of its document, or else of its folder.

    Otherwise it would be there twice where the title of its document is another than the name of its folder.
    """
    listed = {key_of(node.name): node.name for node in organization.root.children if node.tier is Tier.SYSTEM}
    if key_of(system.name) in listed or key_of(folder) not in listed:
        return system
    return replace(system, name=listed[key_of(folder)])


def roadmap_file(found: Hierarchy) -> str:
    """The path of the roadmap that was read: the first that can be; empty where there is none."""
    unread = {problem.where.partition(":")[0] for problem in found.documents.problems}
    files = (*found.places.roadmaps, *found.places.roadmap_json)
    return next((str(path) for path in files if str(path) not in unread), "")
