"""The form of a question as a dialog: rows to move in, one line to type in, and a row that submits."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from loop_tui.model.text import one_line
from loop_tui.tui.actions import FORM, bindings, with_keys
from loop_tui.tui.widgets.dialog import Dialog
from loop_tui.tui.widgets.guard import Guard
from loop_tui.tui.widgets.held_choices import HeldChoices
from loop_tui.tui.widgets.plain_input import PlainInput
from loop_tui.tui.widgets.words import MUTED, text_of

from .entries import FormEntries, FormRow, RowKind

if TYPE_CHECKING:
    from loop_tui.model.evidence import Question
    from loop_tui.tui.app import LoopApp

_LONGEST_LABEL = 22
"""In letters; longer ones are cut."""
_MOVING = "enter: change · {form-next}: next choice · {form-submit}: submit · {dialog-close}: later"
_TYPING = "enter: take the text · {dialog-close}: leave it as it was"
_CHANGED = "changed by you"


class FormScreen(ModalScreen[str | None], Dialog[str | None]):
    """Gives the answer to the question, or None when the person leaves. What they entered stays in `entries`.

    As in every dialog, an enter that comes with the key that opened it does not count.
    """

    CSS_PATH = ["../widgets/dialog.tcss", "screen.tcss"]  # noqa: RUF012  # Textual's own kind of value
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(FORM)]
    app: LoopApp

    def __init__(self, question: Question, entries: FormEntries) -> None:
        self.guard = Guard(self.app.clock)
        super().__init__()
        self._question = question
        self._typed: FormRow | None = None
        """The row that is typed in now."""
        self.entries = entries
        self._width = min(_LONGEST_LABEL, max((len(each.label or each.name) for each in entries.fields), default=0))

    def compose(self) -> ComposeResult:
        """The fields, the line that one is typed into, and room to say what is wrong."""
        with Vertical(classes="dialog form") as dialog:
            dialog.border_title = text_of(one_line(self._question.text, 60))
            dialog.border_subtitle = with_keys(_MOVING)
            rows = [Option(self._told(row), disabled=_is_heading(row)) for row in self.entries.rows]
            yield HeldChoices(self.guard, *rows)
            yield PlainInput(compact=True, id="form-text")
            yield Static("", classes="wrong", id="wrong", markup=False)

    def on_mount(self) -> None:
        """The first field is selected, and nothing is typed yet."""
        self.query_one("#form-text").display = False
        listed = self.content
        first = next((at for at, row in enumerate(self.entries.rows) if not _is_heading(row)), 0)
        listed.highlighted = first
        listed.focus()
        self.guard.opened_by_key()
        self.call_after_refresh(self.guard.renew)

    @property
    def content(self) -> OptionList:
        """The rows."""
        return self.query_one(OptionList)

    def _row(self) -> FormRow:
        return self.entries.rows[self.content.highlighted or 0]

    def _told(self, row: FormRow) -> Content:
        """A row as it is shown: label, entry, and where the entry comes from."""
        field = row.field
        if field is None:
            return text_of(("Submit", "bold $status-running"))
        label = one_line(field.label or field.name, _LONGEST_LABEL)
        if row.kind is RowKind.TICK:
            sign = "[x]" if self.entries.ticked(row) else "[ ]"
            return text_of(f"  {sign} {one_line(row.choice, 40)}")
        value = one_line(self.entries.values[field.name], 200)
        source = _CHANGED if self.entries.changed(field) else one_line(field.source, 60)
        entry = (value, "bold") if value else ("required" if field.required else "none", MUTED)
        if row.kind is RowKind.HEADING:
            entry = ("any of:", MUTED)
        return text_of((f"{label:<{self._width}} ", MUTED), entry, (f"  {source}" if source else "", MUTED))

    def _renew(self) -> None:
        """Say the rows anew: a choice may change the row of its field, too."""
        listed = self.content
        for at, row in enumerate(self.entries.rows):
            listed.replace_option_prompt_at_index(at, self._told(row))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Change what is selected: type a text, take the next choice, tick one, or submit."""
        event.stop()
        if self.guard.holds_enter:
            return
        row = self.entries.rows[event.option_index]
        if row.kind is RowKind.SUBMIT:
            self.action_submit()
        elif row.kind is RowKind.TEXT and row.field is not None:
            self._type(row)
        else:
            self.action_turn(1)

    def action_turn(self, step: int) -> None:
        """The next or the previous choice of the selected field."""
        self._say("")
        self.entries.turn(self._row(), step)
        self._renew()

    def _type(self, row: FormRow) -> None:
        field, line = row.field, self.query_one("#form-text", PlainInput)
        assert field is not None
        self._say("")
        self._typed = row
        self.query_one(".form").border_subtitle = with_keys(_TYPING)
        line.placeholder = one_line(field.label or field.name, 60)
        line.value = self.entries.values[field.name]
        line.display = True
        line.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take what was typed, and go on to the next row."""
        event.stop()
        if self._typed is not None and self._typed.field is not None:
            self.entries.set(self._typed.field, event.value)
        self._stop_typing()
        self._renew()
        self.action_move(1)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a text is typed no row is left, nor the form submitted."""
        if action in ("move", "half_page", "edge", "turn", "submit") and self._typed is not None:
            return False
        return super().check_action(action, parameters)

    def _stop_typing(self) -> None:
        self._typed = None
        self.query_one(".form").border_subtitle = with_keys(_MOVING)
        self.query_one("#form-text").display = False
        self.content.focus()

    def action_close(self) -> None:
        """Leave the line as it was; else the form, whose entries stay."""
        if self._typed is not None:
            self._stop_typing()
        else:
            self.dismiss(None)

    def action_submit(self) -> None:
        """Submit the form, unless a field is missing or wrong: then go there."""
        if self.guard.holds_enter:
            return
        wrong = self.entries.wrong()
        if wrong is None:
            self.dismiss(self.entries.answer())
            return
        field, why = wrong
        self.content.highlighted = next(
            at for at, row in enumerate(self.entries.rows) if row.field is field and not _is_heading(row)
        )
        self._say(f"✗ {one_line(field.label or field.name, 40)}: {why}")

    def _say(self, why: str) -> None:
        self.query_one("#wrong", Static).update(text_of(why))


def _is_heading(row: FormRow) -> bool:
    return row.kind is RowKind.HEADING
