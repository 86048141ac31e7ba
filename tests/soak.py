"""Random keys at every screen: whatever is pressed, nothing crashes and no gate is decided by chance.

`python -m tests.soak --seeds 20 --seconds 60` is the long form (`make soak`); the suite has a short one.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from textual.pilot import Pilot

from loop_tui.model.status import GateStatus
from loop_tui.tui.app import LoopApp
from loop_tui.tui.widgets.gate_panel import GatePanel
from tests.tui.past import archive
from tests.tui.runs import NOW, Watch, human_gate, red_gate
from tests.tui.scenes import blocked, running

KEYS = (
    *"abcdefghijklmnoprstuvwxyzABDGHJNRSTWY0123456789?:,/&[]<>",
    "enter", "escape", "tab", "shift+tab", "space", "up", "down", "left", "right", "home", "end", "pageup", "pagedown",
    "backspace", "ctrl+d", "ctrl+u", "ctrl+p", "ctrl+g", "ctrl+w", "f5", "delete",
)  # fmt: skip
"""Not q and ctrl+c: they end the app."""
SIZES = ((80, 24), (120, 40), (200, 60), (50, 12))


@dataclass
class Soak:
    """What one seed did."""

    seed: int
    pressed: list[str] = field(default_factory=list)
    decided: int = 0
    screens: set[str] = field(default_factory=set)


def ground(root: Path) -> Path:
    """Runs in every state, and some that are over."""
    human_gate(root / "runs" / "gate")
    red_gate(root / "runs" / "red")
    blocked(root / "runs" / "stuck")
    running(root / "runs" / "live")
    for day in (2, 3):
        archive(root / f"past{day}", day=day)
    return root / "runs"


async def soak(seed: int, root: Path, *, keys: int = 0, seconds: float = 0) -> Soak:
    """Press so many random keys, or for so long. Raises AssertionError when a gate was decided by anything else than
    its key, then enter, with the panel in focus; and whatever the app raised.
    """
    chance = random.Random(seed)
    found = Soak(seed)
    clock = Watch()
    runs = ground(root)
    app = LoopApp(runs, "", clock=clock, now=lambda: NOW, spawn=lambda where, what: 0, folders=[runs])
    decisions: list[list[str]] = []
    real = GatePanel.post_message

    def watched(self: GatePanel, message: object) -> bool:
        if isinstance(message, GatePanel.Decided):
            assert self.screen.focused is not None
            assert self in self.screen.focused.ancestors_with_self, "decided without the focus"
            decisions.append(found.pressed[-12:])
        return real(self, message)  # type: ignore[arg-type]

    GatePanel.post_message = watched  # type: ignore[method-assign, assignment]
    try:
        async with app.run_test(size=chance.choice(SIZES), notifications=True) as pilot:
            await _press(pilot, chance, found, clock, keys=keys, seconds=seconds)
            if app.crashed is not None:
                raise app.crashed
    finally:
        GatePanel.post_message = real  # type: ignore[method-assign]
    for before in decisions:
        assert before[-1] == "enter", f"decided by {before[-1]!r}"
    found.decided = len(decisions)
    return found


async def _press(
    pilot: Pilot[int], chance: random.Random, found: Soak, clock: Watch, *, keys: int, seconds: float
) -> None:
    end = time.monotonic() + seconds
    while len(found.pressed) < keys or time.monotonic() < end:
        key = chance.choice(KEYS)
        clock.on(chance.choice((0.01, 0.1, 0.5)))
        found.pressed.append(key)
        await pilot.press(_NAMES.get(key, key))
        found.screens.add(type(pilot.app.screen).__name__)
        if chance.random() < 0.01:
            await pilot.resize_terminal(*chance.choice(SIZES))
        if not pilot.app.is_running:
            return


_NAMES = {
    "?": "question_mark", ":": "colon", ",": "comma", "/": "slash", "&": "ampersand", "[": "left_square_bracket",
    "]": "right_square_bracket", "<": "less_than_sign", ">": "greater_than_sign",
}  # fmt: skip


def gate_was_decided(root: Path) -> bool:
    """True when the gate of the run that waits for a person is not pending any more."""
    from loop_tui.files.catalog import find
    from loop_tui.files.store import Store

    project = root / "runs/gate"
    loaded = Store(project, "infra-loop", definition=find(project, "infra-loop").definition).load()
    gate = loaded.state.gate("infra-gate") if loaded else None
    return gate is None or gate.status is not GateStatus.PENDING


def main() -> int:
    """Exit code 1 when a seed failed; the keys that led there are printed."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    failed = 0
    for seed in range(given.seeds):
        with tempfile.TemporaryDirectory(prefix="loop-tui-soak-") as folder:
            root = Path(folder)
            isolate(root)
            try:
                done = asyncio.run(soak(seed, root, seconds=given.seconds))
            except Exception as error:
                failed += 1
                print(f"seed {seed}: {type(error).__name__}: {error}", flush=True)
                continue
            print(
                f"seed {seed}: {len(done.pressed)} keys on {len(done.screens)} screens, {done.decided} decisions",
                flush=True,
            )
    print(f"{given.seeds - failed} of {given.seeds} seeds held")
    return 1 if failed else 0


def isolate(root: Path) -> None:
    """Nothing of the person's own is read or written."""
    import os

    for name in ("HOME", "LOOP_TUI_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        os.environ[name] = str(root / name)


if __name__ == "__main__":
    sys.exit(main())
