"""What a form shows, row by row, and what a key makes of it. Nothing here knows a screen."""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from loop_tui.model.answers import field_complaint
from loop_tui.model.evidence import FormField
from loop_tui.model.text import clean


class RowKind(StrEnum):
    """What a row is for."""

    TEXT = "text"
    CHOICE = "choice"
    HEADING = "heading"
    """The label above the choices of a field that takes several."""
    TICK = "tick"
    SUBMIT = "submit"


class FormRow(Struct, frozen=True):
    """One row: the field that it is of, and for a tick the choice."""

    kind: RowKind
    field: FormField | None = None
    choice: str = ""


class FormEntries:
    """The entries of a form, as far as the person is with it."""

    def __init__(self, fields: Sequence[FormField], entered: Mapping[str, str] | None = None) -> None:
        self.fields = tuple(fields)
        self.values = {each.name: each.value for each in fields} | dict(entered or {})
        self.rows = (*(row for each in fields for row in _rows_of(each)), FormRow(RowKind.SUBMIT))

    def ticked(self, row: FormRow) -> bool:
        """True where the choice of this row is among those of its field."""
        return row.field is not None and row.choice in _parts(self.values[row.field.name])

    def set(self, field: FormField, text: str) -> None:
        """Fill in a text: cleaned, on one line."""
        self.values[field.name] = " ".join(clean(text).split())

    def turn(self, row: FormRow, step: int = 1) -> None:
        """The next choice of a field, round and round, with none where it may be empty; of several, tick or untick."""
        field = row.field
        if field is None:
            return
        if row.kind is RowKind.TICK:
            parts = _parts(self.values[field.name])
            chosen = {*parts} ^ {row.choice}
            self.values[field.name] = ", ".join(each for each in field.choices if each in chosen)
        elif row.kind is RowKind.CHOICE:
            choices = field.choices if field.required else ("", *field.choices)
            at = choices.index(self.values[field.name]) if self.values[field.name] in choices else -step
            self.values[field.name] = choices[(at + step) % len(choices)]

    def wrong(self) -> tuple[FormField, str] | None:
        """The first field that cannot be submitted, and why."""
        told = ((each, field_complaint(each, self.values[each.name])) for each in self.fields)
        return next(((each, why) for each, why in told if why), None)

    def changed(self, field: FormField) -> bool:
        """True where the person entered something else than what was proposed."""
        return self.values[field.name] != field.value

    def answer(self) -> str:
        """The answer to the question, as it is recorded."""
        return json.dumps(self.values, ensure_ascii=False)


def _rows_of(field: FormField) -> tuple[FormRow, ...]:
    if not field.choices:
        return (FormRow(RowKind.TEXT, field),)
    if not field.several:
        return (FormRow(RowKind.CHOICE, field),)
    return (FormRow(RowKind.HEADING, field), *(FormRow(RowKind.TICK, field, each) for each in field.choices))


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
