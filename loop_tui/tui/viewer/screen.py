"""Texts to be read: a list to choose from, then the one chosen, as Markdown or as it is written, or what differs."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Markdown, OptionList
from textual.widgets.option_list import Option

from loop_tui.model.problem import Problem
from loop_tui.model.text import clean, one_line
from loop_tui.tui.actions import VIEWER, action, bar_actions, bindings
from loop_tui.tui.viewer.diff import tones
from loop_tui.tui.viewer.markdown import parser
from loop_tui.tui.viewer.page import Form, Item, Page, failed
from loop_tui.tui.widgets.choices import Choices
from loop_tui.tui.widgets.dismiss_once import LeftOnce
from loop_tui.tui.widgets.listing import Listing
from loop_tui.tui.widgets.text_page import TextPage
from loop_tui.tui.widgets.words import MUTED, text_of

if TYPE_CHECKING:
    from textual.widget import Widget

    from loop_tui.tui.app import LoopApp

_READING = "reading…"
_MOST_COPIED = 1_000_000
"""Characters: terminals cut or refuse a clipboard beyond about this."""


class ViewerScreen(ModalScreen[None], LeftOnce[None], Listing[None]):
    """The list, then the text; escape goes back one step. A list of one needs no choice."""

    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = ["../widgets/dialog.tcss", "screen.tcss"]
    PLACES = (VIEWER,)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(VIEWER)]

    app: LoopApp

    def __init__(self, title: str, items: Sequence[Item]) -> None:
        super().__init__()
        self._title = title
        self._items = tuple(items)
        self._item: Item | None = None
        self._page: Page | None = None
        self._diff: Page | None = None
        self._numbered = False

    @property
    def shown(self) -> Page | None:
        """The page that is shown, None while the list is."""
        return self._diff or self._page

    @property
    def text(self) -> str:
        """The text that is shown, as it is written."""
        return self.shown.text if self.shown is not None else ""

    @property
    def is_read(self) -> bool:
        """True when nothing is being read or compared."""
        busy = any(worker.group in ("page", "wrap") and worker.is_running for worker in self.workers)
        return self.shown is not None and not busy

    @property
    def holds_keys(self) -> bool:
        """True while the text is read: the keys behind the one that opened it are for the text."""
        return self._item is not None and self._page is None

    def compose(self) -> ComposeResult:
        """The list, and a page that stays hidden until something is chosen."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = text_of(self._title)
            dialog.border_subtitle = "enter: show · esc: close"
            yield Choices(*[Option(_label(item)) for item in self._items], markup=False)
        with Vertical(classes="page") as page:
            page.display = False
            yield TextPage()
            yield VerticalScroll(id="rendered")

    def on_mount(self) -> None:
        """Show the only one at once."""
        choices = self.query_one(OptionList)
        choices.highlighted = 0
        choices.focus()
        if len(self._items) == 1:
            self._open(self._items[0])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Show what was chosen."""
        event.stop()
        self._open(self._items[event.option_index])

    def _open(self, item: Item) -> None:
        self._item, self._page, self._diff = item, None, None
        self.query_one(".dialog").display = False
        self.query_one(".page").display = True
        self._work(self._reading, item, fresh=True)

    # Reading -------------------------------------------------------------------------------------------------------

    def _work(self, work: Callable[..., Awaitable[None]], *what: object, **how: object) -> None:
        """Do one thing at a time: what was begun before is of no interest any more."""
        # Not as a coroutine: one that is taken back before it began would never be awaited.
        self.run_worker(partial(work, *what, **how), group="page", exclusive=True)

    async def _reading(self, item: Item, *, fresh: bool = False, edited: str | None = None) -> None:
        """Read it. `fresh` says so meanwhile; `edited` is what was noted about it before an editor had it."""
        if fresh:
            await self._put(Page(one_line(item.name, 80), _READING))
        try:
            page = await item.read()
        except Problem as problem:
            page = failed(one_line(item.name, 80), problem)
        self._page = page
        if self._diff is None:
            await self._put(page)
        if edited is not None and page.note and page.note != edited:
            self._say(f"{item.name}: {page.note}. {item.about_change}".strip(), warn=False)

    async def _comparing(self, item: Item) -> None:
        assert item.compare is not None
        try:
            page = await item.compare()
        except Problem as problem:
            page = failed(one_line(item.name, 80), problem)
        self._diff = page
        await self._put(page)

    def _renders(self, page: Page) -> bool:
        return page.form is Form.MARKDOWN and not page.source_only and not self.app.shows_source

    async def _put(self, page: Page) -> None:
        """Show a page in its form."""
        outer, plain, rendered = self.query_one(".page"), self.query_one(TextPage), self.query_one("#rendered")
        renders = self._renders(page)
        notes = [note for note in (page.note, page.source_only if not renders else "") if note]
        outer.border_title = text_of(page.title, (f" · {' · '.join(notes)}" if notes else "", MUTED))
        outer.border_subtitle = self._keys(page)
        if renders:
            # A widget of its own for each text: of the last one nothing may stay behind.
            await rendered.remove_children()
            found = Markdown(parser_factory=parser, open_links=False)
            await rendered.mount(found)
            await found.update(page.text)
        else:
            marks = tuple(tones(page.text.split("\n"))) if page.form is Form.DIFF else ()
            plain.show(page.text, marks, numbers=self._numbered and page.form is not Form.DIFF)
        plain.display, rendered.display = not renders, renders
        (rendered if renders else plain).focus()

    def _keys(self, page: Page) -> Content:
        """The keys that do something for this page."""
        item = self._item
        useless = {
            "viewer-markdown": page.form is not Form.MARKDOWN,
            "viewer-diff": item is None or item.compare is None,
            "viewer-edit": page.file is None or bool(self.app.why_not(action("viewer-edit"))),
            "viewer-numbers": page.form is Form.DIFF or self._renders(page),
        }
        words = {
            "viewer-markdown": "source" if self._renders(page) else "rendered",
            "viewer-diff": "the text" if self._diff is not None else "diff",
        }
        shown = [entry for entry in bar_actions(VIEWER) if not useless.get(entry.id)]
        parts = [(entry.shown_keys.split(" ")[0], words.get(entry.id, entry.bar)) for entry in shown]
        return text_of(*(p for key, word in parts for p in ((f" {key} ", "bold $status-running"), (word, MUTED))), " ")

    # Keys ----------------------------------------------------------------------------------------------------------

    def _say(self, text: str, *, warn: bool = True) -> None:
        if warn:
            self.app.nothing_done(text)
        else:
            self.notify(clean(text), markup=False)

    def action_form(self) -> None:
        """Markdown as it is meant, or as it is written; the choice holds until the screen is left."""
        page = self.shown
        if page is None:
            return
        if page.form is not Form.MARKDOWN:
            self._say("only Markdown can be rendered")
        elif page.source_only:
            self._say(f"{page.source_only}, so its source is shown")
        else:
            self.app.shows_source = not self.app.shows_source
            self._work(self._put, page)

    def action_compare(self) -> None:
        """What differs from the run before; again: the text."""
        item, page = self._item, self._page
        if item is None or page is None:
            return
        if self._diff is not None:
            self._diff = None
            self._work(self._put, page)
        elif item.compare is None:
            self._say("there is nothing to compare with")
        else:
            self._work(self._comparing, item)

    def action_numbers(self) -> None:
        """Number the lines of a source, or not."""
        page = self.shown
        if page is not None and page.form is not Form.DIFF and not self._renders(page):
            self._numbered = not self._numbered
            self._work(self._put, page)

    def action_copy(self) -> None:
        """Send the text to the terminal's clipboard."""
        if self.shown is not None:
            self.app.copy_to_clipboard(self.text[:_MOST_COPIED])
            self._say("the text was sent to the terminal's clipboard", warn=False)

    def action_reload(self) -> None:
        """Read it again; what is shown stays until there is something new."""
        if self._item is not None and self._diff is None:
            self._work(self._reading, self._item)

    def action_edit(self) -> None:
        """Open the file in the person's editor, and read it again afterwards."""
        from loop_tui.tui.editor import edit, editor_argv

        page, item = self._page, self._item
        if page is None or item is None:
            return
        why = self.app.why_not(action("viewer-edit")) or ("" if page.file is not None else page.no_file)
        if why or page.file is None:
            self._say(why)
            return
        try:
            argv, file = editor_argv(os.environ), page.file
            code = self.app.outside(partial(edit, argv, file))
        except SuspendNotSupported:
            self._say("an editor needs a terminal, and there is none here")
            return
        except Problem as problem:
            self._say(str(problem))
            return
        if code:
            self._say(f"the editor ended with exit code {code}")
        self._diff = None
        self._work(self._reading, item, edited=page.note)

    async def on_markdown_link_clicked(self, event: Markdown.LinkClicked) -> None:
        """A link in a deliverable may lead anywhere: it is said, not followed."""
        event.stop()
        self._say(f"links are not opened from here: {one_line(event.href, 200)}", warn=False)

    def action_back(self) -> None:
        """From what differs to the text, from the text to the list, from the list to where one was."""
        if self._diff is not None:
            self.action_compare()
        elif self._item is None or len(self._items) == 1:
            self.dismiss(None)
        else:
            self.workers.cancel_group(self, "page")
            self._item = self._page = None
            self.query_one(".page").display = False
            self.query_one(".dialog").display = True
            self.query_one(OptionList).focus()

    def _scrolled(self) -> Widget:
        return next(each for each in (self.query_one(TextPage), self.query_one("#rendered")) if each.display)

    def action_move(self, step: int) -> None:
        """Down or up: in the list, or in the text."""
        if self._item is not None:
            self._scrolled().scroll_relative(y=step, animate=False)
        elif step > 0:
            self.query_one(OptionList).action_cursor_down()
        else:
            self.query_one(OptionList).action_cursor_up()

    def action_half_page(self, direction: int) -> None:
        """Half a page."""
        if self._item is not None:
            page = self._scrolled()
            page.scroll_relative(y=direction * max(1, page.size.height // 2), animate=False)

    def action_edge(self, end: int) -> None:
        """The beginning or the end of the text, or of the list."""
        if self._item is None:
            self.query_one(OptionList).highlighted = 0 if end < 0 else len(self._items) - 1
        else:
            page = self._scrolled()
            page.scroll_to(y=0 if end < 0 else page.virtual_size.height, animate=False)


def _label(item: Item) -> Content:
    about = f"  {one_line(item.about, 60)}" if item.about else ""
    return text_of((one_line(item.name, 50), "bold"), (about, MUTED))
