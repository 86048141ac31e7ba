"""Which lines of the log are shown: those that a filter holds."""

from __future__ import annotations

from msgspec import Struct

from loop_tui.model.text import uncoloured

from .log_store import HEADER


class Filter(Struct, frozen=True):
    """What a line has to be: of one of the skills, of one of the levels, holding all words. Nothing given: anything."""

    skills: frozenset[str] = frozenset()
    levels: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str) -> Filter:
        """The filter that `skill:a,b level:warn,error word word` means."""
        skills: set[str] = set()
        levels: set[str] = set()
        words: list[str] = []
        for part in text.split():
            if part.startswith("skill:"):
                skills |= {name for name in part[6:].split(",") if name}
            elif part.startswith("level:"):
                levels |= {name for name in part[6:].casefold().split(",") if name}
            else:
                words.append(part.casefold())
        return cls(frozenset(skills), frozenset(levels), tuple(words))

    def __bool__(self) -> bool:
        return bool(self.skills or self.levels or self.words)

    def holds(self, raw: str) -> bool:
        """True when a raw line of the output log is to be shown. A header is, unless its skill is filtered out."""
        if raw.startswith(HEADER):
            return not self.skills or raw[1:] in self.skills
        parts = raw.split("\t", 3)
        _, skill, level, text = parts if len(parts) == 4 else ("", "", "out", raw)
        if (self.skills and skill not in self.skills) or (self.levels and level.partition(".")[0] not in self.levels):
            return False
        folded = uncoloured(text).casefold()
        return all(word in folded for word in self.words)
