"""The hierarchy of a project from its documents: one tree, rolled up (SPEC section 7)."""

from msgspec import Struct

from loop_tui.fs.paths import project_name
from loop_tui.model.dream.assemble import organization_of, system_of
from loop_tui.model.dream.rollup import Rolled, roll_up
from loop_tui.model.dream.tree import Node, Roadmap

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


def read_hierarchy(places: DreamPlaces, read: ReadText = text_of) -> Hierarchy:
    """The hierarchy of a project as it is on disk now, or as `read` gives it. Never raises: problems are among it."""
    documents = read_documents(places, read)
    system = None
    if documents.system is not None or documents.registry or documents.modules:
        system = system_of(project_name(places.top), documents.system, documents.registry, documents.modules)
    own = documents.organization
    root = organization_of(own, system) if own is not None else system
    return Hierarchy(places, documents, roll_up(root) if root is not None else None, system)
