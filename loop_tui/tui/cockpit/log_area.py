"""The log pane with the line below it where one types what to search, to filter by, or where to save."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.geometry import Size
from textual.reactive import Reactive
from textual.widgets import Input

from loop_tui.model.problem import Problem
from loop_tui.model.text import clean, count_of
from loop_tui.tui.actions import bound, with_keys
from loop_tui.tui.actions.model import READ_ONLY
from loop_tui.tui.cockpit.log_store import HEADER
from loop_tui.tui.widgets.foot import nothing_done
from loop_tui.tui.widgets.plain_input import PlainInput

from .log_pane import LogPane, LogPrompt
from .log_slices import SLICE_S

_LOOKED_AT = 128
"""Lines that are searched in one step."""

_PROMPTS: dict[LogPrompt, str] = {
    "search": "search the whole log; enter: search, esc: cancel",
    "filter": "show only: words, skill:NAME, level:warn,error; enter: apply, esc: cancel",
    "save": "file to write the log to; enter: save, esc: cancel",
}


class LogInput(PlainInput):
    """One line of text for the log. Escape leaves it."""

    # Without a layout of the whole screen for each letter, while lines come in (see LogPane).
    virtual_size: Reactive[Size] = Reactive(Size(0, 0))

    BINDINGS: ClassVar[list[BindingType]] = [bound("prompt-leave", "leave")]

    def __init__(self) -> None:
        super().__init__(id="log-input", compact=True)
        self.what: LogPrompt = "search"

    def enter_word(self) -> str:
        """What enter does with what is typed."""
        return self.what

    def ask(self, what: LogPrompt, text: str) -> None:
        """Show up and take the focus."""
        self.what = what
        self.placeholder = _PROMPTS[what]
        self.value = text
        self.add_class("-shown")
        self.focus()

    def action_leave(self) -> None:
        """Go, with nothing done."""
        self.remove_class("-shown")
        self.screen.query_one(LogPane).focus()


class LogArea(Vertical):
    """A log pane, and what it needs the disk for. `folder` is where a saved log goes unless its name says otherwise."""

    def __init__(self, path: Callable[[], Path | None], folder: Path, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._path = path
        self._folder = folder
        self._filter = ""
        self._searching = 0

    def compose(self) -> ComposeResult:
        """The pane and the input."""
        yield LogPane(path=self._path, id="log")
        yield LogInput()

    @property
    def pane(self) -> LogPane:
        """The pane."""
        return self.query_one(LogPane)

    @on(LogPane.Asking)
    def _asked(self, message: LogPane.Asking) -> None:
        self.ask(message.what)

    def ask(self, what: LogPrompt) -> None:
        """Show the input for that, with what stood in it before, and give it the focus."""
        if what == "save" and getattr(self.app, "read_only", False):
            nothing_done(self.app, READ_ONLY)
            return
        known = {"search": self.pane.needle, "filter": self._filter, "save": ""}[what]
        self.query_one(LogInput).ask(what, known)

    @on(Input.Changed, "#log-input")
    def _typed(self, event: Input.Changed) -> None:
        """A filter shows what it does while it is typed."""
        event.stop()
        field = self.query_one(LogInput)
        if field.what == "filter" and field.has_class("-shown"):
            self._filter = event.value
            self.pane.set_filter(event.value)

    @on(Input.Submitted, "#log-input")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        field = self.query_one(LogInput)
        text = clean(event.value)
        field.action_leave()
        if field.what == "search":
            self.pane.needle = text
            self.pane.refresh()
            if text:
                self._search(1)
        elif field.what == "save" and text.strip():
            self._save(text.strip())

    @on(LogPane.NextWanted)
    def _next(self, message: LogPane.NextWanted) -> None:
        if self.pane.needle:
            self._search(message.direction)
        else:
            nothing_done(self.app, with_keys("no search yet: press {log-search}"))

    @on(LogPane.Copied)
    def _copied(self, message: LogPane.Copied) -> None:
        self.app.copy_to_clipboard(message.text)
        words = count_of(message.lines, "line")
        self.app.notify(f"{words} sent to the terminal's clipboard", markup=False)

    @on(LogPane.FollowWanted)
    def _follow(self) -> None:
        self.run_worker(self._back_to_the_end(), group="log", exclusive=True)

    @on(LogPane.TopWanted)
    def _top(self) -> None:
        pane = self.pane
        if pane.store.dropped or pane.away or pane.end > 0:
            self.run_worker(self._show_the_beginning(), group="log", exclusive=True)

    def _search(self, direction: int) -> None:
        """In memory when it is there, else in the file, in a thread that a new search makes give up."""
        self._searching += 1
        self.run_worker(self._find(direction, self._searching), group="log", exclusive=True)

    async def _find(self, direction: int, number: int) -> None:
        pane = self.pane
        index = await self._in_memory(direction)
        path = self._path()
        if index is not None or path is None:
            self._go(index)
            return
        from loop_tui.tui.cockpit import log_file

        pane.say_busy("searching…")
        try:
            start, end = await asyncio.to_thread(self._bounds)
            place = await asyncio.to_thread(
                self._find_on_disk, path, end if direction > 0 else start, direction, number
            )
            if number != self._searching:
                return
            if place is None:
                self._go(None)
                return
            if start <= place < end:
                self._go(await self._in_memory(direction, wrapped=True))
                return
            raw, first, line = await asyncio.to_thread(log_file.around, path, place, pane.store.cap // 2)
            pane.show_window(raw, first, line)
        except (Problem, OSError) as problem:
            self.app.notify(clean(str(problem)), severity="warning", markup=False)
        finally:
            pane.say_busy("")

    def _find_on_disk(self, path: Path, place: int, direction: int, number: int) -> int | None:
        from loop_tui.tui.cockpit import log_file

        def given_up() -> bool:
            return number != self._searching

        return log_file.find(path, self.pane.needle, place, forward=direction > 0, given_up=given_up)

    def _bounds(self) -> tuple[int, int]:
        """Where in the file the lines of the store begin and end."""
        from loop_tui.tui.cockpit.log_file import lengths

        pane = self.pane
        size = lengths(raw for i in range(len(pane.store)) if not (raw := pane.store[i]).startswith(HEADER))
        return (pane.start, pane.start + size) if pane.away else (max(0, pane.end - size), pane.end)

    async def _in_memory(self, direction: int, *, wrapped: bool = False) -> int | None:
        """Where in the store the text stands next; keys come in between."""
        pane = self.pane
        store, needle = pane.store, pane.needle.casefold()
        count = len(pane.store)
        at = pane.mark
        if at is None:
            first = pane.view.at(pane.scroll_offset.y)[0] if len(pane.view) else 0
            at = first - 1 if direction > 0 else count
            if pane.following and direction > 0:
                at = count
        order = range(at + 1, count) if direction > 0 else range(at - 1, -1, -1)
        if wrapped:
            order = range(count) if direction > 0 else range(count - 1, -1, -1)
        dropped, until = store.dropped, perf_counter() + SLICE_S
        for step, index in enumerate(order):
            if step % _LOOKED_AT == 0 and perf_counter() >= until:
                await asyncio.sleep(0)
                until = perf_counter() + SLICE_S
            index += dropped - store.dropped
            if not 0 <= index < len(store):
                continue
            raw = store[index]
            if not raw.startswith(HEADER) and needle in raw.split("\t", 3)[-1].casefold():
                return index
        return None

    def _go(self, index: int | None) -> None:
        if index is None:
            self.app.notify(clean(f"no matches in the log: {self.pane.needle}"), markup=False)
        else:
            self.pane.go_to(index)

    async def _back_to_the_end(self) -> None:
        path = self._path()
        if path is None:
            return
        from loop_tui.tui.cockpit import log_file

        pane = self.pane
        pane.catch_up()
        try:
            raw = await asyncio.to_thread(log_file.tail, path, pane.end)
        except OSError:
            raw = []
        pane.caught_up(raw)

    async def _show_the_beginning(self) -> None:
        path, pane = self._path(), self.pane
        if path is None:
            return
        from loop_tui.tui.cockpit import log_file

        try:
            start, _ = await asyncio.to_thread(self._bounds)
            if start <= 0:
                return
            raw, first, _ = await asyncio.to_thread(log_file.around, path, 0, pane.store.cap // 2)
        except (Problem, OSError) as problem:
            self.app.notify(clean(str(problem)), severity="warning", markup=False)
            return
        pane.show_window(raw, first, None)

    def _save(self, name: str) -> None:
        self.run_worker(self._write(self._folder / Path(name).expanduser()), group="log-save")

    async def _write(self, target: Path) -> None:
        path = self._path()
        if path is None:
            return
        from loop_tui.tui.cockpit import log_file

        try:
            lines = await asyncio.to_thread(log_file.save, path, target, self.pane.view.filter)
        except (Problem, OSError) as problem:
            self.app.notify(clean(str(problem)), severity="error", markup=False)
            return
        self.app.notify(clean(f"wrote {count_of(lines, 'line')} to {target}"), markup=False)
