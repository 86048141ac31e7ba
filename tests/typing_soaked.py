"""The app as `tests.typing_soak` runs it in a terminal: it writes down which key made it do what.

`python -m tests.typing_soaked FOLDER RECORD PLACE DELAYS`; DELAYS is 0 for full speed, else the seed of the delays. At
the place `asks` a driver that is started asks something.
"""

import asyncio
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

from textual import events
from textual.message import Message
from textual.message_pump import MessagePump
from textual.widgets import Input, TextArea

from loop_tui.engine import changes
from loop_tui.engine.transaction import always, step
from loop_tui.model.evidence import Question
from loop_tui.storage.definitions.catalog import find
from loop_tui.storage.state.store import Store
from loop_tui.tui.app import LoopApp
from loop_tui.tui.cockpit.gate_panel import GatePanel
from loop_tui.tui.type_ahead import TypeAhead
from tests.tui.launching import Started
from tests.tui.runs import DISTRIBUTION, INFRA, NOW

_HELD = 0.03
"""How often a message is held up; one in twenty of these stops the whole loop."""


class Quick(Started):
    """What the dry run prints, without a process of its own for each."""

    async def plan(self, project: Path, loop: str) -> str:
        await asyncio.sleep(0.005)
        return "Dry run\n\nCommands\n  npm test\n"


def hold_messages(chance: random.Random) -> None:
    """Let some messages come late, and stop the whole loop now and then: a machine that has other things to do."""
    real = MessagePump._dispatch_message

    async def held(self: MessagePump, message: Message) -> None:
        if chance.random() < _HELD:
            await asyncio.sleep(chance.choice((0, 0.001, 0.01, 0.03)))
            if chance.random() < 0.05:
                time.sleep(0.02)  # noqa: ASYNC251  # The loop itself is to stand still.
        await real(self, message)

    MessagePump._dispatch_message = held  # type: ignore[method-assign]


def ask(project: Path) -> None:
    """What a driver would do that comes to a question."""
    definition = find(project, DISTRIBUTION).definition
    question = Question(id="bump-1", skill="release-planner", text="Release 0.8.0?", options=("Y", "n"), default="Y")
    store = Store(project, DISTRIBUTION, definition=definition, now=lambda: NOW)
    for change in (changes.phase_entered("INIT"), changes.asked(question)):
        store.transact(step(definition, always(change)))


def main(folder: Path, record: Path, place: str, delays: int) -> int:
    """Run the app to its end."""
    lines = record.open("a", buffering=1)
    numbers: dict[int, int] = {}
    at = 0

    def note(**what: object) -> None:
        lines.write(json.dumps({"at": time.monotonic(), **what}) + "\n")

    class Soaked(LoopApp):
        async def on_event(self, event: events.Event) -> None:
            if isinstance(event, events.Key) and not event.is_forwarded:
                numbers[id(event)] = len(numbers)
                kept.append(event)
            await super().on_event(event)

        async def run_action(self, action: Any, *given: Any, **more: Any) -> bool:
            done = await super().run_action(action, *given, **more)
            if done:
                note(key=at, did=str(action))
            return done

        def keys_are_through(self) -> None:
            super().keys_are_through()
            field = self.focused
            value = field.value if isinstance(field, Input) else field.text if isinstance(field, TextArea) else None
            focus = "" if field is None else f"{type(field).__name__}#{field.id}"
            screens = [type(screen).__name__ for screen in self.screen_stack]
            opened = place in ("home", "welcome") or self.snapshot.opened
            note(through=len(numbers), value=value, screens=screens, focus=focus, opened=opened)

    kept: list[events.Key] = []  # Their ids must stay theirs.
    go = TypeAhead._go

    async def gone(self: TypeAhead, event: events.Event) -> None:
        nonlocal at
        at = numbers.get(id(event), at)
        await go(self, event)

    TypeAhead._go = gone  # type: ignore[method-assign]
    real = GatePanel.post_message

    def watched(self: GatePanel, message: Message) -> bool:
        if isinstance(message, (GatePanel.Decided, GatePanel.Answered)):
            note(key=at, did=type(message).__name__)
        return real(self, message)

    GatePanel.post_message = watched  # type: ignore[method-assign, assignment]
    if delays:
        hold_messages(random.Random(delays))

    def started(project: Path, loop: str) -> int:
        note(key=at, did="a driver was started")
        if place == "asks":
            ask(project)
        return 0

    app = Soaked(
        folder,
        "" if place == "home" else INFRA if place == "gate" else DISTRIBUTION,
        now=lambda: NOW,
        launcher=Quick(started),
        folders=(folder,) if place == "home" else (),
        welcome=place == "welcome",
    )
    code = app.run_guarded()
    if app.crashed is not None:
        note(crashed=repr(app.crashed))
        return 70
    return code or app.return_code or 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
