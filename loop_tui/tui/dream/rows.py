"""The tree of a hierarchy as rows, and what is known of the selected one. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from rich.cells import cell_len

from loop_tui.model.dream.rollup import REASONS, Rolled, Verdicts, percent_of, seen_alone
from loop_tui.model.dream.tree import Completion, DreamState, NodeStanding, Tier
from loop_tui.model.text import count_of, one_line
from loop_tui.tui.widgets.glyphs import Appearance
from loop_tui.tui.widgets.words import MUTED, STRONG, lines_of, look, text_of

if TYPE_CHECKING:
    from textual.content import Content

_OPEN = Appearance("○", "not done", "status-pending")
_LOOKS = {
    NodeStanding.DONE: Appearance("✓", "done", "status-done"),
    NodeStanding.DEFERRED: Appearance("–", "deferred", "status-skipped"),
    NodeStanding.BLOCKED: Appearance("✗", "blocked", "status-failed"),
}
_OPERATIONAL = Appearance("✓", "operational", "status-done")
_BROKEN = Appearance("✗", "broken", "status-failed")
_NAME = 60
_COUNT, _PERCENT = 7, 6
"""Cells of the columns of counts and percentages, which end at the same place in each row."""
_MOST_WHY = 6
_MOST_RUNS = 3


class DreamRow(Struct, frozen=True):
    """One row: `path` has the places among their siblings from the root down, by which it is found again."""

    path: tuple[int, ...]
    rolled: Rolled
    verdict: str = ""

    @property
    def depth(self) -> int:
        """How far it is below the root."""
        return len(self.path)

    @property
    def is_branch(self) -> bool:
        """True where there is something below it."""
        return bool(self.rolled.children)


def rows_of(root: Rolled, closed: Collection[tuple[int, ...]], verdicts: Verdicts) -> Iterator[DreamRow]:
    """The rows from the root down, without those below what is closed."""

    def walk(rolled: Rolled, path: tuple[int, ...]) -> Iterator[DreamRow]:
        yield DreamRow(path, rolled, verdicts.get((rolled.node.document, rolled.node.line), ""))
        if path not in closed:
            for at, child in enumerate(rolled.children):
                yield from walk(child, (*path, at))

    return walk(root, ())


def first_closed(root: Rolled) -> set[tuple[int, ...]]:
    """What is closed at first: modules that are done, or deferred, show no functions."""
    whole = ((row.path, row.rolled) for row in rows_of(root, (), {}))
    settled = (NodeStanding.DONE, NodeStanding.DEFERRED)
    return {path for path, rolled in whole if path and rolled.children and rolled.standing in settled}


def row_text(row: DreamRow, *, is_open: bool, width: int) -> Content:
    """A row: its sign, name, status and counts."""
    node = row.rolled.node
    fold = ("▾ " if is_open else "▸ ") if row.is_branch else "  "
    tier = f"{node.tier} " if node.tier in (Tier.ORGANIZATION, Tier.SYSTEM) else ""
    room = max(20, width // 2 - 2 * row.depth)
    name = one_line(f"{tier}{node.name}", min(_NAME, room))
    gap = " " * max(1, room + 4 - cell_len(name))
    found = _appearance(row)
    strong = STRONG if node.tier is not Tier.FUNCTION else ""
    glyph, tone = look(found, word=False)
    return text_of("  " * row.depth, (fold, MUTED), (f"{glyph} ", tone), (name, strong), gap, *_status(row, found))


def _status(row: DreamRow, found: Appearance) -> Iterator[tuple[str, str]]:
    yield f"{found.word:<12}", f"${found.tone}"
    if row.rolled.node.tier is Tier.FUNCTION:
        # A broken one is said to be that already.
        yield (row.verdict.removeprefix("broken").strip() if found is _BROKEN else row.verdict), MUTED
        return
    rolled = row.rolled
    if rolled.total:
        yield f"{f'{rolled.done}/{rolled.total}':>{_COUNT}}", ""
        yield f"{f'{percent_of(rolled)}%':>{_PERCENT}}", MUTED
    if rolled.is_stated and rolled.standing is not NodeStanding.DEFERRED:
        yield "  by its table", MUTED
    if rolled.deferred and rolled.standing is not NodeStanding.DEFERRED:
        yield f"  {rolled.deferred} deferred", MUTED


def _appearance(row: DreamRow) -> Appearance:
    standing, node = row.rolled.standing, row.rolled.node
    if row.verdict.startswith("broken"):
        return _BROKEN
    if node.tier is Tier.FUNCTION and standing is NodeStanding.DONE:
        return _OPERATIONAL
    if node.standing is NodeStanding.BLOCKED:
        return _LOOKS[NodeStanding.BLOCKED]
    return _LOOKS.get(standing, _OPEN)


def about(row: DreamRow, document: DreamState | None = None) -> Content:
    """Why the selected one is not done, what contradicts, and where it is written; of its document what ran."""
    rolled, node = seen_alone(row.rolled), row.rolled.node
    lines = [text_of((f"{node.tier} ", MUTED), (one_line(node.name, 120), STRONG), *_place(row))]
    if node.text and node.text != node.name:
        lines.append(text_of(one_line(node.text, 200)))
    if rolled.why:
        lines.append(text_of(("why not done", MUTED)))
        lines += [
            text_of(f"  {' > '.join(one_line(name, _NAME) for name in why.path)}: ", (REASONS[why.missing], MUTED))
            for why in rolled.why[:_MOST_WHY]
        ]
        if len(rolled.why) > _MOST_WHY:
            lines.append(text_of((f"  and {len(rolled.why) - _MOST_WHY:,} more", MUTED)))
    if rolled.differs:
        lines.append(text_of((count_of(len(rolled.differs), "contradiction"), "$status-waiting")))
        lines += [
            text_of(f"  line {each.line}: {one_line(each.name, _NAME)}: {each.said}, {each.counted}")
            for each in rolled.differs[:_MOST_WHY]
        ]
    if document is not None:
        lines += [text_of(("running ", MUTED), one_line(each.words, 160)) for each in document.loops[:_MOST_RUNS]]
        lines += [text_of(("done    ", MUTED), one_line(each.words, 160)) for each in _newest(document)]
    return lines_of(*lines)


def _newest(document: DreamState) -> Sequence[Completion]:
    """The last completions, newest first, whichever way the document has them."""
    found = document.completions
    is_newest_first = len(found) > 1 and found[0].date > found[-1].date
    return found[:_MOST_RUNS] if is_newest_first else found[::-1][:_MOST_RUNS]


def _place(row: DreamRow) -> Iterator[tuple[str, str]]:
    node = row.rolled.node
    if row.verdict:
        yield f"  {row.verdict}", ""
    if node.document and node.line:
        yield f"  {one_line(node.document.rpartition('/.claude/')[2] or node.document, 80)}:{node.line}", MUTED
