"""Runs that are over: filter, watch again, compare (SCREEN "Other screens")."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from loop_tui.model.problem import Problem
from loop_tui.model.text import clean, count_of
from loop_tui.tui.actions import APP, HISTORY, UserAction, bindings, with_keys
from loop_tui.tui.history.asking import NotWanted, every_run, first_with, rest_with
from loop_tui.tui.history.rows import about, row_of_run
from loop_tui.tui.history.texts import SIGN, lines_with, said_of, search
from loop_tui.tui.widgets.choices import Choices
from loop_tui.tui.widgets.dismiss_once import LeftOnce
from loop_tui.tui.widgets.foot import Foot
from loop_tui.tui.widgets.listing import Listing
from loop_tui.tui.widgets.plain_input import PlainInput
from loop_tui.tui.widgets.words import MUTED, text_of
from loop_tui.tui.widgets.worker import run_feed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.content import Content

    from loop_tui.control.archived_runs import Hit
    from loop_tui.model.archived_run import ArchivedRun
    from loop_tui.model.runs import RunSummary
    from loop_tui.tui.app import LoopApp
    from loop_tui.tui.history.asking import Counted

_AT_ONCE = 100
"""So many rows are added at a time: a key is heard in between."""
_QUIET_S = 0.2
"""So long no key changes the filter before what does not fit on the screen is listed and counted, too."""
_SAID_S = 0.1
_PLACEHOLDER = "words: loop, system, outcome, date; /TEXT: in documents and logs"


class HistoryScreen(LeftOnce[None], Listing[None]):
    """The archive, newest first. Nothing here can be changed."""

    CSS_PATH = "screen.tcss"
    PLACES = (HISTORY, APP)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(HISTORY, APP)]
    app: LoopApp

    def __init__(self, project: Path) -> None:
        super().__init__()
        self._project = project
        self._runs: tuple[ArchivedRun, ...] = ()
        self._shown: list[ArchivedRun] = []
        self._marked: ArchivedRun | None = None
        self._total = 0
        self._wanted = ""
        self._hits: dict[str, list[Hit]] = {}
        self._said_of = ""
        self._is_over = False
        self._said_s = 0.0
        self._told_of: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """The row on top, the list, what is known of the selected run, the filter, the keys."""
        yield Static(id="history-status", markup=False)
        yield Choices(id="history-runs", markup=False)
        yield Static(id="history-about", markup=False)
        yield PlainInput(id="history-filter", placeholder=_PLACEHOLDER, compact=True)
        yield Foot(id="history-keys")

    def on_mount(self) -> None:
        """Read the archive after the first paint."""
        self.query_one(OptionList).focus()
        self.query_one(Foot).renew()
        self._say("reading…")
        self.call_after_refresh(run_feed, self, self._read)

    def on_unmount(self) -> None:
        """Whoever still reads for it may stop."""
        self._is_over = True

    def _say(self, text: str) -> None:
        if self.query(OptionList):
            self.query_one("#history-status", Static).update(text_of(("history  ", "bold $status-running"), text))

    def _told(self, done: int, count: int) -> None:
        """The first time the whole archive is read, and that takes its time: how far it is. Called by its thread."""
        if self._is_over:
            raise NotWanted
        now = time.monotonic()
        if now - self._said_s >= _SAID_S:
            self._said_s = now
            self.app.call_later(self._say, f"reading the archive: {done:,} of {count_of(count, 'run')}")

    async def _read(self) -> None:
        try:
            await self.app.indexing.done(self._told)
            (found, problems), _, self._total = await asyncio.to_thread(every_run, self._told)
        except NotWanted:
            return
        if not self.query(OptionList):
            return  # It was left while the archive was read.
        self._runs = tuple(found)
        if problems:
            said = f"{count_of(len(problems), 'entry', 'entries')} of the archive cannot be read: {problems[0]}"
            self.notify(clean(said), severity="warning", markup=False)
        self._list(self.query_one(Input).value)

    def _list(self, wanted: str) -> None:
        """List the runs with these words; where not all are known here, the archive is asked for them."""
        from loop_tui.control.archived_runs import searched

        self._wanted = wanted
        is_whole = not self._said_of and len(self._shown) == len(self._runs)
        self._hits, self._said_of = {}, ""
        if wanted.startswith(SIGN) and is_whole:
            return  # It is searched for when enter is pressed.
        words_ = [] if wanted.startswith(SIGN) else wanted.casefold().split()
        if words_ and self._total > len(self._runs):
            self.run_worker(self._ask(wanted), group="filter", exclusive=True)
            return
        found = [run for run in self._runs if all(word in searched(run) for word in words_)]
        self._fill(found, len(found) if words_ else self._total)

    async def _ask(self, wanted: str) -> None:
        """List what fits on the screen of the runs with these words; the rest when no other key follows."""

        def is_wanted() -> bool:
            return wanted == self._wanted and not self._is_over

        most = self.size.height
        try:
            first = await asyncio.to_thread(first_with, wanted, most, is_wanted)
            is_all = len(first.runs) < most
            if is_wanted() and self.query(OptionList):
                self._fill(first.runs, len(first.runs) if is_all else None)
            if is_all:
                return
            await asyncio.sleep(_QUIET_S)
            rest = await asyncio.to_thread(rest_with, wanted, is_wanted)
        except NotWanted:
            return
        if is_wanted() and self.query(OptionList):
            self._complete(rest)

    async def _search(self, text: str) -> None:
        """List the runs with that text in documents and logs; the first time they are all read for it."""
        wanted = self._wanted
        self._say("searching documents and logs…")
        try:
            found = await asyncio.to_thread(search, text, self._told)
        except NotWanted:
            return
        except Problem as problem:
            self.notify(clean(str(problem)), severity="warning", markup=False)
            return
        if wanted != self._wanted or not self.query(OptionList):
            return
        runs = {hit.run.where: hit.run for hit in found.hits}
        self._hits = {where: [] for where in runs}
        for hit in found.hits:
            self._hits[hit.run.where].append(hit)
        self._said_of = said_of(text, len(runs), found)
        self._fill([*runs.values()], len(runs))

    def _fill(self, shown: Sequence[ArchivedRun], matching: int | None) -> None:
        """List these of so many runs; None where they are not counted yet."""
        self._shown = [*shown]
        listed = self.query_one(OptionList)
        listed.clear_options()
        self._add_rest(self._shown)
        listed.highlighted = 0 if self._shown else None
        self._say_count(matching)
        self._about()

    def _complete(self, found: Counted) -> None:
        """List the rest of the runs of which the first are listed."""
        runs, self._total = [*found.listed.runs], found.total
        if runs[: len(self._shown)] != self._shown:
            self._fill(runs, found.matching)
            return
        self._shown = runs
        self._add_rest(runs)
        self._say_count(found.matching)

    def _say_count(self, matching: int | None) -> None:
        total, many = count_of(self._total, "run"), f"{len(self._shown):,}"
        if self._said_of:
            told = self._said_of
        elif matching is None:
            told = f"\u2026 of {total}"
        elif len(self._shown) < matching < self._total:
            told = f"{matching:,} of {total}, the newest {many} are listed"
        else:
            told = total if len(self._shown) == self._total else f"{many} of {total}"
        none = "" if self._runs else "  none yet: runs appear here when they are archived"
        self.query_one("#history-status", Static).update(
            text_of(("history  ", "bold $status-running"), (told, "bold"), (none, MUTED))
        )

    def _add_rest(self, shown: list[ArchivedRun]) -> None:
        """Add some rows, and more once these are painted; not when others are shown by now."""
        if shown is not self._shown or not self.query(OptionList):
            return
        listed = self.query_one(OptionList)
        at = listed.option_count
        listed.add_options(Option(row_of_run(run, marked=run == self._marked)) for run in shown[at : at + _AT_ONCE])
        if at + _AT_ONCE < len(shown):
            self.call_after_refresh(self._add_rest, shown)

    @property
    def selected(self) -> ArchivedRun | None:
        """The run under the cursor."""
        at = self.query_one(OptionList).highlighted
        return self._shown[at] if at is not None and at < len(self._shown) else None

    def foot_word(self, entry: UserAction) -> str:
        """A key that leads nowhere, as there is no run, is dim."""
        run = self.selected
        if entry.id in ("history-open", "history-mark", "history-compare") and run is None:
            return ""
        return "unmark" if entry.id == "history-mark" and run == self._marked else entry.bar

    @on(OptionList.OptionHighlighted)
    def _about(self) -> None:
        run = self.selected
        hits = self._hits.get(run.where) if run else None
        told_of = (run, hits, self.size.width, self.focused)
        if told_of == self._told_of:
            return  # The list tells of its cursor what is shown already.
        self._told_of = told_of
        self.query_one(Foot).renew()
        told: Content | str = about(run, self._runs, self.size.width - 2) if run else ""
        if hits:
            told = lines_with(hits, self._wanted.removeprefix(SIGN))
        self.query_one("#history-about", Static).update(told)

    def on_resize(self) -> None:
        """As many trends stand side by side as there is room for."""
        self._about()

    @on(OptionList.OptionSelected)
    def _chosen(self) -> None:
        self.action_replay()

    @on(Input.Changed)
    def _filtered(self, event: Input.Changed) -> None:
        self._list(event.value)

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.query_one(OptionList).focus()
        text = self._wanted.removeprefix(SIGN)
        if text.strip() and (text != self._wanted or not self._shown):
            self.run_worker(self._search(text), group="filter", exclusive=True)

    def action_filter(self) -> None:
        """Type what the runs have to hold."""
        field = self.query_one(Input)
        field.add_class("-shown")
        field.focus()

    def action_move(self, step: int) -> None:
        """Move the cursor."""
        listed = self.query_one(OptionList)
        if self._shown:
            listed.highlighted = max(0, min(len(self._shown) - 1, (listed.highlighted or 0) + step))

    def action_replay(self) -> None:
        """Watch the selected run again."""
        run = self.selected
        if run is not None and (whole := self._whole(run)) is not None:
            from loop_tui.tui.replay.screen import ReplayScreen

            self.app.push_screen(ReplayScreen(whole, self._project))

    def _whole(self, run: ArchivedRun) -> RunSummary | None:
        """The run as its file has it; None, and a message, where that cannot be read any more."""
        from loop_tui.control.past_runs import read_run

        try:
            return read_run(run.where)
        except Problem as problem:
            self.notify(clean(str(problem)), severity="warning", markup=False)
            return None

    def action_mark(self) -> None:
        """Mark the selected run; again: unmark it."""
        run, listed = self.selected, self.query_one(OptionList)
        if run is None:
            return
        before, self._marked = self._marked, None if self._marked == run else run
        for row, each in enumerate(self._shown[: listed.option_count]):
            if each in (before, run):
                listed.replace_option_prompt_at_index(row, row_of_run(each, marked=each == self._marked))
        self.query_one(Foot).renew()

    def action_compare(self) -> None:
        """Compare the selected run with the marked one, else with the one before it of the same loop and project."""
        run = self.selected
        if run is None:
            return
        alike = [other for other in self._runs if (other.loop, other.system) == (run.loop, run.system)]
        older = alike[alike.index(run) + 1 :] if run in alike else []
        other = self._marked if self._marked is not None and self._marked != run else next(iter(older), None)
        if other is None:
            told = "there is no earlier run of this loop and project: {history-mark} marks a run to compare with"
            self.app.nothing_done(with_keys(told))
            return
        from loop_tui.tui.history.compare import CompareScreen

        first, second = self._whole(other), self._whole(run)
        if first is not None and second is not None:
            self.app.push_screen(CompareScreen(first, second, self._project))

    def action_back(self) -> None:
        """Leave the filter, else go back to where this was opened from."""
        field = self.query_one(Input)
        if field.has_class("-shown"):
            field.value = ""
            field.remove_class("-shown")
            self.query_one(OptionList).focus()
        elif not self.is_lowest:
            self.dismiss(None)
        else:
            self.app.exit(0)

    def action_command(self) -> None:
        """Commands are for one run that goes on."""
        self.app.nothing_done("these runs have ended: open a run to use commands")
