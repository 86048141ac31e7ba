"""The skill log: one stream with a header a skill, following its end until the person scrolls up."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import ClassVar, Literal

from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import Reactive

from loop_tui.model.text import clean
from loop_tui.tui.actions import LOG, bindings
from loop_tui.tui.cockpit.log_filter import Filter
from loop_tui.tui.cockpit.log_steps import Step
from loop_tui.tui.cockpit.log_store import HEADER, LogStore
from loop_tui.tui.cockpit.log_view import LogView

from .log_folding import LogFolding
from .log_painting import GUTTER_CELLS, TIME_CELLS

_PREFIX = 20
"""About how much of a raw line is time, skill and level, and is not shown."""
_SIDEWAYS = 8
_AT_ONCE = 256
"""Lines that are taken in one step."""
_MOST_COPIED = 1_000_000
"""Characters: terminals cut or refuse a clipboard beyond about this."""

LogPrompt = Literal["search", "filter", "save"]


class LogPane(LogFolding, can_focus=True):
    """The log. It follows the end until the person scrolls up, and then says how many lines are new.

    It shows the newest lines; a search that finds something older shows the part of the file around it, until the
    person follows again. `path` tells where that file is.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(LOG)]
    # Textual lays out the whole screen for a new size of the content. It grows 30 times a second here, and changes
    # nothing but the scrollbar.
    virtual_size: Reactive[Size] = Reactive(Size(0, 0))
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"log--{name}" for name in ("out", "err", "cmd", "info", "ok", "warn", "error", "head", "empty", "found")),
    }

    class Asking(Message):
        """The person wants to type something: what to search, to filter by, or where to save."""

        def __init__(self, what: LogPrompt) -> None:
            super().__init__()
            self.what = what

    class Copied(Message):
        """Text for the clipboard, cleaned."""

        def __init__(self, text: str, lines: int) -> None:
            super().__init__()
            self.text = text
            self.lines = lines

    def __init__(
        self, store: LogStore | None = None, path: Callable[[], Path | None] = lambda: None, *, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self.store = store or LogStore()
        self.view = LogView(self.store)
        self.path = path
        self.following = True
        self.hint = "reading…"
        self.needle = ""
        self.times = False
        self.away = False
        """True while an older part of the file is shown."""
        self.start = 0
        """Where in the file the first line of the store stands; found out when it is needed."""
        self.end = 0
        """Where in the file the newest line that was heard of ends."""
        self.mark: int | None = None
        """The line of the store that was found or clicked."""
        self.busy = ""
        self._seen = 0
        self._missed = 0
        self._held: list[str] | None = None
        self._coming: deque[tuple[Sequence[str], bool, int]] = deque()
        self._wrapped = False
        self._aim = 0
        self._let_go: Step | None = None
        """The failed step that the person has left for the end."""
        self.border_title = "Log"

    @property
    def new_lines(self) -> int:
        """How many lines came since the pane stopped following."""
        return 0 if self.following else self.store.total - self._seen + self._missed

    def write(self, raw: Sequence[str], *, anew: bool = False, end: int = 0) -> None:
        """Add a batch of raw lines of an output log, at most 30 times a second; `anew` forgets what was there.

        Many lines are taken in slices.
        """
        if anew:
            self._coming.clear()
            self._works.pop("write", None)
        self._coming.append((raw, anew, end))
        if "write" not in self._works:
            self.slowly("write", self._writing())

    def _writing(self) -> Iterator[None]:
        while self._coming:
            raw, anew, end = self._coming.popleft()
            for start in range(0, len(raw) or 1, _AT_ONCE):
                is_last = start + _AT_ONCE >= len(raw)
                self._take(raw[start : start + _AT_ONCE], anew and not start, end, is_last)
                yield

    def _take(self, raw: Sequence[str], anew: bool, end: int, is_last: bool) -> None:
        self.end = end
        if self.away and not anew:
            self._missed += len(raw)
            if self._held is not None:
                self._held += raw
            self._label()
            return
        if anew:
            self._forget()
        read = None if self.following else self._top_line()
        gone = self.store.extend(raw)
        if gone:
            self.mark = self.mark - gone if self.mark is not None and self.mark >= gone else None
            self.view.shrunk()
        else:
            self.view.grown()
        if read is None and not is_last:
            return
        if read is not None:
            self._keep_open(read[0])
        self._measure()
        if self.following:
            self._to_end()
        elif read is not None and (row := self._row_of(*read)) != round(self.scroll_y):
            self.scroll_to(y=row, animate=False)
        self.refresh()
        self._label()

    def show_window(self, raw: Sequence[str], start: int, line: int | None) -> None:
        """Show an older part of the file that begins at `start`, with the cursor on its line of that number, if any."""
        self._missed += self.store.total - self._seen if not self.away and not self.following else 0
        # They are read again with the end of the file.
        self._missed += sum(len(lines) for lines, _, _ in self._coming)
        self._coming.clear()
        self.store.clear()
        self._change(lambda: None)
        self.away, self.following, self.start, self.mark = True, False, start, None
        self.slowly("write", self._filling(raw, line))

    def _filling(self, raw: Sequence[str], line: int | None) -> Iterator[None]:
        found: int | None = None
        for first in range(0, len(raw), _AT_ONCE):
            here = len(self.store)
            self.store.extend(raw[first : first + _AT_ONCE])
            self.view.grown()
            if line is not None and first <= line < first + _AT_ONCE:
                lines = (at for at in range(here, len(self.store)) if not self.store[at].startswith(HEADER))
                found = next(islice(lines, line - first, None), None)
            yield
        self._seen = self.store.total
        self._measure()
        if found is None:
            self.scroll_to(y=0, animate=False, force=True)
        else:
            self.go_to(found)
        self.refresh()
        self._label()
        yield from self._writing()

    def catch_up(self) -> None:
        """From now on keep what comes: the newest lines up to here are about to be read again."""
        self._held = []

    def caught_up(self, raw: Sequence[str]) -> None:
        """Show the newest lines again, and what came while they were read; then follow."""
        held, self._held = self._held or [], None
        self.write(raw, anew=True, end=self.end)
        self.write(held, end=self.end)

    def _forget(self) -> None:
        self.store.clear()
        self._change(lambda: None)
        self.following, self.away, self.mark, self._missed = True, False, None, 0

    def _measure(self) -> None:
        front = GUTTER_CELLS + (TIME_CELLS if self.times else 0)
        width = 0 if self._wrapped else max(0, self.store.widest - _PREFIX + front)
        size = Size(width, len(self.view))
        if size != self.virtual_size:
            self.virtual_size = size
            self._scroll_update(size)

    def suggest(self, hint: str) -> None:
        """Say what to do while there are no lines."""
        if hint != self.hint:
            self.hint = hint
            self.refresh()

    def _to_end(self) -> None:
        """To the newest row; where a step has failed last, and does not fit, to its first."""
        self._aim = self._end()
        failed = self.store.steps.failed()
        if failed is not None and failed is not self._let_go:
            self._aim = min(self._aim, self._row_of(failed.start, 0))
        self.scroll_to(y=self._aim, animate=False, force=True)

    def _end(self) -> int:
        return max(0, len(self.view) - self.size.height)

    def _label(self) -> None:
        parts = [self.busy] if self.busy else []
        if self.view.filter:
            parts.append("filtered, esc shows all")
        if self.view.raw:
            parts.append("raw, R folds")
        if self.away:
            parts.append("an older part")
        if not self.following:
            new = self.new_lines
            parts.append(f"{new} new · f follows" if new else "f follows")
        label = " · ".join(parts)
        if label != self.border_subtitle:
            self.border_subtitle = label

    def say_busy(self, what: str) -> None:
        """Say in the border what is being done, or nothing."""
        self.busy = what
        self._label()

    def go_to(self, index: int) -> None:
        """Put the cursor on a line of the store, and show it."""
        self.mark = index
        row = self.view.row_of(index)
        if row is None and (step := self.store.steps.of(index + self.store.dropped)) is not None and step.hides:
            self._unfold(step, True)
            row = self.view.row_of(index)
        if row is None:
            # What was searched for is not to be hidden by a filter that was set for something else.
            number = index + self.store.dropped
            self._change(lambda: self.go_to(max(0, number - self.store.dropped)), wanted=Filter())
            return
        if self.following:
            self.following, self._seen = False, self.store.total
        top, height = self.scroll_offset.y, self.size.height
        if not top <= row < top + height:
            self.scroll_to(y=max(0, row - height // 2), animate=False, force=True)
        self.refresh()
        self._label()

    def set_filter(self, text: str) -> None:
        """Show only the lines that a filter holds."""
        self._change(lambda: self._to_end() if self.following else self.scroll_to(y=0, animate=False), Filter.of(text))

    def _change(self, then: Callable[[], object], wanted: Filter | None = None, width: int | None = None) -> None:
        """Show by another filter or in another width, as soon as the rows are known."""

        def changing() -> Iterator[None]:
            yield from work
            self._measure()
            then()
            self.refresh()
            self._label()

        work = self.view.changing(wanted, width)
        self.slowly("change", changing())

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Whoever scrolls up reads; whoever comes back to the end follows."""
        super().watch_scroll_y(old_value, new_value)
        at_end = round(new_value) >= len(self.view) - self.size.height
        if at_end and not self.away and self.mark is None:
            self.following = True
        elif new_value < old_value and self.following and round(new_value) != self._aim:
            self.following = False
            self._seen = self.store.total
        self._label()

    def on_resize(self, event: events.Resize) -> None:
        """A smaller pane still shows the end when it follows; wrapped lines are wrapped anew."""
        if self._wrapped:
            self._wrap_now()
        if self.following:
            self._to_end()

    def _wrap_now(self) -> None:
        # Room for the scrollbar is kept also while there is none: it comes and goes without a layout.
        room = self.size.width - self.styles.scrollbar_size_vertical - GUTTER_CELLS - (TIME_CELLS if self.times else 0)
        self._change(lambda: self._to_end() if self.following else None, width=max(10, room) if self._wrapped else 0)

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor on a line, for copying."""
        offset = event.get_content_offset(self)
        row = -1 if offset is None else offset.y + self.scroll_offset.y
        if 0 <= row < len(self.view):
            self.mark = self.view.at(row)[0]
            if self.view.step_at(row) is not None or self._begins_step(self.mark):
                self.action_fold()
            self.refresh()

    # Keys ----------------------------------------------------------------------------------------------------------

    def action_sideways(self, direction: int) -> None:
        """Scroll along long lines."""
        self.scroll_to(x=self.scroll_x + direction * _SIDEWAYS, animate=False)

    def action_half_page(self, direction: int) -> None:
        """Scroll by half of what is visible, times the direction."""
        self.scroll_to(y=self.scroll_y + direction * max(1, self.size.height // 2), animate=False)

    def action_top(self) -> None:
        """Show the oldest line; when that is on disk only, its part of the file."""
        self.scroll_to(y=0, animate=False)
        self.post_message(LogPane.TopWanted())

    class TopWanted(Message):
        """The person wants to see the beginning of the log."""

    class FollowWanted(Message):
        """The newest lines have to be read again, because an older part was shown."""

    class NextWanted(Message):
        """The next place that holds the text searched for, or the one before."""

        def __init__(self, direction: int) -> None:
            super().__init__()
            self.direction = direction

    def action_follow(self) -> None:
        """Show the end, and stay there."""
        self.mark = None
        if self.away:
            self.post_message(LogPane.FollowWanted())
            return
        self.following, self._let_go = True, self.store.steps.failed()
        self._to_end()
        self._label()

    def action_ask(self, what: LogPrompt) -> None:
        """Ask for a text to search or filter by, or for a file name."""
        self.post_message(LogPane.Asking(what))

    def action_next(self, direction: int) -> None:
        """Search on."""
        self.post_message(LogPane.NextWanted(direction))

    def action_wrap(self) -> None:
        """Wrap long lines, or cut them."""
        self._wrapped = not self._wrapped
        self.scroll_to(x=0, animate=False)
        self._wrap_now()

    def action_times(self) -> None:
        """Show the time of each line, or not."""
        self.times = not self.times
        if self._wrapped:
            self._wrap_now()
        self._measure()
        self.refresh()

    def action_clear(self) -> None:
        """No search and no filter; with neither, the key is the screen's."""
        if not (self.view.filter or self.needle or self.mark is not None):
            from textual.actions import SkipAction

            raise SkipAction
        self.needle, self.mark = "", None
        self.set_filter("")

    def action_copy_line(self) -> None:
        """Copy the line with the cursor, else the last."""
        index = self.mark if self.mark is not None else len(self.store) - 1
        if 0 <= index < len(self.store):
            self.post_message(LogPane.Copied(self._text(self.store[index]), 1))

    def action_copy_all(self) -> None:
        """Copy the lines of the pane, the newest ones when they are too many."""
        self.slowly("copy", self._copying([self.store[index] for index in self.view.shown()]))

    def _copying(self, raw: Sequence[str]) -> Iterator[None]:
        lines: list[str] = []
        size = 0
        for each in reversed(raw):
            text = self._text(each)
            size += len(text) + 1
            if size > _MOST_COPIED:
                break
            lines.append(text)
            yield
        self.post_message(LogPane.Copied("\n".join(reversed(lines)), len(lines)))

    def _text(self, raw: str) -> str:
        from loop_tui.storage.log.line import decode

        return clean(raw[1:]) if raw.startswith(HEADER) else decode(raw).text
