"""The gate panel: what is needed from the person, and the only place where an answer can be given (SCREEN "Answers").

A decision takes focus, a key, and enter on a line that names what follows. It carries the gate and the state that the
person saw. For a moment after the panel opened or got the focus, keys are swallowed. The mouse decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from loop_tui.control.addresses import addresses
from loop_tui.model.going_on import go_word
from loop_tui.model.text import clean, one_line
from loop_tui.tui.actions import GATE, action, bindings
from loop_tui.tui.widgets.guard import Guard
from loop_tui.tui.widgets.long_text import whole_text
from loop_tui.tui.widgets.words import MUTED, text_of

from .answer_input import AnswerInput
from .consequence import NEXT_MOVE, TEXTS, Armed, consequence_of, needs_text, next_armed, subject_of
from .messages import NextWanted
from .panel_input import QUESTION, QUESTIONS, SECRET, PanelInput, asking_of
from .panel_shown import PanelBody

if TYPE_CHECKING:
    from loop_tui.control.snapshot import Snapshot
    from loop_tui.model.evidence import Question
    from loop_tui.model.failed_tests import FailedTest

TOO_SMALL = frozenset({"-tiny", "-flat"})
"""The classes of a screen that has no room for any pane."""

RELOADED = "the run has changed: nothing was decided, check it again"


class GatePanel(PanelInput):
    """The panel. It posts what the person decided, and writes nothing itself."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(GATE)]
    about = ""
    """The name of the run, where several are on the screen."""

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

    class FormWanted(Message):
        """The person wants to fill in the form of a question."""

        def __init__(self, question: Question) -> None:
            super().__init__()
            self.question = question

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
        self._given = ""
        """The question for a secret that was answered here, until it did not arrive."""
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
        if self._snapshot is not None:
            self._look_ahead(self._snapshot)
        self.post_message(self.Shown(True))

    def on_hide(self) -> None:
        """It was closed, or there is no room any more."""
        self.post_message(self.Shown(False))

    @property
    def is_shown(self) -> bool:
        """False while there is no room for the panel, or it is covered: then nothing can be decided."""
        return self.is_on_screen and not self.screen.classes & TOO_SMALL

    def enter_word(self) -> str:
        """What enter does in the panel now, in few words."""
        need = self._snapshot.attention.kind if self._snapshot is not None else ""
        if self.armed is not None:
            return self.armed.line.partition(":")[0].lower()
        if self._asking.startswith(QUESTION):
            question, field = (self._snapshot.question if self._snapshot else None), self.query_one(AnswerInput)
            if self.screen.focused is not field:
                return "type the answer"
            default = question.default if question is not None else None
            return "submit" if field.value or not default else f"accept {default}"
        if self._asking:
            return "next" if self._asking in TEXTS else "submit"
        if self._form() is not None:
            return "fill in the form"
        if need in ("gate", "failed"):
            return "open the test" if self._panel is not None and self._panel.tests else "evidence"
        if self._next is not None and self._next.first is not None:
            return "start the next"
        state = self._snapshot.state if self._snapshot is not None else None
        return go_word(state.status) if need == "resume" and state is not None else ""

    def _form(self) -> Question | None:
        """The question whose form is to be filled in now, or None."""
        snapshot = self._snapshot
        if snapshot is None or snapshot.attention.kind != "question" or snapshot.question is None:
            return None
        return snapshot.question if snapshot.question.form else None

    def target(self) -> Widget:
        """What gets the focus when the person comes to the panel."""
        return self.query_one("#panel-input" if self.asks_text else "#panel-body")

    def _focus_moved(self, focused: Widget | None) -> None:
        within = focused is not None and self in focused.ancestors_with_self
        if within and not self._within:
            (self.guard.close_enter if self._by_key else self.guard.close)()
            self.call_after_refresh(self.guard.renew)
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

    def show(self, snapshot: Snapshot, now: datetime | None = None) -> None:
        """Show what a snapshot needs. An answer that was about to be given to an older one is taken back."""
        from loop_tui.control.gate_facts import shipped

        before, self._snapshot = self._snapshot, snapshot
        self._now = now or self._now
        is_new = before is None or before.attention.key != snapshot.attention.key
        self._selected = 0 if is_new else self._selected
        self._look_up(snapshot)
        self._look_ahead(snapshot)
        panel = self._paint(snapshot)
        self.border_title = text_of(f"{panel.title}: {self.about}" if self.about else panel.title)
        for tone in ("status-waiting", "status-failed", "status-done"):
            self.set_class(panel.tone == tone, f"-{tone}")
        self.set_class(snapshot.attention.calm, "-calm")
        self.set_class(bool(snapshot.ready and snapshot.ready.lines) or shipped(snapshot), "-full")
        if is_new:
            self._copied = 0
            self.guard.close()
            self.call_after_refresh(self.guard.renew)
            self.query_one("#panel-body").scroll_home(animate=False)
        self._check_refusal(snapshot)
        self._check_armed(snapshot)
        self._check_input(snapshot)

    def on_resize(self) -> None:
        """What is folded depends on the width."""
        if self._snapshot is not None:
            self.show(self._snapshot)

    def _check_armed(self, snapshot: Snapshot) -> None:
        """Bound to what was seen: another state or another subject, and the answer is void."""
        seen = self.armed.seen if self.armed else None
        if seen is None and self._asking not in TEXTS:
            return
        from loop_tui.control.gate_facts import change_between, still_holds

        if seen is None:
            seen = self._seen_by_input
        if seen is None or not still_holds(seen, snapshot):
            self.void(change_between(seen, snapshot) if seen is not None else "")

    def void(self, changed: str = "", *, of_next: bool = False) -> None:
        """Take back what was about to be decided, and say what changed: in what is shown, or is shown next."""
        self._disarm()
        self.guard.close()
        why = f"{changed}: nothing was decided, check it again" if changed else RELOADED
        self._refuse(why, "bold $status-waiting", of_next=of_next)

    def _lower(self) -> None:
        self.armed = None
        self._line(None)

    def _disarm(self) -> None:
        self._lower()
        if self._asking in TEXTS:
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
        if action == "copy_address" and (self._snapshot is None or not addresses(self._snapshot)):
            return False
        return not (action in ("arm", "not_now", "evidence", "open_test") and self.query_one(AnswerInput).has_focus)

    def action_arm(self, answer: str) -> None:
        """The first step of an answer. It names what follows and waits for enter."""
        if not self.guard.swallows and not self.propose(answer) and self._snapshot is not None:
            wanted = action(answer)
            self.app.nothing_done(self.app.why_not(wanted) or wanted.blocked(self._snapshot))

    def propose(self, answer: str, text: str = "") -> bool:
        """Name what an answer would do, with a text that came along; enter has to follow. False when none is asked."""
        snapshot = self._snapshot
        line = consequence_of(snapshot, answer) if snapshot is not None else ""
        if snapshot is None or not line:
            return False
        self._disarm()
        if text:
            self._arm(Armed(answer, subject_of(snapshot, answer), snapshot, f"{line}: {text}", text))
        elif needs_text(snapshot, answer):
            self._show_input(answer, TEXTS[answer][0])
            self._seen_by_input = snapshot
            self.query_one(AnswerInput).focus()
            self._ask_text(answer)
        else:
            self._arm(Armed(answer, subject_of(snapshot, answer), snapshot, line))
        return True

    def _arm(self, armed: Armed) -> None:
        self.armed = armed
        # The moment begins when the line can be read.
        self.guard.close_enter()
        self.call_after_refresh(self.guard.renew)
        tail = ("  esc cancels", MUTED)
        said = f"{self.about}: {armed.line}" if self.about else armed.line
        self._line(text_of(("enter ▸ ", "bold $status-running"), (one_line(said, 300), "bold"), tail))

    def action_confirm(self) -> None:
        """The second step: what the line names is decided."""
        if self.guard.holds_enter or self._snapshot is None:
            if self._asking.startswith(QUESTIONS):
                self.guard.close_enter()  # A key that is held down leads into no question.
            return
        if self.armed is not None:
            armed = self.armed
            self._disarm()
            first = self._next.first if self._next is not None else None
            if armed.answer != NEXT_MOVE:
                self.post_message(self.Decided(armed))
            elif first is not None:
                self.post_message(NextWanted(first))
        elif self._next is not None and self._next.first is not None and not self._asking:
            self._arm(next_armed(self._snapshot, self._next.first))
        elif self._snapshot.attention.kind == "resume":
            self.post_message(self.Resumed(True))
        elif self._asking.startswith(QUESTIONS):
            self.query_one(AnswerInput).focus()
        elif (question := self._form()) is not None:
            self.post_message(self.FormWanted(question))
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
        if self.guard.swallows or self._snapshot is None:
            return
        if self._snapshot.attention.kind == "resume":
            self.post_message(self.Resumed(False))
        else:
            self.app.nothing_done(action("not-now").blocked(self._snapshot))

    def action_back(self) -> None:
        """Take back what was about to be decided; when there is nothing, leave the panel."""
        if self.armed is not None or self._asking in TEXTS:
            self._disarm()
        else:
            self.post_message(self.Closed())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """A text is complete: an answer to a question goes out, a text for changes waits for the second enter."""
        event.stop()
        if not self.is_shown:
            return
        if self._asking.startswith(QUESTIONS) and self.guard.holds_enter:
            self.guard.close_enter()  # A key that is held down answers no question.
            return
        text = clean(whole_text(event.value)).strip()
        if self._asking.startswith(SECRET):
            self._give(event.value)
        elif self._asking.startswith(QUESTION):
            self._answer(text)
        elif self._asking in TEXTS and self._seen_by_input is not None:
            answer = self._asking
            if not text:
                self._refuse(TEXTS[answer][1])
                return
            seen = self._seen_by_input
            self._hide_input()
            self.query_one("#panel-body").focus()
            gate = seen.gate.id if seen.gate else ""
            self._arm(Armed(answer, gate, seen, f"{consequence_of(seen, answer)}: {text}", text))

    def _answer(self, text: str) -> None:
        question = self._snapshot.question if self._snapshot else None
        if question is None or self._asking != asking_of(question):
            return
        if not text and question.default is None:
            self._refuse("this question has no default: an answer is required")
            return
        self._line(None)
        self.guard.close_enter()
        self.post_message(self.Answered(question.id, text or question.default or ""))

    def _give(self, secret: str) -> None:
        """Send what was typed unseen, as it is, and forget it. It is never sent as an answer that is kept."""
        from loop_tui.model.answers import secret_complaint

        self.query_one(AnswerInput).value = ""
        wrong = secret_complaint(secret)
        if not secret and self._given == self._asking:
            self.app.nothing_done("it was given, and is on its way to the driver")
        elif wrong:
            self._refuse(wrong)
        else:
            self._line(None)
            self.guard.close_enter()
            self._given = self._asking
            self.post_message(self.Answered(self._asking.removeprefix(SECRET), secret, secret=True))

    def not_taken(self) -> None:
        """The secret that was given did not arrive: it is asked for as before."""
        self._given = ""
