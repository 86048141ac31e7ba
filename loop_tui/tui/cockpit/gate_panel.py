"""The gate panel: what is needed from the person, and the only place where an answer can be given (SCREEN "Answers").

A decision takes focus, a key, and enter on a line that names what follows. It carries the gate and the state that the
person saw. For a moment after the panel opened or got the focus, keys are swallowed. The mouse decides nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from loop_tui.model.problem import Problem
from loop_tui.model.status import GateType
from loop_tui.model.text import clean, one_line
from loop_tui.tui.actions import GATE, bindings
from loop_tui.tui.cockpit.guard import Guard
from loop_tui.tui.widgets.words import MUTED, text_of

from .answer_input import AnswerInput, whole_text

if TYPE_CHECKING:
    from loop_tui.control.snapshot import Snapshot
    from loop_tui.model.evidence import Question
    from loop_tui.model.failed_tests import FailedTest
    from loop_tui.tui.app import LoopApp
    from loop_tui.tui.cockpit.gate_documents import GateRead
    from loop_tui.tui.cockpit.panel_text import PanelText

# Answers that need a text first: what the input asks for, and what is said when it stays empty.
_TEXTS = {
    "changes": ("what is to change", "changes need a text that says what is to change"),
    "approve": ("why it may pass all the same", "that needs a reason, which is kept with the gate"),
}
_QUESTION, _SECRET = "question:", "secret:"
_QUESTIONS = (_QUESTION, _SECRET)
TOO_SMALL = frozenset({"-tiny", "-flat"})
"""The classes of a screen that has no room for any pane."""

RELOADED = "the run changed meanwhile: nothing was decided, look again"


def _asking(question: Question) -> str:
    """What the input asks for: a question whose kind changes is another one, and what was typed is gone."""
    return f"{_SECRET if question.is_secret else _QUESTION}{question.id}"


@dataclass(frozen=True)
class Armed:
    """An answer that waits for enter: to what, given what the person saw, and what follows."""

    answer: str
    subject: str
    seen: Snapshot
    line: str
    text: str = ""


class PanelBody(VerticalScroll, inherit_bindings=False):
    """What the panel says. It has the focus while the person reads."""


class GatePanel(Vertical):
    """The panel. It posts what the person decided, and writes nothing itself."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(GATE)]
    app: LoopApp

    class Decided(Message):
        """The person gave the answer that the line named."""

        def __init__(self, armed: Armed) -> None:
            super().__init__()
            self.armed = armed

    class Answered(Message):
        """The person answered a question; `secret` where it was typed unseen, and goes to the driver alone."""

        def __init__(self, question: str, text: str, *, secret: bool = False) -> None:
            super().__init__()
            self.question = question
            self.text = text
            self.secret = secret

    class Resumed(Message):
        """The person said whether to resume."""

        def __init__(self, now: bool) -> None:
            super().__init__()
            self.now = now

    class Closed(Message):
        """The person wants to leave the panel."""

    class Shown(Message):
        """The panel came to be on the screen, or it went."""

        def __init__(self, shown: bool) -> None:
            super().__init__()
            self.shown = shown

    class EvidenceWanted(Message):
        """The person wants to see the checks with all of their evidence."""

    class TestWanted(Message):
        """The person wants to see a failed test in the editor."""

        def __init__(self, test: FailedTest) -> None:
            super().__init__()
            self.test = test

    def __init__(self, clock: Callable[[], float], *, id: str | None = None) -> None:
        super().__init__(id=id, classes="-calm")
        self.guard = Guard(clock)
        self.armed: Armed | None = None
        self._snapshot: Snapshot | None = None
        self._panel: PanelText | None = None
        self._now: datetime | None = None
        self._asking = ""
        self._selected = 0
        self._read: GateRead | None = None
        self._reading: object = None
        self._within = False
        self._by_key = False
        self.border_title = "Run"

    def compose(self) -> ComposeResult:
        """The text, the line that names what follows, and the input."""
        with PanelBody(id="panel-body"):
            yield Static(id="panel-text", markup=False)
        yield Static(id="panel-line", markup=False)
        yield AnswerInput(self.guard, id="panel-input")

    def on_mount(self) -> None:
        """Watch the focus: coming in closes the guard, before any key that follows is looked at."""
        self._hide_input()
        self._line(None)
        self.watch(self.screen, "focused", self._focus_moved, init=False)

    def on_show(self) -> None:
        """There is room for it."""
        self.post_message(self.Shown(True))

    def on_hide(self) -> None:
        """It was closed, or there is no room any more."""
        self.post_message(self.Shown(False))

    @property
    def asks_text(self) -> bool:
        """True while the input is shown."""
        return bool(self._asking)

    @property
    def is_shown(self) -> bool:
        """False while there is no room for the panel, or it is covered: then nothing can be decided."""
        return self.is_on_screen and not self.screen.classes & TOO_SMALL

    @property
    def has_read(self) -> bool:
        """True when it shows what a person decides on at the gate."""
        return self._read is not None

    def enter_word(self) -> str:
        """What enter does in the panel now, in few words."""
        need = self._snapshot.attention.kind if self._snapshot is not None else ""
        if self.armed is not None:
            return self.armed.line.partition(":")[0].lower()
        if self._asking.startswith(_QUESTION):
            question, field = (self._snapshot.question if self._snapshot else None), self.query_one(AnswerInput)
            if self.screen.focused is not field:
                return "type the answer"
            default = question.default if question is not None else None
            return "submit" if field.value or not default else f"accept {default}"
        if self._asking:
            return "next" if self._asking in _TEXTS else "submit"
        return "resume" if need == "resume" else "evidence" if need in ("gate", "failed") else ""

    def target(self) -> Widget:
        """What gets the focus when the person comes to the panel."""
        return self.query_one("#panel-input" if self.asks_text else "#panel-body")

    def _focus_moved(self, focused: Widget | None) -> None:
        within = focused is not None and self in focused.ancestors_with_self
        if within and not self._within:
            (self.guard.close_enter if self._by_key else self.guard.close)()
            self._by_key = False
        if not within and self._within:
            if self.is_shown:
                self._disarm()
            else:
                # The window became too small: what was typed waits for the panel, what was armed does not.
                self._lower()
        self._within = within

    def opened_by_key(self) -> None:
        """The person's own key leads here: what they type counts, and only the enter that decides has to wait."""
        self._by_key = not self._within
        self.guard.opened_by_key()

    def tick(self, now: datetime) -> None:
        """Let the elapsed times of targets that are watched go on."""
        self._now = now
        if self._snapshot is not None and self._snapshot.driven and self._panel is not None and self._panel.moves:
            self._paint(self._snapshot)

    def _paint(self, snapshot: Snapshot) -> PanelText:
        from loop_tui.tui.cockpit.panel_text import panel_of

        width = self.query_one("#panel-body").scrollable_content_region.width or 80
        panel = panel_of(snapshot, width, self._now, self._selected, self._read)
        if self._panel is None or not panel.body.is_same(self._panel.body):
            self.query_one("#panel-text", Static).update(panel.body)
        self._panel = panel
        return panel

    def show(self, snapshot: Snapshot, now: datetime | None = None) -> None:
        """Show what a snapshot needs. An answer that was about to be given to an older one is taken back."""
        from loop_tui.control.gate_facts import shipped

        before, self._snapshot = self._snapshot, snapshot
        self._now = now or self._now
        is_new = before is None or before.attention.key != snapshot.attention.key
        self._selected = 0 if is_new else self._selected
        self._look_up(snapshot)
        panel = self._paint(snapshot)
        self.border_title = panel.title
        for tone in ("status-waiting", "status-failed", "status-done"):
            self.set_class(panel.tone == tone, f"-{tone}")
        self.set_class(snapshot.attention.calm, "-calm")
        self.set_class(bool(snapshot.ready and snapshot.ready.lines) or shipped(snapshot), "-full")
        if is_new:
            self.guard.close()
            self.query_one("#panel-body").scroll_home(animate=False)
        self._check_armed(snapshot)
        self._check_input(snapshot)

    def _look_up(self, snapshot: Snapshot) -> None:
        """Read what a person decides on at a gate, in the background, when it is another than before."""
        from loop_tui.tui.cockpit.gate_documents import key_of

        wanted = key_of(snapshot) if snapshot.attention.kind == "gate" else None
        if wanted == self._reading:
            return
        self._reading, self._read = wanted, None
        if wanted is not None:
            self.run_worker(self._read_gate(snapshot, wanted), group="gate", exclusive=True, exit_on_error=True)

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

    def on_resize(self) -> None:
        """What is folded depends on the width."""
        if self._snapshot is not None:
            self.show(self._snapshot)

    def _check_armed(self, snapshot: Snapshot) -> None:
        """Bound to what was seen: another state or another subject, and the answer is void."""
        seen = self.armed.seen if self.armed else None
        if seen is None and self._asking not in _TEXTS:
            return
        from loop_tui.control.gate_facts import change_between, still_holds

        if seen is None:
            seen = self._seen_by_input
        if seen is None or not still_holds(seen, snapshot):
            self.void(change_between(seen, snapshot) if seen is not None else "")

    _seen_by_input: Snapshot | None = None

    def void(self, changed: str = "") -> None:
        """Take back what was about to be decided, and say what changed."""
        self._disarm()
        self.guard.close()
        why = f"{changed}: nothing was decided, look again" if changed else RELOADED
        self._line(text_of(("! ", "$status-waiting"), (one_line(why, 300), "bold $status-waiting")))

    def _check_input(self, snapshot: Snapshot) -> None:
        question = snapshot.question if snapshot.attention.kind == "question" else None
        wanted = _asking(question) if question else ""
        if self._asking in _TEXTS or wanted == self._asking:
            return
        had_focus = self.query_one(AnswerInput).has_focus
        if question is None:
            self._hide_input()
            if had_focus:
                self.query_one("#panel-body").focus()
            return
        # A question that comes up while the person reads does not take the keys: they were meant for something else.
        hidden = question.is_secret
        hint = "not shown, not kept" if hidden else one_line(question.default or "", 200) or "your answer"
        self._show_input(wanted, hint, hidden=hidden)
        if had_focus:
            self.query_one("#panel-body").focus()

    def _show_input(self, asking: str, placeholder: str, *, hidden: bool = False) -> None:
        self._asking = asking
        field = self.query_one(AnswerInput)
        field.value = ""
        field.password = hidden
        field.placeholder = placeholder
        field.display = True

    def _hide_input(self) -> None:
        self._asking = ""
        self._seen_by_input = None
        field = self.query_one(AnswerInput)
        field.display = False
        if field.password:
            field.value = ""

    def _line(self, content: Content | None) -> None:
        line = self.query_one("#panel-line", Static)
        line.update(content or Content())
        line.display = content is not None

    def _lower(self) -> None:
        self.armed = None
        self._line(None)

    def _disarm(self) -> None:
        self._lower()
        if self._asking in _TEXTS:
            had_focus = self.query_one(AnswerInput).has_focus
            self._hide_input()
            if had_focus:
                self.query_one("#panel-body").focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that answer exist only where they mean something; while a text is typed none of them does.

        Where the line that names what follows cannot be seen, nothing is armed and nothing decided.
        """
        if action in ("arm", "confirm", "not_now") and not self.is_shown:
            return False
        return not (action in ("arm", "not_now", "evidence", "open_test") and self.query_one(AnswerInput).has_focus)

    def action_arm(self, answer: str) -> None:
        """The first step of an answer. It names what follows and waits for enter."""
        if not self.guard.swallows:
            self.propose(answer)

    def propose(self, answer: str, text: str = "") -> bool:
        """Name what an answer would do, with a text that came along; enter has to follow. False when none is asked."""
        snapshot = self._snapshot
        line = self._consequence(snapshot, answer) if snapshot is not None else ""
        if snapshot is None or not line:
            return False
        self._disarm()
        if text:
            self._arm(Armed(answer, self._subject(snapshot, answer), snapshot, f"{line}: {text}", text))
        elif answer == "changes" or (answer == "approve" and self._needs_reason(snapshot)):
            wanted, _ = _TEXTS[answer]
            self._show_input(answer, wanted)
            self._seen_by_input = snapshot
            self.query_one(AnswerInput).focus()
            self._line(text_of((f"{wanted[0].upper()}{wanted[1:]}? ", "bold"), ("enter: next, esc: not yet", MUTED)))
        else:
            self._arm(Armed(answer, self._subject(snapshot, answer), snapshot, line))
        return True

    def _arm(self, armed: Armed) -> None:
        self.armed = armed
        # The moment begins when the line can be read.
        self.guard.close_enter()
        self.call_after_refresh(self.guard.close_enter)
        tail = ("  esc takes it back", MUTED)
        self._line(text_of(("enter ▸ ", "bold $status-running"), (one_line(armed.line, 300), "bold"), tail))

    def _subject(self, snapshot: Snapshot, answer: str) -> str:
        if answer == "restore" or snapshot.trust is not None:
            return ""
        return snapshot.gate.id if snapshot.gate else ""

    def _consequence(self, snapshot: Snapshot, answer: str) -> str:
        from loop_tui.control.gate_facts import answerable, consequence_here, missing_of

        if answer == "restore":
            return "Restore the state file from the last good copy" if snapshot.has_last_good else ""
        if snapshot.trust is not None:
            return f"Trust {snapshot.trust.path}: its commands may run here" if answer == "approve" else ""
        if not answerable(snapshot) or not snapshot.gate or not snapshot.state or not snapshot.definition:
            return ""
        line = consequence_here(snapshot, snapshot.gate, answer)
        if answer == "approve" and not missing_of(snapshot) and self._needs_reason(snapshot):
            return f"{line}, although its checks do NOT hold"
        return line

    def _needs_reason(self, snapshot: Snapshot) -> bool:
        """True at an auto gate whose checks do not hold, and where documents are missing: then a reason is needed."""
        from loop_tui.control.gate_facts import missing_of
        from loop_tui.engine.gates import evaluate

        gate = snapshot.gate
        if snapshot.trust is None and missing_of(snapshot):
            return True
        if snapshot.trust is not None or gate is None or snapshot.state is None or gate.type is not GateType.AUTO:
            return False
        return not evaluate(snapshot.state, gate).passed

    def action_confirm(self) -> None:
        """The second step: what the line names is decided."""
        if self.guard.holds_enter or self._snapshot is None:
            return
        if self.armed is not None:
            armed = self.armed
            self._disarm()
            self.post_message(self.Decided(armed))
        elif self._snapshot.attention.kind == "resume":
            self.post_message(self.Resumed(True))
        elif self._asking.startswith(_QUESTIONS):
            self.query_one(AnswerInput).focus()
        elif not self._asking and self._snapshot.attention.kind in ("gate", "failed"):
            # Elsewhere an enter that comes late, after an answer, would lay a page over the run.
            self.action_open_test(quietly=True)

    def action_open_test(self, quietly: bool = False) -> None:
        """Open the selected failed test in the editor; where none is named, show the evidence."""
        tests = self._panel.tests if self._panel is not None else ()
        if tests:
            self.post_message(self.TestWanted(tests[min(self._selected, len(tests) - 1)]))
        else:
            self.action_evidence(quietly)

    def action_evidence(self, quietly: bool = False) -> None:
        """Show each check with all of its evidence. `quietly` says nothing when there is none."""
        from loop_tui.control.gate_facts import checks_shown

        if self._snapshot is not None and (not quietly or checks_shown(self._snapshot)):
            self.post_message(self.EvidenceWanted())

    def action_not_now(self) -> None:
        """Leave the run as it is."""
        if not self.guard.swallows and self._snapshot is not None and self._snapshot.attention.kind == "resume":
            self.post_message(self.Resumed(False))

    def action_back(self) -> None:
        """Take back what was about to be decided; when there is nothing, leave the panel."""
        if self.armed is not None or self._asking in _TEXTS:
            self._disarm()
        else:
            self.post_message(self.Closed())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """A text is complete: an answer to a question goes out, a text for changes waits for the second enter."""
        event.stop()
        if not self.is_shown or (self._asking.startswith(_QUESTIONS) and self.guard.holds_enter):
            return
        text = clean(whole_text(event.value)).strip()
        if self._asking.startswith(_SECRET):
            self._give(event.value)
        elif self._asking.startswith(_QUESTION):
            self._answer(text)
        elif self._asking in _TEXTS and self._seen_by_input is not None:
            answer = self._asking
            if not text:
                self._line(text_of(("! ", "$status-waiting"), _TEXTS[answer][1]))
                return
            seen = self._seen_by_input
            self._hide_input()
            self.query_one("#panel-body").focus()
            gate = seen.gate.id if seen.gate else ""
            self._arm(Armed(answer, gate, seen, f"{self._consequence(seen, answer)}: {text}", text))

    def _answer(self, text: str) -> None:
        question = self._snapshot.question if self._snapshot else None
        if question is None or self._asking != _asking(question):
            return
        if not text and question.default is None:
            self._line(text_of(("! ", "$status-waiting"), "this question has no default: it needs an answer"))
            return
        self._line(None)
        self.post_message(self.Answered(question.id, text or question.default or ""))

    def _give(self, secret: str) -> None:
        """Send what was typed unseen, as it is, and forget it. It is never sent as an answer that is kept."""
        from loop_tui.model.answers import secret_complaint

        self.query_one(AnswerInput).value = ""
        wrong = secret_complaint(secret)
        self._line(text_of(("! ", "$status-waiting"), wrong) if wrong else None)
        if not wrong:
            self.post_message(self.Answered(self._asking.removeprefix(_SECRET), secret, secret=True))

    def action_scroll_body(self, direction: int) -> None:
        """To the next failed test while they are in view; else scroll by a line."""
        body = self.query_one("#panel-body")
        if body.scroll_offset.y or not self._select(self._selected + direction):
            body.scroll_relative(y=direction, animate=False)

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
