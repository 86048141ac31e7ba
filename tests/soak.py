"""Random keys at every screen, in a real terminal: nothing crashes, and no gate is decided by chance.

`python -m tests.soak --seeds 20 --seconds 60` is the long form (`make soak`); the suite has a short one.
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.tui.past import archive
from tests.tui.runs import human_gate, red_gate
from tests.tui.scenes import blocked, running
from tests.tui.terminal import Terminal

ROOT = Path(__file__).resolve().parents[1]
KEYS = (
    *"abcdefghijklmnoprstuvwxyzABDGHJNRSTWY0123456789?:,/&[]<> ", *"aaa333",
    "\r", "\r", "\r", "\x1b", "\t", "\x1b[Z", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[H", "\x1b[F", "\x1b[5~",
    "\x1b[6~", "\x7f", "\x04", "\x15", "\x10", "\x07", "\x17", "\x1b[15~", "\x1b[3~", "\x1b[200~3a\r\x1b[201~",
    "\x1b[<0;40;12M\x1b[<0;40;12m", "\x1b[O", "\x1b[I", "é", "木", "\x1b[<64;40;12M",
)  # fmt: skip
"""What a terminal sends. Not q and ctrl+c: they end the app."""
SIZES = ((80, 24), (120, 40), (200, 60), (50, 12))


@dataclass
class Soak:
    """What one seed did. `decided` holds the last keys before each decision."""

    seed: int
    pressed: int = 0
    decided: list[list[str]] = field(default_factory=list)
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


def soak(seed: int, root: Path, *, keys: int = 0, seconds: float = 0) -> Soak:
    """Type so many random keys, or for so long. Raises AssertionError when the app crashed, when the terminal was not
    left as it was found, and when a gate was decided by anything else than enter with its panel in focus.
    """
    chance = random.Random(seed)
    welcome = seed % 5 == 4
    folder = ground(root)
    (root / "empty").mkdir()
    record = root / "record.jsonl"
    argv = [sys.executable, "-m", "tests.soaked", str(root / "empty" if welcome else folder), str(record)]
    columns, rows = chance.choice(SIZES)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    terminal = Terminal([*argv, *(["welcome"] * welcome)], columns=columns, rows=rows, cwd=root, env=env)
    terminal.read_until(b"\x1b[?1049h")
    found = Soak(seed)
    _type(terminal, chance, found, keys=keys, seconds=seconds)
    _end(terminal, found, record)
    return found


def _type(terminal: Terminal, chance: random.Random, found: Soak, *, keys: int, seconds: float) -> None:
    end = time.monotonic() + seconds
    while found.pressed < keys or time.monotonic() < end:
        if chance.random() < 0.01:
            _nearly_decide(terminal, chance)
        terminal.type(chance.choice(KEYS))
        found.pressed += 1
        # The app paints in its own time; now and then it gets the time to open its guard.
        terminal.read_some(chance.choice((0.0, 0.005, 0.02)) if chance.random() > 0.05 else 0.06)
        if chance.random() < 0.01:
            terminal.resize(*chance.choice(SIZES))
        del terminal.output[:-65536]
        if terminal.process.poll() is not None:
            return


def _nearly_decide(terminal: Terminal, chance: random.Random) -> None:
    """To the gate panel, wait until it listens, press the key of an answer: the rest is left to chance."""
    for key in ("\x1b", *("b\r" * (chance.random() < 0.3)), "3", chance.choice("axc")):
        terminal.type(key)
        terminal.read_some(0.1)


def _end(terminal: Terminal, found: Soak, record: Path) -> None:
    ended_before = terminal.process.poll()
    if ended_before is None:
        os.kill(terminal.process.pid, signal.SIGTERM)
    code = terminal.end()
    notes = [json.loads(line) for line in record.read_text().splitlines()]
    found.screens = {note["screen"] for note in notes if "screen" in note}
    found.decided = [note["decided"] for note in notes if "decided" in note]
    crashed = next((note["crashed"] for note in notes if "crashed" in note), "")
    assert not crashed, f"crashed after {found.pressed} keys: {crashed}"
    # A palette has `quit` in its list: leaving by it is no crash.
    assert code == 128 + signal.SIGTERM or (ended_before is not None and code == 0), f"ended with {code}"
    assert terminal.is_sane, "the terminal was not left as it was found"
    for note in notes:
        if "decided" in note:
            assert note["focus"], f"decided without the focus: {note}"
            assert note["decided"][-1] == "enter", f"decided by {note['decided'][-1]!r}"


def main() -> int:
    """Exit code 1 when a seed failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    failed = 0
    seen: set[str] = set()
    for seed in range(given.first, given.first + given.seeds):
        with tempfile.TemporaryDirectory(prefix="loop-tui-soak-") as folder:
            isolate(Path(folder))
            try:
                done = soak(seed, Path(folder), seconds=given.seconds)
            except AssertionError as error:
                failed += 1
                print(f"seed {seed}: {error}", flush=True)
                continue
            seen |= done.screens
            said = f"{done.pressed} keys on {len(done.screens)} screens, {len(done.decided)} decisions"
            print(f"seed {seed}: {said}", flush=True)
    print(f"{given.seeds - failed} of {given.seeds} seeds held; screens seen: {', '.join(sorted(seen))}")
    return 1 if failed else 0


def isolate(root: Path) -> None:
    """Nothing of the person's own is read or written."""
    for name in ("HOME", "LOOP_TUI_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        os.environ[name] = str(root / name)


if __name__ == "__main__":
    sys.exit(main())
