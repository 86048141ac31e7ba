"""What a matrix came to: how many kills, where they landed, what went wrong."""

from collections import Counter
from collections.abc import Sequence

from .case import Case
from .landing import PHASES, Landing

_FIRST = ("version-write", "commit", "branch", "pull", "auto-merge", "merge", "push", "tag", "tarball", "sync")


def count(cases: Sequence[Case]) -> int:
    """How many drivers were killed."""
    return sum(len(case.landings) for case in cases)


def table(cases: Sequence[Case]) -> str:
    """The table: effects by phase, then skills."""
    seen: Counter[Landing] = Counter(landing for case in cases for landing in case.landings)
    effects = sorted({x.row for x in seen if x.phase}, key=lambda r: (_FIRST.index(r) if r in _FIRST else 99, r))
    rows: list[tuple[str, ...]] = [("effect", *PHASES)]
    rows += [(row, *(str(seen[Landing(row, phase)] or "-") for phase in PHASES)) for row in effects]
    others = [("elsewhere", "kills"), *((x.row, str(n)) for x, n in sorted(seen.items(), key=str) if not x.phase)]
    return f"{_aligned(rows)}\n\n{_aligned(others)}"


def summary(cases: Sequence[Case]) -> str:
    """The last lines: the count that the issue asks for."""
    worlds = Counter(case.world for case in cases for _ in case.landings)
    wrong = [case for case in cases if case.problems]
    powers = sum(kill.power for case in cases for kill in case.script)
    lines = [
        f"{count(cases)} kills in {len(cases)} runs ({', '.join(f'{n} {w}' for w, n in sorted(worlds.items()))}), "
        f"{powers} of them planned as power cuts; {sum(c.missed for c in cases)} came after the end and count for "
        f"nothing; {sum(c.fixed for c in cases)} locks of git removed as git told",
        f"{len(cases) - len(wrong)} runs ended in the world without a crash, {len(wrong)} did not",
    ]
    return "\n".join(lines)


def failures(cases: Sequence[Case]) -> str:
    """What went wrong, case by case."""
    return "\n\n".join(
        f"FAILED {case}\n  landed: {', '.join(map(str, case.landings))}\n  " + "\n  ".join(case.problems) + case.story
        for case in cases
        if case.problems
    )


def _aligned(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
