"""The three single rows: status on top, the banner when something is needed, the keys at the bottom."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from loop_tui.model.clock import stamp, words
from loop_tui.model.going_on import go_word
from loop_tui.model.text import one_line
from loop_tui.model.working_time import times_of
from loop_tui.tui.actions import PANES, RUN, action, bar_actions, driven_by, not_running, with_keys
from loop_tui.tui.actions.model import always
from loop_tui.tui.projection.run_status import ended_look, idle_look, run_look
from loop_tui.tui.widgets.foot import TYPING, Foot, FootKey, keys_text
from loop_tui.tui.widgets.line import fit
from loop_tui.tui.widgets.long_text import LongText
from loop_tui.tui.widgets.words import MUTED, look, text_of

if TYPE_CHECKING:
    from loop_tui.control.attention import Attention
    from loop_tui.control.snapshot import Snapshot
    from loop_tui.model.state import RunState


class StatusRow(Static):
    """Loop, project, phase, status, driver and elapsed time, always in the same order."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._snapshot: Snapshot | None = None
        self._now: datetime | None = None
        self._text: Content | None = None
        self._clock: tuple[str, str] = ("", "")

    def show(self, snapshot: Snapshot, now: datetime) -> None:
        """Show a snapshot as it is at this moment."""
        self._snapshot, self._now = snapshot, now
        self._clock = clock_of(snapshot, now)
        text = status_text(snapshot, now, self.size.width or self.app.size.width)
        if self._text is None or not text.is_same(self._text):
            self._text = text
            # One row, whatever it says: the clock goes on without the whole screen being laid out for it.
            self.update(text, layout=False)

    def tick(self, now: datetime) -> None:
        """Let the elapsed time go on; nothing else of the row depends on the moment."""
        if self._snapshot is not None and clock_of(self._snapshot, now) != self._clock:
            self.show(self._snapshot, now)

    def on_resize(self, event: events.Resize) -> None:
        """What fits depends on the width."""
        if self._now is not None and self._snapshot is not None:
            self.show(self._snapshot, self._now)


def clock_of(snapshot: Snapshot, now: datetime) -> tuple[str, str]:
    """How long the run worked, and how long it waited, as the row says it.

    What no longer goes on is the number that the panel, the history and the command line say.
    """
    shown = snapshot.state or (snapshot.ended.state if snapshot.ended else None)
    if shown is None:
        return "", ""
    end = shown.updated_at if snapshot.state is None else stamp(now)
    times = times_of(shown, end, snapshot.running.since if snapshot.running is not None else "")
    working = _seconds(times.working_ms) if snapshot.running is not None else times.working_ms
    return words(working or None), _waited(times.waiting_ms, goes_on=snapshot.state is not None)


def status_text(snapshot: Snapshot, now: datetime, width: int) -> Content:
    """The status row in so many cells: what is least telling goes first when it does not fit."""
    shown = snapshot.state or (snapshot.ended.state if snapshot.ended else None)
    project = one_line((shown.system if shown else "") or snapshot.project.name, 40)
    loop = one_line(snapshot.loop, 40)
    phase, status, elapsed, waited = "", ("", ""), "", ""
    if shown is not None:
        place = f" {shown.index + 1}/{len(shown.phases)}" if shown.index >= 0 else ""
        phase = f"{one_line(shown.phase, 30)}{place}"
        idle = shown.status.value == "active" and (not snapshot.driven or snapshot.elsewhere)
        if snapshot.state is None and snapshot.ended is not None:
            status = look(ended_look(snapshot.ended))
        else:
            status = _idle_word(snapshot) if idle else look(run_look(snapshot, shown))
        elapsed, waited = clock_of(snapshot, now)
    driver = driven_by(snapshot) if snapshot.opened else ""
    told = (not_running(snapshot) or driver) if driver else ""
    head = one_line(snapshot.head, 40)
    bar = _progress(shown) if shown is not None else ""
    worked = "worked" if elapsed else ""
    usual = f"usually {words(snapshot.usual_whole)}" if snapshot.state is not None and snapshot.usual_whole else ""
    learnt = f"{usual}, {_left(snapshot, now)}".removeprefix(", ").removesuffix(", ")
    width -= 2
    fixed = sum(cell_len(t) + 2 for t in (phase, status[0], elapsed) if t)
    for names in (
        (loop, project, head, bar, told, learnt, waited, worked),
        (loop, project, head, bar, told, usual, waited, worked),
        (loop, project, head, bar, driver, usual, waited, worked),
        (loop, project, head, bar, driver, usual, waited),
        (loop, project, head, told, usual, waited, worked),
        (loop, project, head, told, waited, worked),
        (loop, project, told, waited, worked),
        (loop, project, head, driver, waited, worked),
        (loop, project, driver, waited, worked),
        (loop, project, driver, waited),
        (project, driver, waited, worked),
        (loop, project, driver),
        (loop, project, driver.removeprefix("driven by ")),
        (project, driver),
        (project, ""),
    ):
        if sum(cell_len(t) + 2 for t in names if t) + fixed <= width:
            break
    left = [(loop, "bold $status-running") if loop in names else ("", ""), (project, "bold"), (phase, ""), status]
    who = next((each for each in (told, driver) if each in names), names[-1])
    right = [(who, MUTED), (next((each for each in (learnt, usual) if each in names), ""), MUTED)]
    clock = f"{worked} {elapsed}" if worked in names else elapsed
    right += [(waited if waited in names else "", MUTED), (clock.strip(), "bold")]
    left[2:2] = [(head, MUTED)] if head in names else []
    left += [(bar, "$status-running")] if bar in names else []
    left = [(text, style) for text, style in left if text]
    right = [(text, style) for text, style in right if text]
    room = width - sum(cell_len(t) + 2 for t, _ in left) - sum(cell_len(t) + 2 for t, _ in right) + 2
    parts: list[tuple[str, str]] = []
    for text, style in left:
        parts += [(text, style), ("  ", "")]
    parts.append((" " * max(0, room), ""))
    for text, style in right:
        parts += [(text, style), ("  ", "")]
    return text_of(*parts[:-1])


_BAR = 10
_LEAST = 20
"""Cells that the headline of the banner gets at least."""


def _progress(state: RunState) -> str:
    """How far the run is, as a bar and as a number."""
    settled = sum(phase.settled_skills for phase in state.phases)
    total = sum(len(phase.skills) for phase in state.phases)
    part = settled / total if total else 0.0
    return f"{'━' * round(_BAR * part)}{'─' * (_BAR - round(_BAR * part))} {part:.0%}"


def _left(snapshot: Snapshot, now: datetime) -> str:
    """How long it usually still takes, in whole minutes; nothing where nobody works, or earlier runs do not tell."""
    left_ms = snapshot.left_ms(stamp(now))
    if left_ms is None:
        return ""
    return f"{words(-(-left_ms // _MINUTE_MS) * _MINUTE_MS).removesuffix('00s')} left" if left_ms else ""


def _idle_word(snapshot: Snapshot) -> tuple[str, str]:
    found = idle_look(snapshot.attention)
    return (f"{found.glyph} {found.word}", f"bold ${found.tone}" if found.glyph == "!" else f"${found.tone}")


def _waited(ms: int | None, *, goes_on: bool) -> str:
    """How long it waited for people; while it may go on, in whole minutes: it is worth no repaint a second."""
    if not ms or ms < _MINUTE_MS:
        return ""
    return f"waited {words(ms // _MINUTE_MS * _MINUTE_MS).removesuffix('00s') if goes_on else words(ms)}"


_MINUTE_MS = 60_000


def _seconds(ms: int | None) -> int | None:
    return None if ms is None or ms < 0 else max(1000, ms // 1000 * 1000)


class Banner(Static, can_focus=True):
    """One row that says what is needed. It can be focused; enter or a click opens the panel and decides nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "open", "open the gate panel", show=False)]

    class Opened(Message):
        """The person wants to see the panel."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._need: Attention | None = None

    def show(self, need: Attention) -> None:
        """Show a need, or nothing when there is none."""
        self._need = need
        self.set_class(need.shown, "-shown")
        self.set_class(need.kind in ("failed", "blocked", "trouble", "unreadable", "ended"), "-bad")
        self.set_class(need.kind == "complete", "-good")
        self._say()

    def on_resize(self) -> None:
        """What fits depends on the width."""
        self._say()

    def _say(self) -> None:
        """The headline gives way to what can be done: a key that is cut away helps nobody."""
        need = self._need
        if need is None:
            return
        glyph = "✓" if need.kind == "complete" else "!"
        todo = f"  {with_keys(need.todo)}" if need.todo else ""
        room = max(_LEAST, (self.content_size.width or 200) - cell_len(todo) - 2)
        self.update(text_of((f"{glyph} {fit(one_line(need.headline), room)}", "bold"), (todo, "")))

    def action_open(self) -> None:
        """Open the panel."""
        self.post_message(self.Opened())

    def on_click(self) -> None:
        """Open the panel."""
        self.post_message(self.Opened())


_GO_WORDS = {
    "idle": "start",
    "failed": "retry",
    "paused": "resume",
    "complete": "dismiss",
    "ended": "dismiss",
    "gone": "dismiss",
}


_PANEL_WORDS = {"gate": "gate", "question": "answer"}
"""What the third pane is for, where it asks something; else it tells of the run."""


_KEPT = ("help", "quit", "pane-gate")
"""What gives way last where there is no room for all."""


class KeyBar(Foot):
    """The most needed keys; those that do nothing now are dim."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._typing = False
        self._text: Content | None = None
        self._snapshot: Snapshot | None = None

    def on_mount(self) -> None:
        """While a text is typed, letters are letters: the bar names only what still is a key."""
        self.watch(self.screen, "focused", self._focus_moved, init=False)

    def _focus_moved(self, focused: Widget | None) -> None:
        self._typing = isinstance(focused, Input)
        if self._snapshot is not None:
            self.show(self._snapshot)

    def show(self, snapshot: Snapshot) -> None:
        """Show which keys do something for a snapshot."""
        from loop_tui.tui.cockpit.enter_word import enter_word, log_keys

        self._snapshot = snapshot
        enter = enter_word(self.screen, self.screen.focused)
        if self._typing:
            self._say([FootKey("enter", enter or "submit", keep=True), TYPING[1], *self._for_texts()])
            return
        keys = [FootKey("enter", enter, keep=True)] if enter else []
        keys += log_keys(self.screen.focused)
        for entry in bar_actions(RUN, PANES):
            # What the run allows is not known before it was read; what always works does so already.
            works = entry.blocked is always or (snapshot.opened and not entry.blocked(snapshot))
            # `?` says of every key why it does nothing now; here it would only be in the way.
            if not works and (snapshot.opened or entry.bar_when_able):
                continue
            key, word = entry.shown_keys.split(" ")[0], self._word(entry.id, entry.bar, snapshot)
            keys.append(FootKey(key, word, works, keep=entry.id in _KEPT))
        self._say(keys)

    def _for_texts(self) -> list[FootKey]:
        """Where a text may be written besides, and the key that leaves it for another pane."""
        field = self.screen.focused
        words = {"text-lines": "lines", "text-editor": "editor"}
        long = words if isinstance(field, LongText) and not field.password else {}
        copy = action("copy-address")
        copies = self._snapshot is not None and not copy.blocked(self._snapshot)
        # A letter would be typed.
        key = next((key for key in reversed(copy.shown_keys.split(" ")) if len(key) > 1), "")
        return [
            *([FootKey(key, "copy address", keep=True)] if copies and key else []),
            *(FootKey(action(name).shown_keys, word) for name, word in long.items()),
            FootKey("tab", "next pane", keep=True),
        ]

    def renew(self) -> None:
        """A key was done: what enter does may be something else."""
        if self._snapshot is not None:
            self.show(self._snapshot)

    def _say(self, keys: list[FootKey]) -> None:
        text = keys_text(keys, self.size.width or self.app.size.width)
        if self._text is None or not text.is_same(self._text):
            self._text = text
            self.update(text)

    def _word(self, action: str, word: str, snapshot: Snapshot) -> str:
        status = snapshot.state.status.value if snapshot.state else ""
        if action == "pause" and status in ("paused", "blocked"):
            return "resume"
        if action == "go" and snapshot.opened:
            presence, state = snapshot.presence, snapshot.state
            if presence is not None and not presence.ours and state is not None and state.dialect.writable:
                return "take over"
            kind = snapshot.attention.kind
            if kind == "resume" and state is not None:
                return go_word(state.status)
            return _GO_WORDS.get(kind, word)
        if action == "pane-gate" and snapshot.opened:
            need = snapshot.attention
            if need.kind == "failed" and snapshot.gate is not None and snapshot.gate.id == need.subject:
                return "failed gate"
            return _PANEL_WORDS.get(need.kind, "run")
        return word
