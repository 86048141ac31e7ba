"""The lines that the log pane can show: the newest of a run's output log, raw, with a header where a skill begins."""

from collections.abc import Sequence
from itertools import islice, repeat

from loop_tui.model.text import uncoloured

CAP = 50_000
"""How many lines are kept in memory; the rest stays on disk (SCREEN)."""

HEADER = "\0"
"""How a line begins that is ours: the header of a skill. Nothing in an output log can begin like this."""

_STAMP = 13
"""Digits of a time in milliseconds, until the year 2286. Other lines take the slow way."""


class LogStore:
    """A bounded list of raw lines. `dropped` counts the lines that went, `total` all that ever came."""

    def __init__(self, cap: int = CAP) -> None:
        self.cap = cap
        self.dropped = 0
        self._lines: list[str] = []
        self._skill = ""
        self._mark = "\0"
        self.widest = 0

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, index: int) -> str:
        return self._lines[index]

    @property
    def total(self) -> int:
        """Lines that ever came, headers included."""
        return self.dropped + len(self._lines)

    def clear(self) -> None:
        """Forget every line."""
        self.dropped = 0
        self._lines.clear()
        self._skill, self._mark, self.widest = "", "\0", 0

    def extend(self, raw: Sequence[str]) -> int:
        """Add lines, and give how many old ones were dropped for them."""
        lines = self._lines
        if len(raw) > self.cap:
            surplus = len(raw) - self.cap
            self.dropped += surplus + len(lines)
            gone = len(lines)
            lines.clear()
            raw = list(islice(raw, surplus, None))
            self._extend(raw)
            return gone
        self._extend(raw)
        surplus = len(lines) - self.cap
        # Trimmed in portions: taking one line from the front costs as much as taking a thousand.
        if surplus <= self.cap // 10:
            return 0
        del lines[:surplus]
        self.dropped += surplus
        return surplus

    def _extend(self, raw: Sequence[str]) -> None:
        if not raw:
            return
        if max(map(len, raw)) > self.widest:
            # Colours take room in the file, and none on the screen.
            self.widest = max(self.widest, max(map(len, uncoloured("\n".join(raw)).split("\n"))))
        lines, mark, start = self._lines, self._mark, 0
        # Nearly every batch is of one skill: told without a step of ours for each line.
        if all(map(str.startswith, raw, repeat(mark), repeat(_STAMP))):
            lines += raw
            return
        for index, line in enumerate(raw):
            if line.startswith(mark, _STAMP):
                continue
            parts = line.split("\t", 3)
            skill = parts[1] if len(parts) == 4 else self._skill
            if skill == self._skill:
                continue
            lines += raw[start:index]
            start = index
            self._skill = skill
            mark = f"\t{skill}\t"
            if skill and parts[2] != "head":
                lines.append(HEADER + skill)
        lines += raw[start:]
        self._mark = mark
