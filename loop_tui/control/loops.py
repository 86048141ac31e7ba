"""The loops that there are, for faces that know no storage."""

from loop_tui.storage.definitions.catalog import catalog as catalog
from loop_tui.storage.definitions.catalog import find as find
