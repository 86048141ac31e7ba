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

from loop_tui.model.clock import words
from loop_tui.model.problem import Problem
from loop_tui.model.status import word_of
from loop_tui.model.text import clean, count_of, one_line
from loop_tui.tui.actions import APP, HISTORY, UserAction, bindings, with_keys
from loop_tui.tui.history.texts import SIGN, lines_with, said_of, search
from loop_tui.tui.widgets.choices import Choices
from loop_tui.tui.widgets.dismiss_once import LeftOnce
from loop_tui.tui.widgets.foot import Foot
from loop_tui.tui.widgets.glyphs import Appearance
from loop_tui.tui.widgets.listing import Listing
from loop_tui.tui.widgets.plain_input import PlainInput
from loop_tui.tui.widgets.sparkline import sparkline
from loop_tui.tui.widgets.words import MUTED, lines_of, look, text_of
from loop_tui.tui.widgets.worker import run_feed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.content import Content

    from loop_tui.control.archived_runs import Hit, Listed
    from loop_tui.model.archived_run import ArchivedRun
    from loop_tui.model.runs import RunSummary
    from loop_tui.tui.app import LoopApp

MOST = 500
"""So many runs are listed, in a few milliseconds; the filter looks for others among all."""
_AT_ONCE = 100
_SAID_S = 0.1
_PLACEHOLDER = "words: loop, system, outcome, date; /TEXT: in documents and logs"
_MOST_TRENDS = 4
_GAP = "   "
_LOOKS = {
    "success": Appearance("✓", "done", "status-done"),
    "failed": Appearance("✗", "failed", "status-failed"),
    "abandoned": Appearance("–", "aborted", "status-skipped"),
    "partial": Appearance("●", "partial", "status-waiting"),
}


class _Over(Exception):
    """The screen was left while the archive was read: nobody waits for it any more."""


def _archive(text: str, told: Callable[[int, int], None]) -> tuple[Listed, int]:
    """The newest runs with these words, and how many there are without them."""
    from loop_tui.control.archived_runs import Filters, count_runs, keep_index_open, list_runs
    from loop_tui.fs.homes import claude_home

    keep_index_open()
    listed = list_runs(claude_home(), Filters(text=text), MOST, most=None, progress=told)
    return listed, count_runs(claude_home()) if text or len(listed.runs) == MOST else len(listed.runs)


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
            raise _Over
        now = time.monotonic()
        if now - self._said_s >= _SAID_S:
            self._said_s = now
            self.app.call_later(self._say, f"reading the archive: {done:,} of {count_of(count, 'run')}")

    async def _read(self) -> None:
        try:
            (found, problems), self._total = await asyncio.to_thread(_archive, "", self._told)
        except _Over:
            return
        if not self.query(OptionList):
            return  # It was left while the archive was read.
        self._runs = tuple(found)
        if problems:
            said = f"{count_of(len(problems), 'entry', 'entries')} of the archive cannot be read: {problems[0]}"
            self.notify(clean(said), severity="warning", markup=False)
        self._list("")

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
        self._fill([run for run in self._runs if all(word in searched(run) for word in words_)])

    async def _ask(self, wanted: str) -> None:
        try:
            listed, self._total = await asyncio.to_thread(_archive, wanted, self._told)
        except _Over:
            return
        if wanted == self._wanted and self.query(OptionList):
            self._fill(listed.runs)

    async def _search(self, text: str) -> None:
        """List the runs with that text in documents and logs; the first time they are all read for it."""
        wanted = self._wanted
        self._say("searching documents and logs…")
        try:
            found = await asyncio.to_thread(search, text, self._told)
        except _Over:
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
        self._fill([*runs.values()])

    def _fill(self, shown: Sequence[ArchivedRun]) -> None:
        self._shown = [*shown]
        listed = self.query_one(OptionList)
        listed.clear_options()
        self._add(self._shown[:_AT_ONCE])
        if len(self._shown) > _AT_ONCE:
            self.call_after_refresh(self._add_rest, self._shown)
        listed.highlighted = 0 if self._shown else None
        total = count_of(self._total, "run")
        many = total if len(self._shown) == self._total else f"{len(self._shown):,} of {total}"
        many = self._said_of or many
        none = "" if self._runs else "  none yet: runs appear here when they are archived"
        self.query_one("#history-status", Static).update(
            text_of(("history  ", "bold $status-running"), (many, "bold"), (none, MUTED))
        )
        self._about()

    def _add(self, runs: Sequence[ArchivedRun]) -> None:
        rows = [Option(_row(run, marked=run == self._marked)) for run in runs]
        self.query_one(OptionList).add_options(rows)

    def _add_rest(self, shown: list[ArchivedRun]) -> None:
        """Add the rows below those that fit on a screen, once these are painted; not when others are shown by now."""
        if shown is self._shown and self.query(OptionList):
            self._add(shown[_AT_ONCE:])

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
        self.query_one(Foot).renew()
        run = self.selected
        told: Content | str = about(run, self._runs, self.size.width - 2) if run else ""
        if run and (hits := self._hits.get(run.where)):
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
        for row, each in enumerate(self._shown):
            if each in (before, run):
                listed.replace_option_prompt_at_index(row, _row(each, marked=each == self._marked))
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


def about(run: ArchivedRun, runs: tuple[ArchivedRun, ...], width: int) -> Content:
    """How long runs of this loop worked, the oldest first, and the skills of this one, longest first.

    In as many rows of that width as they need; none is cut.
    """
    same = [other.working_ms for other in reversed(runs) if other.loop == run.loop and other.working_ms is not None]
    trends = [text_of((f"{one_line(run.loop, 30)} ", "bold"), (sparkline(same, 40), "$status-running"))]
    for skill, ms in sorted(run.durations.items(), key=lambda item: -item[1])[:_MOST_TRENDS]:
        past = [o.durations[skill] for o in reversed(runs) if o.loop == run.loop and skill in o.durations]
        trends.append(text_of((f"{one_line(skill, 24)} {words(ms)} ", MUTED), (sparkline(past, 12), "$status-running")))
    rows: list[Content] = []
    for trend in trends:
        beside = rows[-1] + text_of(_GAP) + trend if rows else trend
        if rows and beside.cell_length <= width:
            rows[-1] = beside
        else:
            rows.append(trend)
    return lines_of(*rows)


def _row(run: ArchivedRun, *, marked: bool) -> Content:
    when = clean(run.completed_at)[:16].replace("T", " ")
    return text_of(
        ("◆ " if marked else "  ", "bold $status-waiting"),
        f"{when:<17}",
        look(_LOOKS[run.outcome.value]),
        " " * max(1, 11 - len(word_of(run.outcome))),
        (f"{one_line(run.system, 15):<16}", "bold"),
        f"{one_line(run.loop.removesuffix('-loop'), 12):<13}",
        f"{words(run.working_ms):>8}",
        (f"  {one_line(run.release, 20)}" if run.release else "", MUTED),
    )
