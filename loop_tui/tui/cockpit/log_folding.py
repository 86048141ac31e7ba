"""The cursor of the log, and its steps folded and unfolded by it."""

from __future__ import annotations

from loop_tui.tui.cockpit.log_steps import Step

from .log_painting import LogPainting


class LogFolding(LogPainting):
    """What a log pane does with steps. Whoever inherits says how it measures, labels and goes to a line."""

    following: bool
    away: bool
    _seen: int

    def _measure(self) -> None:
        raise NotImplementedError

    def _label(self) -> None:
        raise NotImplementedError

    def _to_end(self) -> None:
        raise NotImplementedError

    def go_to(self, index: int) -> None:
        """Put the cursor on a line of the store."""
        raise NotImplementedError

    def action_follow(self) -> None:
        """Show the end."""
        raise NotImplementedError

    def action_lines(self, count: int) -> None:
        """Move the cursor by rows; from the last one down the log is followed again."""
        rows = len(self.view)
        if not rows:
            return
        row = self._row_of_mark()
        if row is None:
            reads_up = not self.following and count < 0
            row = self.scroll_offset.y + self.size.height - 1 if reads_up else self._row_without_cursor()
        row = max(0, min(row, rows - 1) + count)
        if row >= rows - 1 and count > 0 and not self.away:
            self.action_follow()
            return
        self._show_row(min(row, rows - 1))

    def action_step(self, direction: int) -> None:
        """Put the cursor on the next step, or on the one before."""
        steps, rows = self.store.steps, len(self.view)
        if not rows:
            return
        here = self._row_of_mark()
        at = self.view.at(self._row_without_cursor() if here is None else here)[0] + self.store.dropped
        step = steps.of(at)
        if step is None:
            return
        place = steps.all.index(step)
        if direction > 0 or at == step.start:
            place += direction
        if 0 <= place < len(steps.all):
            self.go_to(steps.all[place].start - self.store.dropped)

    def action_fold(self) -> None:
        """Unfold the step with the cursor, or fold it; without a cursor, the last one that is shown."""
        step = self._foldable()
        if step is None:
            return
        self._unfold(step, step.hides)
        row = self.view.row_of(max(0, step.start - self.store.dropped)) or 0
        self._show_row(row)

    def enter_word(self) -> str:
        """What enter does with the step under the cursor; nothing where it does nothing."""
        step = self._foldable()
        return "" if step is None else "unfold" if step.hides else "fold"

    def _foldable(self) -> Step | None:
        if not len(self.view) or self.view.filter or self.view.raw:
            return None
        row = self._row_of_mark()
        row = self._row_without_cursor() if row is None else row
        index = self.view.at(row)[0]
        step = self.view.step_at(row) or self.store.steps.of(index + self.store.dropped)
        return None if step is None or step.state == "plain" else step

    def action_raw(self) -> None:
        """Show every line, or fold again what passed."""
        self.view.show_raw(not self.view.raw)
        self._measure()
        row = self._row_of_mark()
        if self.following:
            self._to_end()
        elif row is not None:
            self._show_row(row)
        self.refresh()
        self._label()

    def _unfold(self, step: Step, shown: bool) -> None:
        step.unfolded = shown
        self.store.steps.version += 1
        self._measure()

    def _begins_step(self, index: int) -> bool:
        step = self.store.steps.of(index + self.store.dropped)
        return step is not None and step.start == index + self.store.dropped and step.state != "plain"

    def _row_of_mark(self) -> int | None:
        """Where the cursor is; on the row that stands for its step when its line is folded away."""
        if self.mark is None:
            return None
        row = self.view.row_of(self.mark)
        if row is None and (step := self.store.steps.of(self.mark + self.store.dropped)) is not None:
            row = self.view.row_of(max(0, step.start - self.store.dropped))
        return row

    def _row_without_cursor(self) -> int:
        """Where a key acts while no line has the cursor: the newest row, or the first in view where there is more."""
        rows = len(self.view)
        if self.following and self.scroll_offset.y + self.size.height >= rows:
            return rows - 1
        return min(self.scroll_offset.y, rows - 1)

    def _top_line(self) -> tuple[int, int] | None:
        """What stands in the first row in view: the number of its line among all that ever came, and which part."""
        row = round(self.scroll_y)
        if row >= len(self.view):
            return None
        index, part = self.view.at(row)
        return index + self.store.dropped, part

    def _row_of(self, number: int, part: int) -> int:
        """The row of a line by its number; where it is folded away that of its step, where it is gone the first."""
        row = self.view.row_of(max(0, number - self.store.dropped))
        if row is None:
            step = self.store.steps.of(number)
            return (self.view.row_of(max(0, step.start - self.store.dropped)) or 0) if step is not None else 0
        return row + part

    def _keep_open(self, number: int) -> None:
        """What the person reads is not folded under their eyes because it has passed."""
        step = self.store.steps.of(number)
        if step is not None and step.hides and self.view.row_of(max(0, number - self.store.dropped)) is None:
            self._unfold(step, True)

    def _show_row(self, row: int) -> None:
        self.mark = self.view.at(row)[0]
        if self.following:
            self.following, self._seen = False, self.store.total
        top, height = self.scroll_offset.y, self.size.height
        if not top <= row < top + height:
            self.scroll_to(y=row if row < top else row - height + 1, animate=False, force=True)
        self.refresh()
        self._label()
