"""The three panes of a cockpit: which has the focus, which stands alone, and when the gate panel lies over the others.

What is hidden and shown is said by classes of the screen; `screen.tcss` says what they mean at each size.
"""

from __future__ import annotations

from textual.widget import Widget

from loop_tui.tui.cockpit.gate_panel import TOO_SMALL, GatePanel
from loop_tui.tui.cockpit.log_area import LogArea
from loop_tui.tui.cockpit.log_pane import LogPrompt
from loop_tui.tui.cockpit.phase_tree import PhaseTree
from loop_tui.tui.widgets.dismiss_once import LeftOnce

WIDE = 120
"""From this width on the gate panel has a place of its own."""

_PANES = ("#tree", "#log", "#gate")


class Panes(LeftOnce[None]):
    """A screen with the phase tree, the log and the gate panel on it."""

    _last_pane = _PANES[0]
    _shrunk = False

    def _has_room(self) -> bool:
        return self.size.width >= WIDE

    def action_pane(self, number: int) -> None:
        """Go to a pane; the gate panel opens when it has no place of its own."""
        self._focus_pane(_PANES[number - 1])

    def _focus_pane(self, pane: str, *, by_key: bool = True) -> None:
        zoomed = next((name for name in _PANES if self.has_class(f"zoom-{name[1:]}")), None)
        if zoomed and zoomed != pane:
            self.remove_class(f"zoom-{zoomed[1:]}")
            self.add_class(f"zoom-{pane[1:]}")
        if pane == "#gate":
            self.add_class("gate-open")
            panel = self.query_one(GatePanel)
            if by_key:
                panel.opened_by_key()
            else:
                panel.guard.close()
            panel.target().focus()
            return
        self.remove_class("gate-open")
        self.query_one(pane).focus()

    def action_search_log(self, what: LogPrompt) -> None:
        """Search or filter the log, from whichever pane."""
        self._focus_pane("#log")
        self.query_one(LogArea).ask(what)

    def _pane_of(self, widget: Widget | None) -> int:
        chain = widget.ancestors_with_self if widget else []
        return next((i for i, pane in enumerate(_PANES) if any(f"#{w.id}" == pane for w in chain)), -1)

    def action_cycle(self, step: int) -> None:
        """Go to the next pane, or the one before."""
        here = self._pane_of(self.focused)
        self._focus_pane(_PANES[(here + step) % len(_PANES)] if here >= 0 else _PANES[0])

    def action_put_back(self) -> None:
        """Close what lies over the panes, show all of them again, else go back to where the run was opened from."""
        zoomed = any(self.has_class(f"zoom-{name[1:]}") for name in _PANES)
        if zoomed:
            self.action_zoom()
        elif self.has_class("gate-open") and not self._has_room():
            self.remove_class("gate-open")
        elif not self.is_lowest:
            self.dismiss(None)

    def action_zoom(self) -> None:
        """Show the pane that has the focus alone, or all of them again."""
        zoomed = [name for name in _PANES if self.has_class(f"zoom-{name[1:]}")]
        self.remove_class(*(f"zoom-{name[1:]}" for name in _PANES))
        here = self._pane_of(self.focused)
        if not zoomed and here >= 0:
            self.add_class(f"zoom-{_PANES[here][1:]}")

    def on_banner_opened(self) -> None:
        """The banner leads to the panel."""
        self._focus_pane("#gate")

    def on_gate_panel_closed(self) -> None:
        """Back to the tree."""
        self.remove_class("gate-open", "zoom-gate")
        self.query_one(PhaseTree).focus()

    def on_mount(self) -> None:
        """What has the focus is remembered, for when a window that became too small has taken it away."""
        self.watch(self, "focused", self._focus_moved, init=False)

    @property
    def is_too_small(self) -> bool:
        return bool(self.classes & TOO_SMALL)

    def _focus_moved(self, focused: Widget | None) -> None:
        pane = self._pane_of(focused)
        if pane >= 0 and not self.is_too_small:
            self._last_pane = _PANES[pane]

    def on_resize(self) -> None:
        """With the first room there is, the pane that had the focus has it again."""
        self.call_after_refresh(self._settle)

    def _settle(self) -> None:
        # The app may be on its way out, and the panes with it.
        if self.is_too_small or not self.query(GatePanel):
            self._shrunk = True
        elif self._shrunk or self.focused is None:
            self._shrunk = False
            self._focus_pane(self._last_pane)
