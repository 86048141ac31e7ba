"""The cockpit of a run that is over, with a bar to go through it event by event."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.timer import Timer
from textual.widgets import Input, TextArea

from loop_tui.model.clock import parse_stamp, words
from loop_tui.model.text import one_line
from loop_tui.tui.actions import ACTIONS, REPLAY, UserAction, action, bound
from loop_tui.tui.cockpit.messages import SnapshotTaken
from loop_tui.tui.cockpit.screen import CockpitScreen
from loop_tui.tui.replay.player import PastRun
from loop_tui.tui.widgets.foot import Foot, FootKey, keys_text
from loop_tui.tui.widgets.line import fit
from loop_tui.tui.widgets.words import MUTED, text_of

if TYPE_CHECKING:
    from loop_tui.model.runs import RunSummary

_OVER = "this is the replay of an archived run: nothing can be changed"
_LONGEST_S = 2.0
_SHORTEST_S = 0.05
_BAR = 30
_OWN = ("before", "next", "play", "faster", "slower")


def _key(entry: UserAction) -> str:
    return entry.shown_keys.split(" ")[0]


class ReplayBar(Foot, can_focus=True):
    """Where in the run one is, with the keys that go through it from every pane."""

    def __init__(self, source: PastRun) -> None:
        super().__init__(id="replay")
        self._source = source
        self._speed = 1.0
        self._timer: Timer | None = None

    @property
    def playing(self) -> bool:
        """True while it goes on by itself."""
        return self._timer is not None

    def step(self, count: int) -> None:
        """Go by events; who steps stands still."""
        self._stop()
        self._go(count)

    def _go(self, count: int) -> None:
        self._source.go_to(self._source.at + count)
        self.paint()

    def play(self) -> None:
        """Play at speed, or stand still; at the end it begins anew."""
        if self.playing:
            self._stop()
        elif self._source.past is not None:
            if self._source.at + 1 >= len(self._source.past.steps):
                self._go(-self._source.at)
            self._next()
        self.paint()

    def _next(self) -> None:
        wait_s = min(_LONGEST_S, max(_SHORTEST_S, self._source.wait_ms() / 1000 / self._speed))
        self._timer = self.set_timer(wait_s, self._on)

    def _on(self) -> None:
        self._go(1)
        past = self._source.past
        if past is not None and self._source.at + 1 < len(past.steps):
            self._next()
        else:
            self._timer = None
        self.paint()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def change_speed(self, factor: float) -> None:
        """Play faster or slower."""
        self._speed = max(0.25, min(64.0, self._speed * factor))
        self.paint()

    def renew(self) -> None:
        """What fits depends on the width."""
        if self.is_mounted:
            self.paint()

    def _keys(self) -> list[FootKey]:
        words = {"quit": "back", "pane-gate": "run"}
        rest = [
            FootKey(_key(e), words.get(e.id, e.bar), keep=e.id == "quit")
            for e in map(action, ("pane-gate", "help", "quit"))
        ]
        return [*self._own_keys(), *rest]

    def _own_keys(self) -> list[FootKey]:
        """Those that act in pairs stand together, and have room in 80 columns."""
        before, on, play, faster, slower = (action(f"replay-{name}") for name in _OWN)
        return [
            FootKey(f"{_key(before)} {_key(on)}", "step", keep=True),
            FootKey(_key(play), "pause" if self.playing else play.bar, keep=True),
            FootKey(f"{_key(faster)} {_key(slower)}", f"{self._speed:g}x", keep=True),
        ]

    def paint(self) -> None:
        """Show the place, the event, and the keys."""
        past, step = self._source.past, self._source.step
        if past is None or step is None:
            return
        total = len(past.steps)
        first = past.steps[0].at_ms
        passed = words(step.at_ms - first) if first and step.at_ms else ""
        event = one_line(f"{step.event.category.value} {step.event.action} {step.event.subject}", 60)
        keys = self._keys()
        place = f" {self._source.at + 1}/{total}" + (f" at {passed}" if passed else "")
        least = sum(each.cells for each in keys if each.keep)
        # The keys that are needed have their room; then the bar, and the event gets what is left.
        room = (self.size.width or self.app.size.width) - 2 - least - len(place) - 4
        bar = min(_BAR, max(0, room // 2))
        filled = round(bar * (self._source.at + 1) / total)
        event = fit(event, room - bar)
        keys_room = room - bar - cell_len(event) + least
        self.update(
            text_of(
                ("▶ " if self.playing else "‖ ", "bold $status-running"),
                ("━" * filled, "$status-running"),
                ("─" * (bar - filled), MUTED),
                (place, "bold"),
                f" {event}",
                "  ",
                keys_text(keys, keys_room - 1),  # The gap behind the last key counts here.
            )
        )


class ReplayScreen(CockpitScreen):
    """A read-only cockpit."""

    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = [
        "../cockpit/gate_panel.tcss",
        "../cockpit/screen.tcss",
    ]
    # They come before those of the panes, which have other keys for theirs (h l, g G).
    BINDINGS: ClassVar[list[BindingType]] = [bound(each.id, priority=True) for each in ACTIONS if each.where == REPLAY]
    FIRST = "#replay"
    OWN_PLACE = REPLAY
    STARTS_MOVES = False

    def __init__(self, run: RunSummary, project: Path) -> None:
        self.past = PastRun(run, project)
        super().__init__(self.past, project, run.loop)

    def compose(self) -> ComposeResult:
        """The cockpit, and the bar."""
        yield from super().compose()
        yield ReplayBar(self.past)

    def _now(self) -> datetime:
        """The time that it was then."""
        step = self.past.step
        return (parse_stamp(step.event.timestamp) if step else None) or super()._now()

    def on_snapshot_taken(self, message: SnapshotTaken) -> None:
        """Show it; what rang then does not ring now."""
        message.prevent_default()
        self.show(message.snapshot)
        self.query_one(ReplayBar).paint()

    def refused(self, action_id: str) -> bool:
        """As ever; what would change a run cannot change one that is over."""
        if action(action_id).writes:
            self.app.nothing_done(_OVER)
            return True
        return super().refused(action_id)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """As ever; where a text is typed its keys are letters."""
        if action in ("step", "play", "speed") and isinstance(self.focused, Input | TextArea):
            return False
        return super().check_action(action, parameters)

    def action_step(self, count: int) -> None:
        """Go by events."""
        self.query_one(ReplayBar).step(count)

    def action_play(self) -> None:
        """Play, or stand still."""
        self.query_one(ReplayBar).play()

    def action_speed(self, factor: float) -> None:
        """Play faster or slower."""
        self.query_one(ReplayBar).change_speed(factor)

    def action_leave(self) -> None:
        """Back to the history."""
        self.dismiss(None)
