"""Lists of archived runs, for faces that know no storage. Nothing heavy is imported here."""

from loop_tui.storage.archive.filters import Filters as Filters
from loop_tui.storage.archive.filters import searched as searched
from loop_tui.storage.archive.listing import Listed as Listed
from loop_tui.storage.archive.listing import count_runs as count_runs
from loop_tui.storage.archive.listing import list_runs as list_runs
