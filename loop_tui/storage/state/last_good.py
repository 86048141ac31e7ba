"""The copy of a state file as a store left it last: it tells whether others wrote since, and heals a damaged file."""

from pathlib import Path

from loop_tui.fs.atomic import Mark, mark_of, revision, write_atomic
from loop_tui.fs.limits import STATE
from loop_tui.fs.plain import read_plain
from loop_tui.model.definition import LoopDefinition
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code

from .reader import read_state

LAST_GOOD_NAME = "last-good.json"


class LastGood:
    """The copy in one run folder."""

    def __init__(self, run_dir: Path) -> None:
        self.path = run_dir / LAST_GOOD_NAME
        self._kept: tuple[str, Mark | None] | None = None

    def readable(self, definition: LoopDefinition | None) -> Path | None:
        """Where the copy is, or None when there is none that reads."""
        try:
            read_state(self.path, definition)
        except Problem:
            return None
        return self.path

    def readable_bytes(self, definition: LoopDefinition | None) -> bytes:
        """The copy. Raises Problem when there is none that reads."""
        if self.readable(definition) is None:
            raise Problem("there is no good copy of the state file", str(self.path), code=Code.FILE_UNREADABLE)
        return read_plain(self.path, STATE)

    def known_revision(self) -> str:
        """The revision that we wrote, or noted, last; nothing when we never did."""
        try:
            # As we left it: then nobody else has written by way of a store since.
            if self._kept is not None and self._kept[1] == mark_of(self.path):
                return self._kept[0]
            return revision(read_plain(self.path, STATE))
        except OSError:
            return ""

    def keep(self, data: bytes) -> None:
        """Remember what we wrote, or noted."""
        # Not durable: when a power cut takes it, the next transaction journals the whole state and keeps it anew.
        write_atomic(self.path, data, durable=False)
        self._kept = revision(data), mark_of(self.path)

    def remove(self) -> None:
        """Take the copy away. Raises OSError."""
        self.path.unlink(missing_ok=True)
