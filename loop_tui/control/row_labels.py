"""What tells rows apart that could be taken for each other: the folder, where the names look alike."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from loop_tui.model.text import one_line

from .board_row import RunRow

_LONGEST = 11
"""How much of one folder's name is said."""
# Letters of other scripts that look like Latin ones: enough to show the folder too often rather than too seldom.
_LOOK_ALIKE = str.maketrans("аеорсухіјѕԁһѵԛԝɡοανικρτυ01", "aeopcyxijsdhvqwgoavikptuol")


@lru_cache(maxsize=16384)
def look_of(name: str) -> str:
    """What a name looks like: two names with the same look may be taken for each other."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    seen = (char for char in plain if unicodedata.category(char) not in ("Mn", "Cf", "Zs", "Pd", "Pc"))
    return "".join(seen).translate(_LOOK_ALIKE)


def told_apart(rows: Iterable[RunRow]) -> dict[Path, str]:
    """By the path of a row, what is said beside its name: nothing for one whose name nobody takes for another's."""
    alike: dict[str, list[RunRow]] = defaultdict(list)
    for row in rows:
        alike[look_of(row.name)].append(row)
    return {path: said for group in alike.values() if len(group) > 1 for path, said in _apart(group).items()}


def _apart(group: Sequence[RunRow]) -> dict[Path, str]:
    """The ends of their folders that look different; for two loops in one folder the loop; else a number."""
    loops: dict[Path, set[str]] = defaultdict(set)
    for row in group:
        loops[row.project].add(row.loop)
    ends = _ends_of(loops) if len(loops) > 1 else {}
    found: dict[Path, str] = {}
    seen: dict[str, int] = defaultdict(int)
    for row in sorted(group, key=lambda row: str(row.path)):
        parts = [ends[row.project]] if ends else []
        parts += [one_line(row.loop.removesuffix("-loop"), _LONGEST)] if len(loops[row.project]) > 1 else []
        said = " ".join(parts)
        seen[look_of(said)] += 1
        number = seen[look_of(said)]
        found[row.path] = said if number == 1 else f"{said} #{number}".strip()
    return found


def _ends_of(folders: Iterable[Path]) -> dict[Path, str]:
    """Each folder's own name, after the one where it differs from all others."""
    looks = {folder: tuple(look_of(part) for part in folder.parts) for folder in folders}
    found: dict[Path, str] = {}
    for count in range(1, max(map(len, looks.values()))):
        ends = Counter(look[-count:] for look in looks.values())
        for folder, look in looks.items():
            if folder not in found and ends[look[-count:]] == 1:
                found[folder] = _shortened(folder.parts[-count:])
        if len(found) == len(looks):
            break
    return {folder: found.get(folder) or one_line(folder.name, _LONGEST) for folder in looks}


def _shortened(parts: Sequence[str]) -> str:
    first, last = one_line(parts[0], _LONGEST), one_line(parts[-1], _LONGEST)
    return last if len(parts) == 1 else f"{first}/{last}" if len(parts) == 2 else f"{first}/…/{last}"
