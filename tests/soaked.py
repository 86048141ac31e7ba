"""The app as `tests.soak` runs it in a terminal: it writes down what is decided, and how.

`python -m tests.soaked FOLDER RECORD [welcome]`.
"""

import json
import sys
import time
import traceback
from pathlib import Path

from textual import events
from textual.screen import Screen

from loop_tui.tui.app import LoopApp
from loop_tui.tui.cockpit.gate_panel import GatePanel
from tests.tui.launching import Started
from tests.tui.runs import NOW

FASTER = 10
"""The guard of the gate panel opens so much sooner: nobody has the time to wait for it."""
_KEPT = 12


def main(folder: Path, record: Path, *, welcome: bool) -> int:
    """Run the app to its end. Exit code 70 when it crashed."""
    keys: list[str] = []
    lines = record.open("a", buffering=1)

    def note(**what: object) -> None:
        lines.write(json.dumps(what) + "\n")

    class Soaked(LoopApp):
        async def on_event(self, event: events.Event) -> None:
            if isinstance(event, events.Key):
                keys.append(event.key)
                del keys[:-_KEPT]
            await super().on_event(event)

        def get_default_screen(self) -> Screen[None]:
            screen = super().get_default_screen()
            note(screen=type(screen).__name__)
            return screen

        def push_screen(self, screen: Screen[object] | str, *args: object, **more: object) -> object:  # type: ignore[override]
            note(screen=type(screen).__name__)
            return super().push_screen(screen, *args, **more)  # type: ignore[call-overload]

        def switch_screen(self, screen: Screen[object] | str) -> object:  # type: ignore[override]
            note(screen=type(screen).__name__)
            return super().switch_screen(screen)

    real = GatePanel.post_message

    def watched(self: GatePanel, message: object) -> bool:
        if isinstance(message, GatePanel.Decided):
            focused = self.screen.focused
            held = focused is not None and self in focused.ancestors_with_self
            note(decided=list(keys), focus=held)
        return real(self, message)  # type: ignore[arg-type]

    GatePanel.post_message = watched  # type: ignore[method-assign, assignment]
    app = Soaked(
        folder,
        "" if not welcome else "distribution-loop",
        clock=lambda: time.monotonic() * FASTER,
        now=lambda: NOW,
        launcher=Started(),
        folders=() if welcome else (folder,),
        welcome=welcome,
    )
    code = app.run_guarded()
    if app.crashed is not None:
        note(crashed="".join(traceback.format_exception(app.crashed)[-6:]), keys=keys)
        return 70
    return code or app.return_code or 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), welcome="welcome" in sys.argv[3:]))
