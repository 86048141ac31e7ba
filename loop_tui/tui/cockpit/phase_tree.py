"""The phase tree: loop, phases, skills and the gates between, compared by id so that nothing jumps (SCREEN)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from loop_tui.model.clock import ms_between, stamp, words
from loop_tui.tui.actions import TREE, bindings
from loop_tui.tui.widgets.foot import nothing_done
from loop_tui.tui.widgets.glyphs import PENDING, RUNNING, WAITING
from loop_tui.tui.widgets.line import CURSOR, fit, fit_apart, strip_of

if TYPE_CHECKING:
    from loop_tui.tui.cockpit.tree_rows import TreeRow

_ROOMY = 35
"""From this inner width on there is room for durations, and for more indentation."""
_SAID = ("reason", "note")
"""Rows that say something about the row above and cannot be selected."""
_SHORT = {"not configured": "not set"}
_NAMED = ("loop", "phase", "skill", "gate")
"""Rows whose names the tree is made wide enough for where its width is its own to choose."""
_WORD = max(len(each.word) for each in (PENDING, RUNNING, WAITING))
"""Cells of the longest word that such a row comes to have on its way: the width stays while a run goes on."""


class PhaseTree(ScrollView, can_focus=True):
    """The tree. `cursor` is the id of the row that is selected; `folded` holds the ids of the closed ones."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(TREE)]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "tree--cursor", "tree--cursor-blurred", "tree--muted", "tree--current",
        "tree--status-pending", "tree--status-running", "tree--status-waiting",
        "tree--status-done", "tree--status-failed", "tree--status-skipped",
    }  # fmt: skip

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.rows: tuple[TreeRow, ...] = ()
        self.visible_rows: tuple[TreeRow, ...] = ()
        self.folded: frozenset[str] = frozenset()
        self.cursor = ""
        self._met: frozenset[str] = frozenset()
        self.border_title = "Phases"
        self._now: datetime | None = None

    def show(self, rows: tuple[TreeRow, ...], now: datetime) -> None:
        """Show these rows. Cursor, folds and scroll stay; only lines that look different are painted again."""
        self._now = now
        if rows != self.rows:
            wide, self.rows = _needed(self.rows), rows
            if _needed(rows) != wide and self.styles.width is not None and self.styles.width.is_auto:
                self.refresh(layout=True)
            # What a skill found lies folded until somebody wants to see it.
            fresh = {row.id for row in rows if row.kind == "skill" and row.foldable} - self._met
            self._met |= fresh
            self.folded |= fresh
            self._arrange()

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """As wide as its names need, with the scrollbar that may come: where the style leaves it to the tree."""
        # Textual adds the scrollbar that is there: the width stays when it comes.
        return _needed(self.rows) + (0 if self.show_vertical_scrollbar else self.styles.scrollbar_size_vertical)

    def tick(self, now: datetime) -> None:
        """Let the elapsed time of what runs go on."""
        self._now = now
        for y, row in enumerate(self.visible_rows):
            if row.since and (row.kind not in _SAID or self._is_slow(row)):
                self.refresh_line(y)

    def row_at_cursor(self) -> TreeRow | None:
        """The selected row, or None while there is none."""
        return next((row for row in self.visible_rows if row.id == self.cursor), None)

    def _arrange(self) -> None:
        before = self.visible_rows
        closed: set[str] = set()
        shown: list[TreeRow] = []
        for row in self.rows:
            if row.parent in closed:
                closed.add(row.id)
                continue
            shown.append(row)
            if row.id in self.folded:
                closed.add(row.id)
        self.visible_rows = tuple(shown)
        self._keep_cursor(before)
        if len(before) != len(shown):
            self.virtual_size = Size(0, len(shown))
        for y in range(max(len(before), len(shown))):
            if y >= len(before) or y >= len(shown) or before[y] != shown[y]:
                self.refresh_line(y)

    def _keep_cursor(self, before: tuple[TreeRow, ...]) -> None:
        ids = [row.id for row in self.visible_rows]
        if self.cursor in ids or not ids:
            return
        gone = next((row for row in before if row.id == self.cursor), None)
        place = before.index(gone) if gone else 0
        # A row that went leaves the cursor on what it belonged to, or where it stood.
        parent = gone.parent if gone else ""
        self.cursor = parent if parent in ids else ids[min(place, len(ids) - 1)]

    def _cursor_line(self) -> int:
        return next((y for y, row in enumerate(self.visible_rows) if row.id == self.cursor), 0)

    def _select(self, y: int) -> None:
        if not self.visible_rows:
            return
        y = max(0, min(y, len(self.visible_rows) - 1))
        old = self._cursor_line()
        step = 1 if y >= old else -1
        while self.visible_rows[y].kind in _SAID and 0 <= y + step < len(self.visible_rows):
            y += step
        if self.visible_rows[y].kind in _SAID:
            return
        self.cursor = self.visible_rows[y].id
        self.refresh_line(old)
        self.refresh_line(y)
        self.scroll_to_region(Region(0, y, 1, 1), animate=False, x_axis=False)

    def action_move(self, step: int) -> None:
        """Select the next row up or down."""
        self._select(self._cursor_line() + step)

    def action_edge(self, end: int) -> None:
        """Select the first or the last row."""
        self._select(0 if end < 0 else len(self.visible_rows) - 1)

    def action_half_page(self, direction: int) -> None:
        """Move by half of what is visible."""
        self._select(self._cursor_line() + direction * max(1, self.size.height // 2))

    def action_fold(self) -> None:
        """Close the selected row, or select the one it belongs to."""
        row = self.row_at_cursor()
        if row is None:
            return
        if row.foldable and row.id not in self.folded:
            self.folded |= {row.id}
            self._arrange()
            self.refresh()
            return
        above = next((y for y, r in enumerate(self.visible_rows) if r.id == row.parent), None)
        if above is not None:
            self._select(above)

    def action_unfold(self) -> None:
        """Open the selected row, or go into it."""
        row = self.row_at_cursor()
        if row is None or not row.foldable:
            return
        if row.id in self.folded:
            self.folded -= {row.id}
            self._arrange()
            self.refresh()
        else:
            self.action_move(1)

    class FileWanted(Message):
        """The person wants to see a deliverable."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    class CheckWanted(Message):
        """The person wants to see a check with all of its evidence: of the last entry of that skill."""

        def __init__(self, phase: str, skill: str, name: str) -> None:
            super().__init__()
            self.phase = phase
            self.skill = skill
            self.name = name

    def skill_at_cursor(self) -> tuple[str, str] | None:
        """Phase and skill of the selected row, or of the one that it belongs to; None when that is no skill."""
        row = self.row_at_cursor()
        while row is not None and row.kind != "skill":
            row = next((each for each in self.rows if each.id == row.parent), None)
        return (row.phase, row.id.removeprefix(f"skill:{row.phase}/")) if row is not None else None

    def action_phase(self, step: int) -> None:
        """Select the next phase, or the one before."""
        here = self._cursor_line()
        places = [y for y, row in enumerate(self.visible_rows) if row.kind == "phase"]
        beyond = [y for y in places if y > here] if step > 0 else [y for y in reversed(places) if y < here]
        if beyond:
            self._select(beyond[0])

    def action_open_close(self) -> None:
        """Open or close the selected row; show the deliverable that it stands for."""
        row = self.row_at_cursor()
        if row is not None and row.kind == "file":
            self.post_message(self.FileWanted(row.id.removeprefix(f"file:{row.parent}/")))
        place = self.skill_at_cursor() if row is not None and row.kind == "check" else None
        if row is not None and place is not None:
            self.post_message(self.CheckWanted(*place, row.id.removeprefix(f"check:{row.parent}/")))
        if row is not None and row.kind not in ("file", "check") and not row.foldable:
            nothing_done(self.app, "nothing is below this row yet")
        if row is not None and row.foldable:
            self.folded ^= {row.id}
            self._arrange()
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Select the row that was clicked; a second click opens or closes it."""
        y = event.y - self.content_region.y + self.region.y + self.scroll_offset.y
        if 0 <= y < len(self.visible_rows):
            again = self.visible_rows[y].id == self.cursor
            self._select(y)
            if again and event.chain > 1:
                self.action_open_close()

    def on_focus(self) -> None:
        """The cursor is brighter while the tree has the focus."""
        self.refresh_line(self._cursor_line())

    def on_blur(self) -> None:
        """The cursor stays visible without the focus."""
        self.refresh_line(self._cursor_line())

    def render_line(self, y: int) -> Strip:
        """One line of the tree."""
        width = self.scrollable_content_region.width  # The scrollbar lies over what `size` counts.
        place = y + self.scroll_offset.y
        base = self.rich_style
        if place >= len(self.visible_rows):
            return Strip.blank(width, base)
        row = self.visible_rows[place]
        if row.id == self.cursor:
            name = "tree--cursor" if self.has_focus else "tree--cursor-blurred"
            ground = Style(bgcolor=self.get_component_rich_style(name).bgcolor)
            return self._paint(row, width, base + ground, ground, CURSOR if self.has_focus else " ")
        return self._paint(row, width, base, Style.null())

    def _paint(self, row: TreeRow, width: int, base: Style, over: Style, mark: str = " ") -> Strip:
        """One row. `mark` tells where the cursor is: without colours the background says nothing."""
        muted = self.get_component_rich_style("tree--muted") + over
        if row.kind in _SAID:
            pad = " " * (2 * row.depth + 1)
            text = f"“{row.name}”" if row.kind == "reason" else row.name
            if self._is_slow(row):
                text, muted = row.slow, self.get_component_rich_style("tree--status-waiting") + over
            return strip_of([(pad, base), (fit(text, width - len(pad)), muted)], width, base)
        tone = (self.get_component_rich_style(f"tree--{row.look.tone}") if row.look.tone else base) + over
        roomy = width >= _ROOMY
        left = _indent(row, row.id in self.folded, roomy=roomy)
        word = row.look.word if roomy else _SHORT.get(row.look.word, row.look.word)
        name = row.name if roomy else _short_name(row)
        right = [(f" {text}", style) for text, style in ((row.count, muted), (word, tone)) if text]
        room = width - cell_len(left) - 2 - sum(cell_len(text) for text, _ in right)
        took = f" {took}" if roomy and (took := self._took(row)) else ""
        # A name that one cannot tell from the next costs more than a duration that is known; not what goes on now.
        if took and (row.since or cell_len(name) + cell_len(took) <= room):
            right.insert(len(right) - bool(word), (took, muted))
            room -= cell_len(took)
        name = fit_apart(name, room, (each.name for each in self.rows if each.kind == row.kind))
        bold = Style(bold=True) if row.depth == 0 or row.current else Style.null()
        pad = " " * max(0, room - cell_len(name))
        pieces = [(left, muted), (f"{row.look.glyph}{mark}", tone), (name, base + bold), (pad, base), *right]
        return strip_of(pieces, width, base)

    def _took(self, row: TreeRow) -> str:
        return words(_whole_seconds(self._worked_ms(row))) if row.since and self._now is not None else row.took

    def _worked_ms(self, row: TreeRow) -> int | None:
        return ms_between(row.since, stamp(self._now)) if row.since and self._now is not None else None

    def _is_slow(self, row: TreeRow) -> bool:
        worked_ms = self._worked_ms(row)
        return row.slow_from_ms is not None and worked_ms is not None and worked_ms >= row.slow_from_ms


def _whole_seconds(ms: int | None) -> int | None:
    return None if ms is None else max(0, ms // 1000 * 1000)


def _short_name(row: TreeRow) -> str:
    return row.name.removesuffix("-loop") if row.kind == "loop" else row.name


def _needed(rows: tuple[TreeRow, ...]) -> int:
    """The cells of the widest row of those that have a name of their own, whatever becomes of them."""

    def cells(row: TreeRow) -> int:
        count = cell_len(row.count) + 1 if row.count else 0
        return len(_indent(row, folded=False, roomy=False)) + 2 + cell_len(_short_name(row)) + count + 1 + _WORD

    return max((cells(row) for row in rows if row.kind in _NAMED), default=0)


def _indent(row: TreeRow, folded: bool, *, roomy: bool) -> str:
    """What stands before the glyph; where there is little room it is narrow, and gives way to the name."""
    fold = "▸" if folded else "▾"
    if row.kind == "skill":
        inner = fold if row.foldable else " "
        return f"  {inner} " if roomy else f"  {inner}"
    if row.kind in ("target", "check", "file"):
        return "      " if roomy else "    "
    if row.depth:
        outer = fold if row.foldable else " "
        return f"{outer} "
    return ""
