"""What the gate panel shows of a run, painted again only where it is another text; and its scrolling."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from loop_tui.model.panel import NextTold
from loop_tui.model.problem import Problem

if TYPE_CHECKING:
    from loop_tui.control.snapshot import Snapshot
    from loop_tui.tui.app import LoopApp
    from loop_tui.tui.cockpit.gate_documents import GateRead
    from loop_tui.tui.cockpit.panel_text import PanelText


class PanelBody(VerticalScroll, inherit_bindings=False):
    """What the panel says. It has the focus while the person reads."""


class PanelShown(Vertical):
    """The body of the panel. Whoever inherits composes it, and says when there is another snapshot."""

    app: LoopApp
    _snapshot: Snapshot | None = None
    _panel: PanelText | None = None
    _now: datetime | None = None
    _selected = 0
    _copied = 0
    """How many addresses of the question were copied."""
    _read: GateRead | None = None
    _reading: object = None
    _next: NextTold | None = None
    _next_of: object = None
    starts_moves = False
    """Where enter can start what is worth doing next."""

    @property
    def has_read(self) -> bool:
        """True when it shows what a person decides on at the gate."""
        return self._read is not None

    def tick(self, now: datetime) -> None:
        """Let the elapsed times of targets that are watched go on."""
        self._now = now
        if self._snapshot is not None and self._snapshot.driven and self._panel is not None and self._panel.moves:
            self._paint(self._snapshot)

    def _paint(self, snapshot: Snapshot) -> PanelText:
        from loop_tui.tui.cockpit.panel_text import panel_of

        width = self.query_one("#panel-body").scrollable_content_region.width or 80
        panel = panel_of(replace(snapshot, next=self._next), width, self._now, self._selected, self._read)
        if self._panel is None or not panel.body.is_same(self._panel.body):
            self.query_one("#panel-text", Static).update(panel.body)
        self._panel = panel
        return panel

    def _look_up(self, snapshot: Snapshot) -> None:
        """Read what a person decides on at a gate, in the background, when it is another than before."""
        from loop_tui.tui.cockpit.gate_documents import key_of

        wanted = key_of(snapshot) if snapshot.attention.kind == "gate" else None
        if wanted == self._reading:
            return
        self._reading, self._read = wanted, None
        if wanted is not None:
            self.run_worker(self._read_gate(snapshot, wanted), group="gate", exclusive=True, exit_on_error=True)

    def _look_ahead(self, snapshot: Snapshot) -> None:
        """Ask what is worth doing next, in the background: once after a run, and once where a run was before."""
        need = snapshot.attention
        over = need.kind in ("complete", "ended") or (need.kind == "idle" and snapshot.last is not None)
        wanted = (need.kind, need.key) if over and self.starts_moves and self.is_on_screen else None
        if wanted == self._next_of:
            return
        self._next_of, self._next = wanted, None
        if wanted is not None:
            self.run_worker(self._ask_next(snapshot, wanted), group="next", exclusive=True, exit_on_error=True)

    async def _ask_next(self, snapshot: Snapshot, wanted: object) -> None:
        from loop_tui.tui.moves.listed import moves_in

        try:
            told = await self.app.launcher.moves(snapshot.project, 1)
        except Problem:
            return  # Nothing is said then; the list of moves says why.
        is_wanted = wanted == self._next_of and self.is_mounted
        # What cannot be read beside it is said by the list of moves.
        if told.output and is_wanted and self._snapshot is not None:
            self._next = NextTold(next((each.choice for each in moves_in(told.output)), None))
            self._paint(self._snapshot)

    async def _read_gate(self, snapshot: Snapshot, wanted: object) -> None:
        from loop_tui.tui.cockpit.gate_documents import read_gate

        found = await asyncio.to_thread(read_gate, snapshot)
        self._show_read(found, wanted)
        try:
            changed = await self.app.launcher.changed(snapshot.project, found.since) if found.since else ()
        except Problem:
            return  # No repository, or no git: there is nothing to tell.
        if changed:
            self._show_read(replace(found, changed=changed), wanted)

    def _show_read(self, found: GateRead, wanted: object) -> None:
        if wanted == self._reading and self._snapshot is not None and self.is_mounted:
            self._read = found
            self._paint(self._snapshot)

    def action_scroll_body(self, direction: int) -> None:
        """To the next failed test while they are in view; else scroll by a line."""
        body = self.query_one("#panel-body")
        if body.scroll_offset.y or not self._select(self._selected + direction):
            body.scroll_relative(y=direction, animate=False)

    def action_copy_address(self) -> None:
        """Copy a web address of the question; each time the next one."""
        from loop_tui.control.addresses import addresses

        found = addresses(self._snapshot) if self._snapshot is not None else ()
        if found:
            number = self._copied % len(found)
            self._copied = number + 1
            self.app.copy_to_clipboard(found[number])
            which = f"address {number + 1} of {len(found)}" if len(found) > 1 else "the address"
            self.app.notify(f"{which} sent to the terminal's clipboard")

    def _select(self, number: int) -> bool:
        """Move to the failed test of that number; False when there is none."""
        if self._snapshot is None or self._panel is None or not 0 <= number < len(self._panel.tests):
            return False
        self._selected = number
        self._paint(self._snapshot)
        return True

    def action_half_page(self, direction: int) -> None:
        """Scroll by half of what is visible."""
        body = self.query_one("#panel-body")
        body.scroll_relative(y=direction * max(1, body.size.height // 2), animate=False)

    def action_edge(self, end: int) -> None:
        """Scroll to the beginning or the end."""
        body = self.query_one("#panel-body")
        if end < 0:
            body.scroll_home(animate=False)
        else:
            body.scroll_end(animate=False)
