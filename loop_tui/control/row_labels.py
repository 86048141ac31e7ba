"""What tells rows apart that could be taken for each other: the folder, where the names look alike."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from loop_tui.model.text import one_line

from .board_row import RunRow

_LONGEST = 11
"""How much of one folder's name is said."""
# Letters of other scripts that look like Latin ones: enough to show the folder too often rather than too seldom.
_LOOK_ALIKE = str.maketrans("аеорсухіјѕԁһѵԛԝɡοανικρτυ01", "aeopcyxijsdhvqwgoavikptuol")


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
    folders = {row.project for row in group}
    found: dict[Path, str] = {}
    seen: dict[str, int] = defaultdict(int)
    for row in sorted(group, key=lambda row: str(row.path)):
        loops = {other.loop for other in group if other.project == row.project}
        parts = [_end_of(row.project, folders)] if len(folders) > 1 else []
        parts += [one_line(row.loop.removesuffix("-loop"), _LONGEST)] if len(loops) > 1 else []
        said = " ".join(parts)
        seen[look_of(said)] += 1
        number = seen[look_of(said)]
        found[row.path] = said if number == 1 else f"{said} #{number}".strip()
    return found


def _end_of(folder: Path, folders: Iterable[Path]) -> str:
    """The folder's own name, after the one where it differs from the others."""
    parts = folder.parts
    others = [other.parts for other in folders if other != folder]
    for count in range(1, len(parts)):
        end = [look_of(part) for part in parts[-count:]]
        if not any([look_of(part) for part in other[-count:]] == end for other in others):
            first, last = (one_line(parts[at], _LONGEST) for at in (-count, -1))
            return last if count == 1 else f"{first}/{last}" if count == 2 else f"{first}/…/{last}"
    return one_line(folder.name, _LONGEST)
