"""Runs that are over: filter, watch again, compare (SCREEN "Other screens")."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from loop_tui.model.clock import words
from loop_tui.model.status import word_of
from loop_tui.model.text import clean, count_of, one_line
from loop_tui.tui.actions import APP, HISTORY, UserAction, bindings, with_keys
from loop_tui.tui.widgets.choices import Choices
from loop_tui.tui.widgets.dismiss_once import LeftOnce
from loop_tui.tui.widgets.foot import Foot
from loop_tui.tui.widgets.glyphs import Appearance
from loop_tui.tui.widgets.listing import Listing
from loop_tui.tui.widgets.words import MUTED, lines_of, look, text_of
from loop_tui.tui.widgets.worker import run_feed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.content import Content

    from loop_tui.model.problem import Problem
    from loop_tui.model.runs import RunSummary
    from loop_tui.tui.app import LoopApp

MOST = 2000
_MOST_TRENDS = 4
_GAP = "   "
_LOOKS = {
    "success": Appearance("✓", "done", "status-done"),
    "failed": Appearance("✗", "failed", "status-failed"),
    "abandoned": Appearance("–", "abandoned", "status-skipped"),
    "partial": Appearance("●", "partial", "status-waiting"),
}


def _archive() -> tuple[Sequence[RunSummary], Sequence[Problem]]:
    from loop_tui.control.past_runs import read_runs
    from loop_tui.fs.homes import claude_home

    return read_runs(claude_home(), limit=MOST)


class HistoryScreen(LeftOnce[None], Listing[None]):
    """The archive, newest first. Nothing here can be changed."""

    CSS_PATH = "screen.tcss"
    PLACES = (HISTORY, APP)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(HISTORY, APP)]
    app: LoopApp

    def __init__(self, project: Path) -> None:
        super().__init__()
        self._project = project
        self._runs: tuple[RunSummary, ...] = ()
        self._shown: list[RunSummary] = []
        self._marked: RunSummary | None = None

    def compose(self) -> ComposeResult:
        """The row on top, the list, what is known of the selected run, the filter, the keys."""
        yield Static(id="history-status", markup=False)
        yield Choices(id="history-runs", markup=False)
        yield Static(id="history-about", markup=False)
        yield Input(id="history-filter", placeholder="words: loop, system, outcome, date", compact=True)
        yield Foot(id="history-keys")

    def on_mount(self) -> None:
        """Read the archive after the first paint."""
        self.query_one(OptionList).focus()
        self.query_one(Foot).renew()
        self.query_one("#history-status", Static).update(text_of(("history  ", "bold $status-running"), "reading…"))
        self.call_after_refresh(run_feed, self, self._read)

    async def _read(self) -> None:
        found, problems = await asyncio.to_thread(_archive)
        if not self.query(OptionList):
            return  # It was left while the archive was read.
        self._runs = tuple(found)
        if problems:
            said = f"{count_of(len(problems), 'entry', 'entries')} of the archive cannot be read: {problems[0]}"
            self.notify(clean(said), severity="warning", markup=False)
        self._list("")

    def _list(self, wanted: str) -> None:
        words_ = wanted.casefold().split()
        self._shown = [run for run in self._runs if all(word in _searched(run) for word in words_)]
        listed = self.query_one(OptionList)
        listed.clear_options()
        listed.add_options([Option(_row(run, marked=run is self._marked)) for run in self._shown])
        listed.highlighted = 0 if self._shown else None
        total = count_of(len(self._runs), "run")
        many = f"{len(self._shown)} of {total}" if words_ else total
        none = "" if self._runs else "  none yet: runs appear here when they are archived"
        self.query_one("#history-status", Static).update(
            text_of(("history  ", "bold $status-running"), (many, "bold"), (none, MUTED))
        )
        self._about()

    @property
    def selected(self) -> RunSummary | None:
        """The run under the cursor."""
        at = self.query_one(OptionList).highlighted
        return self._shown[at] if at is not None and at < len(self._shown) else None

    def foot_word(self, entry: UserAction) -> str:
        """A key that leads nowhere, as there is no run, is dim."""
        run = self.selected
        if entry.id in ("history-open", "history-mark", "history-compare") and run is None:
            return ""
        return "unmark" if entry.id == "history-mark" and run is self._marked else entry.bar

    @on(OptionList.OptionHighlighted)
    def _about(self) -> None:
        self.query_one(Foot).renew()
        run = self.selected
        self.query_one("#history-about", Static).update(about(run, self._runs, self.size.width - 2) if run else "")

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
        if run is not None:
            from loop_tui.tui.replay.screen import ReplayScreen

            self.app.push_screen(ReplayScreen(run, self._project))

    def action_mark(self) -> None:
        """Mark the selected run; again: unmark it."""
        run = self.selected
        at = self.query_one(OptionList).highlighted
        if run is None or at is None:
            return
        self._marked = None if self._marked is run else run
        self._list(self.query_one(Input).value)
        self.query_one(OptionList).highlighted = at

    def action_compare(self) -> None:
        """Compare the selected run with the marked one, else with the one before it of the same loop and project."""
        run = self.selected
        if run is None:
            return
        alike = [other for other in self._runs if (other.loop, other.system) == (run.loop, run.system)]
        older = alike[alike.index(run) + 1 :]
        other = self._marked if self._marked is not None and self._marked is not run else next(iter(older), None)
        if other is None:
            told = "there is no earlier run of this loop and project: {history-mark} marks a run to compare with"
            self.app.nothing_done(with_keys(told))
            return
        from loop_tui.tui.history.compare import CompareScreen

        self.app.push_screen(CompareScreen(other, run, self._project))

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


def about(run: RunSummary, runs: tuple[RunSummary, ...], width: int) -> Content:
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


def _searched(run: RunSummary) -> str:
    return f"{run.loop} {run.system} {word_of(run.outcome)} {run.completed_at} {run.version} {run.run}".casefold()


def _row(run: RunSummary, *, marked: bool) -> Content:
    from loop_tui.control.shipped import release_of

    when = clean(run.completed_at)[:16].replace("T", " ")
    version = release_of(run).get("to", "")
    return text_of(
        ("◆ " if marked else "  ", "bold $status-waiting"),
        f"{when:<17}",
        look(_LOOKS[run.outcome.value]),
        " " * max(1, 11 - len(word_of(run.outcome))),
        (f"{one_line(run.system, 15):<16}", "bold"),
        f"{one_line(run.loop.removesuffix('-loop'), 12):<13}",
        f"{words(run.working_ms):>8}",
        (f"  {version}" if version else "", MUTED),
    )


_BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[int], width: int) -> str:
    """The last values as bars, from the smallest to the largest; one value, or all the same, is half high."""
    shown = values[-width:]
    if not shown:
        return ""
    low, high = min(shown), max(shown)
    if low == high:
        return _BARS[3] * len(shown)
    return "".join(_BARS[round((value - low) * (len(_BARS) - 1) / (high - low))] for value in shown)
