"""The lines that the log pane can show: the newest of a run's output log, raw, with a header where a skill begins."""

from collections.abc import Sequence
from itertools import repeat

from loop_tui.model.text import uncoloured

from .log_steps import Steps

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
        self._mark = HEADER
        self.widest = 0
        self.steps = Steps(lambda number: self._lines[number - self.dropped])

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
        self._skill, self._mark, self.widest = "", HEADER, 0
        self.steps.clear()

    def extend(self, raw: Sequence[str]) -> int:
        """Add lines, and give how many old ones were dropped for them."""
        before = len(self._lines)
        room = max(self.cap, 1)
        gone = 0
        # Steps are told by all lines, also where more come at once than are kept.
        for start in range(0, len(raw), room):
            gone += self._extended(raw[start : start + room])
        return min(gone, before)

    def _extended(self, raw: Sequence[str]) -> int:
        lines = self._lines
        self._extend(raw)
        surplus = len(lines) - self.cap
        # Trimmed in portions: taking one line from the front costs as much as taking a thousand.
        if surplus <= self.cap // 10:
            return 0
        del lines[:surplus]
        self.dropped += surplus
        self.steps.dropped(self.dropped)
        return surplus

    def _extend(self, raw: Sequence[str]) -> None:
        if not raw:
            return
        if max(map(len, raw)) > self.widest:
            # Colours take room in the file, and none on the screen.
            self.widest = max(self.widest, max(map(len, uncoloured("\n".join(raw)).split("\n"))))
        lines, mark, start = self._lines, self._mark, 0
        # Nearly every batch is what one program printed: told without a step of ours for each line.
        if all(map(str.startswith, raw, repeat(mark), repeat(_STAMP))):
            lines += raw
            return
        for index, line in enumerate(raw):
            if line.startswith(mark, _STAMP):
                continue
            parts = line.split("\t", 3)
            skill = parts[1] if len(parts) == 4 else self._skill
            lines += raw[start:index]
            start = index
            if skill != self._skill:
                self._skill = skill
                if skill and parts[2] != "head" and self.steps.begin(self.total, skill):
                    lines.append(HEADER + skill)
            self.steps.take(self.total, line)
            level = parts[2] if len(parts) == 4 else ""
            mark = f"\t{skill}\t{level}\t" if level.partition(".")[0] == "out" else HEADER
        lines += raw[start:]
        self._mark = mark
