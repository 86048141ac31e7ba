"""The journal of a run: append-only, one event a line (SPEC section 3)."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import JsonValue, ValidationError

from loop_tui.fs.atomic import write_problem
from loop_tui.fs.limits import JOURNAL
from loop_tui.fs.whole_lines import append_whole, start_at, whole_blocks
from loop_tui.model.events import Event
from loop_tui.model.problem import Problem
from loop_tui.model.problem_codes import Code
from loop_tui.model.secrets import mask, masked
from loop_tui.model.text import clean, one_line

JOURNAL_NAME = "journey-log.jsonl"

_FIELDS = ("id", "run", "timestamp", "category", "action", "subject", "context", "duration", "outcome")


class Journal:
    """The events of a run in a file. `secrets` are values that never reach it."""

    def __init__(self, path: Path, secrets: Sequence[str] = ()) -> None:
        self.path = path
        self._secrets = tuple(secrets)

    def append(self, events: Sequence[Event]) -> None:
        """Add events, durably and all or none. A torn last line is left behind on a line of its own.

        Raises Problem when they cannot be written; then nothing was added.
        """
        if not events:
            return
        data = "".join(encode(event, self._secrets) + "\n" for event in events).encode("ascii")
        try:
            append_whole(self.path, data, durable=True)
        except OSError as error:
            raise write_problem(error, self.path) from error

    def read(self) -> list[Event]:
        """Every event, oldest first. A torn last line and lines that are no events are passed over.

        Raises Problem when the file cannot be read, or is none.
        """
        return self.read_from(0)[0]

    def read_from(self, offset: int) -> tuple[list[Event], int]:
        """The events after a place in the file, and the place to go on from: the end of the last whole line.

        A place beyond the end means that the file was made anew: it is read from its start. Raises Problem as `read`.
        """
        events: list[Event] = []
        try:
            place = start_at(self.path, offset)
            for block, end in whole_blocks(self.path, place, JOURNAL):
                events += filter(None, map(decode, block[:-1].split(b"\n")))
                place = end
        except OSError as error:
            what = f"the journal cannot be read: {error.strerror or error}"
            raise Problem(what, one_line(str(self.path)), "move it away", code=Code.FILE_UNREADABLE) from error
        return events, place


def encode(event: Event, secrets: Iterable[str] = ()) -> str:
    """One event as one line of ASCII JSON without its line feed, masked (SPEC sections 3 and 8)."""
    secrets = tuple(secrets)
    fields: dict[str, JsonValue] = {
        "id": event.id,
        "run": event.run,
        "timestamp": event.timestamp,
        "category": event.category.value,
        "action": event.action,
        "subject": mask(event.subject, secrets),
        "context": masked(event.context, secrets),
    }
    if event.duration_ms is not None:
        fields["duration"] = event.duration_ms
    if event.outcome is not None:
        fields["outcome"] = mask(event.outcome, secrets)
    return json.dumps(fields, ensure_ascii=True, separators=(",", ":"))


def decode(line: bytes) -> Event | None:
    """The event that a line holds, cleaned, or None when it holds none."""
    try:
        found = json.loads(line)
        if not isinstance(found, dict):
            return None
        fields = {name: _cleaned(found[name]) for name in _FIELDS if found.get(name) is not None}
        if "duration" in fields:
            fields["duration_ms"] = fields.pop("duration")
        return Event.model_validate(fields)
    except (ValueError, ValidationError, RecursionError):
        return None


def _cleaned(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): _cleaned(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    return value
